// claims_lbo.c: overhead over a lower bound of what the program itself costs.
// SPDX-License-Identifier: MIT

#include "claims_lbo.h"

#include "claims_cells.h"
#include "claims_missing.h"
#include "report_cost.h"

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

// As F1 and T2 of `wane report` have it.
static struct stats_cost cost_of(const struct report_run *run,
                                 enum claim_cost cost)
{
  return report_cost_of(run, cost == CLAIM_WALL ? REPORT_WALL : REPORT_CPU);
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
  double left = stats_distilled(cost_of(run, cost));
  part->bad |= run->excluded || isnan(left);
  part->sum += left;
  part->n++;
  return 0;
}

static bool is_bound_of(const struct claim_bound *bound,
                        const struct report_run *run)
{
  return claim_same_setting(bound->first, run) &&
         bound->first->mutators == run->mutators;
}

static const struct claim_bound *bound_of(const struct claim_bounds *bounds,
                                          const struct report_run *run)
{
  for (size_t i = 0; i < bounds->n; i++)
    if (is_bound_of(&bounds->bounds[i], run)) return &bounds->bounds[i];
  return NULL;
}

// `left`: room for what is left of each part.
static void find_minimum(struct claim_bound *bound, const struct parts *parts,
                         struct stats_cost *left)
{
  for (size_t i = 0; i < parts->n; i++) {
    const struct part *part = &parts->parts[i];
    left[i] = (struct stats_cost){.total = NAN};
    if (part->bad || !is_bound_of(bound, part->first)) continue;
    const char *collector = part->first->field[REPORT_COLLECTOR];
    bound->nogc |= strcmp(collector, "nogc") == 0;
    bound->stw |= strcmp(collector, "mark_sweep_stw") == 0;
    left[i].total = part->sum / (double)part->n;
  }
  size_t at = stats_mdc(left, parts->n);
  bound->mdc = at < parts->n ? left[at].total : NAN;
}

static int find_bounds(struct claim_bounds *bounds, const struct parts *parts)
{
  struct stats_cost *left = calloc(parts->n + 1, sizeof *left);
  bounds->bounds = calloc(parts->n + 1, sizeof *bounds->bounds);
  for (size_t i = 0; left && bounds->bounds && i < parts->n; i++) {
    const struct report_run *first = parts->parts[i].first;
    if (bound_of(bounds, first)) continue;
    struct claim_bound *bound = &bounds->bounds[bounds->n++];
    bound->first = first;
    find_minimum(bound, parts, left);
  }
  free(left);
  return left && bounds->bounds ? 0 : -ENOMEM;
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
  if (!result) result = find_bounds(bounds, &parts);
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
