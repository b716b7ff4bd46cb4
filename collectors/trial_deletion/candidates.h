// candidates.h: the closers, by age.
// SPDX-License-Identifier: MIT

#ifndef TRIAL_DELETION_CANDIDATES_H
#define TRIAL_DELETION_CANDIDATES_H

#include <wane/collector.h>

struct list {
  wane_ref *items; // may hold objects that were freed: see candidate_scratch
  size_t n, capacity;
};

void list_grow(struct list *list);

static inline void list_push(struct list *list, wane_ref o)
{
  if (WANE_UNLIKELY(list->n == list->capacity)) list_grow(list);
  list->items[list->n++] = o;
}
void list_free(struct list *list);

// The scratch word of an entry, 0 if it is no longer the object that was
// listed: what is freed has scratch 0.
static inline uint32_t candidate_scratch(wane_ref o)
{
  const struct wane_gc_block *block = wane_gc_block_of(o);
  uint32_t cell = wane_gc_cell_of(block, o);
  return block->scratch && wane_gc_at_cell(o) ? block->scratch[cell] : 0;
}

static inline void candidate_prefetch(wane_ref o)
{
  __builtin_prefetch(o);
}

#endif
