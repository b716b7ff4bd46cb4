# SPDX-License-Identifier: MIT
# `wane sweep`: everything that can be tested without starting a process.
foreach(file experiment cells minheap sweep_cost command canary sweep_args)
  wane_unit_test(NAME test_${file} SOURCES test_${file}.c LIBS wane_harness)
endforeach()
