# SPDX-License-Identifier: MIT
#
# What is counted on nodes, and what the model makes of it.

wane_unit_test(NAME test_numa_cost SOURCES test_numa_cost.c)
wane_unit_test(NAME test_numa_observe SOURCES test_numa_observe.c
  ${PROJECT_SOURCE_DIR}/tests/torture/world.c
  ${PROJECT_SOURCE_DIR}/tests/torture/audit.c)
add_dependencies(test_numa_observe collector_nogc collector_satb_mark_sweep
  collector_trial_deletion)

wane_unit_test(NAME test_replay_nodes SOURCES test_replay_nodes.c LIBS gct
  TIMEOUT 120)
add_dependencies(test_replay_nodes wane_workload_trace collector_rc
  collector_satb_mark_sweep collector_trial_deletion)
add_test(NAME test_replay_nodes_full COMMAND test_replay_nodes --full)
wane_test_properties(test_replay_nodes_full "unit;long" 600)

# The same tests with every store observed, on a model of two nodes.
function(wane_test_observed test labels timeout)
  add_test(NAME ${test}_observed COMMAND ${test} ${ARGN})
  wane_test_properties(${test}_observed "${labels}" ${timeout})
  set_property(TEST ${test}_observed APPEND PROPERTY
    ENVIRONMENT "WANE_TEST_NODES=synthetic:numa:2 pu:2")
endfunction()
wane_test_observed(test_barrier unit 60)
wane_test_observed(test_roots unit 60)
wane_test_observed(test_law_threads law 120)
foreach(test garbage memory weak)
  wane_test_observed(test_law_${test} "law;long" 600)
endforeach()
wane_test_observed(test_replay "unit;long" 600)
wane_test_observed(test_replay_recorded "unit;long" 600)
foreach(test graph shapes threads)
  wane_test_observed(test_torture_${test} "torture;long" 1200)
endforeach()
