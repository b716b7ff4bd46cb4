# SPDX-License-Identifier: MIT
# The adversarial workloads, as a host runs them.
wane_unit_test(NAME test_workloads_adversary
  SOURCES test_workloads_adversary.c)
foreach(workload
    attach_flutter blocked_owner dead_chains finalizers futile_scans
    long_chain ping_pong ring_rotation thread_storm weak_storm wide_array)
  add_dependencies(test_workloads_adversary wane_workload_${workload})
endforeach()
foreach(collector cpython nogc satb_mark_sweep trial_deletion)
  add_dependencies(test_workloads_adversary collector_${collector})
endforeach()
