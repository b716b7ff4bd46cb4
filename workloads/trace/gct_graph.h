// gct_graph.h: the object graph that the events of a trace describe.
// SPDX-License-Identifier: MIT
//
// Rebuilt from events only, by the plainest means: a table of handles, an
// array of slots each. It is the judge of the oracle, so it is simple rather
// than fast, and shares nothing with any collector.
#ifndef WANE_GCT_GRAPH_H
#define WANE_GCT_GRAPH_H

#include "gct.h"

struct gct_graph;

// For handles 0 .. max_handles-1. With exact_slots a WRITE beyond the slots
// announced is a fault. NULL when out of memory.
struct gct_graph *gct_graph_new(uint32_t max_handles, bool exact_slots);
void gct_graph_free(struct gct_graph *graph);

// Applies one event, in the total order of the trace. Returns NULL, or what
// is wrong with it: a sentence that lives until the next call. The graph is
// as before then.
const char *gct_graph_apply(struct gct_graph *graph,
                            const struct gct_event *event);

// The object that this event, about to be applied, uses although it has
// neither a root nor a reference from a live object: a replay that counts
// references has reclaimed it by now. GCT_NIL if there is none.
uint32_t gct_graph_unheld(const struct gct_graph *graph,
                          const struct gct_event *event);

// How many events had been applied when that object lost its last holder.
uint64_t gct_graph_unheld_since(const struct gct_graph *graph, uint32_t handle);

// How many events have been applied.
uint64_t gct_graph_clock(const struct gct_graph *graph);

// The next ALLOC is birth number `birth`: for events that come in another
// order than the canonical one. `births` of the sizes is no count then.
void gct_graph_number(struct gct_graph *graph, uint64_t birth);

// Computes the reachable graph (iteratively; any depth). *oracle keeps its
// number. Objects found unreachable are noted: a later use of one is a fault,
// since no collector could know better. But for those with a finalizer that is
// registered and has not run, and what they reach: they are not in the sums,
// and still kept.
void gct_graph_oracle(struct gct_graph *graph, struct gct_oracle *oracle);

// One object, for those who look on.
struct gct_graph_object {
  uint64_t birth;
  uint32_t words;      // of its ALLOC
  uint32_t n_slots;    // slots written so far; 0 when it is not live
  uint32_t roots;      // roots that hold it
  uint32_t references; // slots of live objects that hold it
  bool live;           // born and not yet freed
};

struct gct_graph_object gct_graph_object(const struct gct_graph *graph,
                                         uint32_t handle);

// The live object that this slot leads to, or GCT_NIL. Any slot may be asked
// for.
uint32_t gct_graph_target(const struct gct_graph *graph, uint32_t handle,
                          uint32_t slot);

// The first live object that a slot from *slot on leads to, *slot then being
// the one behind it; or GCT_NIL.
uint32_t gct_graph_next(const struct gct_graph *graph, uint32_t handle,
                        uint32_t *slot);

struct gct_graph_sizes {
  uint64_t births, live, peak_live; // live: born and not yet freed
  uint64_t live_bytes, peak_bytes;  // ALLOC sizes of those
  uint64_t beyond_slots; // WRITEs beyond the slots ALLOC or RESIZE announced
};

struct gct_graph_sizes gct_graph_sizes(const struct gct_graph *graph);

#endif
