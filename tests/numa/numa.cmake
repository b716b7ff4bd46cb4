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

# wane_numa_test(NAME NODES CPUS MEMORY_ONLY DISTANCES labels...)
function(wane_numa_test name nodes cpus memory_only distances)
  add_test(NAME numa_${name} COMMAND ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/guest
    --nodes ${nodes} --cpus ${cpus} --memory-only ${memory_only}
    --memory 128 --distances ${distances} --
    $<TARGET_FILE:numa_probe> ${nodes} ${cpus} ${memory_only} ${distances})
  wane_test_properties(numa_${name} "numa;${ARGN}" 180)
  set_tests_properties(numa_${name} PROPERTIES RESOURCE_LOCK qemu)
endfunction()

wane_numa_test(probe_2x2 2 2 0 "10,21\;21,10")
