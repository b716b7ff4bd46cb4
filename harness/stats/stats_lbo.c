// stats_lbo.c: lower-bound overhead.
// SPDX-License-Identifier: MIT
//
// Cai, Blackburn, Bond and Maas, "Distilling the Real Cost of Production
// Garbage Collectors", ISPASS 2022, section III. Pure. Any thread.
#include "stats.h"

#include <math.h>

double stats_distilled(struct stats_cost cost)
{
  return cost.total - cost.explicit;
}

size_t stats_mdc(const struct stats_cost *costs, size_t n)
{
  size_t at = n;
  double least = NAN;
  for (size_t i = 0; i < n; i++) {
    double distilled = stats_distilled(costs[i]);
    if (isnan(distilled) || distilled >= least) continue;
    least = distilled;
    at = i;
  }
  return at;
}

// The paper defines (total - MDC) / MDC and prints total / MDC; so do we.
double stats_lbo(struct stats_cost cost, double mdc)
{
  return mdc > 0 ? cost.total / mdc : NAN;
}
