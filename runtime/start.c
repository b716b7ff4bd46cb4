// start.c: the runtime's beginning and end, and the heap walk.
// SPDX-License-Identifier: MIT
//
// One runtime per process, like any virtual machine; started and stopped as
// often as a test likes.

#include "apply.h"
#include "cycle.h"
#include "engine.h"
#include "external.h"
#include "finalize.h"
#include "fork.h"
#include "heap.h"
#include "inbox.h"
#include "mark.h"
#include "numa.h"
#include "pool.h"
#include "pressure.h"
#include "round.h"
#include "thread.h"
#include "type.h"
#include "verify.h"
#include "weak.h"
#include "weak_trace.h"

#include <wane/collector.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool running;

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
  set_default(&c->young_bytes, (uint64_t)4 << 20);
  set_default(&c->log_bytes, (uint64_t)4 << 20);
  set_default(&c->deferred_bytes, (uint64_t)64 << 20);
  set_default(&c->round_ms, 100);
  set_default(&c->log_pool_bytes, (uint64_t)1 << 30);
  set_default(&c->mark_bytes, (uint64_t)1 << 30);
  set_default(&c->mark_slice, (uint64_t)4 << 20);
  set_default32(&c->workers, 1, 1);
  set_default32(&c->poll_timeout_ms, 5000, 1);
  set_default32(&c->event_ring, 4096, 16);
  set_default32(&c->log_chunk, 1022, 4);
  set_default32(&c->local_limit, 1u << 30, 2);
  set_default32(&c->shared_limit, 1u << 30, 2);
}

// --- start and stop ----------------------------------------------------------

// A bare build counts always: what needs another barrier cannot run in it.
static bool fixed_barrier_refuses(const struct wane_collector *collector,
                                  char *error, size_t error_size)
{
#if WANE_BARE
  if (collector && collector->barrier != WANE_BARRIER_RC_LOG) {
    snprintf(error, error_size,
             "%s needs a barrier that counts nothing, but this is a bare "
             "build, whose barrier is fixed to counting",
             collector->name);
    return true;
  }
#else
  (void)collector;
  (void)error;
  (void)error_size;
#endif
  return false;
}

int wane_start(const struct wane_config *config, char *error,
               size_t error_size)
{
  if (running) {
    snprintf(error, error_size, "the runtime is running already");
    return -EBUSY;
  }
  effective(config);
  *error = '\0';
  if (fixed_barrier_refuses(wane__config.collector, error, error_size))
    return -ENOTSUP;
  wane__external_start();
  int status = wane__cycle_open(wane__config.collector, error, error_size);
  if (status) return status;
  status = wane__numa_start(wane__config.numa, error, error_size);
  if (status) {
    wane__cycle_close();
    return status;
  }
  status = wane__heap_start(wane__config.heap_limit, error, error_size);
  if (status) {
    wane__numa_stop();
    wane__cycle_close();
    return status;
  }
  wane__verify_start();
  wane__inbox_start();
  wane__pressure_start();
  wane__counts_reset();
  wane__finalize_start();
  status = wane__types_start();
  if (!status) status = wane__threads_start();
  if (!status) status = wane__weak_start();
  if (!status)
    status = wane__pool_start(wane__config.workers, error, error_size);
  if (status) goto fail_pool;
  status = wane__mark_start();
  if (status) goto fail_mark;
  status = wane__engine_start(wane__config.collector,
                              wane__config.collector_options, error,
                              error_size);
  if (status) goto fail_engine;
  status =
      wane__round_start(wane__config.collector, error, error_size);
  if (status) goto fail_round;
  running = true;
  wane__fork_start();
  return 0;

fail_round:
  wane__engine_stop();
fail_engine:
  wane__mark_stop();
fail_mark:
  wane__pool_stop();
fail_pool:
  wane__weak_stop();
  wane__types_stop();
  wane__ring_stop();
  wane__chunk_stop();
  wane__heap_stop();
  wane__numa_stop();
  wane__cycle_close();
  if (!*error)
    snprintf(error, error_size, "the runtime cannot start: %s",
             strerror(-status));
  return status;
}

void wane_stop(void)
{
  if (!running) return;
  wane__finalize_stop();
  wane__fork_stop();
  if (!wane__threads_stop())
    wane__fatal(__FILE__, __LINE__,
                "wane_stop while mutator threads are still registered");
  wane__round_stop();
  wane__engine_stop();
  wane__mark_stop();
  wane__weak_trace_stop();
  wane__finalize_end();
  wane__weak_stop();
  wane__pool_stop();
  wane__apply_stop();
  wane__verify_stop();
  wane__types_stop();
  wane__ring_stop();
  wane__chunk_stop();
  wane__heap_stop();
  wane__numa_stop();
  wane__cycle_close();
  running = false;
}

struct walk {
  void (*each)(wane_ref object, size_t cell_bytes, void *context);
  void *context;
};

static void walk_now(void *context)
{
  const struct walk *walk = context;
  wane__heap_each_used(walk->each, walk->context);
}

void wane_heap_walk(void (*each)(wane_ref object, size_t cell_bytes,
                                 void *context),
                    void *context)
{
  struct walk walk = {each, context};
  wane__round_with_world_stopped(walk_now, &walk);
}

int64_t wane_count_of(wane_ref object)
{
  return wane_gc_count(object);
}
