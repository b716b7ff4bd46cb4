// heap.c: blocks: where they come from, who has them, when they go back.
// SPDX-License-Identifier: MIT
//
// Everything here is slow path: a mutator comes once per 64 KiB, the engine
// once per block that changes hands. One mutex guards states and lists. Empty
// blocks wait in a last-in-first-out pool (their lines are still cached); at
// the end of a round the surplus is given back to the system.

#include "heap.h"

#include "policy.h"
#include "space.h"

#include <pthread.h>
#include <string.h>

#define RESERVATION_DEFAULT ((uint64_t)64 << 30)
#define ALIGNMENT ((uint64_t)2 << 20) // of the reservation's length
#define TRIM_ROUNDS 16
#define TAKEN_OVER 64 // blocks, at most

// Lists of blocks; each block is in those of its home.
struct pool {
  uint32_t empty, n_empty; // committed
  uint32_t idle;           // least n_empty since the last trim
  uint32_t returned;       // empty single blocks, given back
  uint32_t runs;           // empty runs of n_blocks, given back
  uint32_t partial[WANE_SIZE_CLASSES];
};

static struct {
  pthread_mutex_t lock;
  struct pool pool[WANE_NODES_MAX + 1];
  uint32_t trims;                  // rounds since blocks were given back
  uint64_t committed, limit, peak; // in blocks
} heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

int wane__heap_start(uint64_t limit, char *error, size_t error_size)
{
  wane__classes_start();
  // Room for twice the limit: a large object needs its blocks in a row.
  uint64_t bytes = limit ? 2 * limit + ((uint64_t)64 << 20)
                         : RESERVATION_DEFAULT;
  bytes = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  int status = wane__space_start(bytes, limit != 0, error, error_size);
  if (status) return status;
  heap.limit = limit ? limit >> WANE_BLOCK_SHIFT : wane__space_blocks();
  heap.committed = heap.peak = heap.trims = 0;
  for (uint32_t i = 0; i < wane__space_pools(); i++) {
    struct pool *p = &heap.pool[i];
    p->empty = p->returned = p->runs = WANE__NO_BLOCK;
    p->n_empty = p->idle = 0;
    for (uint32_t c = 0; c < WANE_SIZE_CLASSES; c++)
      p->partial[c] = WANE__NO_BLOCK;
  }
  return 0;
}

void wane__heap_stop(void)
{
  wane__space_stop();
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

static struct pool *pool_of(uint32_t index)
{
  return &heap.pool[wane__space_pool_of(index)];
}

static void push_run_locked(uint32_t index, uint32_t n)
{
  wane__blocks[index].state = WANE__BLOCK_FREE;
  wane__blocks[index].n_blocks = n;
  list_push_locked(&pool_of(index)->runs, index);
}

// First fit among the runs that were given back; the rest stays a run.
static uint32_t find_run_locked(struct pool *p, uint32_t n)
{
  for (uint32_t i = p->runs; i != WANE__NO_BLOCK; i = wane__blocks[i].next) {
    uint32_t length = wane__blocks[i].n_blocks;
    if (length < n) continue;
    list_remove_locked(&p->runs, i);
    if (length > n) push_run_locked(i + n, length - n);
    return i;
  }
  return WANE__NO_BLOCK;
}

// Blocks that nobody has used; where nodes get chunks, the rest is a run.
static uint32_t fresh_run_locked(uint32_t n, uint32_t node)
{
  uint32_t left = wane__space_blocks() - wane__space_fresh();
  uint32_t most = wane__space_chunk();
  if (most < n || most > left) most = n;
  uint32_t index = wane__space_take_fresh(most, node);
  if (index != WANE__NO_BLOCK && most > n) push_run_locked(index + n, most - n);
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

// Gives a pool's blocks back until at most `keep` are left.
static void trim_locked(struct pool *p, uint32_t keep)
{
  while (p->n_empty > keep) {
    uint32_t index = p->empty;
    list_remove_locked(&p->empty, index);
    p->n_empty--;
    heap.committed--;
    wane__space_return(index, 1);
    wane__space_forget(index, 1);
    wane__blocks[index].zeroed = true;
    list_push_locked(&p->returned, index);
  }
}

static void trim_all_locked(void)
{
  for (uint32_t i = 0; i < wane__space_pools(); i++)
    trim_locked(&heap.pool[i], 0);
}

static uint32_t extent(uint32_t index)
{
  uint32_t state = wane__blocks[index].state;
  bool run = state == WANE__BLOCK_LARGE || state == WANE__BLOCK_FREE;
  return run && wane__blocks[index].n_blocks ? wane__blocks[index].n_blocks : 1;
}

static bool is_free(uint32_t index)
{
  return index < wane__space_fresh() &&
         wane__blocks[index].state == WANE__BLOCK_FREE;
}

// Joins neighbours: the address space is used up and no run was long enough.
static void coalesce_locked(void)
{
  trim_all_locked();
  for (uint32_t i = 0; i < wane__space_pools(); i++)
    heap.pool[i].returned = heap.pool[i].runs = WANE__NO_BLOCK;
  for (uint32_t i = 0, next; i < wane__space_fresh(); i = next) {
    next = i + extent(i);
    if (!is_free(i)) continue;
    while (is_free(next) && pool_of(next) == pool_of(i)) next += extent(next);
    push_run_locked(i, next - i);
  }
}

// The same over runs of different homes, which then have one: nobody has
// touched them since they were given back. After coalesce_locked.
static uint32_t join_homes_locked(uint32_t n, uint32_t node)
{
  for (uint32_t i = 0, end; i < wane__space_fresh(); i = end) {
    end = i + extent(i);
    if (!is_free(i)) continue;
    while (end - i < n && is_free(end)) end += extent(end);
    if (end - i < n) continue;
    if (end - i > n) wane__blocks[i + n].n_blocks = end - i - n;
    wane__blocks[i].state = WANE__BLOCK_LARGE;
    wane__blocks[i].n_blocks = n;
#if WANE_MUTANT == 63 // the run keeps the homes it had
    wane__space_move(i, 1, node);
#else
    wane__space_move(i, n, node);
#endif
    coalesce_locked();
    return i;
  }
  return WANE__NO_BLOCK;
}

// A block of what others gave back, and some more for the next time.
static uint32_t take_over_locked(uint32_t node)
{
  uint32_t index = WANE__NO_BLOCK;
  if (wane__space_pools() == 1) return index;
  coalesce_locked();
  for (uint32_t n = TAKEN_OVER; n && index == WANE__NO_BLOCK; n /= 4) {
    index = join_homes_locked(n, node);
    if (index != WANE__NO_BLOCK && n > 1) push_run_locked(index + 1, n - 1);
  }
  return index;
}

static uint32_t take_empty_locked(struct pool *p, uint32_t node)
{
  uint32_t index = p->empty;
  if (index != WANE__NO_BLOCK) { // committed already
    list_remove_locked(&p->empty, index);
    if (--p->n_empty < p->idle) p->idle = p->n_empty;
    return index;
  }
  if (heap.committed >= heap.limit) return WANE__NO_BLOCK;
  if (p->returned != WANE__NO_BLOCK) {
    index = p->returned;
    list_remove_locked(&p->returned, index);
  } else {
    index = find_run_locked(p, 1);
    if (index == WANE__NO_BLOCK) index = fresh_run_locked(1, node);
    if (index == WANE__NO_BLOCK) index = take_over_locked(node);
    if (index == WANE__NO_BLOCK) return index;
  }
  wane__blocks[index].zeroed = true;
  wane__blocks[index].n_blocks = 1;
  wane__space_touch(index, 1, node);
  commit_locked(1);
  return index;
}

static uint32_t take_from_locked(struct pool *p, uint32_t size_class,
                                 uint32_t node)
{
  uint32_t index = p->partial[size_class];
  if (index != WANE__NO_BLOCK) {
    list_remove_locked(&p->partial[size_class], index);
  } else {
    index = take_empty_locked(p, node);
    if (index == WANE__NO_BLOCK) return index;
    uint32_t cell = wane__class_cell(size_class);
    format(index, size_class, cell, (uint32_t)(WANE_BLOCK_BYTES / cell));
  }
  wane__blocks[index].state = WANE__BLOCK_OWNED;
  return index;
}

// The pools are asked from the nearest on: what was full stays full for the
// others, except for what they have lying idle.
uint32_t wane__heap_take(uint32_t size_class, uint32_t node)
{
  pthread_mutex_lock(&heap.lock);
  uint32_t row = wane__space_target(node);
  uint32_t index = take_from_locked(&heap.pool[row], size_class, node);
#if WANE_MUTANT != 62 // the limit refuses, though another node has room
  for (uint32_t i = 1; index == WANE__NO_BLOCK && i < wane__space_pools(); i++)
    index = take_from_locked(&heap.pool[wane__policy_nearest(row)[i]],
                             size_class, node);
#endif
  pthread_mutex_unlock(&heap.lock);
  return index;
}

static uint32_t empty_run_locked(uint32_t n, uint32_t node)
{
  struct pool *p = &heap.pool[wane__space_target(node)];
  uint32_t index = find_run_locked(p, n);
  if (index == WANE__NO_BLOCK) index = fresh_run_locked(n, node);
  if (index != WANE__NO_BLOCK) return index;
  coalesce_locked();
  index = find_run_locked(p, n);
  if (index == WANE__NO_BLOCK && wane__space_pools() > 1)
    index = join_homes_locked(n, node);
  return index;
}

uint32_t wane__heap_take_run(uint32_t n, uint32_t node)
{
  uint32_t index = WANE__NO_BLOCK;
  pthread_mutex_lock(&heap.lock);
  if (heap.committed + n > heap.limit) trim_all_locked();
  if (heap.committed + n > heap.limit) goto out;
  index = empty_run_locked(n, node);
  if (index == WANE__NO_BLOCK) goto out;
  commit_locked(n);
  format(index, 0, 0, 1);
  wane__blocks[index].state = WANE__BLOCK_LARGE;
  wane__blocks[index].n_blocks = n;
  wane__space_touch(index, n, node);
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
  block->scratch = (uint32_t *)(void *)wane__space_scratch((uint32_t)index);
  return block->scratch;
}

static void give_locked(uint32_t index)
{
  scratch_drop(index);
  wane__blocks[index].state = WANE__BLOCK_FREE;
  wane__blocks[index].zeroed = false;
#if WANE_MUTANT == 65 // it goes to the node of who frees it
  struct pool *p = &heap.pool[wane__space_target(wane__numa_here())];
#else
  struct pool *p = pool_of(index);
#endif
  list_push_locked(&p->empty, index);
  p->n_empty++;
}

static void offer_locked(uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  b->state = WANE__BLOCK_PARTIAL;
  list_push_locked(&pool_of(index)->partial[b->size_class], index);
}

void wane__heap_classify(uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  const struct wane_gc_block *g = &wane_gc_heap.blocks[index];
  pthread_mutex_lock(&heap.lock);
  if (g->live == 0) {
    give_locked(index);
  } else if (g->live <= g->mark) {
    offer_locked(index);
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
    list_remove_locked(&pool_of(index)->partial[b->size_class], index);
    give_locked(index);
  } else if (empty && b->state == WANE__BLOCK_FULL) {
    give_locked(index);
  } else if (b->state == WANE__BLOCK_FULL) {
    offer_locked(index);
  }
  pthread_mutex_unlock(&heap.lock);
}

void wane__heap_free_run(uint32_t index)
{
  uint32_t n = wane__blocks[index].n_blocks;
  wane__space_return(index, n);
  pthread_mutex_lock(&heap.lock);
  scratch_drop(index);
  // Note [cells]
  atomic_store_explicit(&wane__blocks[index].bits[0].used, 0,
                        memory_order_relaxed);
  wane__space_forget(index, n);
  push_run_locked(index, n);
  heap.committed -= n;
  pthread_mutex_unlock(&heap.lock);
}

// Blocks that nobody asked for during the last rounds; the pool is last in,
// first out, so they are its bottom, and giving them back costs no fault soon.
void wane__heap_trim(void)
{
  pthread_mutex_lock(&heap.lock);
  if (++heap.trims == TRIM_ROUNDS) {
    for (uint32_t i = 0; i < wane__space_pools(); i++) {
      struct pool *p = &heap.pool[i];
      trim_locked(p, p->idle < p->n_empty ? p->n_empty - p->idle : 0);
      p->idle = p->n_empty;
    }
    heap.trims = 0;
  }
  pthread_mutex_unlock(&heap.lock);
}

// --- walking -----------------------------------------------------------------

uint32_t wane__heap_block_state(uint32_t index, uint32_t *next)
{
  pthread_mutex_lock(&heap.lock);
  uint32_t state =
      index < wane__space_fresh() ? wane__blocks[index].state : WANE__NO_BLOCK;
  if (state != WANE__NO_BLOCK) *next = index + extent(index);
  pthread_mutex_unlock(&heap.lock);
  return state;
}

uint32_t wane__heap_blocks_ever(void)
{
  pthread_mutex_lock(&heap.lock);
  uint32_t n = wane__space_fresh();
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
