// canary.c: did the machine stay the same while the sweep ran?
// SPDX-License-Identifier: MIT
//
// The same work now and then: what it costs tells of the machine, not of a
// collector. Heat, other users and a changed clock show as drift. Pure.
#include "canary.h"

#include "stats.h"

#include <math.h>
#include <stdbool.h>

static const double most_variation = 0.05, most_drift = 0.02;

static const char *verdict_of(const struct canary *canary)
{
  if (canary->n < 4) return "too few";
  bool differs = fabs(canary->drift - 1) > most_drift &&
                 !(canary->drift_low <= 1 && canary->drift_high >= 1);
  if (differs) return "drifting";
  return canary->variation > most_variation ? "noisy" : "steady";
}

void canary_judge(struct canary *canary, const double *ns, size_t n)
{
  struct stats_interval all = stats_mean(ns, n, 0.95);
  *canary = (struct canary){.n = n,
                            .mean_ns = n ? all.mean : NAN,
                            .variation = n > 1 ? all.sd / all.mean : NAN,
                            .drift = NAN,
                            .drift_low = NAN,
                            .drift_high = NAN};
  if (n >= 4) {
    struct stats_interval drift =
        stats_ratio(ns + n / 2, n - n / 2, ns, n / 2, 0.95);
    canary->drift = drift.mean;
    canary->drift_low = drift.low;
    canary->drift_high = drift.high;
  }
  canary->verdict = verdict_of(canary);
}

static json_t *number(double value)
{
  return isfinite(value) ? json_real(value) : json_null();
}

json_t *canary_json(const struct canary *canary)
{
  json_t *o = json_object();
  json_object_set_new(o, "n", json_integer((json_int_t)canary->n));
  json_object_set_new(o, "mean_ns", number(canary->mean_ns));
  json_object_set_new(o, "variation", number(canary->variation));
  json_object_set_new(o, "drift", number(canary->drift));
  json_object_set_new(o, "drift_low", number(canary->drift_low));
  json_object_set_new(o, "drift_high", number(canary->drift_high));
  json_object_set_new(o, "verdict", json_string(canary->verdict));
  return o;
}
