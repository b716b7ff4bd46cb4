// tally.h: whose memory collector threads free and decrement, for the books.
// SPDX-License-Identifier: MIT
//
// Only where wane__numa.count; by the thread that does it.

#ifndef WANE__TALLY_H
#define WANE__TALLY_H

#include "log.h"
#include "numa.h"

struct wane_type;

// WANE_NUMA_FREED_OBJECTS: a cell, or those of a word of a block.
void wane__tally_freed(const void *cell);
void wane__tally_freed_cells(uint32_t block, size_t bytes, uint32_t word,
                             uint64_t cells);
// WANE_NUMA_DECREMENTS: the entries of a log; one reference that is taken back;
// all that a dead object holds, before they are.
void wane__tally_log(const struct wane__chunk *chunk);
void wane__tally_dec(wane_ref o);
void wane__tally_children(wane_ref o, const struct wane_type *type);

#endif
