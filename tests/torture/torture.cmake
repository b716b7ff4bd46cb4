# SPDX-License-Identifier: MIT
#
# Torture: seeded, many threads, bounded by operations and never by time. Each
# program runs on every collector that reclaims; the same with twenty times
# the work is labelled `long`, and so are models of four nodes.

set(torture_world world.c audit.c torture.c)
foreach(test graph handover cycles threads shapes)
  wane_unit_test(NAME test_torture_${test} LABELS torture TIMEOUT 120
    SOURCES test_torture_${test}.c ${torture_world})
  add_dependencies(test_torture_${test} collector_concurrent_mark_sweep
    collector_cpython collector_mark_sweep_stw collector_nogc collector_rc
    collector_satb_mark_sweep
    collector_trial_deletion collector_trial_deletion_stw)
  add_test(NAME test_torture_${test}_long
    COMMAND test_torture_${test} --long)
  wane_test_properties(test_torture_${test}_long "torture;long" 1800)
  foreach(memory local first-touch interleave worst)
    wane_test_on_nodes(test_torture_${test} ${memory} "torture;long" 600)
  endforeach()
  foreach(steal any local-first local-only owner)
    wane_test_stealing(test_torture_${test} ${steal} "torture;long" 600)
  endforeach()
endforeach()
# In short: a collector that marks beside its mutators.
wane_test_stealing(test_torture_graph owner torture 120
  "concurrent_mark_sweep: a graph with few mark packets")
