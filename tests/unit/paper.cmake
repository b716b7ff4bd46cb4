# SPDX-License-Identifier: MIT
# `wane paper`: claims.
foreach(file claims claims_read)
  wane_unit_test(NAME test_${file} SOURCES test_${file}.c LIBS wane_harness)
endforeach()
