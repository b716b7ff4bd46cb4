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

static bool rooted(uint32_t block, uint32_t cell)
{
#if WANE_MUTANT == 5
  (void)block;
  (void)cell;
  return false;
#else
  return wane__bit(wane__blocks[block].rooted, cell);
#endif
}

void wane__release_zero(struct wane_round *r, wane_ref o)
{
  uint32_t block = wane__block_index(o);
  uint32_t cell = wane__cell_index(block, o);
  struct wane__block *b = &wane__blocks[block];
  if (!wane__bit(b->used, cell) || wane__bit(b->queued, cell)) return;
  wane__vector_push(&r->zero, o);
}

static inline void drop_slot(struct wane_slot *slot, void *context)
{
  struct wane_round *r = context;
  // Note [publish]: acquire, for the header of what it refers to.
  wane_ref child =
      atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  if (child) wane_gc_dec(r, child);
}

void wane_gc_dec(struct wane_round *r, wane_ref o)
{
  // Note [saturation]: relaxed.
  if (atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_IMMORTAL)
    return;
  r->cascade++;
  if (wane__decrement(o) == 0)
    wane__release_zero(r, o);
  else if (r->want_purple)
    wane__vector_push(&r->purple, o);
}

// The children's counts go down, the death hook runs; the cell is still whole.
static inline void bury(struct wane_round *r, wane_ref o,
                        const struct wane_type *type)
{
  wane_each_slot(o, type, drop_slot, r);
  if (WANE_UNLIKELY(type->death != NULL)) type->death(o);
}

static void poison(wane_ref o, size_t bytes)
{
#if WANE_CHECKED
  o->type = 0; // no type: a store into it is noticed
  atomic_store(&o->own, 0xDEADu);
#endif
  WANE__POISON(o, bytes);
  (void)o;
  (void)bytes;
}

// Returns the cell of a dead, mature object.
static size_t give_cell(wane_ref o)
{
  uint32_t block = wane__block_index(o);
  size_t bytes = wane_cell_bytes(o);
  if (bytes > WANE__SMALL_MAX) {
    wane__heap_free_run(block);
    return bytes;
  }
  uint32_t cell = wane__cell_index(block, o);
  poison(o, bytes);
  wane__heap_free_cell(block, cell);
  return bytes;
}

static void die(struct wane_round *r, wane_ref o)
{
  bury(r, o, wane_gc_type(o));
  size_t bytes = give_cell(o);
  r->freed_objects++;
  r->freed_bytes += bytes;
  r->live_objects--;
  r->live_bytes -= bytes;
}

// Zero, mature: it waits in the table while a root holds it.
static void settle_zero(struct wane_round *r, wane_ref o)
{
  uint32_t block = wane__block_index(o);
  uint32_t cell = wane__cell_index(block, o);
  if (rooted(block, cell)) {
    wane__bit_set(wane__blocks[block].queued, cell);
    wane__vector_push(&r->zct, o);
  } else {
    die(r, o);
  }
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
    uint32_t block = wane__block_index(o);
    wane__bit_clear(wane__blocks[block].queued, wane__cell_index(block, o));
#if WANE_MUTANT == 13
    continue; // dropped from the table: nobody looks at it again
#endif
    if (wane_gc_count(o) == 0) settle_zero(r, o);
  }
  wane__vector_free(&table);
}

static void mature(struct wane_round *r, uint32_t block, uint32_t cell,
                   size_t bytes)
{
  wane__bit_set(wane__blocks[block].used, cell);
  wane__blocks[block].live++;
  r->live_objects++;
  r->live_bytes += bytes;
}

void wane__release_young(struct wane_round *r, uint32_t block, uint32_t cell,
                         wane_ref o)
{
  size_t bytes = wane_gc_heap.blocks[block].cell;
  // LARGE is set at birth and never changes (Note [birth]).
  bool large =
      atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_LARGE;
  if (WANE_UNLIKELY(large)) bytes = wane_cell_bytes(o);
  if (wane_gc_count(o) || !r->reclaiming) {
    mature(r, block, cell, bytes);
    return;
  }
  if (rooted(block, cell)) {
    mature(r, block, cell, bytes);
    wane__bit_set(wane__blocks[block].queued, cell);
    wane__vector_push(&r->zct, o);
    return;
  }
  bury(r, o, wane_gc_type(o));
  r->freed_objects++;
  r->freed_bytes += bytes;
  if (WANE_UNLIKELY(large)) {
    wane__heap_free_run(block);
    return;
  }
  uint32_t *scratch = wane_gc_heap.blocks[block].scratch;
  if (scratch) scratch[cell] = 0; // the plugin was told of it as a closer
  poison(o, bytes);
}

// --- the plugin's frees ------------------------------------------------------

void wane_gc_free(struct wane_round *r, wane_ref o)
{
  uint32_t block = wane__block_index(o);
  WANE_CHECK(wane__bit(wane__blocks[block].used, wane__cell_index(block, o)),
             "the plugin frees what is no mature object");
  (void)block;
  const struct wane_type *type = wane_gc_type(o);
  if (type->death) type->death(o);
  size_t bytes = give_cell(o);
  r->cycle_objects++;
  r->cycle_bytes += bytes;
  r->live_objects--;
  r->live_bytes -= bytes;
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
