# SPDX-License-Identifier: MIT
#
# The micro-benchmarks: the C face of Google Benchmark, the command around it,
# and one short run of each benchmark, marking included.

wane_unit_test(NAME test_gbench SOURCES test_gbench.c LIBS wane_micro
  TIMEOUT 120)
wane_unit_test(NAME test_micro_mark SOURCES test_micro_mark.c LIBS wane_micro
  TIMEOUT 120)
add_dependencies(test_micro_mark collector_mark_sweep_stw)
