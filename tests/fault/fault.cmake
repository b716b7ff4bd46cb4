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
