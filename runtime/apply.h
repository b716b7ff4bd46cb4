// apply.h: applies a batch of logged decrements, together with whoever helps.
// SPDX-License-Identifier: MIT

#ifndef WANE__APPLY_H
#define WANE__APPLY_H

#include "log.h"
#include "vector.h"

#include <wane/collector.h>

struct wane__apply_result {
  struct wane__vector zero;   // counts that reached zero, mature objects only
  struct wane__vector purple; // decremented to nonzero, if wanted
  uint64_t applied;
};

// Coordinator: applies every entry of the list; workers and allocating
// mutators take chunks too. Results are appended to `result`.
void wane__apply(struct wane__chunk *list, bool want_purple,
                 struct wane__apply_result *result);

// Is a batch in progress? By the next moment it may be over.
bool wane__apply_open(void);
// Mutator under pressure: applies one chunk of the batch in progress. The
// number of entries, 0 when there was none to take.
uint64_t wane__apply_assist(void);

// One decrement by the collector: the count left. Inline: every child of
// every dead object goes through it.
//
// Note [apply]: acquire-release, so that whoever sees zero has seen every
// write of those who gave up a reference. Note [local before shared]: `local`
// only grows between spills, and a spill adds to `shared` before it takes from
// `local`; reading `local` first can count moved units twice, never miss them.
//
// Note [last unit]: when the count is one, the unit that is taken back is the
// only one there is; if the object is in no root snapshot either, nobody can
// reach it, so nobody else writes the count: a plain store will do, and it is
// twenty cycles cheaper (relaxed; the next reader is the engine itself).
//
// Not for objects that wane__is_apart: a weak reference may lead to them, so
// theirs is always an atomic decrement.
static inline int64_t wane__decrement(wane_ref o)
{
#if WANE_MUTANT == 8
  int64_t shared =
      atomic_fetch_sub_explicit(&o->shared, 1, memory_order_acq_rel) - 1;
  WANE_YIELD(5);
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
#elif WANE_MUTANT == 72 // two steps
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
  int64_t shared = atomic_load(&o->shared) - 1;
  WANE_YIELD(5);
  atomic_store(&o->shared, (int32_t)shared);
#else
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
  WANE_YIELD(5);
#if !WANE_ATOMIC_COUNTS
  int64_t before = atomic_load_explicit(&o->shared, memory_order_acquire);
  if (local + before == 1 && !wane_gc_rooted(o)) { // Note [last unit]
    atomic_store_explicit(&o->shared, (int32_t)-local, memory_order_relaxed);
    return 0;
  }
#endif
  int64_t shared =
      atomic_fetch_sub_explicit(&o->shared, 1, memory_order_acq_rel) - 1;
#endif
  WANE_CHECK(local + shared >= 0, "a count fell below zero");
  return local + shared;
}

static inline int64_t wane__decrement_apart(wane_ref o)
{
  // Note [apply]
  int64_t local = atomic_load_explicit(&o->local, memory_order_acquire);
  int64_t shared =
      atomic_fetch_sub_explicit(&o->shared, 1, memory_order_acq_rel) - 1;
  WANE_CHECK(local + shared >= 0, "a count fell below zero");
  return local + shared;
}

// Objects that are not the common case when a count goes down: immortal, or
// perhaps reached by a weak reference at this moment.
#define WANE__APART (WANE_IMMORTAL | WANE_HAS_WEAK | WANE_CONDEMNED)

static inline bool wane__is_apart(wane_ref o)
{
  // Note [saturation], Note [weak flags]: relaxed.
  return atomic_load_explicit(&o->own, memory_order_relaxed) & WANE__APART;
}

void wane__apply_stop(void);

#endif
