// gct_histogram.c: how a number is distributed, in bins of bounded width.
// SPDX-License-Identifier: MIT
//
// The bins of HdrHistogram: the five highest bits of a value name its bin.
// Any thread; no shared state.
#include "gct_histogram.h"

#include <math.h>

#define EXACT 32 // values below have a bin each

uint32_t gct_histogram_bin(uint64_t value)
{
  if (value < EXACT) return (uint32_t)value;
  uint32_t shift = 59 - (uint32_t)__builtin_clzll(value); // leaves 16 .. 31
  return EXACT + (shift - 1) * 16 + (uint32_t)(value >> shift) - 16;
}

uint64_t gct_histogram_from(uint32_t bin)
{
  if (bin < EXACT) return bin;
  uint32_t shift = (bin - EXACT) / 16 + 1;
  return (uint64_t)((bin - EXACT) % 16 + 16) << shift;
}

uint64_t gct_histogram_to(uint32_t bin)
{
  if (bin + 1 == GCT_HISTOGRAM_BINS) return UINT64_MAX;
  return gct_histogram_from(bin + 1) - 1;
}

void gct_histogram_add(struct gct_histogram *histogram, uint64_t value,
                       uint64_t weight)
{
  if (weight == 0) return;
  if (histogram->weight == 0 || value < histogram->min) histogram->min = value;
  if (value > histogram->max) histogram->max = value;
  histogram->weight += weight;
  histogram->sum += (double)weight * (double)value;
  histogram->bins[gct_histogram_bin(value)] += weight;
}

double gct_histogram_quantile(const struct gct_histogram *histogram,
                              double share)
{
  double wanted = share * (double)histogram->weight;
  uint64_t seen = 0;
  if (histogram->weight == 0) return NAN;
  for (uint32_t bin = 0; bin < GCT_HISTOGRAM_BINS; bin++) {
    seen += histogram->bins[bin];
    if (seen > 0 && (double)seen >= wanted)
      return fmin((double)gct_histogram_to(bin), (double)histogram->max);
  }
  return (double)histogram->max;
}

double gct_histogram_mean(const struct gct_histogram *histogram)
{
  if (histogram->weight == 0) return NAN;
  return histogram->sum / (double)histogram->weight;
}

double gct_histogram_below(const struct gct_histogram *histogram,
                           uint64_t value)
{
  uint64_t seen = 0;
  if (histogram->weight == 0) return NAN;
  for (uint32_t bin = 0; bin < gct_histogram_bin(value); bin++)
    seen += histogram->bins[bin];
  return (double)seen / (double)histogram->weight;
}
