// numa_rows.h: rows of numa.csv, as the child writes them.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_NUMA_ROWS_H
#define WANE_HARNESS_NUMA_ROWS_H

#include "numa_setup.h"
#include "reporter.h"

// Beside logical nodes and WANE_NODE_ANY ("any": a node that is not known).
#define NUMA_NODE_ALL (WANE_NODE_ANY - 1)  // "all": the sum over all nodes
#define NUMA_NODE_NONE (WANE_NODE_ANY - 2) // NA: of no node

enum numa_source {
  NUMA_COUNTER,    // counted by the runtime
  NUMA_KERNEL,     // a setting, as the kernel tells it
  NUMA_NUMASTAT,   // the kernel's counters
  NUMA_MAPS,       // /proc/self/numa_maps
  NUMA_MOVE_PAGES, // pages, as the kernel tells where they are
  NUMA_MODELLED,   // follows from the model
};

struct numa_row {
  const char *metric; // of metrics.def, scope "matrix"
  uint32_t from, to;
  double value; // NaN: missing
  enum numa_source source;
  bool reliable;
  const char *reason; // why it is missing or not reliable, or NULL
};

// The header of numa.csv, without the line end.
extern const char numa_rows_header[];

// Of an iteration of `iterations`; 0: of the whole invocation.
struct numa_rows {
  const struct numa_setup *setup;
  struct reporter *reporter;
  uint32_t iteration, iterations;
};

// Sends it to the parent, which puts in front what is the same in all rows of
// an invocation. In model mode all counts are modelled.
void numa_rows_put(const struct numa_rows *rows, const struct numa_row *row);

#endif
