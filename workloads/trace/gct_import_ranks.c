// gct_import_ranks.c: what holds objects whose deaths are told.
// SPDX-License-Identifier: MIT
#include "gct_import_history.h"

#include <stdlib.h>

// An object holds what ranks below it. Ranks go up with the time of death; of
// those that die together, what leads to others is above them.
static uint32_t rank_group(const struct gct__heap *heap,
                           const struct gct__deaths *deaths, uint32_t *inner,
                           uint32_t *queue, uint32_t *ranks, uint32_t next)
{
  uint32_t n = deaths->n_group, queued = 0, at = 0;
  for (uint32_t i = 0; i < n; i++) ranks[deaths->group[i]] = GCT_NIL;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t thing = deaths->group[i];
    for (uint32_t k = 0; k < heap->live[thing].n_edges; k++) {
      uint32_t target = gct__heap_target(heap, thing, k);
      if (target != GCT_NIL && ranks[target] == GCT_NIL) inner[target]++;
    }
  }
  // First those that none of them leads to, then whatever is left.
  for (uint32_t pass = 0, i = 0; pass < 2; i = 0, pass++) {
    for (; i < n; i++) {
      uint32_t thing = deaths->group[i];
      if (ranks[thing] != GCT_NIL || (pass == 0 && inner[thing] > 0)) continue;
      ranks[thing] = next + n - 1 - queued;
      for (queue[queued++] = thing; at < queued; at++)
        for (uint32_t k = 0; k < heap->live[queue[at]].n_edges; k++) {
          uint32_t target = gct__heap_target(heap, queue[at], k);
          if (target == GCT_NIL || ranks[target] != GCT_NIL) continue;
          ranks[target] = next + n - 1 - queued;
          queue[queued++] = target;
        }
    }
  }
  return next + n;
}

static bool rank_all(struct gct__history *h, struct gct__heap *heap,
                     struct gct__deaths *deaths, uint32_t *ranks)
{
  uint32_t *inner = gct__job_array(h->job, h->n_things, sizeof *inner);
  uint32_t *queue = gct__job_array(h->job, h->n_things, sizeof *queue);
  uint32_t next = 0;
  bool good = inner && queue;
  for (uint32_t i = 0; good && i < h->n_ops; i++) {
    const struct gct__op *op = &h->ops[i];
    if (op->kind == GCT__BIRTH) good = gct__heap_birth(heap, op->thing);
    if (op->kind == GCT__WRITE) {
      uint32_t now = gct__heap_target(heap, op->thing, op->slot);
      *h->old_differs += op->old != GCT__UNTOLD && op->old != now;
      good = gct__heap_write(heap, op->thing, op->slot, op->target);
    }
    if (!good || !gct__deaths_next(deaths, i)) continue;
    next = rank_group(heap, deaths, inner, queue, ranks, next);
    *h->cut += gct__heap_bury(heap, deaths->group, deaths->n_group);
  }
  if (good && gct__deaths_next(deaths, GCT_NIL))
    rank_group(heap, deaths, inner, queue, ranks, next);
  free(inner);
  free(queue);
  return good;
}

bool gct__history_ranks(struct gct__history *h, uint32_t *ranks)
{
  struct gct__heap heap;
  struct gct__deaths deaths;
  for (uint32_t i = 0; i < h->n_things; i++) {
    struct gct__life *life = &h->lives[i];
    ranks[i] = 0;
    if (life->death == GCT_NIL || life->last_use <= life->death) continue;
    life->death = life->last_use;
    ++*h->put_off;
  }
  bool good = gct__deaths_sort(h, &deaths);
  good = gct__heap_begin(&heap, h->job, h->things, h->n_things, h->n_threads,
                         false) &&
         good && rank_all(h, &heap, &deaths, ranks);
  gct__heap_end(&heap);
  gct__deaths_free(&deaths);
  return good;
}
