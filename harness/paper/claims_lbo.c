// claims_lbo.c: overhead over a lower bound of what the program itself costs.
// SPDX-License-Identifier: MIT

#include "claims_lbo.h"

#include "claims_cells.h"
#include "claims_missing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct claim_bound {
  const struct report_run *first; // what it is the bound of
  double mdc;                     // NaN: unknown
  bool nogc, stw;                 // which of the two baselines there are
};

// Repetitions of one configuration on one heap.
struct part {
  const struct report_run *first;
  double sum;
  size_t n;
  bool bad;
};
struct parts {
  struct part *parts;
  size_t n;
};

enum claim_cost claim_cost_named(const char *metric)
{
  if (strcmp(metric, "lbo.wall") == 0) return CLAIM_WALL;
  if (strcmp(metric, "lbo.task_clock") == 0) return CLAIM_TASK_CLOCK;
  return CLAIM_COSTS;
}

static double total(const struct report_run *run, const char *metric,
                    const char *scope)
{
  return report_value_of(run, metric, scope, "total");
}

// All of it, and the collector's part. What a collector puts off is its own.
static struct stats_cost cost_of(const struct report_run *run,
                                 enum claim_cost cost)
{
  if (cost == CLAIM_WALL) {
    double drain = total(run, "time.wall.drain", "process");
    return (struct stats_cost){total(run, "time.wall", "process") + drain,
                               total(run, "time.wall", "stw") + drain};
  }
  double drain = total(run, "time.task_clock.drain", "process");
  return (struct stats_cost){total(run, "time.task_clock", "process") + drain,
                             total(run, "time.task_clock", "gc") +
                                 total(run, "time.task_clock", "mutator_gc") +
                                 drain};
}

static bool is_of(const struct part *part, const struct report_run *run)
{
  const struct report_run *first = part->first;
  return claim_same_setting(first, run) && first->mutators == run->mutators &&
         claim_same_number(first->hfac, run->hfac) &&
         strcmp(first->field[REPORT_CONFIG], run->field[REPORT_CONFIG]) == 0;
}

// What left no rows, behind all that did.
static void spoil_parts(struct parts *parts, const struct report_run *run)
{
  for (size_t i = 0; i < parts->n; i++)
    parts->parts[i].bad |= is_of(&parts->parts[i], run);
}

static int add_part(struct parts *parts, const struct report_run *run,
                    enum claim_cost cost)
{
  struct part *part = NULL;
  for (size_t i = 0; i < parts->n && !part; i++)
    if (is_of(&parts->parts[i], run)) part = &parts->parts[i];
  if (!part) {
    struct part *more =
        realloc(parts->parts, (parts->n + 1) * sizeof *parts->parts);
    if (!more) return -ENOMEM;
    parts->parts = more;
    part = &more[parts->n++];
    *part = (struct part){.first = run};
  }
  struct stats_cost c = cost_of(run, cost);
  part->bad |= run->excluded || isnan(c.total - c.explicit);
  part->sum += c.total - c.explicit;
  part->n++;
  return 0;
}

static struct claim_bound *bound_of(const struct claim_bounds *bounds,
                                    const struct report_run *run)
{
  for (size_t i = 0; i < bounds->n; i++)
    if (claim_same_setting(bounds->bounds[i].first, run) &&
        bounds->bounds[i].first->mutators == run->mutators)
      return &bounds->bounds[i];
  return NULL;
}

static int add_bound(struct claim_bounds *bounds, const struct part *part)
{
  struct claim_bound *bound = bound_of(bounds, part->first);
  if (!bound) {
    struct claim_bound *more =
        realloc(bounds->bounds, (bounds->n + 1) * sizeof *bounds->bounds);
    if (!more) return -ENOMEM;
    bounds->bounds = more;
    bound = &more[bounds->n++];
    *bound = (struct claim_bound){.first = part->first, .mdc = NAN};
  }
  if (part->bad) return 0;
  const char *collector = part->first->field[REPORT_COLLECTOR];
  bound->nogc |= strcmp(collector, "nogc") == 0;
  bound->stw |= strcmp(collector, "mark_sweep_stw") == 0;
  // fmin passes over the NaN that it begins with.
  bound->mdc = fmin(bound->mdc, part->sum / (double)part->n);
  return 0;
}

int claim_bounds_find(struct claim_bounds *bounds, const struct report *report,
                      enum claim_cost cost)
{
  struct parts parts = {0};
  *bounds = (struct claim_bounds){0};
  int result = 0;
  for (size_t i = 0; !result && i < report->n_runs; i++) {
    const struct report_run *run = &report->runs[i];
    if (claims_is_missing(run))
      spoil_parts(&parts, run);
    else if (run->class == REPORT_MEASURED)
      result = add_part(&parts, run, cost);
  }
  for (size_t i = 0; !result && i < parts.n; i++)
    result = add_bound(bounds, &parts.parts[i]);
  free(parts.parts);
  return result;
}

void claim_bounds_free(struct claim_bounds *bounds)
{
  free(bounds->bounds);
  *bounds = (struct claim_bounds){0};
}

double claim_lbo_of(const struct claim_bounds *bounds,
                    const struct report_run *run, enum claim_cost cost,
                    char *why, size_t size)
{
  const struct claim_bound *bound = bound_of(bounds, run);
  const char *missing = !bound || !bound->nogc ? "nogc"
                        : !bound->stw          ? "mark_sweep_stw"
                                               : NULL;
  if (missing) {
    snprintf(why, size, "no lower bound: %s did not run, or not all of its "
             "cost is known", missing);
    return NAN;
  }
  double lbo = stats_lbo(cost_of(run, cost), bound->mdc);
  if (isnan(lbo)) snprintf(why, size, "a part of its cost is not there");
  return lbo;
}
