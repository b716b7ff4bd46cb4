// numa_cost.h: the model of remote memory: what the counted accesses cost.
// SPDX-License-Identifier: MIT
//
// An access to memory at distance d takes local_ns * d / 10. What it takes
// more than a local one is its *excess*; the cost is the sum of these. What
// the model leaves out is in DESIGN.md, "The model of remote memory".

#ifndef WANE__NUMA_COST_H
#define WANE__NUMA_COST_H

#include "numa.h"

// Distances from and to each node, nodes * nodes, row by row, 10 is local; and
// the time of a local access.
struct wane__numa_far {
  uint32_t nodes;
  const uint32_t *distances;
  double local_ns;
};

struct wane__numa_sum {
  double ns;                    // the excess of all
  uint64_t accesses, uncovered; // of all, those with an end nobody knows
};

// What the books say, cells[kind][from][to], with nodes + 1 rows and columns.
// A function of its arguments.
struct wane__numa_sum wane__numa_sum_of(const struct wane__numa_far *far,
                                        const uint64_t *cells);
// ns of excess of one access; 0 for a kind that is none, for an end that is
// not known, and for what is said to be nearer than local.
double wane__numa_excess(const struct wane__numa_far *far,
                         enum wane_numa_kind kind, uint32_t from, uint32_t to);

// Part of wane__numa_start and of wane__numa_stop.
int wane__numa_cost_start(const struct wane_numa_config *config);
void wane__numa_cost_stop(void);
void wane__numa_cost_reset(void);

#endif
