// gct_import_ranks.c: what holds objects whose deaths are told.
// SPDX-License-Identifier: MIT
//
// An object holds what ranks below it. Ranks go up with the time of death; of
// those that die together, what leads to others is above them, as far as there
// are no cycles. So holders never form one, and a thing without a holder is
// what a root has to hold.
#include "gct_import_history.h"

#include <stdlib.h>

struct ranking {
  const struct gct__heap *heap;
  uint32_t *ranks;
  uint32_t *inner; // by thing: references from those that die with it
  uint32_t *queue, queued;
  uint32_t top; // the rank of the first one of the group
};

static void place(struct ranking *r, uint32_t thing)
{
  r->ranks[thing] = r->top - r->queued;
  r->queue[r->queued++] = thing;
}

// Ranks a thing, and below it what it leads to in the group.
static void rank_from(struct ranking *r, uint32_t thing)
{
  uint32_t at = r->queued;
  if (r->ranks[thing] != GCT_NIL) return;
  for (place(r, thing); at < r->queued; at++)
    for (uint32_t i = 0; i < r->heap->live[r->queue[at]].n_edges; i++) {
      uint32_t target = gct__heap_target(r->heap, r->queue[at], i);
      if (target != GCT_NIL && r->ranks[target] == GCT_NIL) place(r, target);
    }
}

// First those that none of the group leads to, then whatever is left: cycles.
static void rank_group(struct ranking *r, const struct gct__deaths *deaths)
{
  uint32_t n = deaths->n_group;
  const uint32_t *group = deaths->group;
  for (uint32_t i = 0; i < n; i++) r->ranks[group[i]] = GCT_NIL;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < r->heap->live[group[i]].n_edges; k++) {
      uint32_t target = gct__heap_target(r->heap, group[i], k);
      if (target != GCT_NIL && target != group[i] &&
          r->ranks[target] == GCT_NIL)
        r->inner[target]++;
    }
  r->queued = 0;
  r->top += n;
  for (uint32_t i = 0; i < n; i++)
    if (r->inner[group[i]] == 0) rank_from(r, group[i]);
  for (uint32_t i = 0; i < n; i++) rank_from(r, group[i]);
}

static bool rank_all(struct gct__history *h, struct gct__heap *heap,
                     struct gct__deaths *deaths, struct ranking *r)
{
  bool good = true;
  for (uint32_t i = 0; good && i < h->n_ops; i++) {
    const struct gct__op *op = &h->ops[i];
    if (op->kind == GCT__BIRTH) good = gct__heap_birth(heap, op->thing);
    if (op->kind == GCT__WRITE) {
      uint32_t now = gct__heap_target(heap, op->thing, op->slot);
      *h->old_differs += op->old != GCT__UNTOLD && op->old != now;
      good = gct__heap_write(heap, op->thing, op->slot, op->target);
    }
    if (!good || !gct__deaths_next(deaths, i)) continue;
    rank_group(r, deaths);
    *h->cut += gct__heap_bury(heap, deaths->group, deaths->n_group);
  }
  if (good && gct__deaths_next(deaths, GCT_NIL)) rank_group(r, deaths);
  return good;
}

// A use after the death that is told puts it off.
static void put_off(struct gct__history *h)
{
  for (uint32_t i = 0; i < h->n_things; i++) {
    struct gct__life *life = &h->lives[i];
    if (life->death == GCT_NIL || life->last_use <= life->death) continue;
    life->death = life->last_use;
    ++*h->put_off;
  }
}

bool gct__history_ranks(struct gct__history *h, uint32_t *ranks)
{
  struct gct__heap heap;
  struct gct__deaths deaths;
  struct ranking r = {.heap = &heap, .ranks = ranks};
  put_off(h);
  r.inner = gct__job_array(h->job, h->n_things, sizeof *r.inner);
  r.queue = gct__job_array(h->job, h->n_things, sizeof *r.queue);
  gct__deaths_sort(h, &deaths);
  gct__heap_begin(&heap, h->job, h->things, h->n_things, h->n_threads, false);
  bool good = h->job->code == 0 && rank_all(h, &heap, &deaths, &r);
  gct__heap_end(&heap);
  gct__deaths_free(&deaths);
  free(r.inner);
  free(r.queue);
  return good;
}
