// log.c: the pool of log chunks.
// SPDX-License-Identifier: MIT
//
// Mutators come here once per thousand stores, the engine once per chunk. The
// mutex is held for a list push; it is never held across anything that waits.
//
// Where it matters to which node a chunk belongs, each node has a list of its
// own, and chunks are cut from slabs of its memory; one that is given back
// goes to the list it came from. The cap is one for all: who would go past it
// takes what another node has idle.

#include "log.h"

#include "policy.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

// 32 chunks of 8 KiB. In steps of whole pages each slab is an area that the
// kernel keeps a policy for, so they are not small.
#define SLAB_BYTES ((size_t)256 << 10)
#define ROWS (WANE_NODES_MAX + 1)

struct slab {
  struct slab *next;
  size_t bytes;
  char *cur, *end; // not cut yet
};

static struct {
  pthread_mutex_t lock;
  struct wane__chunk *free[ROWS]; // by home; all in the first where it is one
  struct slab *slabs[ROWS];       // newest first
  uint64_t outstanding, peak;     // bytes
  uint64_t made;                  // bytes of all chunks, idle ones too
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t chunk_size(void)
{
  return sizeof(struct wane__chunk) +
         wane__config.log_chunk * sizeof(wane_ref);
}

// --- memory for chunks; the lock is held -------------------------------------

static struct slab *new_slab(uint32_t row, size_t least)
{
  size_t bytes = sizeof(struct slab) + least;
  bytes = bytes < SLAB_BYTES ? SLAB_BYTES : (bytes + 4095) & ~(size_t)4095;
  struct slab *slab = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (slab == MAP_FAILED) return NULL;
  // What is refused was reported, and is where the kernel puts it.
  (void)wane__policy_bind(WANE__LOGS, row, (char *)slab, (char *)slab + bytes);
  *slab = (struct slab){pool.slabs[row], bytes, (char *)(slab + 1),
                        (char *)slab + bytes};
  pool.slabs[row] = slab;
  return slab;
}

static struct wane__chunk *make(uint32_t row, size_t size)
{
  if (wane__policy_of(WANE__LOGS)->kind == WANE_MEMORY_OS_DEFAULT)
    return malloc(size);
  struct slab *slab = pool.slabs[row];
  size = (size + 15) & ~(size_t)15;
  if (!slab || (size_t)(slab->end - slab->cur) < size)
    slab = new_slab(row, size);
  if (!slab) return NULL;
  void *chunk = slab->cur;
  slab->cur += size;
  return chunk;
}

static struct wane__chunk *take_idle(uint32_t row)
{
  struct wane__chunk *chunk = pool.free[row];
  if (chunk) pool.free[row] = chunk->next;
  return chunk;
}

static struct wane__chunk *take_idle_of_others(uint32_t row)
{
  struct wane__chunk *chunk = NULL;
  for (uint32_t i = 1; !chunk && i <= wane__numa.nodes; i++)
    chunk = take_idle(wane__policy_nearest(row)[i]);
  return chunk;
}

static struct wane__chunk *take_locked(size_t size, bool per_node, uint32_t row)
{
  struct wane__chunk *chunk = take_idle(row);
  if (!chunk && per_node && pool.made + size > wane__config.log_pool_bytes)
    chunk = take_idle_of_others(row);
  if (chunk) return chunk;
  chunk = make(row, size);
  if (!chunk) return NULL;
  chunk->row = row;
  pool.made += size;
  return chunk;
}

// --- taking and giving -------------------------------------------------------

static struct wane__chunk *take(uint64_t cap)
{
  size_t size = chunk_size();
  bool per_node = wane__policy_per_node(WANE__LOGS);
  uint32_t row = 0;
  if (per_node)
    row = wane__numa_row(wane__policy_target(WANE__LOGS, wane__numa_here()));
  struct wane__chunk *chunk = NULL;
  pthread_mutex_lock(&pool.lock);
  if (pool.outstanding + size <= cap) {
    chunk = take_locked(size, per_node, row);
    if (chunk) pool.outstanding += size;
    if (pool.outstanding > pool.peak) pool.peak = pool.outstanding;
  }
  pthread_mutex_unlock(&pool.lock);
  if (!chunk) return NULL;
  chunk->next = NULL;
  chunk->n = 0;
  return chunk;
}

struct wane__chunk *wane__chunk_take(void)
{
  return take(wane__config.log_pool_bytes);
}

struct wane__chunk *wane__chunk_past(void)
{
  return take(UINT64_MAX);
}

struct wane__chunk *wane__chunk_need(void)
{
  struct wane__chunk *chunk = wane__chunk_past();
  if (chunk) return chunk;
  wane__no_memory(__FILE__, __LINE__, "a chunk of the log");
}

void wane__chunk_give(struct wane__chunk *list)
{
  size_t size = chunk_size();
  pthread_mutex_lock(&pool.lock);
  while (list) {
    struct wane__chunk *next = list->next;
    list->next = pool.free[list->row];
    pool.free[list->row] = list;
    pool.outstanding -= size;
    list = next;
  }
  pthread_mutex_unlock(&pool.lock);
}

uint64_t wane__chunk_bytes(void)
{
  pthread_mutex_lock(&pool.lock);
  uint64_t bytes = pool.outstanding;
  pthread_mutex_unlock(&pool.lock);
  return bytes;
}

uint64_t wane__chunk_peak_bytes(void)
{
  pthread_mutex_lock(&pool.lock);
  uint64_t bytes = pool.peak;
  pthread_mutex_unlock(&pool.lock);
  return bytes;
}

static void stop_row(uint32_t row)
{
  bool from_malloc = !pool.slabs[row];
  struct wane__chunk *chunk;
  while ((chunk = take_idle(row)))
    if (from_malloc) free(chunk);
  while (pool.slabs[row]) {
    struct slab *slab = pool.slabs[row];
    pool.slabs[row] = slab->next;
    munmap(slab, slab->bytes);
  }
}

void wane__chunk_stop(void)
{
  for (uint32_t row = 0; row < ROWS; row++) stop_row(row);
  pool.outstanding = pool.peak = pool.made = 0;
}

void wane__chunk_lock(void)
{
  pthread_mutex_lock(&pool.lock);
}

void wane__chunk_unlock(void)
{
  pthread_mutex_unlock(&pool.lock);
}
