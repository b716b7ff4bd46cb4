// gct_clock.h: vector clocks of the threads of a trace, and their waits.
// SPDX-License-Identifier: MIT
//
// Private to the library (gct_relax.c). In the canonical order a thread says
// what its next event needs of others; what it knows already, or learns with
// another need of the same event, costs no wait.
#ifndef WANE_GCT_CLOCK_H
#define WANE_GCT_CLOCK_H

#include "gct_relax.h"

// What a thread knew from event `at` on: events done by each thread.
struct gct__moment {
  uint64_t at, depth;
  uint32_t *known;
};

struct gct__clock {
  uint32_t *known; // now, by thread
  uint64_t done;   // events executed
  uint64_t depth;  // the longest path that ends here
  struct gct__moment *moments;
  size_t n, room;
};

struct gct__need {
  struct gct_relax_wait wait;
  const uint32_t *known; // what comes with it
};

struct gct__clocks {
  uint32_t n_threads;
  struct gct__clock threads[GCT_MAX_THREADS];
  struct gct__need needs[GCT_MAX_THREADS]; // of the next event, one a thread
  size_t n_needs;
};

bool gct__clocks_new(struct gct__clocks *clocks, uint32_t n_threads);
void gct__clocks_free(struct gct__clocks *clocks);

// Has `other` executed so many events before the next one of `thread`, for all
// that is known?
static inline bool gct__knows(const struct gct__clocks *clocks, uint32_t thread,
                              uint32_t other, uint64_t seq)
{
  return thread == other || clocks->threads[thread].known[other] >= seq;
}

// The next event of `thread` comes after the first `seq` of `other`.
void gct__clocks_need(struct gct__clocks *clocks, uint32_t thread,
                      uint32_t other, uint64_t seq, uint8_t kind);

// That event has come: adds its waits. Returns false without memory.
bool gct__clocks_done(struct gct__clocks *clocks, uint32_t thread,
                      struct gct_relax_waits *waits);

#endif
