// stats_rank.c: percentiles of many values, and of how many.
// SPDX-License-Identifier: MIT
//
// 1 - p is taken to billionths and the rest is done in integers: of ten values
// 1 - 0.9 is one, where doubles would say that it is less. Pure. Any thread.
#include "stats.h"

#include <math.h>

static const uint64_t billion = 1000000000;

// 1 - p in billionths.
static uint64_t above(double p)
{
  if (!(p > 0)) return billion; // NaN too: it has no rank but the first
  return p < 1 ? (uint64_t)llround((1 - p) * 1e9) : 0;
}

// floor(n * q / 10^9) without overflow.
static uint64_t share(uint64_t n, uint64_t q)
{
  return n / billion * q + n % billion * q / billion;
}

// DaCapo's LatencyReporter.latency().
size_t stats_rank(size_t n, double p)
{
  uint64_t behind = share(n, above(p));
  return behind < n ? n - 1 - (size_t)behind : 0;
}

// With fewer, less than a hundred values are above it.
int stats_enough(size_t n, double p)
{
  uint64_t q = above(p);
  return q > 0 && n >= (100 * billion + q - 1) / q;
}
