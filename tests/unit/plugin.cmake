# SPDX-License-Identifier: MIT
#
# The loader: searching and loading, damaged files, impossible declarations.

foreach(test test_plugin test_plugin_elf test_plugin_needs)
  wane_unit_test(NAME ${test} SOURCES ${test}.c)
  target_compile_definitions(${test} PRIVATE
    BAD_PLUGINS="${CMAKE_BINARY_DIR}/tests/plugins-bad")
endforeach()
