// instruments.c: what the instruments themselves cost, estimated.
// SPDX-License-Identifier: MIT
//
// The same functions as in the run, called in a loop. Main thread of the child,
// before the runtime starts.
#include "instruments.h"

#include "clocks.h"
#include "requests.h"

#include <math.h>
#include <wane/event.h>

enum { PASSES = 4, CALLS = 256 };

// The least of some passes, per call.
static double measure(void (*calls)(void *context), void *context)
{
  uint64_t least = UINT64_MAX;
  for (int pass = 0; pass < PASSES; pass++) {
    uint64_t begin = clocks_wall_ns();
    calls(context);
    uint64_t ns = clocks_wall_ns() - begin;
    if (ns < least) least = ns;
  }
  return (double)least / CALLS;
}

static void read_wall(void *unused)
{
  (void)unused;
  for (int i = 0; i < CALLS; i++) (void)clocks_wall_ns();
}

static void read_cpu(void *unused)
{
  (void)unused;
  for (int i = 0; i < CALLS; i++) (void)clocks_thread_ns();
}

static void add_requests(void *context)
{
  const struct stats_request times = {0, 1, 2};
  requests_clear(context);
  for (int i = 0; i < CALLS; i++) (void)requests_add(context, 0, &times);
}

void instruments_calibrate(struct instruments *instruments)
{
  struct requests scratch;
  bool room = requests_open(&scratch, 1, CALLS) == 0;
  *instruments =
      (struct instruments){.record = wane_event_cost_ns(),
                           .wall = measure(read_wall, NULL),
                           .cpu = measure(read_cpu, NULL),
                           .request = room ? measure(add_requests, &scratch)
                                           : NAN};
  requests_close(&scratch);
}

double instruments_cost(const struct instruments *instruments, uint64_t events,
                        uint64_t requests)
{
  const struct instruments *one = instruments;
  return (double)events * (one->record + 2 * one->wall + 2 * one->cpu) +
         (double)requests * (one->request + one->wall);
}
