// nursery.c: the young objects of one thread, batch by batch.
// SPDX-License-Identifier: MIT
//
// In batches that fit the second-level cache, so that what the plugin has read
// is there when the counts are looked at.

#include "nursery.h"

#define BATCH_BYTES ((size_t)512 << 10)
#define BATCH_SPANS 64

static bool is_large(const struct wane_gc_span *span)
{
  return wane_gc_cell_size(&wane_gc_heap.blocks[span->block]) > WANE__SMALL_MAX;
}

static size_t span_bytes(const struct wane_gc_span *span)
{
  const struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  if (is_large(span))
    return (size_t)wane__blocks[span->block].n_blocks << WANE_BLOCK_SHIFT;
  return (size_t)wane_gc_cell_size(block) * (span->end - span->begin);
}

void wane__nursery_admit(struct wane_round *r,
                         const struct wane__young_list *list)
{
  for (size_t i = 0; i < list->n; i++) {
    const struct wane_gc_span *span = &list->items[i];
    wane__release_admit(span);
    r->born_objects += span->end - span->begin;
    r->born_bytes += span_bytes(span);
  }
}

static const struct wane_gc_span *nth(const struct wane__young_list *list,
                                      size_t i, bool forward)
{
  return &list->items[forward ? i : list->n - 1 - i];
}

// The walk costs least when it comes to an object after all that refer to it
// have died: parents that were made before their children want it forward.
static void choose_direction(struct wane_round *r)
{
  if (r->behind > r->met) r->forward = !r->forward;
  r->behind = r->met = 0;
}

void wane__nursery_release(struct wane_round *r,
                           const struct wane__young_list *list,
                           uint64_t closers,
                           const struct wane_collector *collector, void *state)
{
  struct wane_gc_span batch[BATCH_SPANS];
  const bool forward = r->forward;
  uint64_t born = 0;
  for (size_t i = 0; i < list->n; i++)
    born += list->items[i].end - list->items[i].begin;
  for (size_t begin = 0, end; begin < list->n; begin = end) {
    size_t bytes = 0, n = 0;
    for (end = begin; end < list->n && n < BATCH_SPANS && bytes < BATCH_BYTES;
         end++) {
      const struct wane_gc_span *span = nth(list, end, forward);
      bytes += span_bytes(span);
      if (!is_large(span)) batch[n++] = *span;
    }
    if (n && collector && collector->young) {
      collector->young(state, r, batch, n, closers, born);
      wane__release_drain(r);
    }
    for (; begin < end; begin++)
      wane__release_span(r, nth(list, begin, forward), forward);
  }
  choose_direction(r);
}
