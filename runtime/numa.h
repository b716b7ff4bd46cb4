// numa.h: nodes of threads and of memory, and who counts what.
// SPDX-License-Identifier: MIT
//
// Every thread has a book of matrices, which it alone writes; a reader adds
// the books up. Note [numa books]: relaxed; a sum taken while threads are at
// work is a little old, and exact when their end was waited for.

#ifndef WANE__NUMA_H
#define WANE__NUMA_H

#include "config.h"

#include <wane/collector.h>
#include <wane/numa.h>

#define WANE__HOME_NONE 0xff   // of a block: not known
#define WANE__HOME_PAGES 0xfe  // its pages are spread, one after the other
#define WANE__NUMA_PAGE_SHIFT 12

struct wane__numa {
  const struct wane_topology *topology; // NULL: nodes are not looked at
  uint32_t nodes;                       // 1 without a topology
  bool count;                           // books are kept
  bool model;
  bool inject; // what the model's accesses cost is waited for
  // Of blocks; NULL: nodes are not looked at. Note [homes]: relaxed; written
  // under the heap's lock while a block is empty, and ordered by whatever
  // publishes its first object.
  _Atomic uint8_t *homes;
  uint32_t spread_n; // nodes that WANE__HOME_PAGES goes round
  uint8_t spread[WANE_NODES_MAX];
};
extern struct wane__numa wane__numa;

// Start: after the configuration, before the heap.
int wane__numa_start(const struct wane_numa_config *config, char *error,
                     size_t error_size);
void wane__numa_stop(void);

// Places the calling thread, which is one of the runtime's. 0 or -errno; a
// mismatch is an error with `strict` only (and recorded).
int wane__numa_place(enum wane_place_role role, uint32_t index, char *error,
                     size_t error_size);

// The node of the calling thread: the one it was placed on; else, on a real
// topology, that of the processor it runs on at the moment; else
// WANE_NODE_ANY. Cheap, but a call: once per block, not per object. Without a
// topology 0.
uint32_t wane__numa_here(void);

// The node on which the plan has a thread, or WANE_NODE_ANY.
uint32_t wane__numa_planned(enum wane_place_role role, uint32_t index);
enum wane_steal wane__numa_steal(void); // ANY where nodes are not looked at
void wane__numa_forked(void); // in the child, before a thread is placed there

// The book of the calling thread, made at the first use. `wane__numa.count`.
typedef _Atomic uint64_t wane__numa_cell;
wane__numa_cell *wane__numa_book(void);

static inline uint32_t wane__numa_row(uint32_t node)
{
  return node < wane__numa.nodes ? node : wane__numa.nodes;
}

// The book's thread did this; the calling one, hardly ever another, waits for
// what that owes (numa_cost.c).
void wane__numa_charge(wane__numa_cell *book, enum wane_numa_kind kind,
                       uint32_t from, uint32_t to, uint64_t n);
// What it owes, in ns.
double *wane__numa_debt(wane__numa_cell *book);

// Adds to a cell of a book, which is the calling thread's. Note [numa books]
static inline void wane__numa_add(wane__numa_cell *book,
                                  enum wane_numa_kind kind, uint32_t from,
                                  uint32_t to, uint64_t n)
{
  uint32_t rows = wane__numa.nodes + 1;
  wane__numa_cell *cell =
      &book[((size_t)kind * rows + wane__numa_row(from)) * rows +
            wane__numa_row(to)];
  atomic_store_explicit(cell,
                        atomic_load_explicit(cell, memory_order_relaxed) + n,
                        memory_order_relaxed);
  if (WANE_UNLIKELY(wane__numa.inject))
    wane__numa_charge(book, kind, from, to, n);
}

// How many cells a book has, and each book as it is: see wane_numa_matrix.
size_t wane__numa_cells(void);
void wane__numa_each_book(void (*each)(enum wane_place_role role,
                                       const uint64_t *cells, void *context),
                          void *context);

// Counts `n` new cells from `begin` on, for a thread of node (or row) `from`.
void wane__numa_count_cells(wane__numa_cell *book, uint32_t from,
                            const char *begin, uint32_t n, size_t cell);

// Forgets what all books say of one kind; nobody counts it meanwhile.
void wane__numa_clear(enum wane_numa_kind kind);

// The home of an address in the heap, or WANE_NODE_ANY. Any thread.
static inline uint32_t wane__numa_home_at(const void *p)
{
  if (!wane__numa.homes) return 0;
  size_t offset = (size_t)((const char *)p - wane_gc_heap.base);
  uint8_t home = atomic_load_explicit( // Note [homes]
      &wane__numa.homes[offset >> WANE_BLOCK_SHIFT], memory_order_relaxed);
  if (WANE_LIKELY(home < WANE__HOME_PAGES)) return home;
  if (home == WANE__HOME_NONE) return WANE_NODE_ANY;
  // As the kernel does it for memory that no file is behind (policy.c).
  size_t page = (size_t)(uintptr_t)p >> WANE__NUMA_PAGE_SHIFT;
  return wane__numa.spread[page % wane__numa.spread_n];
}

#endif
