// cycle.c: keeps the books of a tracing cycle and asks the pacer.
// SPDX-License-Identifier: MIT
//
// What the pacer wants to know of a cycle comes from several places: its
// beginning and end from the marker, the sweep and the engine, help from
// mutators. It is put together here.

#include "cycle.h"

#include "external.h"
#include "mark.h"
#include "pacing.h"
#include "thread.h"

#include <wane/collector.h>

// Note [help]: relaxed sums of what threads did in this cycle, and a hint that
// there is something to help with; the pacer takes what it gets.
static struct {
  struct wane__pacing *pacing; // NULL: nobody traces
  struct wane__pace_cycle now; // the coordinator's
  _Atomic bool marking;
  _Atomic uint64_t assisted_bytes, assist_ns;
} cycle;

static struct wane__pace_now state_at(uint64_t used)
{
  return (struct wane__pace_now){.used_bytes = used,
                                 .external_bytes = wane_external_total(),
                                 .marked_bytes = wane__marked_bytes()};
}

bool wane__cycle_due(uint64_t used)
{
  return cycle.pacing && wane__pacing_should_start(cycle.pacing, used,
                                                   wane_external_total());
}

uint64_t wane__cycle_owed(uint64_t used, uint64_t allocated)
{
  // Note [help]
  if (!atomic_load_explicit(&cycle.marking, memory_order_relaxed)) return 0;
  struct wane__pace_now now = state_at(used);
  return wane__pacing_assist_bytes(cycle.pacing, &now, allocated);
}

double wane__cycle_overrun(uint64_t used)
{
  if (!cycle.pacing) return 0;
  return wane__pacing_overrun(cycle.pacing, used, wane_external_total());
}

void wane__cycle_assisted(uint64_t bytes, uint64_t ns)
{
  // Note [help]
  atomic_fetch_add_explicit(&cycle.assisted_bytes, bytes,
                            memory_order_relaxed);
  atomic_fetch_add_explicit(&cycle.assist_ns, ns, memory_order_relaxed);
}

void wane__cycle_began(uint64_t used, bool forced)
{
  struct wane__pace_start start = {
      .now_ns = wane__now_ns(), .now = state_at(used), .forced = forced};
  cycle.now = (struct wane__pace_cycle){0};
  // Note [help]
  atomic_store_explicit(&cycle.assisted_bytes, 0, memory_order_relaxed);
  atomic_store_explicit(&cycle.assist_ns, 0, memory_order_relaxed);
  wane__pacing_cycle_started(cycle.pacing, &start);
  atomic_store_explicit(&cycle.marking, true, memory_order_relaxed);
}

void wane__cycle_slice_took(uint64_t ns)
{
  cycle.now.gc_cpu_ns += ns;
}

void wane__cycle_marked(uint64_t used, uint64_t marked_bytes)
{
  struct wane__pace_cycle *now = &cycle.now;
  // Note [help]
  atomic_store_explicit(&cycle.marking, false, memory_order_relaxed);
  now->assisted_bytes =
      atomic_load_explicit(&cycle.assisted_bytes, memory_order_relaxed);
  now->assist_ns =
      atomic_load_explicit(&cycle.assist_ns, memory_order_relaxed);
  now->gc_cpu_ns += now->assist_ns;
  now->marked_ns = wane__now_ns();
  now->peak_bytes = used + wane_external_total();
  now->marked_bytes = marked_bytes;
}

void wane__cycle_ended(uint64_t live_bytes, uint64_t root_bytes)
{
  struct wane__pace_cycle *now = &cycle.now;
  now->end_ns = wane__now_ns();
  now->live_bytes = live_bytes + wane_external_total();
  now->root_bytes = root_bytes;
  now->mutators = wane__threads_alive();
  wane__pacing_cycle_ended(cycle.pacing, now);
}

void wane__cycle_round_ended(uint64_t used)
{
  if (cycle.pacing)
    wane__pacing_round_ended(cycle.pacing, used, wane_external_total());
}

int wane__cycle_open(const struct wane_collector *collector, char *error,
                     size_t error_size)
{
  cycle.pacing = NULL;
  // Note [help]
  atomic_store_explicit(&cycle.marking, false, memory_order_relaxed);
  if (!collector || !(collector->needs & WANE_NEED_MARKS))
    return wane_pacing_check(wane__config.pacing, NULL, 0, error, error_size);
  return wane__pacing_open(wane__config.pacing, wane__config.heap_limit,
                           !(collector->needs & WANE_NEED_WORLD_STOP),
                           &cycle.pacing, error, error_size);
}

void wane__cycle_close(void)
{
  wane__pacing_close(cycle.pacing);
  cycle.pacing = NULL;
}
