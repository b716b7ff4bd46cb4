// stats_mean.c: means, geometric means, and how sure they are.
// SPDX-License-Identifier: MIT
//
// Georges, Buytaert and Eeckhout, "Statistically Rigorous Java Performance
// Evaluation", OOPSLA 2007, section 3.2: an interval by Student's t over
// invocations. They take the normal distribution from 30 on; t is right for
// every n. Any thread.
#include "stats.h"

#include "stats_t.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

struct stats_interval stats_mean(const double *x, size_t n, double confidence)
{
  struct stats_interval i = {NAN, NAN, NAN, NAN, n};
  if (!n) return i;
  i.mean = gsl_stats_mean(x, 1, n);
  if (n == 1) return i;
  i.sd = gsl_stats_sd_m(x, 1, n, i.mean);
  double half =
      stats_t_quantile(confidence, (double)n - 1) * i.sd / sqrt((double)n);
  i.low = i.mean - half;
  i.high = i.mean + half;
  return i;
}

// Fleming and Wallace, "How not to lie with statistics", CACM 1986: ratios are
// averaged by the geometric mean.
struct stats_interval stats_geomean(const double *x, size_t n,
                                    double confidence)
{
  struct stats_interval none = {NAN, NAN, NAN, NAN, n};
  double *logarithms = n ? malloc(n * sizeof *logarithms) : NULL;
  if (!logarithms) return none;
  for (size_t i = 0; i < n; i++) logarithms[i] = x[i] > 0 ? log(x[i]) : NAN;
  struct stats_interval i = stats_mean(logarithms, n, confidence);
  free(logarithms);
  i.mean = exp(i.mean);
  i.low = exp(i.low);
  i.high = exp(i.high);
  return i;
}
