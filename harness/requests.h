// requests.h: the requests of an iteration, and how long they took.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REQUESTS_H
#define WANE_HARNESS_REQUESTS_H

#include "stats/stats.h"

#include <stdbool.h>
#include <stdio.h>

#include <wane/histogram.h>

// Of one mutator, which alone writes it.
struct requests_of;

struct requests {
  struct requests_of **of; // one per mutator
  uint32_t mutators;
};

// One of all mutators' requests, in order of their starts.
struct requests_one {
  struct stats_request times;
  uint32_t thread;
};

struct requests_all {
  struct requests_one *one; // those that were kept
  size_t n;
  uint64_t count;             // all there were
  struct wane_histogram *all; // of latencies, if some were not kept; or NULL
};

// Room for so many requests of each mutator, whose pages are there before the
// first one. Returns 0 or -ENOMEM; requests_close in any case.
int requests_open(struct requests *requests, uint32_t mutators, uint64_t room);
void requests_close(struct requests *requests);
void requests_clear(struct requests *requests);

// Called by mutator `thread`: a few stores. Past the room its times are
// forgotten and only its latency counts. False: there is no such mutator.
bool requests_add(struct requests *requests, uint32_t thread,
                  const struct stats_request *times);

// All of them, in order of their starts. Returns 0 or -ENOMEM;
// requests_all_free in any case.
int requests_take(const struct requests *requests, struct requests_all *all);
void requests_all_free(struct requests_all *all);

// What they amount to. NaN: cannot be said; p99_99 of fewer than a million.
struct requests_latency {
  double count, total, mean, min, p50, p90, p99, p99_9, p99_99, max;
};
enum requests_kind {
  REQUESTS_SIMPLE,
  REQUESTS_INTENDED, // those that have an intended start
  REQUESTS_METERED,
};
// In a window of `window_ns` where it is metered (UINT64_MAX: full). Whatever
// needs every request is NaN where some were not kept, and simple latencies
// are within 1/128 then. Returns 0 or -ENOMEM.
int requests_latency(const struct requests_all *all, enum requests_kind kind,
                     uint64_t window_ns, struct requests_latency *latency);

// One of them as a row of requests.csv.zst, without invocation_id, times
// relative to begin_ns.
void requests_row(char *text, size_t size, const struct requests_all *all,
                  size_t i, uint32_t iteration, uint64_t begin_ns);

#endif
