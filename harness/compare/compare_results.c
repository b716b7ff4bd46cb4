// compare_results.c: ratios, verdicts, geometric means.
// SPDX-License-Identifier: MIT
//
// An interval that is not wholly on one side of the bound says nothing of it:
// that is the verdict then, and more invocations are the remedy. Main thread.
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

const char *compare_verdict_name(enum compare_verdict verdict)
{
  static const char *const names[COMPARE_VERDICTS] = {
      "no ratio", "too noisy to say", "same", "better", "worse", "changed"};
  return names[verdict];
}

enum compare_verdict compare_verdict(const struct stats_interval *ratio,
                                     enum compare_better better,
                                     const struct compare_terms *terms)
{
  double most = 1 + terms->bound, least = 1 / most;
  if (isnan(ratio->mean)) return COMPARE_NO_RATIO;
  bool above = ratio->low > most, below = ratio->high < least;
  if (above || below) {
    if (better == COMPARE_NEITHER) return COMPARE_CHANGED;
    return above == (better == COMPARE_MORE) ? COMPARE_BETTER : COMPARE_WORSE;
  }
  return ratio->low >= least && ratio->high <= most ? COMPARE_SAME
                                                    : COMPARE_NOISY;
}

// --- a cell ----------------------------------------------------------------

static double *values_of(const struct compare_side *side,
                         const struct compare_metric *metric, size_t *n)
{
  double *values = malloc((side->n + 1) * sizeof *values);
  *n = 0;
  for (size_t i = 0; values && i < side->n; i++) {
    values[*n] = compare_metric_value(metric, side->runs[i]);
    *n += !isnan(values[*n]);
  }
  return values;
}

static int compare(struct compare_result *row, const struct compare_cell *cell,
                   const struct compare_metric *metric,
                   const struct compare_terms *terms)
{
  *row = (struct compare_result){.cell = cell, .metric = metric};
  double *a = values_of(&cell->side[0], metric, &row->n[0]);
  double *b = values_of(&cell->side[1], metric, &row->n[1]);
  int result = a && b ? 0 : -ENOMEM;
  if (!result) {
    row->mean[0] = stats_mean(a, row->n[0], terms->confidence).mean;
    row->mean[1] = stats_mean(b, row->n[1], terms->confidence).mean;
    row->ratio = stats_ratio(b, row->n[1], a, row->n[0], terms->confidence);
    row->g = stats_hedges_g(b, row->n[1], a, row->n[0]);
    row->a12 = stats_a12(b, row->n[1], a, row->n[0]);
    row->verdict = compare_verdict(&row->ratio, metric->better, terms);
  }
  free(a);
  free(b);
  return result;
}

// --- all of them -----------------------------------------------------------

// Values of a cell as samples, which are the caller's: false, no memory.
static bool samples_of(const struct compare_cell *cell,
                       const struct compare_metric *metric,
                       struct stats_sample *a, struct stats_sample *b)
{
  a->x = values_of(&cell->side[0], metric, &a->n);
  b->x = values_of(&cell->side[1], metric, &b->n);
  return a->x && b->x;
}

// Over the samples of cells that have a ratio; the others are `lost`. What one
// invocation says has no interval, and so no verdict.
static int add_geomean(struct compare_results *results, size_t first,
                       const struct compare_metric *metric,
                       const struct compare_terms *terms)
{
  size_t n = 0, rows = results->n - first, lost = 0;
  struct stats_sample *a = calloc(rows + 1, sizeof *a);
  struct stats_sample *b = calloc(rows + 1, sizeof *b);
  bool whole = a && b;
  for (size_t i = first; whole && i < results->n; i++) {
    if (!(results->rows[i].ratio.mean > 0)) {
      lost++;
      continue;
    }
    whole = samples_of(results->rows[i].cell, metric, &a[n], &b[n]);
    n++;
  }
  if (whole) {
    struct compare_result row = {.metric = metric,
                                 .cells = n,
                                 .lost = lost,
                                 .mean = {NAN, NAN},
                                 .g = NAN,
                                 .a12 = NAN};
    row.ratio = stats_geomean_ratio(b, a, n, terms->confidence);
    row.verdict = compare_verdict(&row.ratio, metric->better, terms);
    results->rows[results->n++] = row;
  }
  for (size_t i = 0; a && b && i < n; i++) {
    free((double *)(uintptr_t)a[i].x);
    free((double *)(uintptr_t)b[i].x);
  }
  free(a);
  free(b);
  return whole ? 0 : -ENOMEM;
}

// Cells that have the metric on neither side have no row.
static int add_metric(struct compare_results *results,
                      const struct compare_cells *cells,
                      const struct compare_metric *metric,
                      const struct compare_terms *terms)
{
  size_t first = results->n;
  for (size_t i = 0; i < cells->n; i++) {
    struct compare_result *row = &results->rows[results->n];
    if (cells->cells[i].why) continue;
    if (compare(row, &cells->cells[i], metric, terms)) return -ENOMEM;
    results->n += row->n[0] || row->n[1];
  }
  return add_geomean(results, first, metric, terms);
}

int compare_results_make(struct compare_results *results,
                         const struct compare_cells *cells,
                         const struct compare_metric *metrics, size_t n_metrics,
                         const struct compare_terms *terms)
{
  int result = 0;
  *results = (struct compare_results){
      .rows = calloc(n_metrics * (cells->n + 1) + 1, sizeof *results->rows)};
  if (!results->rows) return -ENOMEM;
  for (size_t i = 0; !result && i < n_metrics; i++)
    result = add_metric(results, cells, &metrics[i], terms);
  for (size_t i = 0; i < results->n; i++)
    results->worse += results->rows[i].verdict == COMPARE_WORSE;
  for (size_t i = 0; i < cells->n; i++) {
    const struct compare_side *side = cells->cells[i].side;
    results->failing += side[1].failed && !side[0].failed && side[0].n;
  }
  return result;
}

void compare_results_free(struct compare_results *results)
{
  free(results->rows);
}
