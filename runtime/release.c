// release.c: death by count.
// SPDX-License-Identifier: MIT
//
// An object whose count is zero and that stands in no root snapshot of this
// round is unreachable, although the program keeps running (runtime/DESIGN.md,
// "Why a zero may be believed"). Its children are decremented at once: nobody
// can have read the dead parent since the handshake.
//
// Young objects have no `used` bit yet. A child without it will be met by the
// walk over this round's young spans, so only mature ones go on the work list.

#include "release.h"

#include "apply.h"

// Where an object is: found once, used for all its bits.
struct place {
  struct wane__block *block;
  uint32_t index, cell;
};

static inline struct place place_of(wane_ref o)
{
  uint32_t index = wane__block_index(o);
  return (struct place){&wane__blocks[index], index,
                        wane__cell_index(index, o)};
}

static inline bool rooted(struct place at)
{
#if WANE_MUTANT == 5
  (void)at;
  return false;
#else
  return wane__bit(at.block->rooted, at.cell);
#endif
}

// The young are met by the walk, the queued when the table is looked at.
static inline bool mature_unqueued(struct place at)
{
  return wane__bit(at.block->used, at.cell) &&
         !wane__bit(at.block->queued, at.cell);
}

void wane__release_zero(struct wane_round *r, wane_ref o)
{
  if (mature_unqueued(place_of(o))) wane__vector_push(&r->zero, o);
}

static inline void dec(struct wane_round *r, wane_ref o)
{
  // Note [saturation]: relaxed.
  if (WANE_UNLIKELY(atomic_load_explicit(&o->own, memory_order_relaxed) &
                    WANE_IMMORTAL))
    return;
  r->cascade++;
  // Note [apply]: acquire.
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
  int64_t shared = atomic_load_explicit(&o->shared, memory_order_acquire);
  if (WANE_LIKELY(local + shared == 1)) { // Note [last unit]
    struct place at = place_of(o);
    if (WANE_LIKELY(!rooted(at))) {
      atomic_store_explicit(&o->shared, (int32_t)-local, memory_order_relaxed);
      if (mature_unqueued(at)) wane__vector_push(&r->zero, o);
      return;
    }
  }
  if (wane__decrement(o) == 0)
    wane__release_zero(r, o);
  else if (WANE_UNLIKELY(r->want_purple))
    wane__vector_push(&r->purple, o);
}

static inline void drop_slot(struct wane_slot *slot, void *context)
{
  // Note [publish]: acquire, for the header of what it refers to.
  wane_ref child =
      atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (child) dec(context, child);
}

void wane_gc_dec(struct wane_round *r, wane_ref o)
{
  dec(r, o);
}

// The children's counts go down, the death hook runs; the cell is still whole.
static inline void bury(struct wane_round *r, wane_ref o)
{
  const struct wane_type *type = wane_gc_type(o);
  wane_each_slot(o, type, drop_slot, r);
  if (WANE_UNLIKELY(type->death != NULL)) type->death(o);
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

// Returns the cell of a dead, mature object; its bytes.
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

// Zero, mature: it waits in the table while a root holds it.
static inline void settle_zero(struct wane_round *r, wane_ref o)
{
  struct place at = place_of(o);
  if (WANE_UNLIKELY(rooted(at))) {
    wane__bit_set(at.block->queued, at.cell);
    wane__vector_push(&r->zct, o);
    return;
  }
  bury(r, o);
  r->old_objects++;
  r->old_bytes += give_cell(o, at);
}

void wane__release_drain(struct wane_round *r)
{
  while (r->zero.n) settle_zero(r, r->zero.items[--r->zero.n]);
}

void wane__release_zct(struct wane_round *r)
{
  struct wane__vector table = r->zct;
  r->zct = (struct wane__vector){0};
  for (size_t i = 0; i < table.n; i++) {
    wane_ref o = table.items[i];
    struct place at = place_of(o);
    wane__bit_clear(at.block->queued, at.cell);
#if WANE_MUTANT == 13
    continue; // dropped from the table: nobody looks at it again
#endif
    if (wane_gc_count(o) == 0) settle_zero(r, o);
  }
  wane__vector_free(&table);
}

// The fate of one young object. True: it became mature.
static inline bool examine(struct wane_round *r, struct place at, wane_ref o)
{
  if (wane_gc_count(o) == 0 && r->reclaiming) {
    if (WANE_LIKELY(!rooted(at))) {
      bury(r, o);
      return false;
    }
    wane__bit_set(at.block->queued, at.cell);
    wane__vector_push(&r->zct, o);
  }
  wane__bit_set(at.block->used, at.cell);
  at.block->live++;
  return true;
}

static void examine_large(struct wane_round *r, struct place at)
{
  size_t bytes = (size_t)at.block->n_blocks << WANE_BLOCK_SHIFT;
  if (examine(r, at, (wane_ref)(void *)wane__block_base(at.index))) {
    r->live_objects++;
    r->live_bytes += bytes;
    return;
  }
  wane__heap_free_run(at.index);
  r->young_objects++;
  r->young_bytes += bytes;
}

void wane__release_span(struct wane_round *r, uint32_t block, uint32_t begin,
                        uint32_t end)
{
  struct place at = {&wane__blocks[block], block, 0};
  size_t bytes = wane_gc_cell_size(&wane_gc_heap.blocks[block]);
  if (WANE_UNLIKELY(bytes > WANE__SMALL_MAX)) {
    examine_large(r, at);
    return;
  }
  char *base = wane__block_base(block);
  uint64_t matured = 0;
  for (at.cell = end; at.cell-- > begin;) {
    wane_ref o = (wane_ref)(void *)(base + at.cell * bytes);
    __builtin_prefetch((char *)o - 512);
    if (examine(r, at, o)) {
      matured++;
      continue;
    }
    // The plugin may have been told of it as a closer.
    uint32_t *scratch = wane_gc_heap.blocks[block].scratch;
    if (scratch) scratch[at.cell] = 0;
    poison(o, bytes);
  }
  r->live_objects += matured;
  r->live_bytes += matured * bytes;
  r->young_objects += end - begin - matured;
  r->young_bytes += (end - begin - matured) * bytes;
}

// --- the plugin's frees ------------------------------------------------------

void wane_gc_free(struct wane_round *r, const wane_ref *objects, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    wane_ref o = objects[i];
    if (!o) continue;
    struct place at = place_of(o);
    WANE_CHECK(wane__bit(at.block->used, at.cell),
               "the plugin frees what is no mature object");
    const struct wane_type *type = wane_gc_type(o);
    if (WANE_UNLIKELY(type->death != NULL)) type->death(o);
    r->cycle_objects++;
    r->cycle_bytes += give_cell(o, at);
  }
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
