// gct_stats.h: what a trace is like: sizes, lifetimes, shapes, sharing.
// SPDX-License-Identifier: MIT
//
// One pass over the canonical order (gct_order.h). Memory grows with the
// handles, the slots in use and the WAITs of the file, not with its events.
// Two clocks run: births so far, and bytes allocated so far (sizes of ALLOC;
// RESIZE does not count). The lifetime of an object is how much of either went
// by between its birth and its death, its own birth not counted.
//
// An object is "touched" by each event that names it: as handle, as target of
// a WRITE or a WEAK, as owner in a ROOT that was loaded.
#ifndef WANE_GCT_STATS_H
#define WANE_GCT_STATS_H

#include "gct_histogram.h"
#include "gct_verify.h"

// How objects end.
enum gct_end {
  GCT_END_COUNT,   // freed by its last reference
  GCT_END_CYCLE,   // freed by a cycle collection (GCT_BY_CYCLE)
  GCT_END_LIVE,    // reachable when the trace ends
  GCT_END_GARBAGE, // unreachable when the trace ends, but not freed
  GCT_ENDINGS
};

struct gct_type_stats {
  uint64_t births, bytes;
  uint64_t ends[GCT_ENDINGS];
  uint64_t lonely;   // objects no slot ever referred to
  uint64_t lifetime; // births; sum over those that were freed
};

struct gct_demographics {
  uint64_t births, bytes;
  uint64_t births_before_mark; // before the first MARK; 0 when there is none
  uint64_t ends[GCT_ENDINGS];
  uint64_t end_bytes[GCT_ENDINGS];
  uint64_t seen_dead; // freed, and found unreachable by a sample before that
  uint64_t lonely;    // objects no slot ever referred to
  uint32_t most_references;  // slots that held one object at the same time
  struct gct_histogram size; // in units of 8 bytes
  struct gct_histogram size_bytes;    // the same, weighted by bytes
  struct gct_histogram life_births;   // of what was freed, in births
  struct gct_histogram life_bytes;    // of what was freed, in bytes
  struct gct_histogram life_of_bytes; // in births, weighted by size
  struct gct_histogram life_cycle;    // in births, freed by cycle collections
  struct gct_histogram in_edges; // WRITEs that put a reference to the object
};

struct gct_mutation {
  uint64_t first_writes; // to a slot that was never written before
  uint64_t later_writes;
  uint64_t nil_writes;     // of both
  uint64_t roots, unroots; // an UNROOT may be part of a DROP
  uint64_t loads;          // ROOTs that say which slot they read
  uint64_t resizes;
  uint64_t weak_set, weak_cleared; // WEAKs to an object, and to nil
  uint64_t weak_callbacks;         // WEAKs to an object, with a callback
  uint64_t finalizers, finalizers_ran;
  uint64_t finalizable; // births of types that are
  uint64_t pins;
};

struct gct_sharing {
  uint64_t hand_overs; // changes of thread in the canonical order
  uint64_t touches;
  uint64_t foreign;   // touches by another thread than the one that gave birth
  uint64_t transfers; // touches by another thread than the last that touched
  uint64_t shared;    // objects that more than one thread touched
  uint64_t foreign_deaths; // freed by another thread than the one of the birth
};

// Lengths of the critical path, in events. WAIT and CHECKPOINT take no time,
// every other event 1. Threads keep their own order.
struct gct_paths {
  uint64_t work;       // events that take time
  uint64_t waits;      // under the WAITs and barriers of the file
  uint64_t touch;      // under every touch of the same object
  uint64_t sufficient; // under what matters only: see gct_stats_path.c
  uint64_t binding;    // events that the last made wait for another thread
};

// The heap at one moment, directly after an ALLOC or at the end.
struct gct_sample {
  uint64_t event; // events of the canonical order before it
  uint64_t births, bytes;
  uint64_t live, live_bytes; // born and not yet freed
  uint64_t roots;            // sum of root counts
  uint64_t rooted;           // objects that have roots
  uint64_t reachable, reachable_bytes;
  uint64_t edges;          // slots of reachable objects that are not nil
  uint64_t cyclic;         // reachable objects in a cycle of references
  uint64_t garbage_cyclic; // unreachable ones in a cycle
  uint64_t components;     // strongly connected, of a cycle
  uint64_t largest;        // objects of the largest one
};

struct gct_stats_options {
  uint32_t samples; // moments at which the heap is looked at; at least 1
};

struct gct_stats {
  uint64_t events; // of the file, WAITs included
  uint32_t threads;
  uint32_t types_used; // types that have births
  uint64_t peak_live, peak_bytes;
  bool total; // WAITs order everything
  struct gct_demographics demographics;
  struct gct_mutation mutation;
  struct gct_sharing sharing;
  struct gct_paths paths;
  uint32_t n_types;
  struct gct_type_stats *types; // as info->types
  uint32_t n_samples;           // the last one is at the end
  struct gct_sample *samples;   // at equal steps of births
};

// Walks the whole file and fills *stats. Returns 0; -EBADMSG for a trace that
// is malformed in order or meaning; another negative errno; then *error is
// filled and there is nothing to free. Oracles are not compared.
int gct_stats_make(const struct gct_file *file,
                   const struct gct_stats_options *options,
                   gct_progress *progress, void *context,
                   struct gct_stats *stats, struct gct_error *error);
void gct_stats_free(struct gct_stats *stats);

#endif
