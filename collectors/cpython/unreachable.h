// unreachable.h: which members of a generation nothing from outside holds.
// SPDX-License-Identifier: MIT

#ifndef CPYTHON_UNREACHABLE_H
#define CPYTHON_UNREACHABLE_H

#include "members.h"

// One search. The tables live on, so that the next one finds them.
struct search {
  const struct members *set; // swept: every entry is a member
  uint32_t generation;       // its
  uint32_t *refs;            // of entry i; CPython's gc_refs
  size_t capacity;           // of `refs`
  uint32_t *stack;
  size_t depth, stack_capacity;
  uint32_t at; // move_reachable has come so far
  uint64_t edges;
  struct wane_round *round;
};

// World stopped, counts exact. Frees the members that are unreachable; their
// entries are void afterwards.
void unreachable_free(struct search *s, struct wane_round *round,
                      const struct members *set, uint32_t generation);
void search_free(struct search *s);

#endif
