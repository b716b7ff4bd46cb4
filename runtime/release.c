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

static inline struct wane__place place_of(wane_ref o)
{
  struct wane_gc_block *block = wane_gc_block_of(o);
  return (struct wane__place){block, o, wane_gc_cell_of(block, o)};
}

static inline bool has(uint64_t word, struct wane__place at)
{
  return word >> (at.cell & 63) & 1;
}

static inline uint64_t rooted_word(struct wane__place at)
{
#if WANE_MUTANT == 5
  (void)at;
  return 0;
#else
  // Note [cells]
  return atomic_load_explicit(&at.block->bits[at.cell >> 6].rooted,
                              memory_order_relaxed);
#endif
}

static inline uint64_t queued_word(struct wane__place at)
{
  // Note [cells]
  return atomic_load_explicit(&at.block->bits[at.cell >> 6].queued,
                              memory_order_relaxed);
}

static inline void push_zero(struct wane_round *r, struct wane__place at)
{
  struct wane__places *v = &r->zero;
  if (WANE_UNLIKELY(v->n == v->capacity)) {
    v->capacity = v->capacity ? v->capacity * 2 : 256;
    v->items = wane__table_alloc(v->items, v->capacity * sizeof *v->items);
  }
  v->items[v->n++] = at;
}

// Count zero: dead, or in the table while a root holds it. What is in the
// table already is looked at when the table is.
static inline void zero(struct wane_round *r, struct wane__place at)
{
  if (has(queued_word(at), at)) return;
  if (WANE_LIKELY(!has(rooted_word(at), at))) {
    push_zero(r, at);
    return;
  }
  wane__bit_set(&at.block->bits[at.cell >> 6].queued, at.cell);
  wane__vector_push(&r->zct, at.o);
}

void wane__release_zero(struct wane_round *r, wane_ref o)
{
  zero(r, place_of(o));
}

// What a cascade needs at every step, in registers: an atomic access to an
// object lets a compiler forget what it knows of everything else.
struct cascade {
  struct wane_round *round;
  struct wane_gc_heap heap;
  uint64_t decs;
};

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

static inline void drop_slot(struct wane_slot *slot, void *context)
{
  struct cascade *c = context;
  // Note [publish]: acquire, for the header of what the slot refers to.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o || WANE_UNLIKELY(immortal(o))) return;
  c->decs++;
  // Note [apply]: acquire.
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
  int64_t shared = atomic_load_explicit(&o->shared, memory_order_acquire);
  if (WANE_LIKELY(local + shared == 1)) {
    size_t offset = (size_t)((char *)o - c->heap.base);
    struct wane_gc_block *block = &c->heap.blocks[offset >> WANE_BLOCK_SHIFT];
    struct wane__place at = {block, o, wane_gc_cell_at(block, offset)};
    if (WANE_LIKELY(!has(rooted_word(at) | queued_word(at), at))) {
      // Note [last unit], with nothing to store: this thread frees the object
      // before it looks at any other count.
      push_zero(c->round, at);
      return;
    }
  }
  dec_slow(c->round, o);
}

static void drop_all(struct wane_round *r, wane_ref o,
                     const struct wane_type *type)
{
  struct cascade c = {.round = r, .heap = wane_gc_heap};
  wane_each_slot(o, type, drop_slot, &c);
  r->cascade += c.decs;
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
static inline size_t give_cell(struct wane__place at)
{
  size_t bytes = wane_gc_cell_size(at.block);
  if (WANE_UNLIKELY(bytes > WANE__SMALL_MAX)) {
    uint32_t index = wane__block_index(at.o);
    bytes = (size_t)wane__blocks[index].n_blocks << WANE_BLOCK_SHIFT;
    wane__heap_free_run(index);
    return bytes;
  }
  poison(at.o, bytes);
  wane__heap_free_cell(at.block, at.cell);
  return bytes;
}

// Per dead object: the children's counts go down, the death hook runs, the
// cell is free.
void wane__release_drain(struct wane_round *r)
{
  struct cascade c = {.round = r, .heap = wane_gc_heap};
  uint64_t objects = 0, bytes = 0;
  while (r->zero.n) {
    struct wane__place at = r->zero.items[--r->zero.n];
    const struct wane_type *type = c.heap.types[at.o->type];
    if (WANE_LIKELY(type->fixed_only))
      wane_each_fixed_slot(at.o, type, drop_slot, &c);
    else
      drop_all(r, at.o, type);
    if (WANE_UNLIKELY(type->death != NULL)) type->death(at.o);
    objects++;
    bytes += give_cell(at);
  }
  r->cascade += c.decs;
  r->rc_objects += objects;
  r->rc_bytes += bytes;
}

void wane__release_zct(struct wane_round *r)
{
  struct wane__vector table = r->zct;
  r->zct = (struct wane__vector){0};
  for (size_t i = 0; i < table.n; i++) {
    struct wane__place at = place_of(table.items[i]);
    wane__bit_clear(&at.block->bits[at.cell >> 6].queued, at.cell);
#if WANE_MUTANT == 13
    continue; // dropped from the table: nobody looks at it again
#endif
    if (wane_gc_count(at.o) == 0) zero(r, at);
  }
  wane__vector_free(&table);
}

// --- the young ---------------------------------------------------------------

void wane__release_admit(const struct wane_gc_span *span)
{
  struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  for (uint32_t i = span->begin >> 6; i <= (span->end - 1u) >> 6; i++) {
    _Atomic uint64_t *used = &block->bits[i].used;
    // Note [cells]: nobody takes a cell below its thread's cursor.
    uint64_t word = atomic_load_explicit(used, memory_order_relaxed);
    atomic_store_explicit(used, word | wane_gc_span_mask(span, i),
                          memory_order_relaxed);
  }
  block->live += span->end - span->begin;
}

// Which cells of a word are used and wait in no table. Read again each time,
// since a death may take others along.
static inline uint64_t open_cells(const struct wane_gc_bits *bits)
{
  // Note [cells]
  return atomic_load_explicit(&bits->used, memory_order_relaxed) &
         ~atomic_load_explicit(&bits->queued, memory_order_relaxed);
}

// The dead among the cells `rest` of a word, and what dies along.
static void release_word(struct wane_round *r, struct wane_gc_block *block,
                         uint32_t word, uint64_t rest)
{
  size_t bytes = wane_gc_cell_size(block);
  char *base = wane__block_base((uint32_t)(block - wane_gc_heap.blocks));
  while ((rest &= open_cells(&block->bits[word]))) {
    uint32_t bit = 63 - (uint32_t)__builtin_clzl(rest);
    rest -= (uint64_t)1 << bit;
    uint32_t cell = word * 64 + bit;
    wane_ref o = (wane_ref)(void *)(base + cell * bytes);
    if (WANE_LIKELY(wane_gc_count(o) != 0)) continue;
    zero(r, (struct wane__place){block, o, cell});
    wane__release_drain(r);
  }
}

void wane__release_span(struct wane_round *r, const struct wane_gc_span *span)
{
  struct wane_gc_block *block = &wane_gc_heap.blocks[span->block];
  uint32_t first = span->begin >> 6;
  for (uint32_t i = ((span->end - 1u) >> 6) + 1; i-- > first;)
    release_word(r, block, i, wane_gc_span_mask(span, i));
}

// --- the plugin's frees ------------------------------------------------------

void wane_gc_free(struct wane_round *r, const wane_ref *objects, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    wane_ref o = objects[i];
    if (!o) continue;
    struct wane__place at = place_of(o);
    WANE_CHECK(wane__used(at.block->bits, at.cell),
               "the plugin frees what is no object");
    const struct wane_type *type = wane_gc_type(o);
    if (WANE_UNLIKELY(type->death != NULL)) type->death(o);
    r->cycle_objects++;
    r->cycle_bytes += give_cell(at);
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
  struct wane_gc_block *g = &wane_gc_heap.blocks[block];
  size_t bytes = wane_gc_cell_size(g);
  uint32_t n = (uint32_t)__builtin_popcountl(cells);
  WANE_CHECK(wane__blocks[block].state == WANE__BLOCK_OWNED,
             "young cells of a block that is no thread's");
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
  _Atomic uint64_t *used = &g->bits[word].used;
  uint64_t old = atomic_load_explicit(used, memory_order_relaxed);
  WANE_CHECK((old & cells) == cells, "the plugin frees what is no object");
  atomic_store_explicit(used, old & ~cells, memory_order_release);
  g->live -= n;
  r->cycle_objects += n;
  r->cycle_bytes += n * bytes;
}

void wane_gc_traced(struct wane_round *r, uint64_t candidates, uint64_t objects,
                    uint64_t edges)
{
  r->candidates += candidates;
  r->traced += objects;
  r->edges += edges;
}

bool wane__gc_moves_begin(wane_ref o, uint32_t *ticket)
{
  struct wane__block *b = &wane__blocks[wane__block_index(o)];
  // Note [array moves]: `ended` first: equal means none was under way.
  uint32_t ended = atomic_load_explicit(&b->moves_ended, memory_order_acquire);
  *ticket = atomic_load_explicit(&b->moves_begun, memory_order_acquire);
  return ended == *ticket;
}

bool wane__gc_moves_end(wane_ref o, uint32_t ticket)
{
  struct wane__block *b = &wane__blocks[wane__block_index(o)];
  // Note [array moves]: the slots were read with acquire, so a `begun` raised
  // before a value we saw is visible here.
  return atomic_load_explicit(&b->moves_begun, memory_order_acquire) == ticket;
}
