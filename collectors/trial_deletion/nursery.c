// nursery.c: edges, counts, marks and frees over the cells of a batch.
// SPDX-License-Identifier: MIT
//
// The same comparison as for any other set (runtime/DESIGN.md, "Trial
// deletion"): E first, then C; C == E and no root means held from inside only;
// what the others reach along the edges that were read stays. Everything is a
// walk over cells in a row. The scratch word of a cell is its number while
// this runs, and zero before and after.

#include "nursery.h"

#include "table.h"

#include <string.h>

// The scratch word of a numbered cell; all other cells have this bit clear.
#define NUMBERED (1u << 29)
#define NUMBER (NUMBERED - 1)
// nursery_node.inside: a number and flags.
#define LIVE (1u << 31)
#define LEAVES (1u << 30)  // has references that leave the batch
#define REACHED (1u << 29) // live, and its edges were followed
#define INSIDE (REACHED - 1)

void nursery_free(struct nursery *y)
{
  free(y->node);
  free(y->edge);
  free(y->stack);
  free(y->targets);
  free(y->leavers);
  memset(y, 0, sizeof *y);
}

// --- walks -------------------------------------------------------------------

// A walk over the used cells of one span or more. The bits are the engine's
// own, and it waits for us: what one walk sees, all see (Note [cells]).
struct cells {
  const struct wane_gc_span *span, *end;
  const struct wane_gc_block *block;
  char *base;
  size_t bytes;
  uint32_t word;
  uint64_t left, roots;
  // The current one:
  uint32_t i, cell;
  wane_ref o;
  bool rooted;
};

static inline void cells_word(struct cells *at, uint32_t word)
{
  const struct wane_gc_bits *bits = &at->block->bits[word];
  at->word = word;
  // Note [cells]
  at->left = atomic_load_explicit(&bits->used, memory_order_relaxed) &
             wane_gc_span_mask(at->span, word);
  at->roots = atomic_load_explicit(&bits->rooted, memory_order_relaxed);
}

static inline void cells_span(struct cells *at)
{
  at->block = &wane_gc_heap.blocks[at->span->block];
  at->bytes = wane_gc_cell_size(at->block);
  at->base =
      wane_gc_heap.base + ((size_t)at->span->block << WANE_BLOCK_SHIFT);
  cells_word(at, at->span->begin >> 6);
}

static inline void cells_begin(struct cells *at,
                               const struct wane_gc_span *spans, size_t n)
{
  *at = (struct cells){.span = spans, .end = spans + n, .i = UINT32_MAX};
  cells_span(at);
}

static inline bool cells_next(struct cells *at)
{
  while (WANE_UNLIKELY(!at->left)) {
    if (at->word < (at->span->end - 1u) >> 6) {
      cells_word(at, at->word + 1);
      continue;
    }
    if (++at->span == at->end) return false;
    cells_span(at);
  }
  uint32_t bit = (uint32_t)__builtin_ctzl(at->left);
  at->left &= at->left - 1;
  at->i++;
  at->cell = at->word * 64 + bit;
  at->o = (wane_ref)(void *)(at->base + at->cell * at->bytes);
  at->rooted = at->roots >> bit & 1;
  return true;
}

// --- numbers -----------------------------------------------------------------

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
  y->live_inside = y->live_edges = 0;
  struct cells at;
  for (cells_begin(&at, spans, n); cells_next(&at);)
    at.block->scratch[at.cell] = NUMBERED | at.i;
  y->n = at.i + 1;
  memset(y->node, 0, (y->n + 1) * sizeof *y->node);
}

// 1 + the number of an object of the batch, or 0.
static inline uint32_t place(const struct wane_gc_heap *heap, wane_ref o)
{
  size_t offset = (size_t)((char *)o - heap->base);
  const struct wane_gc_block *block = &heap->blocks[offset >> WANE_BLOCK_SHIFT];
  if (!block->scratch) return 0;
  uint32_t word = block->scratch[wane_gc_cell_at(block, offset)];
  return word & NUMBERED ? 1 + (word & NUMBER) : 0;
}

// --- edges -------------------------------------------------------------------

// What reading needs at every slot, in registers: an atomic load lets a
// compiler forget what it knows of everything else.
struct reader {
  struct wane_gc_heap heap;
  struct nursery_node *node;
  uint32_t *edge, n_edges, flags;
};

static inline void read_slot(struct wane_slot *slot, void *context)
{
  struct reader *r = context;
  // Note [publish]: acquire; pairs with the barrier's release, so the unit
  // that counts this edge is visible when counts are read later.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t at = place(&r->heap, o);
  if (!at) {
    r->flags = LEAVES;
    return;
  }
  r->node[at - 1].inside++;
  r->edge[r->n_edges++] = at - 1;
}

static void note_slot(struct wane_slot *slot, void *context)
{
  struct nursery *y = context;
  // Note [publish]: as in read_slot.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t at = place(&wane_gc_heap, o);
  if (y->n_targets == y->target_capacity) {
    y->target_capacity = y->target_capacity ? 2 * y->target_capacity : 256;
    y->targets = table(y->targets, y->target_capacity * sizeof *y->targets);
  }
  y->targets[y->n_targets++] = at;
}

static void grow_edges(struct nursery *y, uint32_t n)
{
  if (n <= y->edge_capacity) return;
  y->edge_capacity = 2 * n + 4096;
  y->edge = table(y->edge, y->edge_capacity * sizeof *y->edge);
}

// An object with moving slots counts only if it was read in one state;
// otherwise it is alive, and its edges are unread. Returns its flags.
static uint32_t read_moving(struct nursery *y, wane_ref o)
{
  y->n_targets = 0;
  bool whole = wane_gc_each_slot(o, note_slot, y);
  uint32_t flags = whole ? 0 : LEAVES | LIVE;
  if (!whole) y->n_targets = 0;
  // Not freed at once, so not here: it counts as held, and the closers find it.
  if (wane_gc_special(o)) flags |= LIVE;
  grow_edges(y, y->n_edges + y->n_targets);
  for (uint32_t i = 0; i < y->n_targets; i++) {
    uint32_t at = y->targets[i];
    if (at) {
      y->node[at - 1].inside++;
      y->edge[y->n_edges++] = at - 1;
    } else {
      flags |= LEAVES;
    }
  }
  return flags;
}

static void note_leaver(struct nursery *y, wane_ref o)
{
  if (y->n_leavers == y->leaver_capacity) {
    y->leaver_capacity = y->leaver_capacity ? 2 * y->leaver_capacity : 256;
    y->leavers = table(y->leavers, y->leaver_capacity * sizeof *y->leavers);
  }
  y->leavers[y->n_leavers++] = o;
}

static void read_edges(struct nursery *y, const struct wane_gc_span *spans,
                       size_t n)
{
  struct reader r = {wane_gc_heap, y->node, y->edge, 0, 0};
  uint32_t room = y->edge_capacity;
  struct cells at;
  y->n_leavers = 0;
  for (cells_begin(&at, spans, n); cells_next(&at);) {
    const struct wane_type *type = r.heap.types[at.o->type];
    struct nursery_node *node = &r.node[at.i];
#if WANE_MUTANT == 15 // counts before edges
    node->early = wane_gc_count(at.o);
#endif
    WANE_YIELD(8);
    node->first = r.n_edges;
    r.flags = 0;
    if (WANE_UNLIKELY(!type->fixed_only || r.n_edges + type->n_refs > room)) {
      y->n_edges = r.n_edges;
      r.flags = read_moving(y, at.o);
      r.n_edges = y->n_edges;
      r.edge = y->edge;
      room = y->edge_capacity;
    } else {
      wane_each_fixed_slot(at.o, type, read_slot, &r);
    }
    if (WANE_LIKELY(!r.flags)) continue;
    node->inside |= r.flags;
    note_leaver(y, at.o);
  }
  y->n_edges = r.node[y->n].first = r.n_edges;
}

// --- counts ------------------------------------------------------------------

static inline bool is_held(const struct nursery_node *node, wane_ref o)
{
  uint32_t inside = node->inside;
  // Note [edges before counts]: all slots of the batch have been read.
  int64_t external = wane_gc_count(o) - (inside & INSIDE);
#if WANE_MUTANT == 15
  external = node->early - (inside & INSIDE);
#endif
  // Note [saturation]: relaxed; the counts of an immortal object say nothing.
  // What is condemned is the engine's.
  if (external > 0 || inside & LIVE ||
      atomic_load_explicit(&o->own, memory_order_relaxed) &
          (WANE_IMMORTAL | WANE_CONDEMNED))
    return true;
#if WANE_CHECKED
  if (external < 0) {
    fprintf(stderr, "wane: trial_deletion: fewer counts than young edges\n");
    abort();
  }
#endif
  return false;
}

static inline void reach(struct nursery *y, uint32_t i, uint32_t *depth)
{
  y->live_inside += y->node[i].inside & INSIDE;
  y->live_edges += y->node[i + 1].first - y->node[i].first;
  y->node[i].inside |= LIVE | REACHED;
  y->stack[(*depth)++] = i;
}

static void mark(struct nursery *y, uint32_t start)
{
#if WANE_MUTANT == 18
  y->node[start].inside |= LIVE;
  return;
#endif
  uint32_t depth = 0;
  if (!(y->node[start].inside & REACHED)) reach(y, start, &depth);
  while (depth) {
    uint32_t i = y->stack[--depth];
    for (uint32_t e = y->node[i].first; e < y->node[i + 1].first; e++)
      if (!(y->node[y->edge[e]].inside & REACHED)) reach(y, y->edge[e], &depth);
  }
}

static void count(struct nursery *y, const struct wane_gc_span *spans, size_t n)
{
  struct cells at;
  for (cells_begin(&at, spans, n); cells_next(&at);)
    if (WANE_UNLIKELY(at.rooted || is_held(&y->node[at.i], at.o)))
      mark(y, at.i);
}

// --- the dead ----------------------------------------------------------------

// A dead object's reference: taken back unless it stays among the dead.
static inline void take_back(struct wane_slot *slot, void *context)
{
  struct nursery *y = context;
  // Note [publish]: acquire, as in read_slot; nobody writes it any more.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  uint32_t at = place(&wane_gc_heap, o);
  if (!at || y->node[at - 1].inside & LIVE) wane_gc_dec(y->round, o);
}

static void release_edges(struct nursery *y, const struct wane_gc_span *spans,
                          size_t n)
{
  struct cells at;
  if (y->live_inside == y->live_edges) {
    // All edges into the living are theirs: the dead refer to the dead.
    for (size_t i = 0; i < y->n_leavers; i++) {
      wane_ref o = y->leavers[i];
      if (!(y->node[place(&wane_gc_heap, o) - 1].inside & LIVE))
        wane_each_slot(o, wane_gc_type(o), take_back, y);
    }
    return;
  }
  for (cells_begin(&at, spans, n); cells_next(&at);)
    if (!(y->node[at.i].inside & LIVE))
      wane_each_slot(at.o, wane_gc_type(at.o), take_back, y);
}

// Frees what is not live, and takes the numbers away.
static void sweep(struct nursery *y, const struct wane_gc_span *spans, size_t n)
{
  uint32_t i = 0;
  for (size_t s = 0; s < n; s++) {
    const struct wane_gc_span *span = &spans[s];
    const struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
    memset(&block->scratch[span->begin], 0,
           (size_t)(span->end - span->begin) * sizeof *block->scratch);
    for (uint32_t w = span->begin >> 6; w <= (span->end - 1u) >> 6; w++) {
      // Note [cells]
      uint64_t left =
          atomic_load_explicit(&block->bits[w].used, memory_order_relaxed);
      uint64_t dead = left &= wane_gc_span_mask(span, w);
      for (; left; left &= left - 1)
        if (WANE_UNLIKELY(y->node[i++].inside & LIVE)) dead ^= left & -left;
      if (dead) wane_gc_free_cells(y->round, span->block, w, dead);
    }
  }
}

void nursery_collect(struct nursery *y, struct wane_round *round,
                     const struct wane_gc_span *spans, size_t n)
{
  y->round = round;
  number(y, spans, n);
  read_edges(y, spans, n);
  count(y, spans, n);
  release_edges(y, spans, n);
  sweep(y, spans, n);
  wane_gc_traced(round, 0, y->n, y->n_edges);
}
