# SPDX-License-Identifier: MIT
# Tests of the trace replayer and of the scenario runner: the plugins of the
# build tree, driven by a host of their own.
wane_unit_test(NAME test_replay SOURCES test_replay.c LIBS gct TIMEOUT 120)
wane_unit_test(NAME test_replay_recorded SOURCES test_replay_recorded.c
  LIBS gct TIMEOUT 120)
wane_unit_test(NAME test_replay_lives SOURCES test_replay_lives.c LIBS gct
  TIMEOUT 120)
add_test(NAME test_replay_recorded_full COMMAND test_replay_recorded --full)
wane_test_properties(test_replay_recorded_full "unit;long" 900)
wane_unit_test(NAME test_case SOURCES test_case.c LIBS wane_case TIMEOUT 120)
set_tests_properties(test_case PROPERTIES COST 500) # early: it is long in tsan
foreach(what file model)
  wane_unit_test(NAME test_case_${what} SOURCES test_case_${what}.c
    LIBS wane_case)
endforeach()
add_dependencies(test_replay wane_workload_trace)
add_dependencies(test_replay_recorded wane_workload_trace)
add_dependencies(test_replay_lives wane_workload_trace)
add_dependencies(test_case wane_workload_case)
foreach(collector concurrent_mark_sweep cpython mark_sweep_stw nogc rc
    satb_mark_sweep trial_deletion trial_deletion_stw)
  add_dependencies(test_replay collector_${collector})
  add_dependencies(test_replay_recorded collector_${collector})
  add_dependencies(test_replay_lives collector_${collector})
  add_dependencies(test_case collector_${collector})
endforeach()
