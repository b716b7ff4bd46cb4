// barrier.c: the out-of-line halves of the barrier.
// SPDX-License-Identifier: MIT
//
// Runs on mutators, inside a store. Nothing here waits for another thread's
// progress or is a safepoint: the caller may hold a lock of the program's.

#include "numa_observe.h"
#include "pressure.h"
#include "round.h"
#include "thread.h"

#include <string.h>

#if WANE_CHECKED
void (*_Atomic wane__yield_hook)(int place);
#endif

// Note [saturation]: a count that would leave its range makes its object
// immortal: nobody's, so no biased path matches it, and skipped by every
// later decrement. The flag is set by read-modify-write (the object has
// escaped); it is read relaxed, because a count that is off by what raced with
// the flag is never used again: the flag decides first.
static void saturate(struct wane_mutator *m, wane_ref o)
{
  uint32_t own = atomic_load_explicit(&o->own, memory_order_relaxed);
  while (!(own & WANE_IMMORTAL)) {
    uint32_t immortal = (own & WANE_FLAG_MASK) | WANE_IMMORTAL | WANE_ESCAPED;
    if (atomic_compare_exchange_weak_explicit(&o->own, &own, immortal,
                                              memory_order_acq_rel,
                                              memory_order_relaxed)) {
      WANE_COUNT(m, stuck);
      return;
    }
  }
}

// Note [spill]: the owner moves its half into the shared half when it reaches
// the limit. Shared first, released, then local, released: a reader that takes
// local first (Note [local before shared]) sees the moved units at least once.
// The other order would let it miss them, and free a live object.
static int32_t spill(struct wane_mutator *m, wane_ref o)
{
  int32_t moved =
      (int32_t)atomic_load_explicit(&o->local, memory_order_relaxed);
#if WANE_MUTANT == 10
  atomic_store_explicit(&o->local, 1, memory_order_release);
  WANE_YIELD(3);
  int32_t before =
      atomic_fetch_add_explicit(&o->shared, moved, memory_order_release);
#else
  int32_t before =
      atomic_fetch_add_explicit(&o->shared, moved, memory_order_release);
  WANE_YIELD(3);
  atomic_store_explicit(&o->local, 1, memory_order_release);
#endif
  WANE_COUNT(m, spills);
  return before + moved;
}

void wane__inc_slow(struct wane_mutator *m, wane_ref o, uint32_t own)
{
  if (own & WANE_IMMORTAL) return; // Note [saturation]
  int32_t count;
  if ((own ^ m->own) <= WANE_FLAG_MASK) {
    count = spill(m, o);
    WANE_COUNT(m, inc_biased);
  } else {
    WANE_CHECK(own & WANE_ESCAPED,
               "a thread stores what no slot and no handle has given it (P6)");
    // Note [foreign increments]: relaxed; as with the owner's, the release of
    // the publishing store makes it visible.
    count = atomic_fetch_add_explicit(&o->shared, 1, memory_order_relaxed);
    WANE_COUNT(m, inc_shared);
  }
  if (WANE_UNLIKELY(count >= (int32_t)wane__config.shared_limit))
    saturate(m, o);
}

// Of atomic counts: the count has reached its limit.
void wane__inc_full(struct wane_mutator *m, wane_ref o)
{
  saturate(m, o);
}

void wane__log_full(struct wane_mutator *m)
{
  struct wane__thread *t = wane__thread_of(m);
  struct wane__chunk *fresh = wane__chunk_take();
  if (!fresh) {
    fresh = t->spare;
    t->spare = NULL;
    t->must_wait = true;
    wane__round_request(WANE_CAUSE_DEC_BACKLOG);
    atomic_store(&m->poll, 1);
  }
  if (!fresh) { // not even a spare: what cannot be logged never dies
    wane_ref lost = *--m->log_cur;
    if (wane__kernel(m) == WANE_BARRIER_RC_LOG) saturate(m, lost);
    wane__round_log_lost();
    return;
  }
  t->log->n = wane__config.log_chunk;
#if !WANE_BARE
  m->counts.dec_logged += t->log->n;
#endif
  t->log->next = t->full;
  t->full = t->log;
  t->log = fresh;
  m->log_cur = fresh->entries;
  m->log_end = fresh->entries + wane__config.log_chunk;
  if (wane__chunk_bytes() > wane__config.log_bytes)
    wane__round_request(WANE_CAUSE_DEC_BACKLOG);
}

void wane__closers_full(struct wane_mutator *m)
{
  struct wane__thread *t = wane__thread_of(m);
  struct wane__chunk *fresh = wane__chunk_take();
  if (!fresh) { // flagged, not logged: the engine will look for the flag
    m->closer_cur--;
    wane__round_closer_lost();
    return;
  }
  t->closers->n = wane__config.log_chunk;
  t->closers->next = t->closers_full;
  t->closers_full = t->closers;
  t->closers = fresh;
  m->closer_cur = fresh->entries;
  m->closer_end = fresh->entries + wane__config.log_chunk;
}

bool wane_compare_exchange(struct wane_mutator *m, wane_ref object,
                           struct wane_slot *slot, wane_ref *expected,
                           wane_ref desired)
{
#if WANE_CHECKED
  wane__barrier_check(m, object, slot, desired);
#endif
  bool counting = wane__kernel(m) == WANE_BARRIER_RC_LOG;
  wane__observe_store(m, slot, counting ? desired : NULL);
  if (desired && counting) {
    if (wane__inc(m, desired)) WANE_COUNT(m, inc_biased);
    uint32_t own = atomic_load_explicit(&object->own, memory_order_relaxed);
    if (!wane__private(m, own))
      wane__closer(m, object, own, desired); // Note [closers]
  }
  wane_ref old = *expected;
  bool done = atomic_compare_exchange_strong_explicit(
      &slot->wane__value, expected, desired, memory_order_acq_rel,
      memory_order_acquire); // Note [publish]
  if (!counting) {
    if (done && old && wane__kernel(m) == WANE_BARRIER_LOG) // Note [snapshot]
      wane__log_dec(m, old);
    return done;
  }
  WANE_COUNT(m, store_escaped);
  // Either reference lost a count; taking it back is the collector's.
  wane_ref lost = done ? old : desired;
  if (lost) wane__log_dec(m, lost);
  return done;
}

// Note [array moves]: a move changes no count, but a reader could meet an
// element twice or never. `begun` is raised before the first store and `ended`
// after the last; the collector accepts what it read only if both were equal
// before and `begun` is unchanged after (seq_cst and acquire/release: a slot
// value stored by a move makes its `begun` visible).
static void move(struct wane_slot *to, struct wane_slot *from, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    size_t at = to < from ? i : n - 1 - i;
    // Note [array moves]: relaxed; the caller excludes other writers.
    wane_ref o =
        atomic_load_explicit(&from[at].wane__value, memory_order_relaxed);
    atomic_store_explicit(&to[at].wane__value, o, memory_order_release);
    if (at == n / 2) WANE_YIELD(4);
  }
  for (size_t i = 0; i < n; i++) // what was moved away from
    if (&from[i] < to || &from[i] >= to + n)
      atomic_store_explicit(&from[i].wane__value, NULL, memory_order_release);
}

#if WANE_CHECKED
static void check_move(struct wane_mutator *m, wane_ref object,
                       struct wane_slot *to, struct wane_slot *from, size_t n)
{
  wane__barrier_check(m, object, to, NULL);
  wane__barrier_check(m, object, &to[n - 1], NULL);
  wane__barrier_check(m, object, from, NULL);
  wane__barrier_check(m, object, &from[n - 1], NULL);
  for (size_t i = 0; i < n; i++)
    WANE_CHECK((&to[i] >= from && &to[i] < from + n) || !wane_load(&to[i]),
               "wane_array_move over a reference: it would be lost uncounted");
}
#endif

// A marker could miss what moves from where it has not been to where it has:
// so everything that moves is logged, and counted first where a log entry is a
// decrement. Note [array moves]: relaxed; the caller excludes other writers.
static void move_shaded(struct wane_mutator *m, struct wane_slot *from,
                        size_t n)
{
  bool counting = wane__kernel(m) == WANE_BARRIER_RC_LOG;
#if WANE_MUTANT == 40
  n = 0;
#endif
  for (size_t i = 0; i < n; i++) {
    wane_ref o = atomic_load_explicit(&from[i].wane__value,
                                      memory_order_relaxed);
    if (!o) continue;
    if (counting && wane__inc(m, o)) WANE_COUNT(m, inc_biased);
    wane__log_dec(m, o);
  }
}

void wane_array_move(struct wane_mutator *m, wane_ref object,
                     struct wane_slot *to, struct wane_slot *from, size_t n)
{
  if (!n || to == from) return;
#if WANE_CHECKED
  check_move(m, object, to, from, n);
#endif
  // As `move` stores: all that is moved into, and what is left behind.
  size_t apart = to < from ? (size_t)(from - to) : (size_t)(to - from);
  size_t left = apart < n ? apart : n;
  wane__observe_stores(m, to, n);
  wane__observe_stores(m, to < from ? from + n - left : from, left);
  if (WANE_UNLIKELY(m->marking)) move_shaded(m, from, n);
#if WANE_MUTANT == 7
  (void)object;
  move(to, from, n);
#else
  struct wane__block *b = &wane__blocks[wane__block_index(object)];
  atomic_fetch_add(&b->moves_begun, 1);
  move(to, from, n);
  atomic_fetch_add(&b->moves_ended, 1);
#endif
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

void wane_array_clear(struct wane_mutator *m, wane_ref object,
                      struct wane_slot *slots, size_t n)
{
  for (size_t i = 0; i < n; i++) wane_store(m, object, &slots[i], NULL);
}

void wane__barrier_check(struct wane_mutator *m, wane_ref object,
                         struct wane_slot *slot, wane_ref value)
{
  struct wane__thread *t = wane__thread_of(m);
  WANE_CHECK(t == wane__self(), "store with another thread's mutator");
  WANE_CHECK(atomic_load(&t->state) == WANE__ATTACHED,
             "store from a detached thread");
  ptrdiff_t at = (char *)slot - (char *)object;
  WANE_CHECK(at >= (ptrdiff_t)sizeof *object &&
                 (size_t)at + sizeof *slot <= wane_cell_bytes(object),
             "store to a slot outside its object");
  WANE_CHECK(object->type && wane_gc_heap.types[object->type],
             "store into something that is no object");
  WANE_CHECK(!value || wane_gc_heap.types[value->type],
             "store of something that is no object");
  (void)t;
  (void)at;
  (void)value;
}
