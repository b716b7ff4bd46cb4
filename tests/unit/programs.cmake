# SPDX-License-Identifier: MIT
# Tests of the program workloads, of their peers, and of two small helpers.

wane_unit_test(NAME test_histogram SOURCES test_histogram.c)
wane_unit_test(NAME test_option SOURCES test_option.c)
wane_unit_test(NAME test_workloads_tree SOURCES test_workloads_tree.c
  ${PROJECT_SOURCE_DIR}/workloads/tree.c)
# The shared runtime, as programs have it: plugins are loaded.
wane_unit_test(NAME test_workloads_programs SOURCES test_workloads_programs.c
  LIBS wane NO_RUNTIME
  TIMEOUT 120)
add_dependencies(test_workloads_programs wane_workload_gcbench
  wane_workload_binary_trees wane_workload_rings wane_workload_live_churn)

# Each peer does the work of its workload: `compare` fails where checksums
# differ. The smallest parameters: this measures nothing.
set(smoke_gcbench stretch=8,long_lived=6,min=2,max=6,array=100)
set(smoke_binary_trees depth=6)
set(smoke_rings ring=10,nodes=1003)
set(smoke_live_churn trees=40,ops=25)
foreach(workload gcbench binary_trees rings live_churn)
  if(NOT TARGET peer_${workload}_glibc)
    message(STATUS "no test peers_${workload}: harness/peers is not built")
    continue()
  endif()
  add_test(NAME peers_${workload} COMMAND Python3::Interpreter -B
    ${PROJECT_SOURCE_DIR}/harness/peers/compare
    ${workload},${smoke_${workload}} -c rc -t 2 -n 1
    --wane=-H256m --build ${CMAKE_BINARY_DIR})
  wane_test_properties(peers_${workload} unit 60)
endforeach()
