# SPDX-License-Identifier: MIT
# The files that stand beside results.csv, read back; and what is made of them.
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
wane_unit_test(NAME test_companion_read SOURCES test_companion_read.c
  LIBS wane_harness PkgConfig::ZSTD)
wane_unit_test(NAME test_perfetto SOURCES test_perfetto.c LIBS wane_harness)
wane_unit_test(NAME test_html SOURCES test_html.c LIBS wane_harness)
wane_unit_test(NAME test_stats_capacity SOURCES test_stats_capacity.c
  LIBS wane_harness)
wane_unit_test(NAME test_utilisation SOURCES test_utilisation.c
  LIBS wane_harness)
wane_unit_test(NAME test_csv_file SOURCES test_csv_file.c
  LIBS wane_harness PkgConfig::ZSTD)
