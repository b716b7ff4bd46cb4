# SPDX-License-Identifier: MIT
# Faults: see README.md.

set(fault_collectors concurrent_mark_sweep cpython mark_sweep_stw nogc rc
  satb_mark_sweep trial_deletion trial_deletion_stw)

set(fault_interpose ${CMAKE_CURRENT_LIST_DIR}/interpose.c)
if(WANE_VARIETY MATCHES "checked|tsan")
  set_source_files_properties(${fault_interpose} PROPERTIES
    COMPILE_OPTIONS -fno-sanitize=all COMPILE_DEFINITIONS FAULT_SANITIZED=1)
endif()

# Every allocation in `measure`; with sanitizers, which are slow, every 11th,
# and all in the long tier.
set(fault_stride 1)
if(WANE_VARIETY MATCHES "checked|tsan")
  set(fault_stride 11)
endif()
wane_unit_test(NAME test_fault_alloc LABELS fault TIMEOUT 120
  SOURCES test_fault_alloc.c small_world.c victim.c ${fault_interpose}
  ARGS ${fault_stride})
add_test(NAME fault_alloc_all COMMAND test_fault_alloc 1)
wane_test_properties(fault_alloc_all "fault;long" 300)
foreach(collector IN LISTS fault_collectors)
  add_dependencies(test_fault_alloc collector_${collector})
endforeach()

# What stands between the program and the system. Sanitizers want to be first
# there, so these run without.
if(NOT WANE_VARIETY MATCHES "checked|tsan")
  add_library(fault_preload MODULE ${CMAKE_CURRENT_LIST_DIR}/preload.c)
  target_compile_definitions(fault_preload PRIVATE _GNU_SOURCE)
  target_link_libraries(fault_preload PRIVATE ${CMAKE_DL_LIBS})
  add_test(NAME fault_results COMMAND Python3::Interpreter -B
    ${CMAKE_CURRENT_LIST_DIR}/test_results.py $<TARGET_FILE:wane-cli>
    $<TARGET_FILE:fault_preload> $<TARGET_FILE:test_plugin_bad_workload>)
  wane_test_properties(fault_results fault 120)
  add_test(NAME fault_same_result COMMAND Python3::Interpreter -B
    ${CMAKE_CURRENT_LIST_DIR}/test_same_result.py $<TARGET_FILE:wane-cli>
    $<TARGET_FILE:fault_preload> $<TARGET_FILE:test_plugin_bad_workload>)
  wane_test_properties(fault_same_result fault 240)
endif()

add_test(NAME fault_culprits COMMAND bash
  ${CMAKE_CURRENT_LIST_DIR}/test_culprits.sh $<TARGET_FILE:wane-cli>
  ${CMAKE_BINARY_DIR}/tests/plugins ${WANE_VARIETY})
wane_test_properties(fault_culprits fault 120)
