// apply.c: deferred decrements, chunk by chunk.
// SPDX-License-Identifier: MIT
//
// The one place where counts go down, apart from the children of the dead.
// Chunks are independent: each is one thread's log, and an object that stands
// in several is decremented atomically, so exactly one of the appliers sees
// zero. That makes the batch a list of packets that anyone may take from:
// workers through parallel_for, mutators under pressure as assistants.

#include "apply.h"

#include "heap.h"
#include "pool.h"
#include "tally.h"

#include <pthread.h>
#include <sched.h>

static struct {
  // The batch. Note [apply batch]: chunks, n and want_purple are written
  // before `open` is set (seq_cst) and read after it was seen set; an
  // assistant raises `inside` before it looks at `open`, the coordinator
  // clears `open` before it looks at `inside`: one of them sees the other.
  struct wane__chunk **chunks;
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

// Takes chunks until none is left, at most `most`. Entries applied.
static uint64_t take_chunks(size_t most)
{
  struct wane__vector zero = {0}, purple = {0};
  uint64_t applied = 0;
  while (most--) {
    // Note [apply batch]: relaxed; who takes which chunk does not matter.
    size_t i = atomic_fetch_add_explicit(&batch.next, 1, memory_order_relaxed);
    if (i >= batch.n) break;
    if (WANE_UNLIKELY(wane__numa.count)) wane__tally_log(batch.chunks[i]);
    apply_chunk(batch.chunks[i], &zero, batch.want_purple ? &purple : NULL);
    applied += batch.chunks[i]->n;
  }
  if (!applied) return 0;
  pthread_mutex_lock(&batch.lock);
  append(&batch.result->zero, &zero);
  append(&batch.result->purple, &purple);
  batch.result->applied += applied;
  pthread_mutex_unlock(&batch.lock);
  return applied;
}

static void work(void *context, size_t begin, size_t end)
{
  (void)context;
  (void)begin;
  (void)end;
  take_chunks(SIZE_MAX);
}

void wane__apply(struct wane__chunk *list, bool want_purple,
                 struct wane__apply_result *result)
{
  batch.n = 0;
  for (struct wane__chunk *c = list; c; c = c->next) {
    if (batch.n == batch.capacity) {
      batch.capacity = batch.capacity ? batch.capacity * 2 : 64;
      batch.chunks = wane__table_alloc(batch.chunks, batch.capacity *
                                                         sizeof *batch.chunks);
    }
    batch.chunks[batch.n++] = c;
  }
  if (!batch.n) return;
  batch.want_purple = want_purple;
  batch.result = result;
  atomic_store(&batch.next, 0);
  atomic_store(&batch.open, 1); // Note [apply batch]
  uint32_t workers = wane__pool_size();
  if (workers > 1 && batch.n > 1)
    wane_gc_parallel_for(workers, 1, work, NULL);
  else
    take_chunks(SIZE_MAX);
  atomic_store(&batch.open, 0); // Note [apply batch]
  while (atomic_load(&batch.inside)) sched_yield();
}

uint64_t wane__apply_assist(void)
{
  uint64_t applied = 0;
  atomic_fetch_add(&batch.inside, 1); // Note [apply batch]
  if (atomic_load(&batch.open)) applied = take_chunks(1);
  atomic_fetch_sub(&batch.inside, 1);
  return applied;
}

void wane__apply_stop(void)
{
  free(batch.chunks);
  batch.chunks = NULL;
  batch.capacity = batch.n = 0;
}
