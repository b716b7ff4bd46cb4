# SPDX-License-Identifier: MIT
# Topologies, and plans for them. WANE_SOURCE_DIR leads to tests/topologies.
foreach(test topology placement memory_policy)
  wane_unit_test(NAME test_${test} SOURCES test_${test}.c)
endforeach()
