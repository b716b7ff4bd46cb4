// cascade.h: one reference of a dead object is taken back.
// SPDX-License-Identifier: MIT
//
// One thread at a time: the coordinator, inside a round.

#ifndef WANE__CASCADE_H
#define WANE__CASCADE_H

#include "apply.h"
#include "release.h"

#define WANE__RARE __attribute__((noinline, cold))

static inline struct wane__place wane__place_of(wane_ref o)
{
  struct wane_gc_block *block = wane_gc_block_of(o);
  return (struct wane__place){block, o, wane_gc_cell_of(block, o)};
}

static inline bool wane__place_in(uint64_t word, struct wane__place at)
{
  return word >> (at.cell & 63) & 1;
}

static inline uint64_t wane__rooted_word(struct wane__place at)
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

static inline uint64_t wane__queued_word(struct wane__place at)
{
  // Note [cells]
  return atomic_load_explicit(&at.block->bits[at.cell >> 6].queued,
                              memory_order_relaxed);
}

static inline void wane__push_zero(struct wane_round *r, struct wane__place at)
{
  struct wane__places *v = &r->zero;
  if (WANE_UNLIKELY(v->n == v->capacity)) {
    v->capacity = v->capacity ? v->capacity * 2 : 256;
    v->items = wane__table_alloc(v->items, v->capacity * sizeof *v->items);
  }
  v->items[v->n++] = at;
}

static inline bool wane__immortal(wane_ref o)
{
  // Note [saturation]: relaxed.
  return atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_IMMORTAL;
}

static inline int64_t wane__count_of(wane_ref o, int64_t *local)
{
  // Note [apply]: acquire.
  *local = atomic_load_explicit(&o->local, memory_order_acquire);
  return *local + atomic_load_explicit(&o->shared, memory_order_acquire);
}

// Its last unit is taken back, and the walk will come to it.
// Note [last unit]: a plain store. (Note [apply], where counts are atomic.)
static inline void wane__leave_to_walk(wane_ref o, int64_t local)
{
#if WANE_ATOMIC_COUNTS
  (void)local;
  (void)atomic_fetch_sub_explicit(&o->shared, 1, memory_order_acq_rel);
#else
  atomic_store_explicit(&o->shared, (int32_t)-local, memory_order_relaxed);
#endif
}

// Its last unit is taken back, but no root holds it. Note [last unit]: there
// is nothing to store, since it is freed before any other count is looked at.
static inline bool wane__push_last(struct wane_round *r, struct wane__place at)
{
  if (WANE_UNLIKELY(wane__place_in(
          wane__rooted_word(at) | wane__queued_word(at), at)))
    return false;
#if WANE_ATOMIC_COUNTS // Note [apply]
  (void)atomic_fetch_sub_explicit(&at.o->shared, 1, memory_order_acq_rel);
#endif
  r->cascade++;
  wane__push_zero(r, at);
  return true;
}

// Any decrement of the engine's, and that of what is apart (release.c).
void wane__drop_slow(struct wane_round *r, wane_ref o);
void wane__drop_apart(struct wane_round *r, wane_ref o);

// Note [publish]: acquire, for the header of what the slot refers to.
static inline wane_ref wane__dead_slot(struct wane_slot *slot)
{
  return atomic_load_explicit(&slot->wane__value, memory_order_acquire);
}

// A dead object's reference to `o`.
static inline void wane__drop(struct wane_round *r, wane_ref o)
{
  int64_t local;
  if (WANE_UNLIKELY(wane__is_apart(o))) {
    wane__drop_apart(r, o);
    return;
  }
  if (WANE_LIKELY(wane__count_of(o, &local) == 1)) {
    struct wane__place at = wane__place_of(o);
    if (at.block->ahead) {
      r->met++;
      r->cascade++;
      wane__leave_to_walk(o, local);
      return;
    }
    r->behind += at.block == r->here;
    if (WANE_LIKELY(wane__push_last(r, at))) return;
  }
  wane__drop_slow(r, o);
}

// Most types: a few slots in a row, and nothing else to do.
static inline bool wane__is_plain(const struct wane_type *type)
{
  return type->fixed_only && type->refs_begin && !type->death;
}

// All references of a dead object of any type; its death hook (release.c).
// False: it was condemned instead, and lives for now.
bool wane__drop_all(struct wane_round *r, wane_ref o,
                    const struct wane_type *type);

#endif
