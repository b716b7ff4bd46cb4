// start.c: the runtime's beginning, end, heap walk, and fork.
// SPDX-License-Identifier: MIT
//
// One runtime per process, like any virtual machine; started and stopped as
// often as a test likes.

#include "apply.h"
#include "engine.h"
#include "heap.h"
#include "inbox.h"
#include "pool.h"
#include "pressure.h"
#include "round.h"
#include "thread.h"
#include "type.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct {
  bool running;
  bool fork_hooks;
} runtime;

static void set_default(uint64_t *field, uint64_t value)
{
  if (!*field) *field = value;
}

static void set_default32(uint32_t *field, uint32_t value, uint32_t least)
{
  if (!*field) *field = value;
  if (*field < least) *field = least;
}

static void effective(const struct wane_config *config)
{
  wane__config = config ? *config : (struct wane_config){0};
  struct wane_config *c = &wane__config;
  set_default(&c->young_bytes, (uint64_t)8 << 20);
  set_default(&c->log_bytes, (uint64_t)4 << 20);
  set_default(&c->deferred_bytes, (uint64_t)64 << 20);
  set_default(&c->round_ms, 100);
  set_default(&c->log_pool_bytes, (uint64_t)1 << 30);
  set_default32(&c->workers, 1, 1);
  set_default32(&c->poll_timeout_ms, 5000, 1);
  set_default32(&c->event_ring, 4096, 16);
  set_default32(&c->log_chunk, 1022, 4);
  set_default32(&c->local_limit, 1u << 30, 2);
  set_default32(&c->shared_limit, 1u << 30, 2);
}

// --- fork --------------------------------------------------------------------
// Only the caller lives on in the child. No round runs during the fork; in the
// child every other thread is treated as ended: its buffers go to the next
// round, its roots are gone.

static bool was_attached;

static void fork_prepare(void)
{
  if (!runtime.running) return;
  struct wane__thread *t = wane__self();
  was_attached = t && atomic_load(&t->state) == WANE__ATTACHED;
  if (was_attached) wane_detach(&t->m); // a round may be waiting for us
  wane__round_gate_close();
  wane__threads_lock();
  wane__heap_lock();
  wane__chunk_lock();
}

static void fork_unlock(void)
{
  wane__chunk_unlock();
  wane__heap_unlock();
  wane__threads_unlock();
}

static void fork_parent(void)
{
  if (!runtime.running) return;
  fork_unlock();
  wane__round_gate_open();
  if (was_attached) wane_attach(&wane__self()->m);
}

static void fork_child(void)
{
  if (!runtime.running) return;
  fork_unlock();
  wane__round_gate_open();
  wane__threads_only_self(wane__self(), wane__round_epoch());
  wane__pool_forked();
  wane__round_forked();
  if (was_attached) wane_attach(&wane__self()->m);
}

// --- start and stop ----------------------------------------------------------

int wane_start(const struct wane_config *config, char *error,
               size_t error_size)
{
  if (runtime.running) {
    snprintf(error, error_size, "the runtime is running already");
    return -EBUSY;
  }
  effective(config);
  *error = '\0';
  int status = wane__heap_start(wane__config.heap_limit, error, error_size);
  if (status) return status;
  wane__types_start();
  wane__inbox_start();
  wane__pressure_start();
  wane__counts_reset();
  status = wane__threads_start();
  if (!status) status = wane__pool_start(wane__config.workers);
  if (status) goto fail_pool;
  status = wane__engine_start(wane__config.collector,
                              wane__config.collector_options, error,
                              error_size);
  if (status) goto fail_engine;
  status = wane__round_start(wane__config.collector);
  if (status) goto fail_round;
  if (!runtime.fork_hooks)
    pthread_atfork(fork_prepare, fork_parent, fork_child);
  runtime.fork_hooks = runtime.running = true;
  return 0;

fail_round:
  wane__engine_stop();
fail_engine:
  wane__pool_stop();
fail_pool:
  wane__types_stop();
  wane__ring_stop();
  wane__chunk_stop();
  wane__heap_stop();
  if (!*error)
    snprintf(error, error_size, "the runtime cannot start: %s",
             strerror(-status));
  return status;
}

void wane_stop(void)
{
  if (!runtime.running) return;
  if (!wane__threads_stop())
    wane__fatal(__FILE__, __LINE__,
                "wane_stop while mutator threads are still registered");
  wane__round_stop();
  wane__engine_stop();
  wane__pool_stop();
  wane__apply_stop();
  wane__types_stop();
  wane__ring_stop();
  wane__chunk_stop();
  wane__heap_stop();
  runtime.running = false;
}

// --- heap walk ---------------------------------------------------------------

struct walk {
  void (*each)(wane_ref object, size_t cell_bytes, void *context);
  void *context;
};

static void walk_block(const struct walk *walk, uint32_t index)
{
  struct wane__block *b = &wane__blocks[index];
  if (b->state == WANE__BLOCK_FREE) return;
  size_t cell_bytes = wane_gc_heap.blocks[index].cell;
  for (uint32_t i = 0; i < b->cells; i++) {
    if (!wane__bit(b->used, i)) continue;
    wane_ref o =
        (wane_ref)(void *)(wane__block_base(index) + i * cell_bytes);
    walk->each(o, wane_cell_bytes(o), walk->context);
  }
}

static void walk_blocks(void *context)
{
  uint32_t end = wane__heap_end();
  for (uint32_t i = 0; i < end;) {
    struct wane__block *b = &wane__blocks[i];
    walk_block(context, i);
    bool run = b->state == WANE__BLOCK_LARGE || b->state == WANE__BLOCK_FREE;
    i += run && b->n_blocks ? b->n_blocks : 1;
  }
}

void wane_heap_walk(void (*each)(wane_ref object, size_t cell_bytes,
                                 void *context),
                    void *context)
{
  struct walk walk = {each, context};
  wane__round_with_world_stopped(walk_blocks, &walk);
}

int64_t wane_count_of(wane_ref object)
{
  return wane_gc_count(object);
}
