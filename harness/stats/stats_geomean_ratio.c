// stats_geomean_ratio.c: the geometric mean of ratios of means.
// SPDX-License-Identifier: MIT
//
// Each ratio is of two samples of its own. To first order the variance of the
// logarithm of a mean is sd^2 / (n mean^2); that of the mean of logarithms of k
// ratios is the sum of these over k^2. Its degrees of freedom are
// Satterthwaite's ("An approximate distribution of estimates of variance
// components", Biometrics Bulletin 2, 1946). Any thread.
#include "stats.h"

#include "stats_t.h"

#include <math.h>

// What a mean adds to the variance of the whole, and to the sum below its
// degrees of freedom.
static void add(const struct stats_sample *sample, double *variance,
                double *under)
{
  struct stats_interval i = stats_mean(sample->x, sample->n, 0.95);
  double part = i.sd * i.sd / ((double)i.n * i.mean * i.mean);
  *variance += part;
  *under += part * part / ((double)i.n - 1);
}

struct stats_interval stats_geomean_ratio(const struct stats_sample *a,
                                          const struct stats_sample *b,
                                          size_t k, double confidence)
{
  struct stats_interval result = {NAN, NAN, NAN, NAN, SIZE_MAX};
  double sum = 0, variance = 0, under = 0;
  for (size_t i = 0; i < k; i++) {
    double over = stats_mean(a[i].x, a[i].n, confidence).mean;
    double below = stats_mean(b[i].x, b[i].n, confidence).mean;
    sum += over > 0 && below > 0 ? log(over / below) : NAN;
    add(&a[i], &variance, &under);
    add(&b[i], &variance, &under);
    if (a[i].n < result.n) result.n = a[i].n;
    if (b[i].n < result.n) result.n = b[i].n;
  }
  if (!k) result.n = 0;
  if (!k || isnan(sum)) return result;
  result.mean = exp(sum / (double)k);
  if (result.n < 2) return result;
  double t = 0; // without any spread there is nothing to be unsure of
  if (variance > 0)
    t = stats_t_quantile(confidence, variance * variance / under);
  double half = t * sqrt(variance) / (double)k;
  result.low = result.mean * exp(-half);
  result.high = result.mean * exp(half);
  return result;
}
