// nursery.h: trial deletion of a whole batch of young objects at once.
// SPDX-License-Identifier: MIT
//
// Young cycles mostly die young. A batch is a few spans of cells, so its graph
// needs no search: objects are numbered by where they stand, and one pass over
// them reads all their slots.

#ifndef TRIAL_DELETION_NURSERY_H
#define TRIAL_DELETION_NURSERY_H

#include <wane/collector.h>

struct nursery_node {
  uint32_t inside; // references from the batch, and two flags
  uint32_t first;  // its edges: edge[first .. first of the next)
#if WANE_MUTANT == 15
  int64_t early;
#endif
};

struct nursery {
  struct nursery_node *node; // one for each used cell, in their order
  uint32_t n, capacity;
  uint32_t *edge; // to nodes, in the order they were read
  uint32_t n_edges, edge_capacity;
  uint32_t *stack;   // for marking; as long as node
  uint32_t *targets; // of an object whose slots may be moving
  uint32_t n_targets, target_capacity;
  uint32_t live_inside, live_edges; // edges into the living, and from them
  wane_ref *leavers; // objects with references that leave the batch
  uint32_t n_leavers, leaver_capacity;
  struct wane_round *round;
};

void nursery_free(struct nursery *y);
// Frees what is garbage by itself among the used cells of the spans.
void nursery_collect(struct nursery *y, struct wane_round *round,
                     const struct wane_gc_span *spans, size_t n);

#endif
