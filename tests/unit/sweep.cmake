# SPDX-License-Identifier: MIT
# `wane sweep`: everything that can be tested without starting a process.
foreach(file canary cells command experiment interrupt merge_file minheap
    sweep_args sweep_cost)
  wane_unit_test(NAME test_${file} SOURCES test_${file}.c LIBS wane_harness)
endforeach()
# The command, killed more often.
if(WANE_VARIETY STREQUAL "measure")
  add_test(NAME cli_sweep_full COMMAND bash
    ${PROJECT_SOURCE_DIR}/tests/cli/test_sweep.sh ${CMAKE_BINARY_DIR}/bin/wane
    --full)
  wane_test_properties(cli_sweep_full "cli;long" 600)
endif()
