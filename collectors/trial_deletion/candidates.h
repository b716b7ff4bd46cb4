// candidates.h: the closers, by age.
// SPDX-License-Identifier: MIT

#ifndef TRIAL_DELETION_CANDIDATES_H
#define TRIAL_DELETION_CANDIDATES_H

#include <wane/collector.h>

struct list {
  wane_ref *items; // may hold objects that were freed: see candidate_valid
  size_t n, capacity;
};

void list_push(struct list *list, wane_ref o);
void list_free(struct list *list);

// The scratch word of an entry, 0 if it is no longer the object that was
// listed: what is freed has scratch 0.
static inline uint32_t candidate_scratch(wane_ref o)
{
  return wane_gc_at_cell(o) ? *wane_gc_scratch(o) : 0;
}

static inline void candidate_prefetch(wane_ref o)
{
  __builtin_prefetch(o);
}

#endif
