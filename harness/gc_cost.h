// gc_cost.h: what the collector cost, by whose threads and by phase.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_GC_COST_H
#define WANE_HARNESS_GC_COST_H

#include "event_log.h"

#define GC_COST_PHASES (WANE_PHASE_STOPPED + 1)

// CPU time of what began in the run; each nanosecond is in one of them only.
struct gc_cost {
  uint64_t phase_ns[GC_COST_PHASES]; // of collector threads, by its number
  uint64_t pause_ns, assist_ns, stall_ns; // of mutators
  // Of the world's stops: CPU time of the whole process, and their union
  // within the run.
  uint64_t stw_cpu_ns, stw_wall_ns;
};

// Of the run [begin_ns, end_ns). Returns 0 or -ENOMEM.
int gc_cost_of(const struct event_log *log, uint64_t begin_ns, uint64_t end_ns,
            struct gc_cost *cost);

// Decrements that waited: how many each round of the run applied, and for how
// long the oldest of them can have waited then. A decrement that round g
// applies was taken by round g-1, and logged after the handshake of round g-2;
// or, if round g-1 stopped the world, which applies all, after that of g-1.
struct gc_cost_queue {
  struct event_spread depth, age_ns;
};
int gc_cost_queue_of(const struct event_log *log, uint64_t begin_ns,
                  uint64_t end_ns, struct gc_cost_queue *queue);

#endif
