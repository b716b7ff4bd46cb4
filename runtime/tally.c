// tally.c: whose memory collector threads free and decrement, for the books.
// SPDX-License-Identifier: MIT

#include "tally.h"

#include "cascade.h"
#include "heap.h"

#include <wane/collector.h>

static void one(enum wane_numa_kind kind, const void *p)
{
  wane__numa_add(wane__numa_book(), kind, wane__numa_here(),
                 wane__numa_home_at(p), 1);
}

void wane__tally_freed(const void *cell)
{
  one(WANE_NUMA_FREED_OBJECTS, cell);
}

void wane__tally_freed_cells(uint32_t block, size_t bytes, uint32_t word,
                             uint64_t cells)
{
  for (; cells; cells &= cells - 1)
    wane__tally_freed(wane__object_at(block, bytes, word, cells));
}

void wane__tally_log(const struct wane__chunk *chunk)
{
  for (uint32_t i = 0; i < chunk->n; i++)
    one(WANE_NUMA_DECREMENTS, chunk->entries[i]);
}

void wane__tally_dec(wane_ref o)
{
  if (!wane__immortal(o)) one(WANE_NUMA_DECREMENTS, o);
}

static void tally_slot(struct wane_slot *slot, void *unused)
{
  (void)unused;
  wane_ref o = wane__dead_slot(slot);
  if (o) wane__tally_dec(o);
}

void wane__tally_children(wane_ref o, const struct wane_type *type)
{
  wane_each_slot(o, type, tally_slot, NULL);
}
