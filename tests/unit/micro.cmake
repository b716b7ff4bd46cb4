# SPDX-License-Identifier: MIT
#
# The micro-benchmarks: the C face of Google Benchmark, the command around it,
# and one short run of each benchmark.

wane_unit_test(NAME test_gbench SOURCES test_gbench.c LIBS wane_micro
  TIMEOUT 120)
