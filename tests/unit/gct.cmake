# SPDX-License-Identifier: MIT
# Tests of workloads/trace. They share no code with the runtime either.
foreach(part reader writer text verify cut merge stats nominal import relax)
  wane_unit_test(NAME test_gct_${part} SOURCES test_gct_${part}.c LIBS gct
    NO_RUNTIME TIMEOUT 120)
endforeach()
