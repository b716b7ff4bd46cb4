# SPDX-License-Identifier: MIT
# What `wane check` plays, as far as it needs no runtime.
set(workloads ${PROJECT_SOURCE_DIR}/workloads)
wane_unit_test(NAME test_small NO_RUNTIME
  SOURCES test_small.c ${workloads}/check/small.c)
wane_unit_test(NAME test_program LIBS wane_harness
  SOURCES test_program.c ${workloads}/check/program.c)
