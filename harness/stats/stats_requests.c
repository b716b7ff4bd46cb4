// stats_requests.c: metered latency.
// SPDX-License-Identifier: MIT
//
// Blackburn et al., "Rethinking Java Performance Analysis", ASPLOS 2025; the
// formula is that of DaCapo Chopin's LatencyReporter (smoothedStartTime), in
// whole nanoseconds, where DaCapo has floats. Pure. Any thread.
#include "stats.h"

static uint64_t less(uint64_t a, uint64_t b)
{
  return a > b ? a - b : 0;
}

static uint64_t more(uint64_t a, uint64_t b)
{
  return a < UINT64_MAX - b ? a + b : UINT64_MAX;
}

// When request i would have come, had those from `first` to `last` come
// evenly; rounded up, so that its latency is rounded down.
static uint64_t even_start(const struct stats_request *requests, size_t i,
                           size_t first, size_t last)
{
  uint64_t from = requests[first].start_ns, gaps = last - first;
  if (!gaps) return requests[i].start_ns;
  uint64_t length = requests[last].start_ns - from, k = i - first;
  return from + length / gaps * k + (length % gaps * k + gaps - 1) / gaps;
}

// [first, last]: the first requests that start not before the window's begin,
// and not before its end; at the end of the run, the last one. The window is
// centred on the request, so both only grow.
void stats_metered(const struct stats_request *requests, size_t n,
                   uint64_t window_ns, uint64_t *latency)
{
  size_t first = 0, last = 0;
  for (size_t i = 0; i < n; i++) {
    const struct stats_request *it = &requests[i];
    uint64_t begin = less(it->start_ns, window_ns / 2);
    uint64_t end = more(it->start_ns, window_ns / 2);
    while (requests[first].start_ns < begin && first + 1 < n) first++;
    while (requests[last].start_ns < end && last + 1 < n) last++;
    uint64_t simple = less(it->end_ns, it->start_ns);
    uint64_t metered = less(it->end_ns, even_start(requests, i, first, last));
    latency[i] = metered > simple ? metered : simple;
  }
}
