// claims_cells.c: runs that are repetitions of each other, and their numbers.
// SPDX-License-Identifier: MIT
//
// A cell in which one invocation failed cannot be compared at all: the mean of
// those that came through would be a mean of the lucky.

#include "claims_cells.h"

#include "claims_missing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool claim_same_number(double a, double b)
{
  return (isnan(a) && isnan(b)) || fabs(a - b) < 5e-4; // hfac has 3 decimals
}

static bool same_field(const struct report_run *a, const struct report_run *b,
                       enum report_field field)
{
  return strcmp(a->field[field], b->field[field]) == 0;
}

bool claim_same_setting(const struct report_run *a, const struct report_run *b)
{
  static const enum report_field fields[] = {
      REPORT_SUITE,       REPORT_BENCHMARK,     REPORT_NUMA_MODE,
      REPORT_NUMA_POLICY, REPORT_THREAD_POLICY, REPORT_GC_POLICY};
  // Suite and benchmark are known of all.
  bool any = claims_is_missing(a) || claims_is_missing(b);
  size_t n = any ? 2 : sizeof fields / sizeof fields[0];
  for (size_t i = 0; i < n; i++)
    if (!same_field(a, b, fields[i])) return false;
  return true;
}

static bool picked(const struct claim_pick *pick, const struct report_run *run)
{
  if (strcmp(run->field[REPORT_CONFIG], pick->config)) return false;
  if (run->class != REPORT_MEASURED) return false;
  if (pick->mutators && pick->mutators != run->mutators) return false;
  if (!isnan(pick->hfac) && !claim_same_number(pick->hfac, run->hfac))
    return false;
  for (size_t i = 0; i < pick->n_benchmarks; i++)
    if (strcmp(pick->benchmarks[i], run->field[REPORT_BENCHMARK]) == 0)
      return true;
  return !pick->n_benchmarks;
}

static bool is_of(const struct claim_cell *cell, const struct report_run *run)
{
  const struct report_run *first = cell->first;
  return claim_same_setting(first, run) && first->mutators == run->mutators &&
         claim_same_number(first->hfac, run->hfac);
}

static struct claim_cell *cell_of(struct claim_cells *cells,
                                  const struct report_run *run)
{
  for (size_t i = 0; i < cells->n; i++)
    if (is_of(&cells->cells[i], run)) return &cells->cells[i];
  struct claim_cell *more =
      realloc(cells->cells, (cells->n + 1) * sizeof *cells->cells);
  if (!more) return NULL;
  cells->cells = more;
  more[cells->n] = (struct claim_cell){.first = run};
  return &more[cells->n++];
}

static void fail(struct claim_cell *cell, const char *why)
{
  if (!cell->failed++) snprintf(cell->why, sizeof cell->why, "%s", why);
}

static int add(struct claim_cells *cells, const struct report_run *run,
               const struct claim_measure *measure,
               const struct claim_bounds *bounds)
{
  struct claim_cell *cell = cell_of(cells, run);
  if (!cell) return -ENOMEM;
  double *more = realloc(cell->values, (cell->n + 1) * sizeof *more);
  if (!more) return -ENOMEM;
  cell->values = more;
  char why[sizeof cell->why];
  double value = NAN;
  if (run->excluded)
    snprintf(why, sizeof why, "%s", run->excluded);
  else
    value = claim_value_of(measure, bounds, run, why, sizeof why);
  if (!isnan(value))
    cell->values[cell->n++] = value;
  else
    fail(cell, why);
  return 0;
}

// Of what left no rows the placement is not known: it may be each.
static int add_missing(struct claim_cells *cells, const struct report_run *run)
{
  struct claim_cell *cell = cell_of(cells, run);
  if (!cell) return -ENOMEM;
  for (size_t i = 0; i < cells->n; i++)
    if (is_of(&cells->cells[i], run)) fail(&cells->cells[i], run->excluded);
  return 0;
}

static int by_number(double a, double b)
{
  if (isnan(a) || isnan(b)) return isnan(a) - isnan(b);
  return (a > b) - (a < b);
}

int claim_run_order(const struct report_run *a, const struct report_run *b)
{
  int order = strcmp(a->field[REPORT_SUITE], b->field[REPORT_SUITE]);
  if (!order)
    order = strcmp(a->field[REPORT_BENCHMARK], b->field[REPORT_BENCHMARK]);
  if (!order) order = by_number(a->mutators, b->mutators);
  return order ? order : by_number(a->hfac, b->hfac);
}

static int by_place(const void *a, const void *b)
{
  return claim_run_order(((const struct claim_cell *)a)->first,
                         ((const struct claim_cell *)b)->first);
}

int claim_cells_find(struct claim_cells *cells, const struct report *report,
                     const struct claim_pick *pick,
                     const struct claim_measure *measure,
                     const struct claim_bounds *bounds)
{
  *cells = (struct claim_cells){0};
  int result = 0;
  for (size_t i = 0; !result && i < report->n_runs; i++)
    if (picked(pick, &report->runs[i]))
      result = claims_is_missing(&report->runs[i])
                   ? add_missing(cells, &report->runs[i])
                   : add(cells, &report->runs[i], measure, bounds);
  for (size_t i = 0; !result && i < cells->n; i++) {
    struct claim_cell *cell = &cells->cells[i];
    size_t n = strlen(cell->why);
    if (cell->failed)
      snprintf(cell->why + n, sizeof cell->why - n, " (%zu of %zu)",
               cell->failed, cell->failed + cell->n);
  }
  if (cells->n) qsort(cells->cells, cells->n, sizeof *cells->cells, by_place);
  return result;
}

void claim_cells_free(struct claim_cells *cells)
{
  for (size_t i = 0; i < cells->n; i++) free(cells->cells[i].values);
  free(cells->cells);
  *cells = (struct claim_cells){0};
}
