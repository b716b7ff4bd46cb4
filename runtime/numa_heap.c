// numa_heap.c: matrices of what is in the heap: births, edges, homes of blocks.
// SPDX-License-Identifier: MIT
//
// Where pages of a block are on different nodes, bytes are counted where they
// are, and an object where it begins, as wane_numa_home has it.

#include "heap.h"
#include "numa.h"
#include "round.h"

#define PAGE ((size_t)1 << WANE__NUMA_PAGE_SHIFT)

// --- births ------------------------------------------------------------------

static bool is_spread(const char *p)
{
  size_t offset = (size_t)(p - wane_gc_heap.base);
  // Note [homes]
  return atomic_load_explicit(&wane__numa.homes[offset >> WANE_BLOCK_SHIFT],
                              memory_order_relaxed) == WANE__HOME_PAGES;
}

static size_t left_of_page(const char *p)
{
  return PAGE - ((uintptr_t)p & (PAGE - 1));
}

static void count_pages(wane__numa_cell *book, uint32_t from, const char *begin,
                        uint32_t n, size_t cell)
{
  const char *end = begin + n * cell;
  for (const char *p = begin; p < end; p += cell)
    wane__numa_add(book, WANE_NUMA_ALLOC_OBJECTS, from, wane__numa_home_at(p),
                   1);
  for (const char *p = begin; p < end;) {
    size_t bytes = left_of_page(p);
    if (bytes > (size_t)(end - p)) bytes = (size_t)(end - p);
    wane__numa_add(book, WANE_NUMA_ALLOC_BYTES, from, wane__numa_home_at(p),
                   bytes);
    p += bytes;
  }
}

void wane__numa_count_cells(wane__numa_cell *book, uint32_t from,
                            const char *begin, uint32_t n, size_t cell)
{
  if (is_spread(begin)) {
    count_pages(book, from, begin, n, cell);
    return;
  }
  uint32_t home = wane__numa_home_at(begin);
  wane__numa_add(book, WANE_NUMA_ALLOC_OBJECTS, from, home, n);
  wane__numa_add(book, WANE_NUMA_ALLOC_BYTES, from, home, n * cell);
}

// --- edges -------------------------------------------------------------------

struct edges {
  wane__numa_cell *book;
  uint32_t from;
};

static void count_edge(struct wane_slot *slot, void *context)
{
  const struct edges *e = context;
  wane_ref o = atomic_load(&slot->wane__value); // the world is stopped
  if (o)
    wane__numa_add(e->book, WANE_NUMA_EDGES, e->from, wane__numa_home_at(o), 1);
}

static void count_edges_of(wane_ref object, size_t cell_bytes, void *context)
{
  struct edges *e = context;
  (void)cell_bytes;
  e->from = wane__numa_home_at(object);
  wane_each_slot(object, wane_gc_type(object), count_edge, e);
}

static void count_edges(void *context)
{
  struct edges *e = context;
  e->book = wane__numa_book();
  wane__numa_clear(WANE_NUMA_EDGES);
  wane__heap_each_used(count_edges_of, e);
}

void wane_numa_edges(void)
{
  struct edges edges = {0};
  if (wane__numa.count) wane__round_with_world_stopped(count_edges, &edges);
}

// --- blocks ------------------------------------------------------------------

void wane_numa_blocks(void (*each)(void *begin, size_t bytes, uint32_t home,
                                   void *context),
                      void *context)
{
  uint32_t state, next;
  if (!wane__numa.homes) return;
  for (uint32_t i = 0;
       (state = wane__heap_block_state(i, &next)) != WANE__NO_BLOCK;
       i = next) {
    if (state == WANE__BLOCK_FREE) continue;
    char *begin = wane__block_base(i), *end = wane__block_base(next);
    size_t step = is_spread(begin) ? PAGE : (size_t)(end - begin);
    for (char *p = begin; p < end; p += step)
      each(p, step, wane__numa_home_at(p), context);
  }
}
