# SPDX-License-Identifier: MIT
# The recorder takes minutes to build, so its test is a long one, once.
if(WANE_VARIETY STREQUAL "measure")
  add_test(NAME record_hooks COMMAND bash
    ${CMAKE_CURRENT_LIST_DIR}/test_hooks.sh)
  wane_test_properties(record_hooks cli 60)
  add_test(NAME record COMMAND bash ${CMAKE_CURRENT_LIST_DIR}/test_record.sh
    ${CMAKE_BINARY_DIR}/bin/wane)
  wane_test_properties(record "cli;long" 3600)
  add_test(NAME record_bugs COMMAND Python3::Interpreter -B
    ${CMAKE_CURRENT_LIST_DIR}/test_bugs.py ${CMAKE_BINARY_DIR}/bin/wane)
  wane_test_properties(record_bugs "mutant;long" 3600)
  # One interpreter at a time.
  set_tests_properties(record record_bugs PROPERTIES RESOURCE_LOCK recorder)
endif()
