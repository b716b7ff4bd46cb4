// gct_histogram.h: how a number is distributed, in bins of bounded width.
// SPDX-License-Identifier: MIT
//
// Values below 32 have a bin each; above, each power of two has 16 bins, so
// the width of a bin is at most 1/16 of the values in it. A quantile is the
// upper end of its bin: exact below 32, else at most 1/16 too large. A value
// may weigh more than 1 (an object counted by its bytes).
#ifndef WANE_GCT_HISTOGRAM_H
#define WANE_GCT_HISTOGRAM_H

#include <stdint.h>

#define GCT_HISTOGRAM_BINS (32 + 59 * 16) // up to 2^64 - 1

struct gct_histogram {
  uint64_t weight;   // of all values
  double sum;        // of weight * value
  uint64_t min, max; // of the values; 0 when there is none
  uint64_t bins[GCT_HISTOGRAM_BINS];
};

void gct_histogram_add(struct gct_histogram *histogram, uint64_t value,
                       uint64_t weight);

// The bin a value falls into, and the smallest and largest value of a bin.
uint32_t gct_histogram_bin(uint64_t value);
uint64_t gct_histogram_from(uint32_t bin);
uint64_t gct_histogram_to(uint32_t bin);

// The upper end of the first bin up to which at least `share` (0..1) of the
// weight lies, but no more than the largest value. NAN when it is empty.
double gct_histogram_quantile(const struct gct_histogram *histogram,
                              double share);

// Mean of the values by weight; NAN when it is empty.
double gct_histogram_mean(const struct gct_histogram *histogram);

// The share of the weight in bins that end below `value`, which is a power of
// two or less than 32. NAN when it is empty.
double gct_histogram_below(const struct gct_histogram *histogram,
                           uint64_t value);

#endif
