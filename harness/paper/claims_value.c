// claims_value.c: the number of a run that a claim is about.
// SPDX-License-Identifier: MIT

#include "claims_cells.h"

#include <math.h>
#include <string.h>

static double sum_of(const struct claim_term *terms, size_t n,
                     const struct claim_bounds *bounds,
                     const struct report_run *run, char *why, size_t size)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const struct claim_term *t = &terms[i];
    double value;
    if (t->scope) {
      value = report_value_of(run, t->metric, t->scope, t->stat);
      if (isnan(value))
        snprintf(why, size, "%s{%s} %s is not there", t->metric, t->scope,
                 t->stat);
    } else {
      enum claim_cost cost = claim_cost_named(t->metric);
      value = claim_lbo_of(&bounds[cost], run, cost, why, size);
    }
    sum += value;
    if (isnan(sum)) break;
  }
  return sum;
}

double claim_value_of(const struct claim_measure *measure,
                      const struct claim_bounds *bounds,
                      const struct report_run *run, char *why, size_t size)
{
  double value =
      sum_of(measure->terms, measure->n_terms, bounds, run, why, size);
  if (!measure->n_divisor || isnan(value)) return value;
  double by =
      sum_of(measure->divisor, measure->n_divisor, bounds, run, why, size);
  if (by != 0) return value / by;
  snprintf(why, size, "what it is a share of is 0");
  return NAN;
}

int claim_measure_bounds(const struct claim_measure *measure,
                         const struct report *report,
                         struct claim_bounds *bounds)
{
  bool wanted[CLAIM_COSTS] = {false};
  int result = 0;
  for (size_t i = 0; i < measure->n_terms + measure->n_divisor; i++) {
    const struct claim_term *t = i < measure->n_terms
                                     ? &measure->terms[i]
                                     : &measure->divisor[i - measure->n_terms];
    if (!t->scope) wanted[claim_cost_named(t->metric)] = true;
  }
  for (int i = 0; !result && i < CLAIM_COSTS; i++)
    if (wanted[i])
      result = claim_bounds_find(&bounds[i], report, (enum claim_cost)i);
  return result;
}
