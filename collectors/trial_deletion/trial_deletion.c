// trial_deletion.c: concurrent cycle collection by trial deletion.
// SPDX-License-Identifier: MIT
//
// After Bacon and Rajan (ECOOP 2001), for a runtime whose counts only grow
// while this runs: read every slot of a set once, counting the edges that stay
// inside (E), then read the counts of its members (C). C == E means that every
// reference comes from inside the set: it is garbage, although the program ran
// all the time (runtime/DESIGN.md, "Trial deletion"). No count is touched, so
// there is nothing to restore, and one look at the edges decides all cycles.
//
// Candidates are the closers (Note [closers]), young and old as CPython ages
// its containers: a young collection looks only at what no collection has
// looked at before, so it costs at most one visit per allocated object; an old
// one looks at everything that a closer reaches, when the closers have grown
// by a quarter, or on demand.

#include "candidates.h"
#include "graph.h"
#include "nursery.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>

struct collector {
  struct list young, old;
  size_t old_at_last_full; // closers that survived it
  size_t young_closers;    // options
  double old_growth;
  uint64_t budget;
  size_t threshold; // doubles when the budget is exceeded
  double nursery;
  struct graph graph;
  struct nursery young_batch;
};

enum { OPTION_YOUNG_CLOSERS, OPTION_OLD_GROWTH, OPTION_BUDGET, OPTION_NURSERY };

static const struct wane_option options[] = {
    [OPTION_YOUNG_CLOSERS] = {.name = "young_closers",
                              .type = WANE_OPTION_INT,
                              .value = "10000",
                              .help = "new closers that start a young "
                                      "collection",
                              .min = 1,
                              .max = 1e9},
    [OPTION_OLD_GROWTH] = {.name = "old_growth",
                           .type = WANE_OPTION_DOUBLE,
                           .value = "0.25",
                           .help = "growth of old closers, as a share, that "
                                   "starts an old collection",
                           .min = 0,
                           .max = 1e6},
    [OPTION_BUDGET] = {.name = "budget",
                       .type = WANE_OPTION_INT,
                       .value = "0",
                       .help = "objects a collection that nobody waits for "
                               "may look at (0: no bound)",
                       .min = 0,
                       .max = 4e9},
    [OPTION_NURSERY] = {.name = "nursery",
                        .type = WANE_OPTION_DOUBLE,
                        .value = "0.1",
                        .help = "closers per young object from which on the "
                                "young are looked at as a whole (0: always; "
                                "above 1: never)",
                        .min = 0,
                        .max = 1e6},
};

static int start(const union wane_value *values, void **state)
{
  struct collector *c = calloc(1, sizeof *c);
  if (!c) return -ENOMEM;
  c->young_closers = (size_t)values[OPTION_YOUNG_CLOSERS].integer;
  c->old_growth = values[OPTION_OLD_GROWTH].real;
  c->budget = (uint64_t)values[OPTION_BUDGET].integer;
  c->nursery = values[OPTION_NURSERY].real;
  c->threshold = c->young_closers;
  *state = c;
  return 0;
}

static void stop(void *state)
{
  struct collector *c = state;
  list_free(&c->young);
  list_free(&c->old);
  graph_free(&c->graph);
  nursery_free(&c->young_batch);
  free(c);
}

static void closers(void *state, const wane_ref *objects, size_t n)
{
  struct collector *c = state;
  for (size_t i = 0; i < n; i++) {
    uint32_t *scratch = wane_gc_scratch(objects[i]);
    if (*scratch & LISTED) continue;
    *scratch |= LISTED;
    list_push(&c->young, objects[i]);
  }
}

// Where few cycles can have closed, counting finds the dead for less.
static void young(void *state, struct wane_round *round,
                  const struct wane_gc_span *spans, size_t n, uint64_t closers,
                  uint64_t born)
{
  struct collector *c = state;
  if ((double)closers >= c->nursery * (double)born)
    nursery_collect(&c->young_batch, round, spans, n);
}

static bool old_due(const struct collector *c)
{
  size_t grown = c->old.n - c->old_at_last_full;
  return c->old.n > c->old_at_last_full && grown > c->young_closers &&
         (double)grown > c->old_growth * (double)c->old_at_last_full;
}

static bool due(void *state)
{
  struct collector *c = state;
  return c->young.n >= c->threshold || old_due(c);
}

// --- freeing -----------------------------------------------------------------

struct release {
  struct wane_round *round;
  struct graph *graph;
  uint32_t begin; // dead: everything from here on that is not live
};

// A dead member's reference: taken back unless it stays among the dead.
static inline void take_back(struct wane_slot *slot, void *context)
{
  struct release *r = context;
  // Note [publish]: acquire, as in read_slot; nobody writes it any more.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t place = graph_index(o);
  if (place && place - 1 >= r->begin && !r->graph->live[place - 1]) return;
  if (place) r->graph->inside[place - 1]--;
  wane_gc_dec(r->round, o);
}

// Takes back what the dead among [begin, n) refer to.
static void release_edges(struct wane_round *round, struct graph *g,
                          uint32_t begin)
{
  struct release r = {round, g, begin};
  for (uint32_t i = begin; i < g->n; i++)
    if (g->object[i] && !g->live[i])
      wane_each_slot(g->object[i], wane_gc_type(g->object[i]), take_back, &r);
}

// Is one of the dead among [begin, n) special?
static bool any_special(const struct graph *g, uint32_t begin)
{
  if (WANE_LIKELY(!g->specials)) return false;
  for (uint32_t i = begin; i < g->n; i++)
    if (g->object[i] && !g->live[i] && wane_gc_special(g->object[i]))
      return true;
  return false;
}

// A group nobody refers to from outside is freed at once, while it is in the
// cache, and leaves the graph. True when it was. Special objects are left for
// the end: what their group refers to cannot go before it does.
static bool release_group(struct wane_round *round, struct graph *g,
                          uint32_t begin)
{
  for (uint32_t i = begin; i < g->n; i++)
    if (graph_external(g, i) > 0) return false;
  if (any_special(g, begin)) return false;
  if (g->outside) release_edges(round, g, begin);
  wane_gc_free(round, &g->object[begin], g->n - begin);
  graph_pop(g, begin);
  return true;
}

// All the dead that are left, if there is a special one among them: weak
// references to it may lead to any other. The engine sorts them out.
static void condemn_rest(struct wane_round *round, struct graph *g)
{
  uint32_t n = 0;
  wane_ref *dead = table(NULL, g->n * sizeof *dead + 1);
  for (uint32_t i = 0; i < g->n; i++) {
    if (g->live[i] || !g->object[i]) continue;
    *wane_gc_scratch(g->object[i]) = 0; // in no list of ours
    dead[n++] = g->object[i];
    g->object[i] = NULL;
  }
  wane_gc_condemn(round, dead, n);
  free(dead);
}

// Decides everything that is left, all interdependent sets together.
static void release_rest(struct wane_round *round, struct graph *g)
{
  graph_mark_held(g);
  if (any_special(g, 0)) {
    condemn_rest(round, g);
    return;
  }
  release_edges(round, g, 0);
  for (uint32_t i = 0; i < g->n; i++) {
    if (g->live[i] || !g->object[i]) continue;
    wane_gc_free(round, &g->object[i], 1);
    g->object[i] = NULL;
  }
}

// --- one collection ----------------------------------------------------------

// Seeds that the budget left out stay in the list.
static void look(struct collector *c, struct wane_round *round,
                 struct list *seeds, uint64_t budget)
{
  struct graph *g = &c->graph;
  size_t i, kept = 0;
  for (i = 0; i < seeds->n; i++) {
    if (i + 16 < seeds->n) candidate_prefetch(seeds->items[i + 16]);
    wane_ref seed = seeds->items[i];
    uint32_t scratch = candidate_scratch(seed);
    if (!(scratch & LISTED) || scratch & INDEX) continue;
    uint32_t begin = graph_add_group(g, seed);
    release_group(round, g, begin);
    if (!budget || g->objects <= budget) continue;
    c->threshold *= 2;
    break;
  }
  while (++i < seeds->n) seeds->items[kept++] = seeds->items[i];
  seeds->n = kept;
}

// Whoever survived is AGED; surviving closers go to the old list, once each.
static void keep(struct collector *c)
{
  struct graph *g = &c->graph;
  for (uint32_t i = 0; i < g->n; i++) {
    if (!g->object[i]) continue;
    uint32_t *scratch = wane_gc_scratch(g->object[i]);
    *scratch = (*scratch & LISTED) | AGED;
#if WANE_MUTANT == 11 // closers are forgotten when they survive once
    *scratch &= ~LISTED;
#endif
    if (*scratch & LISTED) list_push(&c->old, g->object[i]);
  }
}

static void collect(void *state, struct wane_round *round, bool full)
{
  struct collector *c = state;
  struct graph *g = &c->graph;
  bool everything = full || old_due(c);
  uint64_t budget = full ? 0 : c->budget;
  g->n = g->n_edges = 0;
  g->objects = g->edges = 0;
  g->everything = everything;
  g->specials = wane_gc_any_special();
  size_t candidates = c->young.n + (everything ? c->old.n : 0);
  look(c, round, &c->young, budget);
  if (everything) look(c, round, &c->old, budget);
  release_rest(round, g);
  keep(c);
  if (everything) c->old_at_last_full = c->old.n;
  if (!budget || g->objects <= budget) c->threshold = c->young_closers;
  wane_gc_traced(round, candidates, g->objects, g->edges);
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "trial_deletion",
    .help = "reference counting with concurrent trial deletion of cycles",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_CLOSERS | WANE_NEED_SCRATCH,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .start = start,
    .stop = stop,
    .closers = closers,
    .due = due,
    .young = young,
    .collect = collect,
};
