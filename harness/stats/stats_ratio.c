// stats_ratio.c: the ratio of two means, and how sure it is.
// SPDX-License-Identifier: MIT
//
// Fieller, "Some problems in interval estimation", JRSS B 16, 1954: the ratios
// r for which mean(a) - r mean(b) may be 0. Kalibera and Jones, "Rigorous
// Benchmarking in Reasonable Time", ISMM 2013, section 8, ask for it: a ratio
// needs an interval of its own. Variances are not assumed equal, so the
// degrees of freedom are Welch's, of a - r b at the ratio found (Tamhane and
// Logan, "Finding the maximum safe dose level for heteroscedastic data",
// Journal of Biopharmaceutical Statistics 14, 2004). Any thread.
#include "stats.h"

#include "stats_t.h"

#include <math.h>

// A mean and the variance of it.
struct side {
  double mean, variance, df;
};

static struct side side_of(struct stats_interval i)
{
  double n = (double)i.n;
  return (struct side){i.mean, i.sd * i.sd / n, n - 1};
}

static double welch(struct side a, struct side b, double ratio)
{
  double u = a.variance, v = ratio * ratio * b.variance;
  return (u + v) * (u + v) / (u * u / a.df + v * v / b.df);
}

// The roots of (a - r b)^2 = t^2 (u + r^2 v) in r.
static void limits(struct side a, struct side b, double t,
                   struct stats_interval *ratio)
{
  double squared = t * t, middle = a.mean * b.mean;
  double over = a.mean * a.mean - squared * a.variance;
  double under = b.mean * b.mean - squared * b.variance;
  if (!(under > 0)) return; // b may be 0: the ratio has no bounds
  double root = sqrt(fmax(middle * middle - over * under, 0));
  ratio->low = (middle - root) / under;
  ratio->high = (middle + root) / under;
}

struct stats_interval stats_ratio(const double *a, size_t n_a, const double *b,
                                  size_t n_b, double confidence)
{
  struct stats_interval x = stats_mean(a, n_a, confidence);
  struct stats_interval y = stats_mean(b, n_b, confidence);
  struct stats_interval ratio = {NAN, NAN, NAN, NAN, n_a < n_b ? n_a : n_b};
  if (y.mean == 0) return ratio;
  ratio.mean = x.mean / y.mean;
  struct side over = side_of(x), under = side_of(y);
  double t = 0; // without any spread there is nothing to be unsure of
  if (over.variance > 0 || under.variance > 0)
    t = stats_t_quantile(confidence, welch(over, under, ratio.mean));
  limits(over, under, t, &ratio);
  return ratio;
}
