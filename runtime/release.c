// release.c: death by count.
// SPDX-License-Identifier: MIT
//
// An object whose count is zero and that stands in no root snapshot of this
// round is unreachable, although the program keeps running (runtime/DESIGN.md,
// "Why a zero may be believed"). Its children are decremented at once: nobody
// can have read the dead parent since the handshake.
//
// Everything that was handed over is `used` before the first count goes down,
// so there is one way to die: a young object differs only in that nobody
// logged anything of it, and the walk over its span finds its zero.

#include "release.h"

#include "apply.h"
#include "type.h"

// Where an object is: its block, and its bit in one word of the side bits.
struct place {
  struct wane__block *block;
  struct wane_gc_bits *bits;
  uint32_t index, cell;
};

static inline struct place place_of(wane_ref o)
{
  uint32_t index = wane__block_index(o);
  uint32_t cell = wane__cell_index(index, o);
  struct wane__block *block = &wane__blocks[index];
  return (struct place){block, &block->bits[cell >> 6], index, cell};
}

static inline bool has(const _Atomic uint64_t *word, struct place at)
{
  // Note [cells]
  return atomic_load_explicit(word, memory_order_relaxed) >> (at.cell & 63) & 1;
}

static inline bool rooted(struct place at)
{
#if WANE_MUTANT == 5
  (void)at;
  return false;
#else
  return has(&at.bits->rooted, at);
#endif
}

// Count zero: dead, or in the table while a root holds it. What is in the
// table already is looked at when the table is.
static inline void zero(struct wane_round *r, wane_ref o, struct place at)
{
  if (has(&at.bits->queued, at)) return;
  if (WANE_LIKELY(!rooted(at))) {
    wane__vector_push(&r->zero, o);
    return;
  }
  wane__bit_set(&at.bits->queued, at.cell);
  wane__vector_push(&r->zct, o);
}

void wane__release_zero(struct wane_round *r, wane_ref o)
{
  zero(r, o, place_of(o));
}

// Note [last unit], with nothing to store: this thread frees the object before
// it looks at any other count.
static inline bool last_unit(struct wane_round *r, wane_ref o)
{
  // Note [apply]: acquire.
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
  int64_t shared = atomic_load_explicit(&o->shared, memory_order_acquire);
  if (WANE_UNLIKELY(local + shared != 1)) return false;
  struct place at = place_of(o);
  if (WANE_UNLIKELY(rooted(at) || has(&at.bits->queued, at))) return false;
  wane__vector_push(&r->zero, o);
  return true;
}

static void dec_slow(struct wane_round *r, wane_ref o)
{
  if (wane__decrement(o) == 0)
    wane__release_zero(r, o);
  else if (WANE_UNLIKELY(r->want_purple))
    wane__vector_push(&r->purple, o);
}

static inline bool immortal(wane_ref o)
{
  // Note [saturation]: relaxed.
  return atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_IMMORTAL;
}

// Note [publish]: acquire, for the header of what the slot refers to.
static inline void drop_slot(struct wane_slot *slot, void *context)
{
  struct wane_round *r = context;
  wane_ref child =
      atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!child || WANE_UNLIKELY(immortal(child))) return;
  r->cascade++;
  if (WANE_UNLIKELY(!last_unit(r, child))) dec_slow(r, child);
}

void wane_gc_dec(struct wane_round *r, wane_ref o)
{
  if (immortal(o)) return;
  r->cascade++;
  dec_slow(r, o);
}

static inline void poison(wane_ref o, size_t bytes)
{
#if WANE_CHECKED
  o->type = 0; // no type: a store into it is noticed
  atomic_store(&o->own, 0xDEADu);
#endif
  WANE__POISON(o, bytes);
  (void)o;
  (void)bytes;
}

// Returns the cell of a dead object; its bytes.
static inline size_t give_cell(wane_ref o, struct place at)
{
  size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[at.index]);
  if (WANE_UNLIKELY(bytes > WANE__SMALL_MAX)) {
    bytes = (size_t)at.block->n_blocks << WANE_BLOCK_SHIFT;
    wane__heap_free_run(at.index);
    return bytes;
  }
  poison(o, bytes);
  wane__heap_free_cell(at.index, at.cell);
  return bytes;
}

// The children's counts go down, the death hook runs, the cell is free.
static inline void bury(struct wane_round *r, wane_ref o, struct place at)
{
  const struct wane_type *type = wane_gc_type(o);
  wane_each_slot(o, type, drop_slot, r);
  if (WANE_UNLIKELY(type->death != NULL)) type->death(o);
  r->rc_objects++;
  r->rc_bytes += give_cell(o, at);
}

void wane__release_drain(struct wane_round *r)
{
  while (r->zero.n) {
    wane_ref o = r->zero.items[--r->zero.n];
    bury(r, o, place_of(o));
  }
}

void wane__release_zct(struct wane_round *r)
{
  struct wane__vector table = r->zct;
  r->zct = (struct wane__vector){0};
  for (size_t i = 0; i < table.n; i++) {
    wane_ref o = table.items[i];
    struct place at = place_of(o);
    wane__bit_clear(&at.bits->queued, at.cell);
#if WANE_MUTANT == 13
    continue; // dropped from the table: nobody looks at it again
#endif
    if (wane_gc_count(o) == 0) zero(r, o, at);
  }
  wane__vector_free(&table);
}

// --- the young ---------------------------------------------------------------

void wane__release_admit(const struct wane_gc_span *span)
{
  struct wane__block *b = &wane__blocks[span->block];
  for (uint32_t i = span->begin >> 6; i <= (span->end - 1u) >> 6; i++) {
    _Atomic uint64_t *used = &b->bits[i].used;
    // Note [cells]: nobody takes a cell below its thread's cursor.
    uint64_t word = atomic_load_explicit(used, memory_order_relaxed);
    atomic_store_explicit(used, word | wane_gc_span_mask(span, i),
                          memory_order_relaxed);
  }
  b->live += span->end - span->begin;
}

// The dead among the cells `rest` of a word, and what dies along.
static void release_word(struct wane_round *r, struct place at, uint64_t rest)
{
  size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[at.index]);
  char *base = wane__block_base(at.index) + (size_t)at.cell * bytes;
  uint32_t first = at.cell;
  // Note [cells]: read again each time, since a death may take others along.
  while ((rest &= atomic_load_explicit(&at.bits->used, memory_order_relaxed) &
                  ~atomic_load_explicit(&at.bits->queued,
                                        memory_order_relaxed))) {
    uint32_t bit = 63 - (uint32_t)__builtin_clzl(rest);
    rest -= (uint64_t)1 << bit;
    wane_ref o = (wane_ref)(void *)(base + bit * bytes);
    if (WANE_LIKELY(wane_gc_count(o) != 0)) continue;
    at.cell = first + bit;
    if (WANE_UNLIKELY(rooted(at))) {
      zero(r, o, at);
      continue;
    }
    bury(r, o, at);
    wane__release_drain(r);
  }
}

void wane__release_span(struct wane_round *r, const struct wane_gc_span *span)
{
  struct wane__block *b = &wane__blocks[span->block];
  uint32_t first = span->begin >> 6;
  for (uint32_t i = ((span->end - 1u) >> 6) + 1; i-- > first;)
    release_word(r, (struct place){b, &b->bits[i], span->block, i * 64},
                 wane_gc_span_mask(span, i));
}

// --- the plugin's frees ------------------------------------------------------

void wane_gc_free(struct wane_round *r, const wane_ref *objects, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    wane_ref o = objects[i];
    if (!o) continue;
    struct place at = place_of(o);
    WANE_CHECK(has(&at.bits->used, at),
               "the plugin frees what is no object");
    const struct wane_type *type = wane_gc_type(o);
    if (WANE_UNLIKELY(type->death != NULL)) type->death(o);
    r->cycle_objects++;
    r->cycle_bytes += give_cell(o, at);
  }
}

static bool visits_the_dead(void)
{
#if WANE_CHECKED
  return true; // to poison them
#else
  return wane__types_with_death();
#endif
}

void wane_gc_free_cells(struct wane_round *r, uint32_t block, uint32_t word,
                        uint64_t cells)
{
  struct wane__block *b = &wane__blocks[block];
  size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[block]);
  uint32_t n = (uint32_t)__builtin_popcountl(cells);
  WANE_CHECK(b->state == WANE__BLOCK_OWNED, "young cells of no young block");
  char *base = wane__block_base(block) + (size_t)word * 64 * bytes;
  if (visits_the_dead()) {
    for (uint64_t left = cells; left; left &= left - 1) {
      wane_ref o =
          (wane_ref)(void *)(base + (size_t)__builtin_ctzl(left) * bytes);
      const struct wane_type *type = wane_gc_type(o);
      if (type->death) type->death(o);
      poison(o, bytes);
    }
  }
  // Note [cells]: its block is a thread's, so nothing else changes.
  _Atomic uint64_t *used = &b->bits[word].used;
  uint64_t old = atomic_load_explicit(used, memory_order_relaxed);
  WANE_CHECK((old & cells) == cells, "the plugin frees what is no object");
  atomic_store_explicit(used, old & ~cells, memory_order_release);
  b->live -= n;
  r->cycle_objects += n;
  r->cycle_bytes += n * bytes;
}

void wane_gc_traced(struct wane_round *r, uint64_t candidates,
                    uint64_t objects, uint64_t edges)
{
  r->candidates += candidates;
  r->traced += objects;
  r->edges += edges;
}

bool wane__gc_moves_begin(wane_ref o, uint32_t *ticket)
{
  struct wane__block *b = &wane__blocks[wane__block_index(o)];
  // Note [array moves]: `ended` first: equal means none was under way.
  uint32_t ended =
      atomic_load_explicit(&b->moves_ended, memory_order_acquire);
  *ticket = atomic_load_explicit(&b->moves_begun, memory_order_acquire);
  return ended == *ticket;
}

bool wane__gc_moves_end(wane_ref o, uint32_t ticket)
{
  struct wane__block *b = &wane__blocks[wane__block_index(o)];
  // Note [array moves]: the slots were read with acquire, so a `begun` raised
  // before a value we saw is visible here.
  return atomic_load_explicit(&b->moves_begun, memory_order_acquire) ==
         ticket;
}
