// numa_observe.h: counts from which node to which a mutator's stores go.
// SPDX-License-Identifier: MIT
//
// Where books are kept (wane__numa.count), WANE_BARRIER_OBSERVED stands beside
// the kernel in `m->barrier`. No fast path knows that value, so every store
// falls through to numa_observe.c, which counts it and then does what it would
// have done. Whoever is out of line anyway asks for wane__kernel(m), which says
// the same with and without, and counts with the functions below.

#ifndef WANE__NUMA_OBSERVE_H
#define WANE__NUMA_OBSERVE_H

#include "numa.h"

#include <wane/mutator.h>

static inline bool wane__observed(const struct wane_mutator *m)
{
#if WANE_BARE
  (void)m;
  return false;
#else
  return m->barrier & WANE_BARRIER_OBSERVED;
#endif
}

// The calling thread, whose `m` is, stores into a slot. `counted`: an object of
// which it counts a reference more, or NULL.
void wane__observe_store(struct wane_mutator *m, const struct wane_slot *slot,
                         wane_ref counted);
// It stores into `n` slots, and counts nothing.
void wane__observe_stores(struct wane_mutator *m, const struct wane_slot *slots,
                          size_t n);

#endif
