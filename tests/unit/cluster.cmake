# SPDX-License-Identifier: MIT
# The engine for clusters: what can be tested without one.
wane_unit_test(NAME test_slurm_text SOURCES test_slurm_text.c
  LIBS wane_harness)
