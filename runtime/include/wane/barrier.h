// barrier.h: every way to read or write a reference. The whole hot path.
// SPDX-License-Identifier: MIT
//
// IB-DD, "increments biased, decrements deferred": a store counts the new
// value *before* it publishes it, exchanges the slot, and logs the old value.
// A mutator never decrements; the collector applies the log one handshake
// later (runtime/DESIGN.md, "The way of one store").
//
// All functions: calling thread attached; `m` is its own mutator; `object`
// and `value` are reachable from its roots or were loaded since its last
// safepoint. None of them is a safepoint.

#ifndef WANE_BARRIER_H
#define WANE_BARRIER_H

#include <wane/mutator.h>

// Out-of-line halves (runtime/barrier.c).
WANE_API void wane__inc_slow(struct wane_mutator *m, wane_ref o, uint32_t own);
WANE_API void wane__inc_full(struct wane_mutator *m, wane_ref o);
WANE_API void wane__log_full(struct wane_mutator *m);
WANE_API void wane__closers_full(struct wane_mutator *m);
WANE_API void wane__barrier_check(struct wane_mutator *m, wane_ref object,
                                  struct wane_slot *slot, wane_ref value);
// The same stores where somebody looks on (runtime/numa_observe.c).
WANE_API wane_ref wane__exchange_observed(struct wane_mutator *m,
                                          wane_ref object,
                                          struct wane_slot *slot,
                                          wane_ref value);
WANE_API void wane__store_observed(struct wane_mutator *m, wane_ref object,
                                   struct wane_slot *slot, wane_ref value);
WANE_API void wane__init_observed(struct wane_mutator *m, wane_ref object,
                                  struct wane_slot *slot, wane_ref value);

// What the stores of this thread do, whoever looks on.
static inline uint32_t wane__kernel(const struct wane_mutator *m)
{
#if WANE_BARE
  (void)m;
  return WANE_BARRIER_RC_LOG;
#else
  return m->barrier & ~(uint32_t)WANE_BARRIER_OBSERVED;
#endif
}

// The fast paths' test: references are counted, and nobody looks on.
static inline bool wane__counting(const struct wane_mutator *m)
{
#if WANE_BARE
  (void)m;
  return true;
#else
  return WANE_LIKELY(m->barrier == WANE_BARRIER_RC_LOG);
#endif
}

// What counting is like without a bias: one atomic addition to the half that is
// everybody's, whoever counts. Note [foreign increments]: relaxed.
static inline bool wane__inc_atomic(struct wane_mutator *m, wane_ref o)
{
  uint32_t own = atomic_load_explicit(&o->own, memory_order_relaxed);
  bool mine = (own ^ m->own) <= WANE_FLAG_MASK;
  if (WANE_UNLIKELY(own & WANE_IMMORTAL || !(mine || own & WANE_ESCAPED))) {
    wane__inc_slow(m, o, own); // counts nothing, or says what is wrong
    return false;
  }
  if (!(own & WANE_ESCAPED))
    atomic_store_explicit(&o->own, own | WANE_ESCAPED, memory_order_relaxed);
  WANE_COUNT(m, inc_shared);
#if WANE_MUTANT == 71 // two steps
  int32_t before = atomic_load(&o->shared);
  WANE_YIELD(10);
  atomic_store(&o->shared, before + 1);
#else
  WANE_YIELD(10);
  int32_t before =
      atomic_fetch_add_explicit(&o->shared, 1, memory_order_relaxed);
#endif
  if (WANE_UNLIKELY(before >= (int32_t)m->local_limit)) wane__inc_full(m, o);
  return false;
}

// Counts one more reference to `o`. The owner's half is a plain increment:
// true, and the caller counts it; otherwise the slow half did it all.
// Note [owner increments]: relaxed; `local` has one writer, and what makes
// the increment visible is the release of the store that publishes `o`.
static inline bool wane__inc(struct wane_mutator *m, wane_ref o)
{
#if WANE_ATOMIC_COUNTS
  return wane__inc_atomic(m, o);
#else
  uint32_t own = atomic_load_explicit(&o->own, memory_order_relaxed);
  if (WANE_LIKELY((own ^ m->own) <= WANE_FLAG_MASK)) {
    if (!(own & WANE_ESCAPED))
      atomic_store_explicit(&o->own, own | WANE_ESCAPED, memory_order_relaxed);
    uint32_t n = atomic_load_explicit(&o->local, memory_order_relaxed) + 1;
    if (WANE_LIKELY(n < m->local_limit)) {
      atomic_store_explicit(&o->local, n, memory_order_relaxed);
      return true;
    }
  }
  wane__inc_slow(m, o, own);
  return false;
#endif
}

// Appends `old` to this thread's log: a decrement to come where references are
// counted, and in any case what a marker must not miss (Note [snapshot]).
static inline void wane__log_dec(struct wane_mutator *m, wane_ref old)
{
#if WANE_MUTANT == 6 // a mutator decrements
  atomic_fetch_sub(&old->shared, 1);
  if (m) return;
#endif
  *m->log_cur++ = old;
  if (WANE_UNLIKELY(m->log_cur == m->log_end)) wane__log_full(m);
}

// Note [snapshot]: what a slot held when marking began is either still there
// when the marker reads it or was logged by whoever overwrote it. An exchange,
// so that of two writers each logs what it took out; release and acquire as in
// Note [publish]. `kernel`: what wane__kernel says.
static inline wane_ref wane__exchange_uncounted(struct wane_mutator *m,
                                                uint32_t kernel,
                                                struct wane_slot *slot,
                                                wane_ref value)
{
  wane_ref old = atomic_exchange_explicit(&slot->wane__value, value,
                                          memory_order_acq_rel);
#if WANE_MUTANT == 46
  if (!value) return old;
#endif
  if (WANE_UNLIKELY(kernel == WANE_BARRIER_LOG) && old) wane__log_dec(m, old);
  return old;
}

// True when nobody but the calling thread can reach `object`.
static inline bool wane__private(const struct wane_mutator *m, uint32_t own)
{
  return ((own ^ m->own) & ~(uint32_t)(WANE_ACYCLIC | WANE_LARGE)) == 0;
}

// Was `object` logged as a possible cycle closer? Note [closers]: relaxed.
static inline bool wane__is_closer(wane_ref object)
{
  return atomic_load_explicit(&object->closer, memory_order_relaxed);
}

// Note [closers]: in every cycle the edge that was stored last went into an
// object that had escaped by then; flagging such objects misses no cycle. The
// flag is raised before the store and stays for the object's life. Relaxed: it
// only says that somebody has logged the object or is about to before its next
// ack (Note [ack]); two threads that race log it twice, which is harmless.
// `own` is the object's, as read after `value` was counted.
static inline void wane__closer(struct wane_mutator *m, wane_ref object,
                                uint32_t own, wane_ref value)
{
  if (own & WANE_ACYCLIC || wane__is_closer(object) || !m->closer_cur) return;
  // Note [birth]: the flag is set when the value is born.
  if (atomic_load_explicit(&value->own, memory_order_relaxed) & WANE_ACYCLIC)
    return;
#if WANE_MUTANT == 14
  if ((own ^ m->own) > WANE_FLAG_MASK) return;
#endif
  atomic_store_explicit(&object->closer, 1, memory_order_relaxed);
  *m->closer_cur++ = object;
  WANE_COUNT(m, closers);
  if (WANE_UNLIKELY(m->closer_cur == m->closer_end)) wane__closers_full(m);
}

// Loads a reference. It stays valid until this thread's next safepoint, or
// for as long as it is kept in a root or a slot.
// Note [publish]: acquire; pairs with the release of the store that published
// the value, so that its header and contents are seen.
static inline wane_ref wane_load(struct wane_slot *slot)
{
  return atomic_load_explicit(&slot->wane__value, memory_order_acquire);
}

// Replaces the slot's value and returns the old one, whose pending decrement
// keeps it valid until this thread's next safepoint.
static inline wane_ref wane_exchange(struct wane_mutator *m, wane_ref object,
                                     struct wane_slot *slot, wane_ref value)
{
#if WANE_CHECKED
  wane__barrier_check(m, object, slot, value);
#endif
  // Note [publish]: release on every path; pairs with wane_load and with the
  // collector's slot reads: the increment is visible before the reference.
  if (!wane__counting(m)) {
    if (WANE_LIKELY(!m->besides))
      return wane__exchange_uncounted(m, WANE_BARRIER_NONE, slot, value);
    if (WANE_UNLIKELY(m->observed))
      return wane__exchange_observed(m, object, slot, value);
    return wane__exchange_uncounted(m, WANE_BARRIER_LOG, slot, value);
  }
#if WANE_MUTANT == 9
  uint32_t own = atomic_load_explicit(&object->own, memory_order_relaxed);
#endif
  bool biased = false;
#if WANE_MUTANT != 1
  if (value) biased = wane__inc(m, value);
  WANE_YIELD(1);
#endif
  // Tested after the increment: storing an object into itself makes it
  // escape, and then it closes a cycle (Note [closers]).
#if WANE_MUTANT != 9
  uint32_t own = atomic_load_explicit(&object->own, memory_order_relaxed);
#endif
  wane_ref old;
  if (wane__private(m, own)) {
    old = atomic_load_explicit(&slot->wane__value, memory_order_relaxed);
    atomic_store_explicit(&slot->wane__value, value, memory_order_release);
    WANE_COUNT_STORE(m, biased, private);
  } else {
    if (value) wane__closer(m, object, own, value);
#if WANE_MUTANT == 2
    old = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
    WANE_YIELD(2);
    atomic_store_explicit(&slot->wane__value, value, memory_order_release);
#else
    old = atomic_exchange_explicit(&slot->wane__value, value,
                                   memory_order_acq_rel);
#endif
    WANE_COUNT_STORE(m, biased, escaped);
  }
#if WANE_MUTANT == 1
  WANE_YIELD(1);
  if (value) (void)wane__inc(m, value);
#endif
#if WANE_MUTANT == 46
  if (!value) return old;
#endif
  if (old) wane__log_dec(m, old);
  return old;
}

// Stores `value` (or NULL) into a slot of `object`.
static inline void wane_store(struct wane_mutator *m, wane_ref object,
                              struct wane_slot *slot, wane_ref value)
{
  if (wane__counting(m))
    (void)wane_exchange(m, object, slot, value);
  else if (WANE_LIKELY(!m->besides)) // Note [publish]
    atomic_store_explicit(&slot->wane__value, value, memory_order_release);
  else if (WANE_UNLIKELY(m->observed))
    wane__store_observed(m, object, slot, value);
  else
    (void)wane__exchange_uncounted(m, WANE_BARRIER_LOG, slot, value);
}

// Initialising store: `object` is fresh from wane_alloc, has been stored
// nowhere, and the slot is NULL. Cheaper than wane_store: nothing to log.
static inline void wane_init(struct wane_mutator *m, wane_ref object,
                             struct wane_slot *slot, wane_ref value)
{
#if WANE_CHECKED
  wane__barrier_check(m, object, slot, value);
#endif
  bool biased = false;
  if (wane__counting(m)) {
    if (value) {
      biased = wane__inc(m, value);
      uint32_t own = atomic_load_explicit(&object->own, memory_order_relaxed);
      // Only a self-edge can make a fresh object escape here.
      if (WANE_UNLIKELY(!wane__private(m, own)))
        wane__closer(m, object, own, value);
    }
  } else if (WANE_UNLIKELY(m->observed)) {
    wane__init_observed(m, object, slot, value);
    return;
  }
  // Note [publish]: release; the collector may scan `object` from a root.
  atomic_store_explicit(&slot->wane__value, value, memory_order_release);
  WANE_COUNT_STORE(m, biased, private);
}

// Stores `desired` if the slot holds `*expected`; otherwise loads the current
// value into `*expected` (valid until the next safepoint). Returns success.
WANE_API bool wane_compare_exchange(struct wane_mutator *m, wane_ref object,
                                    struct wane_slot *slot, wane_ref *expected,
                                    wane_ref desired);

// Moves `n` references inside one object, overlapping or not: slots that are
// left behind become NULL, slots that are moved into must be NULL or part of
// `from`. A permutation, so counts do not change. The caller excludes other
// writers of these slots (a lock of its own) for the duration; the collector
// is told (Note [array moves]).
WANE_API void wane_array_move(struct wane_mutator *m, wane_ref object,
                              struct wane_slot *to, struct wane_slot *from,
                              size_t n);

// Stores NULL into `n` slots of `object`, logging each old value.
WANE_API void wane_array_clear(struct wane_mutator *m, wane_ref object,
                               struct wane_slot *slots, size_t n);

#endif
