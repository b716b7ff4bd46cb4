// histogram.c: log-linear histogram of durations.
// SPDX-License-Identifier: MIT
//
// Each power of two from 2^7 on is cut into 128 equal buckets; smaller values
// have a bucket each. So a bucket's width is at most 1/128 of its smallest
// value, and a percentile read from it is off by no more than that. (The idea
// is Gil Tene's HdrHistogram, without its rescaling.) Nothing here locks: one
// writer per histogram; merge when the writers are done.

#include <wane/histogram.h>

#include <float.h>
#include <string.h>

enum { SUB_BITS = 7, SUB = 1 << SUB_BITS };

// Invariant: bucket_of(v) == i exactly when v <= bucket_last(i) and i is 0 or
// v > bucket_last(i - 1).
static size_t bucket_of(uint64_t value)
{
  if (value < SUB) return (size_t)value;
  unsigned shift = 63u - (unsigned)__builtin_clzll(value) - SUB_BITS;
  return (size_t)shift * SUB + (size_t)(value >> shift);
}

static uint64_t bucket_last(size_t bucket)
{
  if (bucket < SUB) return bucket;
  unsigned shift = (unsigned)(bucket / SUB) - 1;
  uint64_t first = (uint64_t)(bucket % SUB + SUB) << shift;
  return first + (((uint64_t)1 << shift) - 1);
}

void wane_histogram_reset(struct wane_histogram *h)
{
  memset(h, 0, sizeof *h);
}

void wane_histogram_add(struct wane_histogram *h, uint64_t value)
{
  if (h->count == 0 || value < h->min) h->min = value;
  if (value > h->max) h->max = value;
  h->count++;
  h->sum += (double)value;
  h->bucket[bucket_of(value)]++;
}

void wane_histogram_merge(struct wane_histogram *to,
                          const struct wane_histogram *from)
{
  if (from->count == 0) return;
  if (to->count == 0 || from->min < to->min) to->min = from->min;
  if (from->max > to->max) to->max = from->max;
  to->count += from->count;
  to->sum += from->sum;
  for (size_t i = 0; i < sizeof to->bucket / sizeof to->bucket[0]; i++)
    to->bucket[i] += from->bucket[i];
}

// n-1-floor(n*(1-p)), not below 0. The epsilon undoes the rounding of 1-p:
// without it the 0.9 quantile of ten values would be the tenth, not the ninth.
static uint64_t rank_of(uint64_t n, double p)
{
  if (p >= 1) return n - 1;
  if (!(p > 0)) return 0;
  uint64_t above = (uint64_t)((double)n * (1 - p + DBL_EPSILON));
  return above < n ? n - 1 - above : 0;
}

uint64_t wane_histogram_quantile(const struct wane_histogram *h, double p)
{
  if (h->count == 0) return 0;
  uint64_t rank = rank_of(h->count, p), below = 0;
  for (size_t i = 0; i < sizeof h->bucket / sizeof h->bucket[0]; i++) {
    below += h->bucket[i];
    if (below > rank) {
      uint64_t last = bucket_last(i);
      return last < h->max ? last : h->max;
    }
  }
  return h->max;
}
