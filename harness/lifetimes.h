// lifetimes.h: how long the dead stay, and how much they hold.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_LIFETIMES_H
#define WANE_HARNESS_LIFETIMES_H

#include "reporter.h"

// The moments of an iteration, CLOCK_MONOTONIC.
struct lifetimes_run {
  uint64_t begin_ns, end_ns; // of the bodies
  uint64_t drained_ns;       // what is freed later counts as not freed
};

// Sorted values, or what of them is in a row of results.csv. 0: no value.
struct lifetimes_spread {
  uint64_t count, max;
  double total, p50, p90, p99, p99_9, p99_99;
};

// Of the objects that were looked at; the bytes, of all: as many times as much.
struct lifetimes_sums {
  uint64_t deaths;   // objects that came to be out of reach
  uint64_t drained;  // of these, freed after the bodies, by the drain
  uint64_t censored; // of these, not freed at all
  struct lifetimes_spread ns, bytes; // of those that were freed
  double floating_auc, floating_mean, floating_max; // B.s, B, B; in the run
};

// Bytes that were in reach at that moment.
uint64_t lifetimes_live_at(const struct wane_lives *lives, uint64_t ns);

// How often the clock was read for them, at most; 0 for NULL.
uint64_t lifetimes_readings(const struct wane_lives *lives);

// Returns 0 or -ENOMEM.
int lifetimes_sum(const struct wane_lives *lives,
                  const struct lifetimes_run *run, struct lifetimes_sums *sums);

// Reports them; `lives` is NULL where the workload knows nothing: all are NA.
// Returns as lifetimes_sum.
int lifetimes_report(const struct wane_lives *lives,
                     const struct lifetimes_run *run,
                     struct reporter *reporter);

// The rows of lifetimes.csv of one iteration, without invocation_id, through
// `row` one by one. Times are relative to the begin. Returns 0, or -ENOMEM:
// rows are missing.
int lifetimes_rows(const struct wane_lives *lives,
                   const struct lifetimes_run *run, uint32_t iteration,
                   void (*row)(const char *text, void *context), void *context);

#endif
