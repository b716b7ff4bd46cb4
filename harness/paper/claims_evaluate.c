// claims_evaluate.c: a claim held against results.
// SPDX-License-Identifier: MIT
//
// Every relation is bounds for numbers: one total, or one per step of an axis.
// A total is made of points, one per benchmark (and heap factor, and number of
// mutators, as far as the claim does not name them).

#include "claims_cells.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What a point was made of; `than` NULL: a number by itself.
struct pair {
  const struct claim_cell *of, *than;
};

struct work {
  const struct claim *claim;
  struct claim_result *result;
  struct claim_cells of, than;
  struct pair *pairs;  // of each point
  double low, high, x; // of the total that is being made
  bool left_out;       // a comparison could not be made
  bool gap;            // of a step, none could
};

static bool is_steps(enum claim_relation relation)
{
  return relation == CLAIM_FALLING || relation == CLAIM_RISING;
}

static bool has_axis(enum claim_relation relation)
{
  return is_steps(relation) || relation == CLAIM_CROSSOVER;
}

static double on_axis(const struct claim *claim, const struct claim_cell *cell)
{
  return claim->along == CLAIM_HFAC ? cell->first->hfac
                                    : (double)cell->first->mutators;
}

// --- results that grow -----------------------------------------------------

static void *one_more(void *array, size_t n, size_t size)
{
  return realloc(array, (n + 1) * size);
}

static int exclude(struct work *w, const struct claim_cell *cell,
                   const char *why)
{
  struct claim_result *r = w->result;
  const struct report_run *run = cell->first;
  for (size_t i = 0; i < r->n_exclusions; i++) {
    const struct claim_exclusion *e = &r->exclusions[i];
    if (e->suite == run->field[REPORT_SUITE] && // texts of the same run
        e->benchmark == run->field[REPORT_BENCHMARK] &&
        e->config == run->field[REPORT_CONFIG])
      return 0;
  }
  struct claim_exclusion *more =
      one_more(r->exclusions, r->n_exclusions, sizeof *more);
  if (!more) return -ENOMEM;
  r->exclusions = more;
  struct claim_exclusion *e = &more[r->n_exclusions++];
  *e = (struct claim_exclusion){.suite = run->field[REPORT_SUITE],
                                .benchmark = run->field[REPORT_BENCHMARK],
                                .hfac = run->hfac,
                                .mutators = run->mutators,
                                .config = run->field[REPORT_CONFIG]};
  snprintf(e->why, sizeof e->why, "%s", why);
  return 0;
}

static int add_point(struct claim_point **points, size_t *n,
                     const struct claim_point *point)
{
  struct claim_point *more = one_more(*points, *n, sizeof *more);
  if (!more) return -ENOMEM;
  *points = more;
  more[(*n)++] = *point;
  return 0;
}

// --- one comparison --------------------------------------------------------

static int leave_out(struct work *w, const struct claim_cell *cell,
                     const char *why)
{
  w->left_out = true;
  return exclude(w, cell, why);
}

// Something over nothing: more than any bound.
static struct stats_interval infinite(const struct stats_interval *of)
{
  double end = of->low > 0 ? INFINITY : NAN;
  return (struct stats_interval){.mean = INFINITY,
                                 .low = end,
                                 .high = end,
                                 .sd = NAN,
                                 .n = of->n};
}

static int compare(struct work *w, const struct claim_cell *of,
                   const struct claim_cell *than)
{
  if (*of->why) return leave_out(w, of, of->why);
  if (than && *than->why) return leave_out(w, than, than->why);
  struct claim_point point = {.suite = of->first->field[REPORT_SUITE],
                              .benchmark = of->first->field[REPORT_BENCHMARK],
                              .hfac = of->first->hfac,
                              .x = w->x,
                              .mutators = of->first->mutators,
                              .low = w->low,
                              .high = w->high,
                              .pairs = 1};
  point.of = stats_mean(of->values, of->n, CLAIM_CONFIDENCE);
  point.result = point.of;
  if (than) {
    point.than = stats_mean(than->values, than->n, CLAIM_CONFIDENCE);
    point.result = stats_ratio(of->values, of->n, than->values, than->n,
                               CLAIM_CONFIDENCE);
    if (point.than.mean == 0 && point.of.mean > 0)
      point.result = infinite(&point.of);
  }
  if (isnan(point.result.mean))
    return leave_out(w, than ? than : of, "it is 0: nothing to compare with");
  point.verdict =
      claim_judge(point.result, w->low, w->high, w->claim->tolerance);
  struct pair *more = one_more(w->pairs, w->result->n_points, sizeof *more);
  if (!more) return -ENOMEM;
  w->pairs = more;
  more[w->result->n_points] = (struct pair){of, than};
  return add_point(&w->result->points, &w->result->n_points, &point);
}

// What both sides name need not be equal; nor need the heap factor of what has
// no limit.
static bool is_pair(const struct claim *claim, const struct claim_cell *of,
                    const struct claim_cell *than)
{
  const struct report_run *a = of->first, *b = than->first;
  bool heap = (isnan(claim->of.hfac) || isnan(claim->than.hfac)) &&
              !isnan(a->hfac) && !isnan(b->hfac);
  bool mutators = !claim->of.mutators || !claim->than.mutators;
  return claim_same_setting(a, b) &&
         (!heap || claim_same_number(a->hfac, b->hfac)) &&
         (!mutators || a->mutators == b->mutators);
}

static int compare_all(struct work *w, const struct claim_cell *of)
{
  int result = 0;
  if (!w->claim->than.config) return compare(w, of, NULL);
  for (size_t i = 0; !result && i < w->than.n; i++)
    if (is_pair(w->claim, of, &w->than.cells[i]))
      result = compare(w, of, &w->than.cells[i]);
  return result;
}

// The same benchmark one step before.
static int compare_step(struct work *w, const struct claim_cell *of,
                        double before)
{
  int result = 0;
  for (size_t i = 0; !result && i < w->of.n; i++) {
    const struct claim_cell *other = &w->of.cells[i];
    const struct report_run *a = of->first, *b = other->first;
    bool same = w->claim->along == CLAIM_HFAC
                    ? a->mutators == b->mutators
                    : claim_same_number(a->hfac, b->hfac);
    if (same && claim_same_number(on_axis(w->claim, other), before) &&
        claim_same_setting(a, b))
      result = compare(w, of, other);
  }
  return result;
}

// --- totals ----------------------------------------------------------------

static enum claim_verdict worse(enum claim_verdict a, enum claim_verdict b)
{
  return a > b ? a : b;
}

// One that is infinite makes the mean so, whatever the others are.
static bool find_infinite(struct work *w, size_t first,
                          struct claim_point *total)
{
  const struct claim_result *r = w->result;
  for (size_t i = first; i < r->n_points; i++) {
    if (!isinf(r->points[i].result.mean)) continue;
    total->result = r->points[i].result;
    return true;
  }
  return false;
}

// What is 0 on one side is in no geometric mean; by itself it is less.
static int geomean(struct work *w, size_t first, struct claim_point *total)
{
  size_t n = w->result->n_points - first, k = 0;
  struct stats_sample *of = calloc(2 * n, sizeof *of), *than = of + n;
  if (!of) return -ENOMEM;
  int error = 0;
  bool infinite = find_infinite(w, first, total);
  for (size_t i = 0; !error && i < n; i++) {
    const struct pair *p = &w->pairs[first + i];
    if (!(w->result->points[first + i].result.mean > 0)) {
      error = exclude(w, p->of, "it is 0: in no geometric mean");
      continue;
    }
    of[k] = (struct stats_sample){p->of->values, p->of->n};
    than[k++] = (struct stats_sample){p->than->values, p->than->n};
  }
  total->pairs = k;
  if (!infinite)
    total->result = stats_geomean_ratio(of, than, k, CLAIM_CONFIDENCE);
  free(of);
  return error;
}

static int mean(struct work *w, size_t first, struct claim_point *total)
{
  size_t n = w->result->n_points - first;
  struct stats_interval *parts = calloc(n, sizeof *parts);
  if (!parts) return -ENOMEM;
  for (size_t i = 0; i < n; i++) parts[i] = w->result->points[first + i].result;
  total->result = claim_mean(parts, n);
  free(parts);
  return 0;
}

// Of the points from `first` on.
static int make_total(struct work *w, size_t first)
{
  struct claim_result *r = w->result;
  struct claim_point total = {.hfac = NAN,
                              .x = w->x,
                              .low = w->low,
                              .high = w->high,
                              .pairs = r->n_points - first};
  if (!total.pairs) return 0;
  bool alone = total.pairs == 1 || w->claim->relation == CLAIM_VALUE;
  int error = alone ? mean(w, first, &total) : geomean(w, first, &total);
  if (error) return error;
  for (size_t i = first; i < r->n_points; i++)
    total.verdict = worse(total.verdict, r->points[i].verdict);
  if (w->claim->over == CLAIM_MEAN)
    total.verdict =
        claim_judge(total.result, w->low, w->high, w->claim->tolerance);
  if (isnan(total.result.mean)) return 0; // nothing was left
  return add_point(&r->totals, &r->n_totals, &total);
}

// Bounds of what is less, and of what is more, than 1.
static void bound_by_one(struct work *w, bool less)
{
  w->low = less ? -INFINITY : nextafter(1, 2);
  w->high = less ? nextafter(1, 0) : INFINITY;
}

static int without_axis(struct work *w)
{
  const struct claim *claim = w->claim;
  int result = 0;
  w->low = claim->low;
  w->high = claim->high;
  if (claim->relation == CLAIM_LESS || claim->relation == CLAIM_GREATER)
    bound_by_one(w, claim->relation == CLAIM_LESS);
  for (size_t i = 0; !result && i < w->of.n; i++)
    result = compare_all(w, &w->of.cells[i]);
  return result ? result : make_total(w, 0);
}

static int at_place(struct work *w, double before)
{
  const struct claim *claim = w->claim;
  size_t first = w->result->n_points;
  int result = 0;
  if (is_steps(claim->relation))
    bound_by_one(w, claim->relation == CLAIM_FALLING);
  else
    bound_by_one(w, w->x >= claim->at);
  for (size_t i = 0; !result && i < w->of.n; i++) {
    const struct claim_cell *of = &w->of.cells[i];
    if (!claim_same_number(on_axis(claim, of), w->x)) continue;
    result = is_steps(claim->relation) ? compare_step(w, of, before)
                                       : compare_all(w, of);
  }
  return result ? result : make_total(w, first);
}

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int along_axis(struct work *w)
{
  double *places = calloc(w->of.n ? w->of.n : 1, sizeof *places);
  size_t n = 0;
  int result = places ? 0 : -ENOMEM;
  for (size_t i = 0; places && i < w->of.n; i++) {
    double x = on_axis(w->claim, &w->of.cells[i]);
    if (!isnan(x)) places[n++] = x;
  }
  if (n) qsort(places, n, sizeof *places, by_size);
  double before = NAN;
  for (size_t i = 0; !result && i < n; i++) {
    w->x = places[i];
    if (i && claim_same_number(places[i - 1], w->x)) continue;
    size_t had = w->result->n_totals;
    bool step = !isnan(before);
    if (!is_steps(w->claim->relation) || step) result = at_place(w, before);
    w->gap |= step && w->result->n_totals == had;
    before = w->x;
  }
  free(places);
  return result;
}

// --- the whole -------------------------------------------------------------

// Why what was found along an axis says nothing of the whole of it; NULL: it
// does.
static const char *too_little(const struct work *w)
{
  const struct claim *claim = w->claim;
  const struct claim_result *r = w->result;
  bool heap = claim->along == CLAIM_HFAC, below = false, above = false;
  for (size_t i = 0; i < r->n_totals; i++) {
    below |= r->totals[i].x < claim->at;
    above |= r->totals[i].x >= claim->at;
  }
  if (claim->relation == CLAIM_CROSSOVER && !(below && above))
    return heap ? "the heap factors that were measured are on one side of at"
                : "the numbers of mutators that were measured are on one side "
                  "of at";
  if (!is_steps(claim->relation)) return NULL;
  if (w->gap) return "a step in between was not measured";
  return r->n_totals >= 2 ? NULL
         : heap           ? "less than three heap factors were measured"
                : "less than three numbers of mutators were measured";
}

static void say_why_not(struct work *w)
{
  struct claim_result *r = w->result;
  const struct claim *claim = w->claim;
  const char *missing = NULL;
  if (!w->of.n)
    missing = claim->of.config;
  else if (claim->than.config && !w->than.n)
    missing = claim->than.config;
  r->verdict = CLAIM_NOT_MEASURED;
  if (missing)
    snprintf(r->reason, sizeof r->reason,
             "there is no run of %s that the claim could be about", missing);
  else if (r->n_exclusions)
    snprintf(r->reason, sizeof r->reason, "%s on %s: %s",
             r->exclusions[0].config, r->exclusions[0].benchmark,
             r->exclusions[0].why);
  else if (is_steps(claim->relation))
    snprintf(r->reason, sizeof r->reason, "no benchmark ran at three %s",
             claim->along == CLAIM_HFAC ? "heap factors"
                                        : "numbers of mutators");
  else
    snprintf(r->reason, sizeof r->reason,
             "no two runs are alike but for what is compared");
}

static void judge_axis(struct work *w)
{
  const char *why = too_little(w);
  if (!why) return;
  w->result->verdict = CLAIM_NOT_MEASURED;
  snprintf(w->result->reason, sizeof w->result->reason, "%s", why);
}

int claim_evaluate(const struct claim *claim, const struct report *report,
                   struct claim_result *result)
{
  struct claim_bounds bounds[CLAIM_COSTS] = {{0}};
  struct work w = {.claim = claim, .result = result, .x = NAN};
  *result = (struct claim_result){.claim = claim};
  int error = claim_measure_bounds(&claim->measure, report, bounds);
  if (!error)
    error =
        claim_cells_find(&w.of, report, &claim->of, &claim->measure, bounds);
  if (!error && claim->than.config)
    error = claim_cells_find(&w.than, report, &claim->than, &claim->measure,
                             bounds);
  if (!error)
    error = has_axis(claim->relation) ? along_axis(&w) : without_axis(&w);
  for (size_t i = 0; i < result->n_totals; i++)
    result->verdict = worse(result->verdict, result->totals[i].verdict);
  // Of what is said of each, not all is known.
  if (claim->over == CLAIM_EACH && w.left_out)
    result->verdict = worse(result->verdict, CLAIM_WITHIN);
  if (!error && !result->n_totals)
    say_why_not(&w);
  else if (!error && has_axis(claim->relation))
    judge_axis(&w);
  free(w.pairs);
  claim_cells_free(&w.of);
  claim_cells_free(&w.than);
  for (int i = 0; i < CLAIM_COSTS; i++) claim_bounds_free(&bounds[i]);
  return error;
}

void claim_result_free(struct claim_result *result)
{
  free(result->points);
  free(result->totals);
  free(result->exclusions);
  *result = (struct claim_result){0};
}
