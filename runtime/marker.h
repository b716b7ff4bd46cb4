// marker.h: one worker's part of a trace: it looks into grey objects.
// SPDX-License-Identifier: MIT

#ifndef WANE__MARKER_H
#define WANE__MARKER_H

#include "heap.h"
#include "work.h"

// An item of a packet: the offset of an object from the heap's base, and above
// RANGE_SHIFT 0 for the whole object or 1 + the number of a range of its
// trailing slots. WANE__UNMARKED: the sender of a reference did not look at its
// mark, which lies on the other node as well.
#define WANE__RANGE_SHIFT 44
#define WANE__UNMARKED ((uint64_t)1)
#define WANE__OFFSET_MASK                                                      \
  ((((uint64_t)1 << WANE__RANGE_SHIFT) - 1) & ~WANE__UNMARKED)

// Sums of a trace. Note [trace sums]: relaxed adds at the end of a worker's
// part; read when the run is over, which the pool's lock orders, or as a hint.
extern struct wane__trace {
  bool alone; // one worker, no assistants: marks need no atomics
  _Atomic bool overflow; // some block's marked objects want another look
  _Atomic uint64_t objects, edges, bytes;
} wane__trace;

static inline uint64_t wane__offset_of(wane_ref o)
{
  return (uint64_t)((char *)o - wane_gc_heap.base);
}

static inline wane_ref wane__item_object(uint64_t item)
{
  return (wane_ref)(void *)(wane_gc_heap.base + (item & WANE__OFFSET_MASK));
}

// Which word of the marks, and which bit of it?
static inline uint64_t wane__mark_word(uint64_t offset)
{
  return offset / (64 * WANE__MARK_GRAIN);
}

static inline uint64_t wane__mark_bit(uint64_t offset)
{
  return (uint64_t)1 << (offset / WANE__MARK_GRAIN & 63);
}

// True for exactly one caller. Note [marks]
static inline bool wane__set_mark(_Atomic uint64_t *marks, uint64_t offset,
                                  bool alone)
{
  _Atomic uint64_t *word = &marks[wane__mark_word(offset)];
  uint64_t bit = wane__mark_bit(offset);
  uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
  if (old & bit) return false;
  if (!alone)
    return !(atomic_fetch_or_explicit(word, bit, memory_order_relaxed) & bit);
  atomic_store_explicit(word, old | bit, memory_order_relaxed);
  return true;
}

// The object is marked and is to be looked into. If no packet can be had its
// block is remembered, to be looked through.
void wane__grey_lost(uint64_t offset);
static inline void wane__grey(struct wane__worker *w, uint64_t offset)
{
  if (WANE_UNLIKELY(!wane__work_push(w, offset))) wane__grey_lost(offset);
}

// For wane__work_run: until nothing is left.
void wane__marker_drain(struct wane__worker *w);

#endif
