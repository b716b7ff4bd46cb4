// nursery.c: the young objects of one thread, batch by batch.
// SPDX-License-Identifier: MIT
//
// In batches that fit the second-level cache, so that what the plugin has read
// is there when the counts are looked at.

#include "nursery.h"

#include "guard.h"
#include "late.h"
#include "mark.h"
#include "walk.h"

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
    wane__walk_admit(span, r->counting);
#if WANE_MUTANT != 48
    if (WANE_UNLIKELY(wane__mark_active())) wane__mark_span(span);
#endif
    r->born_objects += span->end - span->begin;
    r->born_bytes += span_bytes(span);
  }
}

// The walk costs least when it comes to an object after all that refer to it
// have died: parents that were made before their children want it forward.
// A batch tells what is best for the next, which is taken from that end of
// the list: what the walk has not seen is always one piece of it.
static void choose_direction(struct wane_round *r)
{
  if (r->behind > r->met) r->forward = !r->forward;
  r->behind = r->met = 0;
}

// The part of a list that the walk has not seen.
struct rest {
  const struct wane_gc_span *items;
  size_t begin, end;
};

static const struct wane_gc_span *take(struct rest *rest, bool forward)
{
  return &rest->items[forward ? rest->begin++ : --rest->end];
}

// A large object may have died with what held it before its own turn came, and
// its blocks may be another's by now: nothing there is ours to read but its
// `used` bit (Note [geometry]), clear until the next round admits something.
static bool is_gone(const struct wane_gc_span *span)
{
  const struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  return span->begin == 0 && span->end == 1 && !wane__used(block->bits, 0);
}

static void release_batch(struct wane_round *r, struct rest *rest,
                          uint64_t closers, uint64_t born,
                          const struct wane_collector *collector, void *state)
{
  const struct wane_gc_span *all[BATCH_SPANS];
  struct wane_gc_span told[BATCH_SPANS]; // to the plugin
  const bool forward = r->forward;
  const bool tell_large =
      collector && (collector->needs & WANE_NEED_YOUNG_LARGE);
  size_t bytes = 0, n = 0, n_told = 0;
  while (rest->begin < rest->end && n < BATCH_SPANS && bytes < BATCH_BYTES) {
    const struct wane_gc_span *span = take(rest, forward);
    if (is_gone(span)) continue;
    bytes += span_bytes(span);
    all[n++] = span;
    if (tell_large || !is_large(span)) told[n_told++] = *span;
  }
  if (n_told && collector && collector->young) {
    wane__late_doing("young");
    wane__guard_enter(WANE__CALL_YOUNG, r);
    collector->young(state, r, told, n_told, closers, born);
    wane__guard_leave();
    wane__late_doing(WANE__ENGINE);
    wane__release_drain(r);
  }
  for (size_t i = 0; i < n; i++)
    if (!is_gone(all[i])) wane__walk_span(r, all[i], forward);
  choose_direction(r);
}

void wane__nursery_release(struct wane_round *r,
                           const struct wane__young_list *list,
                           uint64_t closers,
                           const struct wane_collector *collector, void *state)
{
  struct rest rest = {list->items, 0, list->n};
  uint64_t born = 0;
  for (size_t i = 0; i < list->n; i++)
    born += list->items[i].end - list->items[i].begin;
  while (rest.begin < rest.end)
    release_batch(r, &rest, closers, born, collector, state);
}
