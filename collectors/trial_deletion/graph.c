// graph.c: builds the graph: closure, edges, external counts.
// SPDX-License-Identifier: MIT
//
// One pass does closure and phase E: a reference is followed and recorded at
// the moment its slot is read, and no slot is read twice, so the edges that
// were recorded are one reading of every slot of the set.

#include "graph.h"

#include "table.h"

#include <string.h>

#define PIECE 4096 // counts that a worker reads at a time
#define AHEAD 16   // of them are being fetched

static void grow_objects(struct graph *g)
{
  g->capacity = g->capacity ? g->capacity * 2 : 4096;
  size_t n = g->capacity;
  g->object = table(g->object, n * sizeof *g->object);
  g->first = table(g->first, (n + 1) * sizeof *g->first);
  g->inside = table(g->inside, n * sizeof *g->inside);
  g->live = table(g->live, n * sizeof *g->live);
  g->held = table(g->held, n * sizeof *g->held);
  g->stack = table(g->stack, n * sizeof *g->stack);
#if WANE_MUTANT == 4
  g->early = table(g->early, n * sizeof *g->early);
#endif
}

void graph_free(struct graph *g)
{
  free(g->object);
  free(g->first);
  free(g->inside);
  free(g->live);
  free(g->held);
  free(g->stack);
  free(g->edge);
#if WANE_MUTANT == 4
  free(g->early);
#endif
  memset(g, 0, sizeof *g);
}

static inline uint32_t add(struct graph *g, wane_ref o, uint32_t *scratch)
{
  if (g->n == g->capacity) grow_objects(g);
  uint32_t i = g->n++;
  g->object[i] = o;
  g->inside[i] = 0;
  g->live[i] = false;
#if WANE_MUTANT == 4 // counts before edges
  g->early[i] = wane_gc_count(o);
#endif
  *scratch = (*scratch & ~INDEX) | (i + 1);
  __builtin_prefetch(o);
  return i;
}

static inline void read_slot(struct wane_slot *slot, void *context)
{
  struct graph *g = context;
  // Note [publish]: acquire; pairs with the barrier's release, so the unit
  // that counts this edge is visible when counts are read later.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t *scratch = wane_gc_scratch(o);
  uint32_t place = *scratch & INDEX;
  if (!place) {
    if ((*scratch & AGED && !g->everything) || wane_gc_opaque(o)) {
      g->outside++;
      return;
    }
    place = add(g, o, scratch) + 1;
  } else if (place <= g->group) {
    g->outside++;
  }
  g->inside[place - 1]++;
  if (g->n_edges == g->edge_capacity) {
    g->edge_capacity = g->edge_capacity ? g->edge_capacity * 2 : 8192;
    g->edge = table(g->edge, g->edge_capacity * sizeof *g->edge);
  }
  g->edge[g->n_edges++] = place - 1;
}

// A move was under way: what was read of this object is not one state of it.
// It counts as live, and its edges as unread.
static void give_up(struct graph *g, uint32_t i)
{
  for (uint32_t e = g->first[i]; e < g->n_edges; e++) g->inside[g->edge[e]]--;
  g->n_edges = g->first[i];
  g->live[i] = true;
}

uint32_t graph_add_group(struct graph *g, wane_ref seed)
{
  uint32_t begin = g->n;
  g->outside = 0;
  g->group = begin;
  add(g, seed, wane_gc_scratch(seed));
  for (uint32_t i = begin; i < g->n; i++) {
    WANE_YIELD(7);
    g->first[i] = g->n_edges;
    if (!wane_gc_each_slot(g->object[i], read_slot, g)) give_up(g, i);
    g->first[i + 1] = g->n_edges;
  }
  g->objects += g->n - begin;
  g->edges += g->n_edges - g->first[begin];
  return begin;
}

int64_t graph_external(const struct graph *g, uint32_t i)
{
  wane_ref o = g->object[i];
  // Note [edges before counts]: all slots of the graph have been read; units
  // are only added while this runs, so what was counted then is here now.
#if WANE_MUTANT == 4
  int64_t count = g->early[i];
#else
  int64_t count = wane_gc_count(o);
#endif
  int64_t external = count - g->inside[i];
  if (external > 0) return external;
  if (g->live[i] || wane_gc_opaque(o)) return 1; // opaque by now: saturated
  if (count == 0) return 1;                      // the engine's
#if WANE_CHECKED
  if (external < 0) {
    fprintf(stderr, "wane: trial_deletion: fewer counts than edges\n");
    abort();
  }
#endif
  return wane_gc_rooted(o);
}

void graph_pop(struct graph *g, uint32_t begin)
{
  g->n_edges = g->first[begin];
  g->n = begin;
}

static void mark(struct graph *g, uint32_t start)
{
  uint32_t depth = 0;
  g->live[start] = true;
  g->stack[depth++] = start;
  while (depth) {
    uint32_t i = g->stack[--depth];
    for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++) {
      uint32_t j = g->edge[e];
      if (g->live[j] || !g->object[j]) continue;
      g->live[j] = true;
      g->stack[depth++] = j;
    }
  }
}

// A count lies in its object: each is a cache miss, and nothing is written
// that another worker reads.
static void read_counts(void *context, size_t begin, size_t end)
{
  struct graph *g = context;
  for (size_t i = begin; i < end; i++) {
    if (i + AHEAD < end) __builtin_prefetch(g->object[i + AHEAD]);
    g->held[i] = g->object[i] && graph_external(g, (uint32_t)i) > 0;
  }
}

void graph_mark_held(struct graph *g)
{
  wane_gc_parallel_for(g->n, PIECE, read_counts, g);
  for (uint32_t i = 0; i < g->n; i++)
    if (g->held[i] && !g->live[i]) mark(g, i);
}
