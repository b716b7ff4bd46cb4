// cells.h: gives the cells of the dead back.
// SPDX-License-Identifier: MIT
//
// One thread at a time: the coordinator, inside a round.

#ifndef WANE__CELLS_H
#define WANE__CELLS_H

#include "release.h"
#include "tally.h"

static inline void wane__poison(wane_ref o, size_t bytes)
{
#if WANE_CHECKED
  o->type = 0; // no type: a store into it is noticed
  atomic_store(&o->own, 0xDEADu);
#endif
  WANE__POISON(o, bytes);
  (void)o;
  (void)bytes;
}

// The blocks of a large object.
static inline void wane__give_run(uint32_t index)
{
  _Atomic uint64_t *used = &wane__blocks[index].bits[0].used;
  if (WANE_UNLIKELY(wane__numa.count))
    wane__tally_freed(wane__block_base(index));
  if (WANE_LIKELY(!wane__verify_holds)) {
    wane__heap_free_run(index);
    return;
  }
  uint32_t *scratch = wane_gc_heap.blocks[index].scratch;
  if (scratch) *scratch = 0;
  wane__verify_hold(index, 0, 1);
  wane__bit_clear(used, 0);
}

// One cell, anywhere; its bytes.
static inline size_t wane__give_cell(struct wane__place at)
{
  size_t bytes = wane_gc_cell_size(at.block);
  if (WANE_UNLIKELY(bytes > WANE__SMALL_MAX)) {
    uint32_t index = wane__block_index(at.o);
    bytes = (size_t)wane__blocks[index].n_blocks << WANE_BLOCK_SHIFT;
    wane__give_run(index);
    return bytes;
  }
  if (WANE_UNLIKELY(wane__numa.count)) wane__tally_freed(at.o);
  wane__poison(at.o, bytes);
  wane__heap_free_cell(at.block, at.cell);
  return bytes;
}

// Cells of one word of a block: no list hears of it before the block changes
// hands, or the caller says so. Poisoned first: the block's thread may take a
// cell ahead of its cursor as soon as its bit is clear.
static inline void wane__give_cells(struct wane_gc_block *block, uint32_t word,
                                    uint64_t cells)
{
  _Atomic uint64_t *used = &block->bits[word].used;
  // Note [cells]
  uint64_t old = atomic_load_explicit(used, memory_order_relaxed);
  WANE_CHECK((old & cells) == cells, "freed: what is no object");
  if (WANE_UNLIKELY(wane__numa.count))
    wane__tally_freed_cells((uint32_t)(block - wane_gc_heap.blocks),
                            wane_gc_cell_size(block), word, cells);
  if (WANE_UNLIKELY(wane__verify_holds))
    wane__verify_hold((uint32_t)(block - wane_gc_heap.blocks), word, cells);
#if WANE_CHECKED
  size_t bytes = wane_gc_cell_size(block);
  char *base = wane__block_base((uint32_t)(block - wane_gc_heap.blocks));
  for (uint64_t left = cells; left; left &= left - 1) {
    size_t cell = word * 64 + (size_t)__builtin_ctzl(left);
    wane__poison((wane_ref)(void *)(base + cell * bytes), bytes);
  }
#endif
  atomic_store_explicit(used, old & ~cells, memory_order_release);
  if (WANE_LIKELY(!wane__verify_holds))
    block->live -= (uint32_t)__builtin_popcountl(cells);
}

#endif
