// gct_import_heap.h: the heap of a text trace, kept while its events are run.
// SPDX-License-Identifier: MIT
//
// An importer of events runs them more than once: first to learn when objects
// die, then to write them down. Both times on this: which slots refer to what,
// and who refers to an object. Objects are named by their place in `things`.
#ifndef WANE_GCT_IMPORT_HEAP_H
#define WANE_GCT_IMPORT_HEAP_H

#include "gct_import_job.h"

#define GCT__HEAP_SLOT (1u << 24) // beyond the last slot of an object

// What does not change in an object's life.
struct gct__thing {
  uint32_t type, words, slots;
};

struct gct__heap_edge; // a slot, one in a list of all that hold its target

struct gct__live {
  struct gct__heap_edge *edges;
  uint32_t n_edges; // slots that there is room for
  uint32_t references, roots;
  uint32_t from_owner, from_slot; // the first slot that holds it
  uint32_t handle, birth;
  bool alive;
};

struct gct__heap {
  struct gct__job *job;
  const struct gct__thing *things;
  struct gct__live *live; // by thing
  uint32_t n_things;
  bool writing; // else nothing is written down
  uint32_t thread, n_threads;
  uint32_t births, n_handles, n_free;
  uint32_t *by_handle; // things
  uint32_t *free;      // handles
  uint32_t *stack;
  uint64_t n_slots;
  bool has_held; // an UNROOT that may become a DROP
  struct gct_event held;
  uint64_t checkpoints;
};

// Nobody is alive. With `writing`, the job's writer is open and has the types
// and threads 0 .. n_threads-1. All functions return false after a failure.
bool gct__heap_begin(struct gct__heap *heap, struct gct__job *job,
                     const struct gct__thing *things, uint32_t n_things,
                     uint32_t n_threads, bool writing);
void gct__heap_end(struct gct__heap *heap);

// Lets another thread go on: it waits for the one before.
void gct__heap_thread(struct gct__heap *heap, uint32_t thread);

bool gct__heap_birth(struct gct__heap *heap, uint32_t thing); // rooted
void gct__heap_root(struct gct__heap *heap, uint32_t thing);
void gct__heap_unroot(struct gct__heap *heap, uint32_t thing);
// target GCT_NIL: nil.
bool gct__heap_write(struct gct__heap *heap, uint32_t owner, uint32_t slot,
                     uint32_t target);
// What a slot holds, or GCT_NIL.
uint32_t gct__heap_target(const struct gct__heap *heap, uint32_t owner,
                          uint32_t slot);

// The slots that hold a thing, one after the other: owner GCT_NIL before the
// first, the result GCT_NIL after the last. *slot goes along.
uint32_t gct__heap_holder(const struct gct__heap *heap, uint32_t thing,
                          uint32_t owner, uint32_t *slot);

// The end of objects that die together: takes their roots, frees what has no
// reference, then what is left, as cycles. A slot of another object that holds
// one of them becomes nil before; returns how many did.
uint64_t gct__heap_bury(struct gct__heap *heap, const uint32_t *dying,
                        uint32_t n);

// A checkpoint in all threads; all that is alive is taken to be reachable.
void gct__heap_checkpoint(struct gct__heap *heap);

#endif
