// gct_roots.h: which ROOT an UNROOT takes back.
// SPDX-License-Identifier: MIT
//
// A trace counts the roots of an object and does not say which of them goes.
// Whoever wants to keep them apart needs a rule: a thread takes back what it
// took last; if it has none, what another thread took last. A root begins with
// ALLOC or ROOT and ends with UNROOT or DROP. Roots are numbered by their
// beginnings. Events come in the canonical order.
#ifndef WANE_GCT_ROOTS_H
#define WANE_GCT_ROOTS_H

#include "gct.h"

struct gct_root {
  uint64_t number; // how many began before it
  uint64_t seq;    // of the event that began it, in its thread
  uint32_t next;   // of the same object, an older one; GCT_NIL
  uint32_t mine;   // the caller's, 0 at first
  uint16_t thread; // that began it
};

struct gct_roots {
  struct gct_root *pool;
  uint32_t *newest; // by handle: index into pool, or GCT_NIL
  uint32_t n, room, unused;
  uint64_t begun;
};

// Returns false without memory.
bool gct_roots_new(struct gct_roots *roots, uint32_t max_handles);
void gct_roots_free(struct gct_roots *roots);

// Returns the index of a new root, or GCT_NIL without memory.
uint32_t gct_roots_begin(struct gct_roots *roots, uint32_t handle,
                         uint32_t thread, uint64_t seq);

// Returns the index of the root that ends, which may be read until the next
// one begins, or GCT_NIL when the object has none.
uint32_t gct_roots_end(struct gct_roots *roots, uint32_t handle,
                       uint32_t thread);

#endif
