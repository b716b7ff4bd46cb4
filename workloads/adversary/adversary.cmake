# SPDX-License-Identifier: MIT
# Workloads that look for a collector's weak point, each a plugin of its own.
set(adversary ${CMAKE_CURRENT_LIST_DIR})
foreach(name
    attach_flutter blocked_owner dead_chains finalizers futile_scans
    long_chain ping_pong ring_rotation thread_storm weak_storm wide_array)
  wane_add_workload(${name} ${adversary}/${name}.c
    ${adversary}/crew.c ${adversary}/sealed.c)
endforeach()
