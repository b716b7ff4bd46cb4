# SPDX-License-Identifier: MIT
# The trace replayer: the plugin, on top of the trace library.
set(replay ${CMAKE_CURRENT_LIST_DIR})
wane_add_workload(trace
  ${replay}/replay.c
  ${replay}/replay_census.c
  ${replay}/replay_copy.c
  ${replay}/replay_events.c
  ${replay}/replay_gate.c
  ${replay}/replay_lives.c
  ${replay}/replay_lives_gather.c
  ${replay}/replay_object.c
  ${replay}/replay_plan.c
  ${replay}/replay_relaxed.c
  ${replay}/replay_strict.c
  ${replay}/replay_thread.c
  ${replay}/replay_verify.c
  ${replay}/replay_weak.c)
target_link_libraries(wane_workload_trace PRIVATE gct)
