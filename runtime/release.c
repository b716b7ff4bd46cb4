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

#define RARE __attribute__((noinline, cold))

static RARE void dec_slow(struct wane_round *r, wane_ref o)
{
  r->cascade++;
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

static inline int64_t count_of(wane_ref o, int64_t *local)
{
  // Note [apply]: acquire.
  *local = atomic_load_explicit(&o->local, memory_order_acquire);
  return *local + atomic_load_explicit(&o->shared, memory_order_acquire);
}

// Its last unit is taken back, and the walk will come to it.
// Note [last unit]: a plain store.
static inline void leave_to_walk(wane_ref o, int64_t local)
{
  atomic_store_explicit(&o->shared, (int32_t)-local, memory_order_relaxed);
}

// Its last unit is taken back, but no root holds it. Note [last unit]: there
// is nothing to store, since it is freed before any other count is looked at.
static inline bool push_last(struct wane_round *r, struct wane__place at)
{
  if (WANE_UNLIKELY(has(rooted_word(at) | queued_word(at), at))) return false;
  r->cascade++;
  push_zero(r, at);
  return true;
}

// A dead object's reference.
static inline void drop_slot(struct wane_slot *slot, void *context)
{
  struct wane_round *r = context;
  int64_t local;
  // Note [publish]: acquire, for the header of what the slot refers to.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o || WANE_UNLIKELY(immortal(o))) return;
  if (WANE_LIKELY(count_of(o, &local) == 1)) {
    struct wane__place at = place_of(o);
    if (at.block->ahead) {
      r->met++;
      r->cascade++;
      leave_to_walk(o, local);
      return;
    }
    r->behind += at.block == r->here;
    if (WANE_LIKELY(push_last(r, at))) return;
  }
  dec_slow(r, o);
}

void wane_gc_dec(struct wane_round *r, wane_ref o)
{
  if (!immortal(o)) dec_slow(r, o);
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

static RARE void drop_all(struct wane_round *r, wane_ref o,
                          const struct wane_type *type)
{
  wane_each_slot(o, type, drop_slot, r);
  if (type->death) type->death(o);
}

// Most types: a few slots in a row, and nothing else to do.
static inline bool is_plain(const struct wane_type *type)
{
  return type->fixed_only && type->refs_begin && !type->death;
}

// Per dead object: the children's counts go down, the death hook runs, the
// cell is free.
void wane__release_drain(struct wane_round *r)
{
  while (r->zero.n) {
    struct wane__place at = r->zero.items[--r->zero.n];
    const struct wane_type *type = wane_gc_type(at.o);
    if (WANE_LIKELY(is_plain(type)))
      wane_each_fixed_slot(at.o, type, drop_slot, r);
    else
      drop_all(r, at.o, type);
    r->rc_objects++;
    r->rc_bytes += give_cell(at);
  }
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

static bool is_rooted(struct wane_gc_block *block,
                      const struct wane_gc_span *span)
{
  uint64_t roots = 0;
  for (uint32_t i = span->begin >> 6; i <= (span->end - 1u) >> 6; i++)
    roots |= rooted_word((struct wane__place){block, NULL, i * 64});
  return roots;
}

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
  uint32_t cells = span->end - span->begin;
  block->live += cells;
  block->ahead = block->live == cells && !is_rooted(block, span);
}

// Which cells of a word are used and wait in no table.
static inline uint64_t open_cells(const struct wane_gc_bits *bits)
{
  // Note [cells]
  return atomic_load_explicit(&bits->used, memory_order_relaxed) &
         ~atomic_load_explicit(&bits->queued, memory_order_relaxed);
}

// Cells of a word of a thread's block: no list hears of it before the block
// changes hands.
static void free_cells(struct wane_gc_block *block, uint32_t word,
                       uint64_t cells)
{
  _Atomic uint64_t *used = &block->bits[word].used;
  // Note [cells]
  uint64_t old = atomic_load_explicit(used, memory_order_relaxed);
  WANE_CHECK((old & cells) == cells, "freed: what is no object");
  atomic_store_explicit(used, old & ~cells, memory_order_release);
  block->live -= (uint32_t)__builtin_popcountl(cells);
#if WANE_CHECKED
  size_t bytes = wane_gc_cell_size(block);
  char *base = wane__block_base((uint32_t)(block - wane_gc_heap.blocks));
  for (; cells; cells &= cells - 1) {
    size_t cell = word * 64 + (size_t)__builtin_ctzl(cells);
    poison((wane_ref)(void *)(base + cell * bytes), bytes);
  }
#endif
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

static RARE void drop_elsewhere(struct wane_slot *slot, struct wane_round *r)
{
  drop_slot(slot, r);
}

// A dead object's reference, most likely to what the walk will come to.
static inline void drop_near(struct wane_slot *slot, void *context)
{
  struct walk *w = context;
  int64_t local;
  // Note [publish]: as in drop_slot.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (!o) return;
  if (WANE_LIKELY((size_t)((char *)o - w->ahead) < w->ahead_size) &&
      WANE_LIKELY(!immortal(o) && count_of(o, &local) == 1)) {
    w->met++;
    leave_to_walk(o, local);
    return;
  }
  drop_elsewhere(slot, w->round);
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
      if (has(rooted_word(at), at)) {
        zero(w.round, at);
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
      slots = is_plain(type) ? type->n_refs : UINT32_MAX;
    }
    if (WANE_LIKELY(slots != UINT32_MAX)) {
      struct wane_slot *slot = (struct wane_slot *)(void *)(cell + row);
      for (uint32_t i = 0; i < slots; i++) drop_near(&slot[i], &w);
    } else {
      drop_all(w.round, o, type);
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
    zero(r, (struct wane__place){block, o, 0});
  wane__release_drain(r);
}

void wane__release_span(struct wane_round *r, const struct wane_gc_span *span,
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
  block->ahead = false;
  r->here = block;
  for (uint32_t i = 0; i <= last - first; i++) {
    uint32_t word = forward ? first + i : last - i;
    uint64_t mask = wane_gc_span_mask(span, word);
    uint64_t dead = forward ? forth(&w, word, mask) : back(&w, word, mask);
    if (!dead) continue;
    if (block->scratch) // the plugin may have used it
      for (uint64_t left = dead; left; left &= left - 1)
        block->scratch[word * 64 + (uint32_t)__builtin_ctzl(left)] = 0;
    free_cells(block, word, dead);
    objects += (uint64_t)__builtin_popcountl(dead);
  }
  r->here = NULL;
  r->met += w.met;
  r->cascade += w.met;
  r->rc_objects += objects;
  r->rc_bytes += objects * bytes;
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

void wane_gc_free_cells(struct wane_round *r, uint32_t index, uint32_t word,
                        uint64_t cells)
{
  struct wane_gc_block *block = &wane_gc_heap.blocks[index];
  size_t bytes = wane_gc_cell_size(block);
  uint64_t objects = (uint64_t)__builtin_popcountl(cells);
  WANE_CHECK(wane__blocks[index].state == WANE__BLOCK_OWNED,
             "young cells of a block that is no thread's");
  if (WANE_UNLIKELY(wane__types_with_death())) {
    char *base = wane__block_base(index) + (size_t)word * 64 * bytes;
    for (uint64_t left = cells; left; left &= left - 1) {
      wane_ref o =
          (wane_ref)(void *)(base + (size_t)__builtin_ctzl(left) * bytes);
      const struct wane_type *type = wane_gc_type(o);
      if (type->death) type->death(o);
    }
  }
  free_cells(block, word, cells);
  r->cycle_objects += objects;
  r->cycle_bytes += objects * bytes;
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
