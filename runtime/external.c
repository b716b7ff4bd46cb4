// external.c: bytes that objects hold outside the heap.
// SPDX-License-Identifier: MIT
//
// A buffer, a texture, a mapped file: freed with its object, so it counts when
// a cycle is started, although the heap does not see it. One sum over all
// threads: what a program tells is rare beside what it allocates.

#include "external.h"

#include "pressure.h"

#include <stdatomic.h>

// Note [external]: relaxed at every end. The sum orders nothing, and a reader
// that misses a call sees it the next time.
static _Atomic int64_t external;

void wane__external_start(void)
{
  // Note [external]
  atomic_store_explicit(&external, 0, memory_order_relaxed);
}

void wane_external_bytes(int64_t delta)
{
  // Note [external]
  atomic_fetch_add_explicit(&external, delta, memory_order_relaxed);
  if (delta > 0) wane__pressure_external();
}

uint64_t wane_external_total(void)
{
  // Note [external]
  int64_t bytes = atomic_load_explicit(&external, memory_order_relaxed);
  return bytes > 0 ? (uint64_t)bytes : 0;
}
