# SPDX-License-Identifier: MIT
#
# A directory of its own (CMakeLists.txt), because tests/mutant compiles some
# of the same files under other names.

if(WANE_VARIETY STREQUAL "measure")
  add_subdirectory(${CMAKE_CURRENT_LIST_DIR})
else()
  message(STATUS "explore is built in the variety measure only")
endif()
