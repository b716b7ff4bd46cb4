// histogram.h: log-linear histogram of durations, relative error <= 1/128.
// SPDX-License-Identifier: MIT

#ifndef WANE_HISTOGRAM_H
#define WANE_HISTOGRAM_H

#include <wane/object.h>

// Values 0 .. 2^63-1 in buckets of 128 per power of two. One writer at a time;
// merge per-thread histograms afterwards.
struct wane_histogram {
  uint64_t count, min, max;
  double sum;
  uint64_t bucket[57 * 128 + 128];
};

WANE_API void wane_histogram_reset(struct wane_histogram *h);
WANE_API void wane_histogram_add(struct wane_histogram *h, uint64_t value);
WANE_API void wane_histogram_merge(struct wane_histogram *to,
                                   const struct wane_histogram *from);
// The value at rank n-1-floor(n*(1-p)) of the sorted values (p in 0..1), its
// bucket's upper bound, never past the largest value seen. 0 when empty.
WANE_API uint64_t wane_histogram_quantile(const struct wane_histogram *h,
                                          double p);

#endif
