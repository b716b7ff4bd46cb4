// claims_value.c: the number of a run that a claim is about.
// SPDX-License-Identifier: MIT

#include "claims_cells.h"

#include <math.h>
#include <string.h>

// The longest of no pauses, and all of them together, took no time.
static bool is_of_none(const struct claim_term *t, const struct report_run *run)
{
  bool adds = strcmp(t->stat, "max") == 0 || strcmp(t->stat, "total") == 0;
  return adds && report_value_of(run, t->metric, t->scope, "count") == 0;
}

static double term_of(const struct claim_term *t,
                      const struct claim_bounds *bounds,
                      const struct report_run *run, char *why, size_t size)
{
  if (!t->scope) {
    enum claim_cost cost = claim_cost_named(t->metric);
    return claim_lbo_of(&bounds[cost], run, cost, why, size);
  }
  double value = report_value_of(run, t->metric, t->scope, t->stat);
  if (isnan(value) && is_of_none(t, run)) value = 0;
  if (isnan(value))
    snprintf(why, size, "%s{%s} %s is not there", t->metric, t->scope, t->stat);
  return value;
}

double claim_value_of(const struct claim_measure *measure,
                      const struct claim_bounds *bounds,
                      const struct report_run *run, char *why, size_t size)
{
  double value = 0, by = 0;
  for (size_t i = 0; i < measure->n_terms && !isnan(value); i++) {
    double term = term_of(&measure->terms[i], bounds, run, why, size);
    if (!measure->largest || isnan(term))
      value += term;
    else if (term > value || !i)
      value = term;
  }
  for (size_t i = 0; i < measure->n_divisor && !isnan(by); i++)
    by += term_of(&measure->divisor[i], bounds, run, why, size);
  if (!measure->n_divisor || isnan(value) || isnan(by))
    return measure->n_divisor ? value + by : value;
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
