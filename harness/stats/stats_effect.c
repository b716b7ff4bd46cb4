// stats_effect.c: how large a difference is, whatever n is.
// SPDX-License-Identifier: MIT
//
// Pure. Any thread.
#include "stats.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

// Hedges, "Distribution theory for Glass's estimator of effect size", Journal
// of Educational Statistics 6, 1981: the factor J is exact, not 1 - 3/(4m - 1).
static double without_bias(double m)
{
  return exp(gsl_sf_lngamma(m / 2) - gsl_sf_lngamma((m - 1) / 2)) / sqrt(m / 2);
}

double stats_hedges_g(const double *a, size_t n_a, const double *b, size_t n_b)
{
  if (n_a < 2 || n_b < 2) return NAN;
  struct stats_interval x = stats_mean(a, n_a, 0.95);
  struct stats_interval y = stats_mean(b, n_b, 0.95);
  double df_a = (double)n_a - 1, df_b = (double)n_b - 1, m = df_a + df_b;
  double pooled = sqrt((df_a * x.sd * x.sd + df_b * y.sd * y.sd) / m);
  if (pooled == 0 && x.mean == y.mean) return 0;
  return (x.mean - y.mean) / pooled * without_bias(m);
}

// Vargha and Delaney, "A critique and improvement of the CL common language
// effect size statistics", Journal of Educational and Behavioral Statistics 25,
// 2000. Samples are invocations, so pairs are few.
double stats_a12(const double *a, size_t n_a, const double *b, size_t n_b)
{
  double larger = 0;
  if (!n_a || !n_b) return NAN;
  for (size_t i = 0; i < n_a; i++)
    for (size_t k = 0; k < n_b; k++) {
      if (isnan(a[i]) || isnan(b[k])) return NAN;
      larger += (a[i] > b[k]) + 0.5 * (a[i] == b[k]);
    }
  return larger / ((double)n_a * (double)n_b);
}
