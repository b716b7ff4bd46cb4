# SPDX-License-Identifier: MIT
# Tests of workloads/trace. They share no code with the runtime either.
# All but the reader's have one thread: nothing for tsan to see.
set(parts reader)
if(NOT WANE_VARIETY STREQUAL "tsan")
  list(APPEND parts writer text verify cut merge stats nominal import relax
    deaths)
endif()
foreach(part IN LISTS parts)
  wane_unit_test(NAME test_gct_${part} SOURCES test_gct_${part}.c LIBS gct
    NO_RUNTIME TIMEOUT 120)
endforeach()
