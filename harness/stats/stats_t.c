// stats_t.c: Student's t.
// SPDX-License-Identifier: MIT
#include "stats_t.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double stats_t_quantile(double confidence, double df)
{
  if (!(confidence > 0 && confidence < 1 && df > 0)) return NAN;
  if (isinf(df)) return gsl_cdf_ugaussian_Qinv((1 - confidence) / 2);
  return gsl_cdf_tdist_Qinv((1 - confidence) / 2, df);
}
