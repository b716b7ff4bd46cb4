// apply.c: deferred decrements, chunk by chunk.
// SPDX-License-Identifier: MIT
//
// The one place where counts go down, apart from the children of the dead.
// Chunks are independent: each is one thread's log, and an object that stands
// in several is decremented atomically, so exactly one of the appliers sees
// zero. That makes the batch a list of packets that anyone may take from:
// workers through parallel_for, mutators under pressure as assistants. Where
// memory has homes a worker first takes the chunks that are about its node: by
// their first entries, since a thread mostly drops what it has made itself.

#include "apply.h"

#include "heap.h"
#include "numa.h"
#include "pool.h"
#include "tally.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

static struct {
  // The batch. Note [apply batch]: chunks, n and want_purple are written
  // before `open` is set (seq_cst) and read after it was seen set; an
  // assistant raises `inside` before it looks at `open`, the coordinator
  // clears `open` before it looks at `inside`: one of them sees the other.
  struct wane__chunk **chunks;
  _Atomic bool *taken; // each of them; relaxed: who has which does not matter
  size_t n, capacity;
  bool want_purple;
  _Atomic size_t next;
  _Atomic uint32_t open, inside;
  pthread_mutex_t lock; // guards result
  struct wane__apply_result *result;
} batch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void apply_chunk(struct wane__chunk *chunk, struct wane__vector *zero,
                        struct wane__vector *purple)
{
  for (uint32_t i = 0; i < chunk->n; i++) {
    if (i + 8 < chunk->n) __builtin_prefetch(chunk->entries[i + 8], 1);
    wane_ref o = chunk->entries[i];
    int64_t left;
    if (WANE_LIKELY(!wane__is_apart(o))) {
      left = wane__decrement(o);
    } else {
      // Note [saturation]: relaxed.
      if (atomic_load_explicit(&o->own, memory_order_relaxed) & WANE_IMMORTAL)
        continue;
      left = wane__decrement_apart(o);
    }
    if (left == 0)
      wane__vector_push(zero, o);
    else if (purple)
      wane__vector_push(purple, o);
  }
}

static void append(struct wane__vector *to, struct wane__vector *from)
{
  for (size_t i = 0; i < from->n; i++) wane__vector_push(to, from->items[i]);
  wane__vector_free(from);
}

// What one thread has applied.
struct part {
  struct wane__vector zero, purple;
  uint64_t applied;
};

static bool claim(size_t i)
{
  // Note [apply batch]
  return !atomic_load_explicit(&batch.taken[i], memory_order_relaxed) &&
         !atomic_exchange_explicit(&batch.taken[i], true, memory_order_relaxed);
}

static void try_chunk(size_t i, struct part *part)
{
  if (!claim(i)) return;
  if (WANE_UNLIKELY(wane__numa.count)) wane__tally_log(batch.chunks[i]);
  apply_chunk(batch.chunks[i], &part->zero,
              batch.want_purple ? &part->purple : NULL);
  part->applied += batch.chunks[i]->n;
}

static void take_near(struct part *part)
{
  uint32_t here = wane__numa_here();
  for (size_t i = 0; i < batch.n; i++)
    if (batch.chunks[i]->n &&
        wane__numa_home_at(batch.chunks[i]->entries[0]) == here)
      try_chunk(i, part);
}

// Until none is left, or one was applied and `one` is enough.
static void take_any(struct part *part, bool one)
{
  while (!one || !part->applied) {
    // Note [apply batch]: relaxed; who takes which chunk does not matter.
    size_t i = atomic_fetch_add_explicit(&batch.next, 1, memory_order_relaxed);
    if (i >= batch.n) return;
    try_chunk(i, part);
  }
}

static void put(struct part *part)
{
  if (!part->applied) return;
  pthread_mutex_lock(&batch.lock);
  append(&batch.result->zero, &part->zero);
  append(&batch.result->purple, &part->purple);
  batch.result->applied += part->applied;
  pthread_mutex_unlock(&batch.lock);
}

static void work(void *context, size_t begin, size_t end)
{
  (void)context;
  (void)begin;
  (void)end;
  struct part part = {0};
  if (wane__numa.homes) take_near(&part);
  take_any(&part, false);
  put(&part);
}

static void make_room(void)
{
  if (batch.n < batch.capacity) return;
  batch.capacity = batch.capacity ? batch.capacity * 2 : 64;
  batch.chunks = wane__table_alloc(batch.chunks,
                                   batch.capacity * sizeof *batch.chunks);
  batch.taken = wane__table_alloc((void *)batch.taken, batch.capacity);
}

void wane__apply(struct wane__chunk *list, bool want_purple,
                 struct wane__apply_result *result)
{
  batch.n = 0;
  for (struct wane__chunk *c = list; c; c = c->next) {
    make_room();
    batch.chunks[batch.n++] = c;
  }
  if (!batch.n) return;
  memset((void *)batch.taken, 0, batch.n);
  batch.want_purple = want_purple;
  batch.result = result;
  atomic_store(&batch.next, 0);
  atomic_store(&batch.open, 1); // Note [apply batch]
  uint32_t workers = wane__pool_size();
  if (workers > 1 && batch.n > 1)
    wane_gc_parallel_for(workers, 1, work, NULL);
  else
    work(NULL, 0, 1);
  atomic_store(&batch.open, 0); // Note [apply batch]
  while (atomic_load(&batch.inside)) sched_yield();
}

bool wane__apply_open(void)
{
  return atomic_load(&batch.open); // Note [apply batch]
}

uint64_t wane__apply_assist(void)
{
  struct part part = {0};
  atomic_fetch_add(&batch.inside, 1); // Note [apply batch]
  if (atomic_load(&batch.open)) {
    take_any(&part, true);
    put(&part);
  }
  atomic_fetch_sub(&batch.inside, 1);
  return part.applied;
}

void wane__apply_stop(void)
{
  free(batch.chunks);
  free((void *)batch.taken);
  batch.chunks = NULL;
  batch.taken = NULL;
  batch.capacity = batch.n = 0;
}
