// heap.h: one reservation, cut into 64 KiB blocks of equal cells.
// SPDX-License-Identifier: MIT
//
// A block belongs to a size class; what is known about its cells stands
// beside the heap, not in it: a bit `used` per cell of an object that its
// thread has handed over. Younger ones nobody knows of but their thread.
//
// The bits are in wane__block, with a pointer to them in wane_gc_block, where
// everything is that is looked up for an object: geometry, scratch, `live`
// (how many cells are used) and `mark` (so few or fewer: offered again).
//
// Who writes: the bits and `live` the engine (one thread at a time); `state`
// and the links whoever holds the heap lock. A mutator that owns a block only
// reads `used`, to find holes ahead of its cursor.

#ifndef WANE__HEAP_H
#define WANE__HEAP_H

#include "config.h"

#include <wane/collector.h>

#define WANE__CELLS_MAX 4096 // of 16 bytes
#define WANE__SMALL_MAX 32768
#define WANE__NO_BLOCK UINT32_MAX
#define WANE__MARK_GRAIN 16 // bytes that share a mark bit: two cells never do
#define WANE__MARK_BYTES (WANE_BLOCK_BYTES / WANE__MARK_GRAIN / 8) // a block

enum wane__block_state {
  WANE__BLOCK_FREE,    // in the pool or given back
  WANE__BLOCK_OWNED,   // a mutator allocates in it, or its spans are pending
  WANE__BLOCK_FULL,    // mature, not offered for allocation
  WANE__BLOCK_PARTIAL, // mature, offered: in its class's list
  WANE__BLOCK_LARGE,   // first block of a large object
};

struct wane__block {
  struct wane_gc_bits bits[WANE__CELLS_MAX / 64];
  uint32_t cells;      // in this block
  uint8_t state;       // enum wane__block_state
  uint8_t size_class;
  bool zeroed;         // fresh from the system
  _Atomic bool rescan; // the marker dropped an item of it. Note [marks]
  uint32_t n_blocks;   // LARGE: length of the run
  uint32_t next, prev; // pool and class lists: index, or WANE__NO_BLOCK
  // Note [array moves]: moves begun >= moves ended; equal: none under way.
  _Atomic uint32_t moves_begun, moves_ended;
};

extern struct wane__block *wane__blocks; // parallel to wane_gc_heap.blocks

// Reserves address space for `limit` bytes of blocks (0: all there is).
int wane__heap_start(uint64_t limit, char *error, size_t error_size);
void wane__heap_stop(void);
void wane__heap_lock(void); // around fork
void wane__heap_unlock(void);

// Before the heap: fills the table of size classes (size_class.c).
void wane__classes_start(void);
// Size class of `bytes` <= WANE__SMALL_MAX, and its cell size.
uint32_t wane__size_class(size_t bytes);
uint32_t wane__class_cell(uint32_t size_class);

// A block for a mutator of `node`: a partial one, else an empty one;
// WANE__NO_BLOCK when the limit is reached, and no node has anything idle. `n`
// blocks in a row for a large object.
uint32_t wane__heap_take(uint32_t size_class, uint32_t node);
uint32_t wane__heap_take_run(uint32_t n, uint32_t node);

// Engine: after its young spans were examined, a block becomes free, partial
// or full by its number of live cells.
void wane__heap_classify(uint32_t index);
// Engine: a block's number of live cells fell to zero or to its mark.
void wane__heap_reclassify(uint32_t index);
void wane__heap_free_run(uint32_t index);
// Engine, at the end of a round: gives surplus empty blocks to the system.
void wane__heap_trim(void);

uint32_t wane__heap_blocks_ever(void); // below this index all blocks are
// Collector threads, one block after another: the state of block `index`, and
// the index of the next; WANE__NO_BLOCK: none so far was ever used.
uint32_t wane__heap_block_state(uint32_t index, uint32_t *next);
// Coordinator: calls `each` for every used cell.
void wane__heap_each_used(void (*each)(wane_ref object, size_t cell_bytes,
                                         void *context),
                            void *context);

uint64_t wane__heap_committed(void); // bytes of blocks in use or pooled
uint64_t wane__heap_peak(void);
void wane__heap_peak_reset(void);

static inline char *wane__block_base(uint32_t index)
{
  return wane_gc_heap.base + ((size_t)index << WANE_BLOCK_SHIFT);
}

// The object of the lowest bit of `cells`, which is a word of cell bits.
static inline wane_ref wane__object_at(uint32_t index, size_t bytes,
                                       uint32_t word, uint64_t cells)
{
  size_t cell = word * 64 + (size_t)__builtin_ctzl(cells);
  return (wane_ref)(void *)(wane__block_base(index) + cell * bytes);
}

static inline uint32_t wane__block_index(wane_ref o)
{
  return (uint32_t)((size_t)((char *)o - wane_gc_heap.base) >>
                    WANE_BLOCK_SHIFT);
}

// Note [cells]: the engine alone writes these words, so a plain
// read-modify-write is enough; release pairs with the acquire of a mutator
// that looks for holes: a cell it finds clear is no longer read by anyone.
static inline void wane__bit_set(_Atomic uint64_t *word, uint32_t cell)
{
  uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
  atomic_store_explicit(word, old | (uint64_t)1 << (cell & 63),
                        memory_order_release);
}

static inline void wane__bit_clear(_Atomic uint64_t *word, uint32_t cell)
{
  // Note [cells]
  uint64_t old = atomic_load_explicit(word, memory_order_relaxed);
  atomic_store_explicit(word, old & ~((uint64_t)1 << (cell & 63)),
                        memory_order_release);
}

static inline bool wane__used(const struct wane_gc_bits *bits, uint32_t cell)
{
  // Note [cells]
  return atomic_load_explicit(&bits[cell >> 6].used, memory_order_acquire) >>
             (cell & 63) &
         1;
}

// Is there an object still? Note [geometry]: its block may be another's.
static inline bool wane__still_there(wane_ref o)
{
  const struct wane_gc_block *block = wane_gc_block_of(o);
  return wane__used(block->bits, wane_gc_cell_of(block, o)) &&
         wane_gc_at_cell(o);
}

// verify.c's: while it is on, cells that die are held back from the moment on
// in which they still look used.
extern bool wane__verify_holds;
void wane__verify_hold(uint32_t block, uint32_t word, uint64_t cells);
// For its sentence: the round, and how the next ones die. Coordinator.
extern uint64_t wane__verify_round;
extern const char *wane__verify_cause;
#define WANE__BY_COUNT "because its count was zero"

// Engine: a used cell died.
static inline void wane__heap_free_cell(struct wane_gc_block *g, uint32_t cell)
{
  if (g->scratch) g->scratch[cell] = 0;
  if (WANE_UNLIKELY(wane__verify_holds))
    wane__verify_hold((uint32_t)(g - wane_gc_heap.blocks), cell >> 6,
                      (uint64_t)1 << (cell & 63));
  wane__bit_clear(&g->bits[cell >> 6].used, cell);
  if (WANE_UNLIKELY(wane__verify_holds)) return;
  g->live--;
  if (WANE_UNLIKELY(g->live == 0 || g->live == g->mark))
    wane__heap_reclassify((uint32_t)(g - wane_gc_heap.blocks));
}

// Poisoning, so that a sanitizer names whoever touches a dead cell.
#if defined(__SANITIZE_ADDRESS__)
#define WANE__ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WANE__ASAN 1
#endif
#endif
#if WANE__ASAN
#include <sanitizer/asan_interface.h>
#define WANE__POISON(p, n) __asan_poison_memory_region((p), (n))
#define WANE__UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define WANE__POISON(p, n) ((void)(p), (void)(n))
#define WANE__UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#endif
