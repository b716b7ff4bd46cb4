// numa_observe.c: stores that are looked at, and accesses that are told of.
// SPDX-License-Identifier: MIT
//
// Runs on mutators, inside a store, and only where somebody counts. A store is
// counted where the slot is, not where its object begins: a large object may
// be spread over nodes.

#include "numa_observe.h"

#include "thread.h"

// The node of a thread that was placed is fixed; another one is asked where it
// runs after each of its acks (wane__thread_phase forgets it).
static struct wane__thread *observer(struct wane_mutator *m)
{
  struct wane__thread *t = wane__thread_of(m);
  if (WANE_UNLIKELY(!t->observer.book)) {
    t->observer.book = wane__numa_book();
    t->observer.node = wane__numa_here();
  }
  return t;
}

void wane__observe_store(struct wane_mutator *m, const struct wane_slot *slot,
                         wane_ref counted)
{
  if (WANE_LIKELY(!wane__observed(m))) return;
  struct wane__thread *t = observer(m);
  wane__numa_add(t->observer.book, WANE_NUMA_STORES, t->observer.node,
                 wane__numa_home_at(slot), 1);
  if (counted)
    wane__numa_add(t->observer.book, WANE_NUMA_INCREMENTS, t->observer.node,
                   wane__numa_home_at(counted), 1);
}

void wane__observe_stores(struct wane_mutator *m, const struct wane_slot *slots,
                          size_t n)
{
  if (WANE_LIKELY(!wane__observed(m))) return;
  for (size_t i = 0; i < n; i++) wane__observe_store(m, &slots[i], NULL);
}

void wane__access(struct wane_mutator *m, const void *at)
{
  struct wane__thread *t = observer(m);
  wane__numa_add(t->observer.book, WANE_NUMA_LOADS, t->observer.node,
                 wane__numa_home_at(at), 1);
}

// --- the barrier's ways here -------------------------------------------------

// Counts, and lets the kernel run unobserved. It is no safepoint: nobody
// changes the phase meanwhile.
static void hide(struct wane_mutator *m, const struct wane_slot *slot,
                 wane_ref value)
{
  uint32_t kernel = wane__kernel(m);
  wane__observe_store(m, slot, kernel == WANE_BARRIER_RC_LOG ? value : NULL);
#if WANE_MUTANT == 67 // it does nothing else
  kernel = WANE_BARRIER_NONE;
#endif
  wane__barrier_set(m, kernel);
}

static void show(struct wane_mutator *m)
{
  wane__barrier_set(m, m->barrier | WANE_BARRIER_OBSERVED);
}

wane_ref wane__exchange_observed(struct wane_mutator *m, wane_ref object,
                                 struct wane_slot *slot, wane_ref value)
{
  hide(m, slot, value);
  wane_ref old = wane_exchange(m, object, slot, value);
  show(m);
  return old;
}

void wane__store_observed(struct wane_mutator *m, wane_ref object,
                          struct wane_slot *slot, wane_ref value)
{
  hide(m, slot, value);
#if WANE_MUTANT == 68 // it flags no closer
  wane_ref *cur = m->closer_cur;
  m->closer_cur = NULL;
#endif
  wane_store(m, object, slot, value);
#if WANE_MUTANT == 68
  m->closer_cur = cur;
#endif
  show(m);
}

void wane__init_observed(struct wane_mutator *m, wane_ref object,
                         struct wane_slot *slot, wane_ref value)
{
  hide(m, slot, value);
  wane_init(m, object, slot, value);
  show(m);
}
