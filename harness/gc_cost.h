// gc_cost.h: what the collector cost, by whose threads and by phase.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_GC_COST_H
#define WANE_HARNESS_GC_COST_H

#include "event_log.h"

#define GC_COST_PHASES (WANE_PHASE_STOPPED + 1)

// A run: [begin_ns, end_ns), and which mutators its bodies were
// (wane_event.owner).
struct gc_cost_run {
  uint64_t begin_ns, end_ns;
  const uint32_t *bodies;
  uint32_t n_bodies;
};

// CPU time in the run; each nanosecond is in one of them only. Of an interval
// that reaches over an end of the run the share that lies in it counts.
struct gc_cost {
  uint64_t phase_ns[GC_COST_PHASES]; // of collector threads, by its number
  uint64_t pause_ns, assist_ns, stall_ns; // of bodies
  // Of the world's stops: CPU time of the whole process, and their union
  // within the run.
  uint64_t stw_cpu_ns, stw_wall_ns;
};

// Returns 0 or -ENOMEM.
int gc_cost_of(const struct event_log *log, const struct gc_cost_run *run,
               struct gc_cost *cost);

// Decrements that waited: how many each round of the run applied, and for how
// long the oldest of them can have waited then. A decrement that round g
// applies was taken by round g-1, and logged after the handshake of round g-2;
// or, if round g-1 stopped the world, which applies all, after that of g-1.
struct gc_cost_queue {
  struct event_spread depth, age_ns;
};
int gc_cost_queue_of(const struct event_log *log,
                     const struct gc_cost_run *run,
                     struct gc_cost_queue *queue);

#endif
