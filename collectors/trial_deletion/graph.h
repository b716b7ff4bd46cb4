// graph.h: the part of the heap that one collection has looked at.
// SPDX-License-Identifier: MIT
//
// Private to the collector: nothing of it is in objects but their scratch
// word. Struct of arrays, in the order objects were found.

#ifndef TRIAL_DELETION_GRAPH_H
#define TRIAL_DELETION_GRAPH_H

#include <wane/collector.h>

// The scratch word of an object.
#define LISTED (1u << 31) // stands in a candidate list
#define AGED (1u << 30)   // survived a collection that looked at it
#define INDEX (AGED - 1)  // 1 + its place in the graph, 0: not in it

struct graph {
  bool everything; // also objects that are AGED
  bool specials;   // there may be objects that must be condemned
  uint32_t n, capacity;
  wane_ref *object; // NULL: freed meanwhile
  uint32_t *first;  // its edges: edge[first[i] .. first[i + 1])
  uint32_t *inside; // recorded edges that point to it
  bool *live;
  bool *held; // from outside
  uint32_t n_edges, edge_capacity;
  uint32_t *edge;
  uint32_t group;   // where the current group begins
  uint32_t outside; // its references that leave it
  uint64_t objects, edges; // looked at in all
  uint32_t *stack; // for marking: reached, not followed further yet
#if WANE_MUTANT == 4
  int64_t *early;
#endif
};

void graph_free(struct graph *g);
// Adds `seed` and everything it reaches, reading each slot once (phase E).
// The new objects are [return value, g->n).
uint32_t graph_add_group(struct graph *g, wane_ref seed);
// Phase C for one object: how many references it has from outside the graph
// (roots and handles included). Never below the truth.
int64_t graph_external(const struct graph *g, uint32_t i);
// Forgets the last group.
void graph_pop(struct graph *g, uint32_t begin);
// Phase C for all: marks what is held from outside, and what that reaches along
// recorded edges, live. The counts are read by all workers.
void graph_mark_held(struct graph *g);

static inline uint32_t graph_index(wane_ref o) // 1 + place, or 0
{
  return *wane_gc_scratch(o) & INDEX;
}

#endif
