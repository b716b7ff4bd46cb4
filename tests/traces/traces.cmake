# SPDX-License-Identifier: MIT
# The committed traces. In `measure` only: what they run is tested elsewhere in
# the other varieties, with two of them.
if(WANE_VARIETY STREQUAL "measure")
  set(script ${CMAKE_CURRENT_LIST_DIR}/test_traces.sh)
  set(wane ${CMAKE_BINARY_DIR}/bin/wane)
  add_test(NAME traces COMMAND bash ${script} ${wane})
  wane_test_properties(traces cli 120)
  foreach(what matrix programs)
    add_test(NAME traces_${what} COMMAND bash ${script} ${wane} --${what})
    wane_test_properties(traces_${what} "cli;long" 1800)
  endforeach()
endif()
