# SPDX-License-Identifier: MIT
# Each line of wrong.txt is a plugin, wrong_N.so, and must be found out.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/wrong.txt lines REGEX "^[0-9]")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${CMAKE_CURRENT_LIST_DIR}/wrong.txt)
if(WANE_VARIETY STREQUAL "measure")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^([0-9]+) +([a-z]+)" head "${line}")
    set(target wrong_${CMAKE_MATCH_1})
    add_library(${target} MODULE ${CMAKE_CURRENT_LIST_DIR}/${CMAKE_MATCH_2}.c)
    target_compile_definitions(${target} PRIVATE WRONG=${CMAKE_MATCH_1})
    target_link_libraries(${target} PRIVATE wane wane_flags)
    set_target_properties(${target} PROPERTIES PREFIX ""
      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/wrong)
    wane_seeded(${target})
  endforeach()
  add_test(NAME wrong_collectors COMMAND ${Python3_EXECUTABLE}
    ${CMAKE_CURRENT_LIST_DIR}/test_wrong.py $<TARGET_FILE:wane-cli>
    ${CMAKE_BINARY_DIR}/tests/wrong)
  wane_test_properties(wrong_collectors check 900)
  set_tests_properties(wrong_collectors PROPERTIES COST 2000)
else()
  message(STATUS "wrong collectors are built in the variety measure only")
endif()
