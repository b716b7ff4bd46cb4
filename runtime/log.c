// log.c: the pool of log chunks.
// SPDX-License-Identifier: MIT
//
// Mutators come here once per thousand stores, the engine once per chunk. The
// mutex is held for a list push; it is never held across anything that waits.

#include "log.h"

#include <pthread.h>
#include <stdlib.h>

static struct {
  pthread_mutex_t lock;
  struct wane__chunk *free;
  uint64_t outstanding, peak; // bytes
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t chunk_size(void)
{
  return sizeof(struct wane__chunk) +
         wane__config.log_chunk * sizeof(wane_ref);
}

static struct wane__chunk *take(uint64_t cap)
{
  size_t size = chunk_size();
  struct wane__chunk *chunk = NULL;
  pthread_mutex_lock(&pool.lock);
  if (pool.outstanding + size <= cap) {
    chunk = pool.free;
    if (chunk)
      pool.free = chunk->next;
    else
      chunk = malloc(size);
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
    list->next = pool.free;
    pool.free = list;
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

void wane__chunk_stop(void)
{
  while (pool.free) {
    struct wane__chunk *next = pool.free->next;
    free(pool.free);
    pool.free = next;
  }
  pool.outstanding = pool.peak = 0;
}

void wane__chunk_lock(void)
{
  pthread_mutex_lock(&pool.lock);
}

void wane__chunk_unlock(void)
{
  pthread_mutex_unlock(&pool.lock);
}
