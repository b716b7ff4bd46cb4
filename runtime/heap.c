// heap.c: blocks: where they come from, who has them, when they go back.
// SPDX-License-Identifier: MIT
//
// Everything here is slow path: a mutator comes once per 64 KiB, the engine
// once per block that changes hands. One mutex guards states and lists. Empty
// blocks wait in a last-in-first-out pool (their lines are still cached); at
// the end of a round the surplus is given back to the system.

#include "heap.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define RESERVATION_DEFAULT ((uint64_t)64 << 30)
#define RESERVATION_LEAST ((uint64_t)1 << 30)
#define HUGE_PAGE ((uint64_t)2 << 20)
#define TRIM_ROUNDS 16
#define SCRATCH_SHIFT 14 // 4096 cells of 4 bytes a block

struct wane_gc_heap wane_gc_heap;
struct wane__block *wane__blocks;

static struct {
  pthread_mutex_t lock;
  void *reservation;
  size_t reserved, meta_bytes, gc_bytes, scratch_bytes, mark_bytes;
  char *scratch;
  uint32_t n_blocks;            // blocks that fit the reservation
  uint32_t fresh;               // first block that was never used
  uint32_t pool, pooled;        // empty, committed
  uint32_t idle;                // least `pooled` since the last trim
  uint32_t trims;               // rounds since blocks were given back
  uint32_t returned;            // empty single blocks, given back
  uint32_t runs;                // empty runs of n_blocks, given back
  uint32_t partial[WANE_SIZE_CLASSES];
  uint64_t committed, limit, peak; // in blocks
} heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint32_t class_cells[WANE_SIZE_CLASSES];
static uint32_t n_classes;

static void classes_start(void)
{
  n_classes = 0;
  for (uint32_t bytes = 16; bytes <= 256; bytes += 8)
    class_cells[n_classes++] = bytes;
  for (uint32_t base = 256; base < WANE__SMALL_MAX; base *= 2)
    for (uint32_t quarter = 1; quarter <= 4; quarter++)
      class_cells[n_classes++] = base + base / 4 * quarter;
}

uint32_t wane__size_class(size_t bytes)
{
  if (bytes <= 16) return 0;
  if (bytes <= 256) return (uint32_t)((bytes - 16 + 7) / 8);
  uint32_t log = 63 - (uint32_t)__builtin_clzl(bytes - 1); // 2^log < bytes
  uint32_t quarter = (uint32_t)((bytes - 1) >> (log - 2)) & 3;
  return 31 + (log - 8) * 4 + quarter;
}

uint32_t wane__class_cell(uint32_t size_class)
{
  return class_cells[size_class];
}

static void *reserve(size_t bytes)
{
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static bool reserve_all(uint64_t bytes)
{
  heap.n_blocks = (uint32_t)(bytes >> WANE_BLOCK_SHIFT);
  heap.reserved = bytes + HUGE_PAGE;
  heap.meta_bytes = heap.n_blocks * sizeof(struct wane__block);
  heap.gc_bytes = heap.n_blocks * sizeof(struct wane_gc_block);
  heap.scratch_bytes = (size_t)heap.n_blocks << SCRATCH_SHIFT;
  heap.reservation = reserve(heap.reserved);
  wane__blocks = reserve(heap.meta_bytes);
  wane_gc_heap.blocks = reserve(heap.gc_bytes);
  heap.scratch = reserve(heap.scratch_bytes);
  heap.mark_bytes = (size_t)heap.n_blocks * WANE__MARK_BYTES;
  wane_gc_heap.marks = reserve(heap.mark_bytes);
  if (heap.reservation && wane__blocks && wane_gc_heap.blocks &&
      heap.scratch && wane_gc_heap.marks)
    return true;
  wane__heap_stop();
  return false;
}

int wane__heap_start(uint64_t limit, char *error, size_t error_size)
{
  classes_start();
  // Room for twice the limit: a large object needs its blocks in a row.
  uint64_t bytes = limit ? 2 * limit + ((uint64_t)64 << 20)
                         : RESERVATION_DEFAULT;
  bytes = (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
  // Without a limit less will do where address space is short.
  while (!reserve_all(bytes)) {
    if (!limit && bytes > RESERVATION_LEAST) {
      bytes /= 2;
      continue;
    }
    snprintf(error, error_size,
             "cannot reserve %llu MiB of address space for the heap: %s",
             (unsigned long long)(bytes >> 20), strerror(errno));
    return -ENOMEM;
  }
  uint64_t base = (uint64_t)(uintptr_t)heap.reservation;
  wane_gc_heap.base =
      (char *)(uintptr_t)((base + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
  heap.limit = limit ? limit >> WANE_BLOCK_SHIFT : heap.n_blocks;
  heap.fresh = 0;
  heap.pool = heap.returned = heap.runs = WANE__NO_BLOCK;
  heap.pooled = heap.idle = heap.trims = 0;
  heap.committed = heap.peak = 0;
  for (uint32_t i = 0; i < WANE_SIZE_CLASSES; i++)
    heap.partial[i] = WANE__NO_BLOCK;
  return 0;
}

static void unreserve(void *p, size_t bytes)
{
  if (p) munmap(p, bytes);
}

void wane__heap_stop(void)
{
  if (heap.reservation && wane__blocks) // only what was ever used
    WANE__UNPOISON(wane_gc_heap.base, (size_t)heap.fresh << WANE_BLOCK_SHIFT);
  unreserve(heap.reservation, heap.reserved);
  unreserve(wane__blocks, heap.meta_bytes);
  unreserve(wane_gc_heap.blocks, heap.gc_bytes);
  unreserve(heap.scratch, heap.scratch_bytes);
  unreserve(wane_gc_heap.marks, heap.mark_bytes);
  heap.reservation = NULL;
  heap.scratch = NULL;
  wane__blocks = NULL;
  wane_gc_heap.blocks = NULL;
  wane_gc_heap.marks = NULL;
  heap.fresh = 0;
}

void wane__heap_lock(void)
{
  pthread_mutex_lock(&heap.lock);
}

void wane__heap_unlock(void)
{
  pthread_mutex_unlock(&heap.lock);
}

uint64_t wane__heap_committed(void)
{
  pthread_mutex_lock(&heap.lock);
  uint64_t blocks = heap.committed;
  pthread_mutex_unlock(&heap.lock);
  return blocks << WANE_BLOCK_SHIFT;
}

uint64_t wane__heap_peak(void)
{
  pthread_mutex_lock(&heap.lock);
  uint64_t blocks = heap.peak;
  pthread_mutex_unlock(&heap.lock);
  return blocks << WANE_BLOCK_SHIFT;
}

void wane__heap_peak_reset(void)
{
  pthread_mutex_lock(&heap.lock);
  heap.peak = heap.committed;
  pthread_mutex_unlock(&heap.lock);
}

// --- lists; the heap lock is held ------------------------------------------

static void list_push_locked(uint32_t *head, uint32_t index)
{
  wane__blocks[index].next = *head;
  wane__blocks[index].prev = WANE__NO_BLOCK;
  if (*head != WANE__NO_BLOCK) wane__blocks[*head].prev = index;
  *head = index;
}

static void list_remove_locked(uint32_t *head, uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  if (b->prev != WANE__NO_BLOCK)
    wane__blocks[b->prev].next = b->next;
  else
    *head = b->next;
  if (b->next != WANE__NO_BLOCK) wane__blocks[b->next].prev = b->prev;
}

static void commit_locked(uint32_t n)
{
  heap.committed += n;
  if (heap.committed > heap.peak) heap.peak = heap.committed;
}

// First fit among the runs that were given back; the rest stays a run.
static uint32_t find_run_locked(uint32_t n)
{
  for (uint32_t i = heap.runs; i != WANE__NO_BLOCK; i = wane__blocks[i].next) {
    uint32_t length = wane__blocks[i].n_blocks;
    if (length < n) continue;
    list_remove_locked(&heap.runs, i);
    if (length > n) {
      wane__blocks[i + n].state = WANE__BLOCK_FREE;
      wane__blocks[i + n].n_blocks = length - n;
      list_push_locked(&heap.runs, i + n);
    }
    return i;
  }
  if (n > heap.n_blocks - heap.fresh) return WANE__NO_BLOCK;
  uint32_t index = heap.fresh;
  heap.fresh += n;
  return index;
}

static uint32_t take_empty_locked(void)
{
  uint32_t index = heap.pool;
  if (index != WANE__NO_BLOCK) { // committed already
    list_remove_locked(&heap.pool, index);
    if (--heap.pooled < heap.idle) heap.idle = heap.pooled;
    return index;
  }
  if (heap.committed >= heap.limit) return WANE__NO_BLOCK;
  if (heap.returned != WANE__NO_BLOCK) {
    index = heap.returned;
    list_remove_locked(&heap.returned, index);
  } else {
    index = find_run_locked(1);
    if (index == WANE__NO_BLOCK) return index;
  }
  wane__blocks[index].zeroed = true;
  wane__blocks[index].n_blocks = 1;
  commit_locked(1);
  return index;
}

// `cell` 0: a large object, whose every offset is cell 0.
static void format(uint32_t index, uint32_t size_class, uint32_t cell,
                   uint32_t cells)
{
  struct wane__block *b = &wane__blocks[index];
  struct wane_gc_block *g = &wane_gc_heap.blocks[index];
  b->size_class = (uint8_t)size_class;
  b->cells = cells;
  g->live = 0;
  g->mark = (uint16_t)(cells - (cells < 4 ? 1 : cells / 4));
  g->ahead = false;
  uint64_t reciprocal = cell ? (((uint64_t)1 << 32) + cell - 1) / cell : 0;
  // Note [geometry]
  atomic_store_explicit(&g->cell, cell ? cell : UINT32_MAX,
                        memory_order_relaxed);
  atomic_store_explicit(&g->reciprocal, (uint32_t)reciprocal,
                        memory_order_relaxed);
  if (!g->bits) g->bits = b->bits; // Note [geometry]
}

uint32_t wane__heap_take(uint32_t size_class)
{
  pthread_mutex_lock(&heap.lock);
  uint32_t index = heap.partial[size_class];
  if (index != WANE__NO_BLOCK) {
    list_remove_locked(&heap.partial[size_class], index);
  } else {
    index = take_empty_locked();
    if (index != WANE__NO_BLOCK) {
      uint32_t cell = class_cells[size_class];
      format(index, size_class, cell, (uint32_t)(WANE_BLOCK_BYTES / cell));
    }
  }
  if (index != WANE__NO_BLOCK)
    wane__blocks[index].state = WANE__BLOCK_OWNED;
  pthread_mutex_unlock(&heap.lock);
  return index;
}

// Gives pooled blocks back until at most `keep` are left.
static void trim_locked(uint32_t keep)
{
  while (heap.pooled > keep) {
    uint32_t index = heap.pool;
    list_remove_locked(&heap.pool, index);
    heap.pooled--;
    heap.committed--;
    WANE__UNPOISON(wane__block_base(index), WANE_BLOCK_BYTES);
    madvise(wane__block_base(index), WANE_BLOCK_BYTES, MADV_DONTNEED);
    wane__blocks[index].zeroed = true;
    list_push_locked(&heap.returned, index);
  }
}

static uint32_t extent(uint32_t index)
{
  uint32_t state = wane__blocks[index].state;
  bool run = state == WANE__BLOCK_LARGE || state == WANE__BLOCK_FREE;
  return run && wane__blocks[index].n_blocks ? wane__blocks[index].n_blocks : 1;
}

// Joins neighbours: the address space is used up and no run was long enough.
static void coalesce_locked(void)
{
  trim_locked(0);
  heap.returned = heap.runs = WANE__NO_BLOCK;
  for (uint32_t i = 0, next; i < heap.fresh; i = next) {
    next = i + extent(i);
    if (wane__blocks[i].state != WANE__BLOCK_FREE) continue;
    while (next < heap.fresh && wane__blocks[next].state == WANE__BLOCK_FREE)
      next += extent(next);
    wane__blocks[i].n_blocks = next - i;
    list_push_locked(&heap.runs, i);
  }
}

uint32_t wane__heap_take_run(uint32_t n)
{
  uint32_t index = WANE__NO_BLOCK;
  pthread_mutex_lock(&heap.lock);
  if (heap.committed + n > heap.limit) trim_locked(0);
  if (heap.committed + n > heap.limit) goto out;
  index = find_run_locked(n);
  if (index == WANE__NO_BLOCK) {
    coalesce_locked();
    index = find_run_locked(n);
    if (index == WANE__NO_BLOCK) goto out;
  }
  commit_locked(n);
  format(index, 0, 0, 1);
  wane__blocks[index].state = WANE__BLOCK_LARGE;
  wane__blocks[index].n_blocks = n;
out:
  pthread_mutex_unlock(&heap.lock);
  return index;
}

static void scratch_drop(uint32_t index)
{
  struct wane_gc_block *g = &wane_gc_heap.blocks[index];
  if (!g->scratch) return;
  memset(g->scratch, 0, wane__blocks[index].cells * sizeof *g->scratch);
  g->scratch = NULL;
}

uint32_t *wane__gc_scratch_slow(struct wane_gc_block *block)
{
  size_t index = (size_t)(block - wane_gc_heap.blocks);
  block->scratch =
      (uint32_t *)(void *)(heap.scratch + (index << SCRATCH_SHIFT));
  return block->scratch;
}

static void give_locked(uint32_t index)
{
  scratch_drop(index);
  wane__blocks[index].state = WANE__BLOCK_FREE;
  wane__blocks[index].zeroed = false;
  list_push_locked(&heap.pool, index);
  heap.pooled++;
}

void wane__heap_classify(uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  const struct wane_gc_block *g = &wane_gc_heap.blocks[index];
  pthread_mutex_lock(&heap.lock);
  if (g->live == 0) {
    give_locked(index);
  } else if (g->live <= g->mark) {
    b->state = WANE__BLOCK_PARTIAL;
    list_push_locked(&heap.partial[b->size_class], index);
  } else {
    b->state = WANE__BLOCK_FULL;
  }
  pthread_mutex_unlock(&heap.lock);
}

void wane__heap_reclassify(uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  const bool empty = wane_gc_heap.blocks[index].live == 0;
  pthread_mutex_lock(&heap.lock);
  if (empty && b->state == WANE__BLOCK_PARTIAL) {
    list_remove_locked(&heap.partial[b->size_class], index);
    give_locked(index);
  } else if (empty && b->state == WANE__BLOCK_FULL) {
    give_locked(index);
  } else if (b->state == WANE__BLOCK_FULL) {
    b->state = WANE__BLOCK_PARTIAL;
    list_push_locked(&heap.partial[b->size_class], index);
  }
  pthread_mutex_unlock(&heap.lock);
}

void wane__heap_free_run(uint32_t index)
{
  uint32_t n = wane__blocks[index].n_blocks;
  size_t bytes = (size_t)n << WANE_BLOCK_SHIFT;
  WANE__UNPOISON(wane__block_base(index), bytes);
  madvise(wane__block_base(index), bytes, MADV_DONTNEED);
  pthread_mutex_lock(&heap.lock);
  scratch_drop(index);
  // Note [cells]
  atomic_store_explicit(&wane__blocks[index].bits[0].used, 0,
                        memory_order_relaxed);
  wane__blocks[index].state = WANE__BLOCK_FREE;
  list_push_locked(&heap.runs, index);
  heap.committed -= n;
  pthread_mutex_unlock(&heap.lock);
}

// Blocks that nobody asked for during the last rounds; the pool is last in,
// first out, so they are its bottom, and giving them back costs no fault soon.
void wane__heap_trim(void)
{
  pthread_mutex_lock(&heap.lock);
  if (++heap.trims == TRIM_ROUNDS) {
    uint32_t idle = heap.idle < heap.pooled ? heap.idle : heap.pooled;
    trim_locked(heap.pooled - idle);
    heap.idle = heap.pooled;
    heap.trims = 0;
  }
  pthread_mutex_unlock(&heap.lock);
}

// --- walking -----------------------------------------------------------------

uint32_t wane__heap_block_state(uint32_t index, uint32_t *next)
{
  pthread_mutex_lock(&heap.lock);
  uint32_t state =
      index < heap.fresh ? wane__blocks[index].state : WANE__NO_BLOCK;
  if (state != WANE__NO_BLOCK) *next = index + extent(index);
  pthread_mutex_unlock(&heap.lock);
  return state;
}

uint32_t wane__heap_blocks_ever(void)
{
  pthread_mutex_lock(&heap.lock);
  uint32_t n = heap.fresh;
  pthread_mutex_unlock(&heap.lock);
  return n;
}

void wane__heap_each_used(void (*each)(wane_ref object, size_t cell_bytes,
                                         void *context),
                            void *context)
{
  uint32_t state, next;
  for (uint32_t i = 0;
       (state = wane__heap_block_state(i, &next)) != WANE__NO_BLOCK;
       i = next) {
    struct wane__block *b = &wane__blocks[i];
    if (state == WANE__BLOCK_FREE) continue;
    size_t cell = wane_gc_cell_size(&wane_gc_heap.blocks[i]);
    for (uint32_t c = 0; c < b->cells; c++) {
      if (!wane__used(b->bits, c)) continue;
      wane_ref o = (wane_ref)(void *)(wane__block_base(i) + c * cell);
      each(o, wane_cell_bytes(o), context);
    }
  }
}
