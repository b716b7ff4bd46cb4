// gct_import_history.h: the events of a text trace, read but not yet written.
// SPDX-License-Identifier: MIT
//
// Two kinds of history. With *roots*, roots are told and deaths are not: an
// object dies when nothing reaches it (Merlin: Hertz, Blackburn, Moss,
// McKinley and Stefanovic, TOPLAS 2006). With *deaths*, deaths are told and
// roots are not: an object has a root as long as no object that outlives it
// refers to it. Either way nothing is reclaimed that the trace still uses, and
// what was told wins.
#ifndef WANE_GCT_IMPORT_HISTORY_H
#define WANE_GCT_IMPORT_HISTORY_H

#include "gct_import_heap.h"

enum gct__op_kind {
  GCT__BIRTH,
  GCT__WRITE,
  GCT__ROOT,
  GCT__UNROOT,
  GCT__CHECK
};

#define GCT__UNTOLD (GCT_NIL - 1) // as `old`: the trace does not say

struct gct__op {
  uint8_t kind, thread;
  uint32_t thing; // born, rooted, or the owner written to
  uint32_t slot;
  uint32_t target; // a thing, or GCT_NIL
  uint32_t old;    // what the trace says was there
};

// When things happen: after which op. GCT_NIL: never.
struct gct__life {
  uint32_t death;
  uint32_t last_use;
  uint32_t first_held; // the first root or reference after birth
  uint32_t birth_end;  // when it gives up the root it is born with
  uint8_t thread;      // that bore it
};

struct gct__history {
  struct gct__job *job;
  bool has_roots; // else it has deaths
  uint32_t n_ops, n_things, n_threads;
  struct gct__op *ops;
  struct gct__thing *things;
  struct gct__life *lives;
  struct gct__ids threads; // of the file, to 0 .. n_threads-1
  uint64_t *folded_threads, *cut, *put_off, *kept, *old_differs;
};

// `job` and `has_roots` are set. Makes the counters.
void gct__history_begin(struct gct__history *h);
void gct__history_end(struct gct__history *h);

// A new object; GCT_NIL: no memory.
uint32_t gct__history_thing(struct gct__history *h, uint32_t type,
                            uint64_t bytes, uint32_t slots);
bool gct__history_add(struct gct__history *h, const struct gct__op *op);
// The number of a thread of the file.
bool gct__history_thread(struct gct__history *h, uint64_t id, uint8_t *thread);
// The thing is used between two ops.
void gct__history_use(struct gct__history *h, uint32_t thing);
// The thing is said to die after the last op.
void gct__history_death(struct gct__history *h, uint32_t thing);

// The things, group by group, in the order of their deaths.
struct gct__deaths {
  uint64_t *order; // death and thing, sorted
  uint32_t *group; // the things of one group
  uint32_t n, at, n_group;
};

bool gct__deaths_sort(const struct gct__history *h, struct gct__deaths *deaths);
// Makes those that die after this op the group; GCT_NIL: those that never do.
// To be asked for one op after the other. False: there are none.
bool gct__deaths_next(struct gct__deaths *deaths, uint32_t op);
void gct__deaths_free(struct gct__deaths *deaths);
void gct__sort_numbers(uint64_t *numbers, uint32_t n);

// Runs one op on a heap, the end of roots of birth included.
bool gct__history_run(const struct gct__history *h, struct gct__heap *heap,
                      uint32_t now);

// History with roots: finds the deaths, and what has to be kept.
bool gct__history_lives(struct gct__history *h);

// History with deaths: ranks[i] of each thing. A thing holds what ranks below
// it: what has no such holder needs a root.
bool gct__history_ranks(struct gct__history *h, uint32_t *ranks);

// Writes it all.
bool gct__history_write(struct gct__history *h, const char *output);

#endif
