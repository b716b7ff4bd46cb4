// nursery.c: edges, counts, marks and frees over the cells of a batch.
// SPDX-License-Identifier: MIT
//
// The same comparison as for any other set (runtime/DESIGN.md, "Trial
// deletion"): E first, then C; C == E and no root means held from inside only;
// what the others reach along the edges that were read stays. Everything is a
// walk over cells in a row. The scratch word of a cell is its number while
// this runs, and zero before and after.

#include "nursery.h"

#include "graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The scratch word of a numbered cell; all other cells have this bit clear.
#define NUMBERED (1u << 29)
#define NUMBER (NUMBERED - 1)
// nursery_node.inside: a number and flags.
#define LIVE (1u << 31)
#define LEAVES (1u << 30)  // has references that leave the batch
#define REACHED (1u << 29) // live, and its edges were followed
#define INSIDE (REACHED - 1)

static void *table(void *old, size_t bytes)
{
  void *p = realloc(old, bytes);
  if (p) return p;
  fprintf(stderr, "wane: trial_deletion: no memory for %zu bytes of nursery\n",
          bytes);
  abort();
}

void nursery_free(struct nursery *y)
{
  free(y->node);
  free(y->edge);
  free(y->stack);
  free(y->targets);
  memset(y, 0, sizeof *y);
}

// --- walks -------------------------------------------------------------------

// A used cell: its number, the object, its scratch, has it a root?
typedef void (*each_cell)(struct nursery *y, uint32_t i, wane_ref o,
                          uint32_t *scratch, bool rooted);

static inline __attribute__((always_inline)) void
walk(struct nursery *y, const struct wane_gc_span *spans, size_t n,
     each_cell each)
{
  uint32_t i = 0;
  for (size_t s = 0; s < n; s++) {
    const struct wane_gc_span *span = &spans[s];
    const struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
    size_t bytes = wane_gc_cell_size(block);
    char *cells = wane_gc_heap.base + ((size_t)span->block << WANE_BLOCK_SHIFT);
    for (uint32_t w = span->begin >> 6; w <= (span->end - 1u) >> 6; w++) {
      // Note [cells]: written by this thread.
      uint64_t used =
          atomic_load_explicit(&block->bits[w].used, memory_order_relaxed);
      uint64_t roots =
          atomic_load_explicit(&block->bits[w].rooted, memory_order_relaxed);
      used &= wane_gc_span_mask(span, w);
      for (; used; used &= used - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzl(used);
        uint32_t cell = w * 64 + bit;
        wane_ref o = (wane_ref)(void *)(cells + cell * bytes);
        each(y, i++, o, &block->scratch[cell], roots >> bit & 1);
      }
    }
  }
}

// --- numbers -----------------------------------------------------------------

static inline void see_number(struct nursery *y, uint32_t i, wane_ref o,
                              uint32_t *scratch, bool rooted)
{
  (void)o, (void)rooted;
  *scratch = NUMBERED | i;
  y->n = i + 1;
}

static void number(struct nursery *y, const struct wane_gc_span *spans,
                   size_t n)
{
  uint32_t cells = 0;
  for (size_t i = 0; i < n; i++) {
    struct wane_gc_block *block = &wane_gc_heap.blocks[spans[i].block];
    if (!block->scratch) wane__gc_scratch_slow(block);
    cells += spans[i].end - spans[i].begin;
  }
  if (cells >= y->capacity) {
    y->capacity = cells + cells / 2 + 1024;
    y->node = table(y->node, y->capacity * sizeof *y->node);
    y->stack = table(y->stack, y->capacity * sizeof *y->stack);
  }
  y->n = y->n_edges = y->n_live = 0;
  y->leaves = false;
  walk(y, spans, n, see_number);
  memset(y->node, 0, (y->n + 1) * sizeof *y->node);
}

// 1 + the number of an object of the batch, or 0.
static inline uint32_t place(wane_ref o)
{
  const struct wane_gc_block *block = wane_gc_block_of(o);
  if (!block->scratch) return 0;
  uint32_t word = block->scratch[wane_gc_cell_of(block, o)];
  return word & NUMBERED ? 1 + (word & NUMBER) : 0;
}

// --- edges -------------------------------------------------------------------

static inline void reserve_edges(struct nursery *y, uint32_t more)
{
  if (WANE_LIKELY(y->n_edges + more <= y->edge_capacity)) return;
  y->edge_capacity = 2 * (y->n_edges + more) + 4096;
  y->edge = table(y->edge, y->edge_capacity * sizeof *y->edge);
}

static inline void read_slot(struct wane_slot *slot, void *context)
{
  struct nursery *y = context;
  // Note [publish]: acquire; pairs with the barrier's release, so the unit
  // that counts this edge is visible when counts are read later.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t at = place(o);
  if (!at) {
    y->leaves = true;
    return;
  }
  y->node[at - 1].inside++;
  y->edge[y->n_edges++] = at - 1;
}

static inline void note_slot(struct wane_slot *slot, void *context)
{
  struct nursery *y = context;
  // Note [publish]: as in read_slot.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t at = place(o);
  if (!at) {
    y->leaves = true;
    return;
  }
  if (y->n_targets == y->target_capacity) {
    y->target_capacity = y->target_capacity ? 2 * y->target_capacity : 256;
    y->targets = table(y->targets, y->target_capacity * sizeof *y->targets);
  }
  y->targets[y->n_targets++] = at - 1;
}

// An object with moving slots counts only if it was read in one state;
// otherwise it is alive, and its edges are unread.
static bool read_moving(struct nursery *y, wane_ref o)
{
  y->n_targets = 0;
  if (!wane_gc_each_slot(o, note_slot, y)) return false;
  reserve_edges(y, y->n_targets);
  for (uint32_t i = 0; i < y->n_targets; i++) {
    y->node[y->targets[i]].inside++;
    y->edge[y->n_edges++] = y->targets[i];
  }
  return true;
}

static inline void read_edges(struct nursery *y, uint32_t i, wane_ref o)
{
  const struct wane_type *type = wane_gc_type(o);
  bool whole = true, others = y->leaves;
#if WANE_MUTANT == 15 // the nursery reads counts before edges
  y->node[i].early = wane_gc_count(o);
#endif
  WANE_YIELD(8);
  y->node[i].first = y->n_edges;
  y->leaves = false;
  if (WANE_LIKELY(!type->array_offset && !type->trace)) {
    reserve_edges(y, type->n_refs);
    wane_each_slot(o, type, read_slot, y);
  } else {
    whole = read_moving(y, o);
  }
  if (y->leaves) y->node[i].inside |= LEAVES;
  y->leaves |= others;
  if (!whole) y->node[i].inside |= LIVE;
}

// --- counts ------------------------------------------------------------------

static inline bool is_held(const struct nursery_node *node, wane_ref o)
{
  uint32_t inside = node->inside;
  // Note [edges before counts]: all slots of the batch have been read.
#if WANE_MUTANT == 15
  int64_t external = node->early - (inside & INSIDE);
#else
  int64_t external = wane_gc_count(o) - (inside & INSIDE);
#endif
#if WANE_CHECKED
  if (external < 0) {
    fprintf(stderr, "wane: trial_deletion: fewer counts than young edges\n");
    abort();
  }
#endif
  // Note [saturation]: relaxed.
  return external > 0 || inside & LIVE ||
         atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_IMMORTAL;
}

static void mark(struct nursery *y, uint32_t start)
{
  uint32_t depth = 0;
  if (y->node[start].inside & REACHED) return;
  y->stack[depth++] = start;
  y->node[start].inside |= LIVE | REACHED;
  y->n_live++;
  while (depth) {
    uint32_t i = y->stack[--depth];
    for (uint32_t e = y->node[i].first; e < y->node[i + 1].first; e++) {
      uint32_t j = y->edge[e];
      if (y->node[j].inside & REACHED) continue;
      y->node[j].inside |= LIVE | REACHED;
      y->stack[depth++] = j;
      y->n_live++;
    }
  }
}

// --- the batch ---------------------------------------------------------------

static inline void see_edges(struct nursery *y, uint32_t i, wane_ref o,
                             uint32_t *scratch, bool rooted)
{
  (void)scratch, (void)rooted;
  read_edges(y, i, o);
}

static inline void see_count(struct nursery *y, uint32_t i, wane_ref o,
                             uint32_t *scratch, bool rooted)
{
  (void)scratch;
  if (WANE_UNLIKELY(rooted || is_held(&y->node[i], o))) mark(y, i);
}

// A dead object's reference: taken back unless it stays among the dead.
static inline void take_back(struct wane_slot *slot, void *context)
{
  struct nursery *y = context;
  // Note [publish]: acquire, as in read_slot; nobody writes it any more.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t at = place(o);
  if (!at || y->node[at - 1].inside & LIVE) wane_gc_dec(y->round, o);
}

static inline void see_dead(struct nursery *y, uint32_t i, wane_ref o,
                            uint32_t *scratch, bool rooted)
{
  (void)scratch, (void)rooted;
  uint32_t flags = y->node[i].inside;
  if (flags & LIVE) return;
  for (uint32_t e = y->node[i].first; e < y->node[i + 1].first; e++)
    flags |= y->node[y->edge[e]].inside;
  if (flags & (LIVE | LEAVES)) wane_each_slot(o, wane_gc_type(o), take_back, y);
}

// Frees what is not live, and takes the numbers away.
static void sweep(struct nursery *y, const struct wane_gc_span *spans, size_t n)
{
  uint32_t i = 0;
  for (size_t s = 0; s < n; s++) {
    const struct wane_gc_span *span = &spans[s];
    const struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
    for (uint32_t w = span->begin >> 6; w <= (span->end - 1u) >> 6; w++) {
      // Note [cells]: written by this thread.
      uint64_t used =
          atomic_load_explicit(&block->bits[w].used, memory_order_relaxed);
      uint64_t dead = 0;
      used &= wane_gc_span_mask(span, w);
      for (uint64_t left = used; left; left &= left - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzl(left);
        block->scratch[w * 64 + bit] = 0;
        dead |= (uint64_t) !(y->node[i++].inside & LIVE) << bit;
      }
      if (dead) wane_gc_free_cells(y->round, span->block, w, dead);
    }
  }
}

void nursery_collect(struct nursery *y, struct wane_round *round,
                     const struct wane_gc_span *spans, size_t n)
{
  y->round = round;
  number(y, spans, n);
  walk(y, spans, n, see_edges);
  y->node[y->n].first = y->n_edges;
  walk(y, spans, n, see_count);
  if (y->n_live < y->n && (y->leaves || y->n_live)) walk(y, spans, n, see_dead);
  sweep(y, spans, n);
  wane_gc_traced(round, 0, y->n, y->n_edges);
}
