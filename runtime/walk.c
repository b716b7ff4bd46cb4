// walk.c: once through the young, for those that nobody counts.
// SPDX-License-Identifier: MIT
//
// The walk comes to every object of a span, so a child that lies ahead of it
// need only be set to zero. Proof: runtime/DESIGN.md, "The walk leaves zeros
// to itself".

#include "walk.h"

#include "cascade.h"
#include "cells.h"
#include "numa.h"

static bool is_rooted(struct wane_gc_block *block,
                      const struct wane_gc_span *span)
{
#if WANE_MUTANT == 16
  (void)block;
  (void)span;
  return false;
#endif
  uint64_t roots = 0;
  for (uint32_t i = span->begin >> 6; i <= (span->end - 1u) >> 6; i++)
    roots |= wane__rooted_word((struct wane__place){block, NULL, i * 64});
  return roots;
}

void wane__walk_admit(const struct wane_gc_span *span, bool will_walk)
{
  struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  for (uint32_t i = span->begin >> 6; i <= (span->end - 1u) >> 6; i++) {
    _Atomic uint64_t *used = &block->bits[i].used;
    // Note [cells]: nobody takes a cell below its thread's cursor.
    uint64_t word = atomic_load_explicit(used, memory_order_relaxed);
    atomic_store_explicit(used, word | wane_gc_span_mask(span, i),
                          memory_order_relaxed);
  }
  uint32_t cells = span->end - span->begin;
  block->live += cells;
  block->ahead =
      will_walk && block->live == cells && !is_rooted(block, span);
}

// Which cells of a word are used and wait in no table.
static inline uint64_t open_cells(const struct wane_gc_bits *bits)
{
  // Note [cells]
  return atomic_load_explicit(&bits->used, memory_order_relaxed) &
         ~atomic_load_explicit(&bits->queued, memory_order_relaxed);
}

// A walk through one span.
struct walk {
  struct wane_round *round;
  struct wane_gc_block *block;
  size_t bytes;
  char *base, *begin, *end; // of the block; of the span
  bool unrooted;            // the span is
  char *ahead;              // where the walk has not been, if it is unrooted
  size_t ahead_size;
  uint64_t met;
};

static WANE__RARE void drop_elsewhere(struct wane_round *r, wane_ref o)
{
  wane__drop(r, o);
}

// A dead object's reference, most likely to what the walk will come to.
static inline void drop_near(struct wane_slot *slot, void *context)
{
  struct walk *w = context;
  int64_t local;
  wane_ref o = wane__dead_slot(slot);
  if (!o) return;
  if (WANE_LIKELY((size_t)((char *)o - w->ahead) < w->ahead_size) &&
      WANE_LIKELY(!wane__is_apart(o) && wane__count_of(o, &local) == 1)) {
    w->met++;
    wane__leave_to_walk(o, local);
    return;
  }
  drop_elsewhere(w->round, o);
}

// Looks at the cells `left` of a word; the dead.
static inline __attribute__((always_inline)) uint64_t
release_word(struct walk *walk, uint32_t word, uint64_t left, bool forward)
{
  struct walk w = *walk; // in registers: an atomic access to an object lets a
                         // compiler forget what it knows of memory
  const struct wane_gc_bits *bits = &w.block->bits[word];
  const struct wane_type *type = NULL;
  uint32_t type_index = 0, slots = 0; // of no object
  size_t row = 0;
  uint64_t dead = 0;
  char *base = w.base + word * 64 * w.bytes;
  for (left &= open_cells(bits); left;) {
    uint32_t bit = forward ? (uint32_t)__builtin_ctzl(left)
                           : 63 - (uint32_t)__builtin_clzl(left);
    char *cell = base + bit * w.bytes;
    wane_ref o = (wane_ref)(void *)cell;
    left ^= (uint64_t)1 << bit;
    if (wane_gc_count(o) != 0) continue;
    if (WANE_UNLIKELY(!w.unrooted)) {
      struct wane__place at = {w.block, o, word * 64 + bit};
      if (wane__place_in(wane__rooted_word(at), at)) {
        wane__release_zero(w.round, o);
        continue;
      }
    } else {
      w.ahead = forward ? cell : w.begin;
      w.ahead_size = (size_t)(forward ? w.end - cell : cell - w.begin);
    }
    if (WANE_UNLIKELY(o->type != type_index)) {
      type_index = o->type;
      type = wane_gc_type(o);
      row = type->refs_begin;
      bool plain = wane__is_plain(type) && !wane__numa.count;
      slots = plain ? type->n_refs : UINT32_MAX;
    }
    if (WANE_LIKELY(slots != UINT32_MAX)) {
      struct wane_slot *slot = (struct wane_slot *)(void *)(cell + row);
      for (uint32_t i = 0; i < slots; i++) drop_near(&slot[i], &w);
    } else if (!wane__drop_all(w.round, o, type)) {
      continue;
    }
    dead |= (uint64_t)1 << bit;
    if (WANE_UNLIKELY(w.round->zero.n)) {
      wane__release_drain(w.round);
      left &= open_cells(bits); // it may have taken some along
    }
  }
  walk->met = w.met;
  return dead;
}

static __attribute__((noinline)) uint64_t forth(struct walk *w, uint32_t word,
                                                uint64_t left)
{
  return release_word(w, word, left, true);
}

static __attribute__((noinline)) uint64_t back(struct walk *w, uint32_t word,
                                               uint64_t left)
{
  return release_word(w, word, left, false);
}

static void release_large(struct wane_round *r, struct wane_gc_block *block)
{
  wane_ref o = (wane_ref)(void *)wane__block_base(
      (uint32_t)(block - wane_gc_heap.blocks));
  block->ahead = false;
  if (wane_gc_count(o) == 0 && open_cells(block->bits))
    wane__release_zero(r, o);
  wane__release_drain(r);
}

void wane__walk_span(struct wane_round *r, const struct wane_gc_span *span,
                     bool forward)
{
  struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  size_t bytes = wane_gc_cell_size(block);
  char *base = wane__block_base(span->block);
  if (bytes > WANE__SMALL_MAX) {
    release_large(r, block);
    return;
  }
  struct walk w = {.round = r,
                   .block = block,
                   .bytes = bytes,
                   .base = base,
                   .begin = base + span->begin * bytes,
                   .end = base + span->end * bytes,
                   .unrooted = !is_rooted(block, span)};
  uint32_t first = span->begin >> 6, last = (span->end - 1u) >> 6;
  uint64_t objects = 0;
#if WANE_MUTANT != 17
  block->ahead = false;
#endif
  r->here = block;
  for (uint32_t i = 0; i <= last - first; i++) {
    uint32_t word = forward ? first + i : last - i;
    uint64_t mask = wane_gc_span_mask(span, word);
    uint64_t dead = forward ? forth(&w, word, mask) : back(&w, word, mask);
    if (!dead) continue;
    if (block->scratch) // the plugin may have used it
      for (uint64_t left = dead; left; left &= left - 1)
        block->scratch[word * 64 + (uint32_t)__builtin_ctzl(left)] = 0;
    wane__give_cells(block, word, dead);
    objects += (uint64_t)__builtin_popcountl(dead);
  }
  r->here = NULL;
  r->met += w.met;
  r->cascade += w.met;
  r->rc_objects += objects;
  r->rc_bytes += objects * bytes;
}
