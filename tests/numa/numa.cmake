# SPDX-License-Identifier: MIT
#
# Emulated machines of several nodes (README.md). What runs in them is
# `measure`: it is built for any x86-64, which is all that the emulator has.
# One machine at a time.

if(NOT WANE_VARIETY STREQUAL "measure")
  return()
endif()

add_executable(numa_probe ${CMAKE_CURRENT_LIST_DIR}/probe.c
  ${CMAKE_CURRENT_LIST_DIR}/kernel_word.c)
target_link_libraries(numa_probe PRIVATE wane_flags wane Threads::Threads)
add_executable(numa_witness ${CMAKE_CURRENT_LIST_DIR}/witness.c
  ${CMAKE_CURRENT_LIST_DIR}/kernel_word.c)
target_link_libraries(numa_witness PRIVATE wane_flags)

# wane_numa_test(NAME MACHINE [LONG]): the machine's short cases, or all.
function(wane_numa_test name machine)
  set(arguments ${CMAKE_BINARY_DIR} ${machine})
  set(labels numa)
  set(timeout 300)
  if("LONG" IN_LIST ARGN)
    list(APPEND arguments --long)
    list(APPEND labels long)
    set(timeout 900)
  endif()
  add_test(NAME numa_${name} COMMAND Python3::Interpreter -B
    ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/drive.py ${arguments})
  wane_test_properties(numa_${name} "${labels}" ${timeout})
  set_tests_properties(numa_${name} PROPERTIES RESOURCE_LOCK qemu)
endfunction()

foreach(machine 2x2 4x1)
  wane_numa_test(${machine} ${machine})
endforeach()
foreach(machine 2x2 4x1 8x1 memory_only asymmetric moving huge)
  wane_numa_test(all_${machine} ${machine} LONG)
endforeach()

# Tests of the runtime that ask the kernel where pages are: three nodes, as
# pages that go round them do not begin where an address does.
foreach(test test_numa_heap test_policy)
  add_test(NAME numa_${test}
    COMMAND ${CMAKE_CURRENT_LIST_DIR}/guest --nodes 3 --memory 400
    --add ${CMAKE_BINARY_DIR}/lib/wane
    --add ${PROJECT_SOURCE_DIR}/tests/topologies
    --env WANE_PLUGIN_PATH=${CMAKE_BINARY_DIR}/lib/wane
    --env WANE_SOURCE_DIR=${PROJECT_SOURCE_DIR} -- $<TARGET_FILE:${test}>)
  wane_test_properties(numa_${test} "numa;long" 300)
  set_tests_properties(numa_${test} PROPERTIES RESOURCE_LOCK qemu)
endforeach()

# The checks themselves, without a guest.
add_test(NAME numa_check COMMAND Python3::Interpreter -B
  ${CMAKE_CURRENT_LIST_DIR}/test_check.py)
wane_test_properties(numa_check numa 60)
