// report_cost.c: lower-bound overhead of every workload, collector and heap.
// SPDX-License-Identifier: MIT
#include "report_cost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONFIDENCE 0.95

const char *const report_cost_names[REPORT_COSTS] = {"wall", "task_clock"};
const char *const report_cost_titles[REPORT_COSTS] = {"Wall time", "CPU time"};

// --- a run -----------------------------------------------------------------

static double value(const struct report_run *run, const char *metric,
                    const char *scope)
{
  return report_value_of(run, metric, scope, "total");
}

struct stats_cost report_cost_of(const struct report_run *run,
                                 enum report_cost cost)
{
  bool wall = cost == REPORT_WALL;
  const char *name = wall ? "time.wall" : "time.task_clock";
  double drain = value(
      run, wall ? "time.wall.drain" : "time.task_clock.drain", "process");
  double own = wall ? value(run, name, "stw")
                    : value(run, name, "gc") + value(run, name, "mutator_gc");
  return (struct stats_cost){value(run, name, "process") + drain, own + drain};
}

// --- cells -----------------------------------------------------------------

static bool same_factor(double a, double b)
{
  return isnan(a) ? isnan(b) : a == b;
}

const struct report_cost_cell *report_cost_at(const struct report_costs *costs,
                                              size_t panel, size_t series,
                                              double hfac)
{
  for (size_t i = 0; i < costs->n_cells; i++) {
    const struct report_cost_cell *cell = &costs->cells[i];
    if (cell->panel == panel && cell->series == series &&
        same_factor(cell->hfac, hfac))
      return cell;
  }
  return NULL;
}

bool report_cost_complete(const struct report_cost_cell *cell,
                          enum report_cost cost)
{
  return cell && cell->n && !cell->failed && !isnan(cell->lbo[cost].mean);
}

static int find_panel(struct report_costs *costs,
                      const struct report_item *item, size_t *at)
{
  for (*at = 0; *at < costs->n_panels; ++*at)
    if (report_same_panel(costs->panels[*at].item, item)) return 0;
  char *name = report_panel_name(costs->view, item);
  costs->panels[costs->n_panels++] =
      (struct report_cost_panel){.item = item, .name = name};
  return name ? 0 : -ENOMEM;
}

static void add_factor(struct report_costs *costs, double hfac)
{
  size_t at = 0;
  if (isnan(hfac)) return;
  while (at < costs->n_factors && costs->factors[at] < hfac) at++;
  if (at < costs->n_factors && costs->factors[at] == hfac) return;
  memmove(&costs->factors[at + 1], &costs->factors[at],
          (costs->n_factors - at) * sizeof *costs->factors);
  costs->factors[at] = hfac;
  costs->n_factors++;
}

static int add_run(struct report_costs *costs, struct report_cost_cell *cell,
                   const struct report_run *run)
{
  for (int i = 0; i < REPORT_COSTS; i++) {
    struct stats_cost cost = report_cost_of(run, (enum report_cost)i);
    double left = stats_distilled(cost);
    size_t bytes = (cell->n + 1) * sizeof(double);
    double *total = realloc(cell->total[i], bytes);
    if (total) cell->total[i] = total;
    double *distilled = realloc(cell->distilled[i], bytes);
    if (distilled) cell->distilled[i] = distilled;
    if (!total || !distilled) return -ENOMEM;
    total[cell->n] = cost.total;
    distilled[cell->n] = left;
    *(isnan(left) ? &costs->unknown[i] : &costs->known[i]) += 1;
  }
  cell->n++;
  return 0;
}

static int add_item(struct report_costs *costs, const struct report_item *item,
                    bool failed)
{
  size_t panel, series = report_series_of(costs->view, item);
  if (find_panel(costs, item, &panel)) return -ENOMEM;
  struct report_cost_cell *cell =
      (struct report_cost_cell *)(uintptr_t)report_cost_at(costs, panel, series,
                                                           item->x);
  if (!cell) {
    cell = &costs->cells[costs->n_cells++];
    *cell = (struct report_cost_cell){
        .panel = panel, .series = series, .hfac = item->x};
    for (int i = 0; i < REPORT_COSTS; i++)
      cell->lbo[i] = (struct stats_interval){NAN, NAN, NAN, NAN, 0};
    add_factor(costs, item->x);
  }
  if (!failed) {
    const struct report_run *run = item->run;
    if (!cell->n) cell->begin = (size_t)(item - costs->view->items);
    return add_run(costs, cell, run);
  }
  if (!cell->failed++) cell->why = item->run->field[REPORT_STATUS];
  return 0;
}

// --- minimum ---------------------------------------------------------------

static double mean(const double *x, size_t n)
{
  return stats_mean(x, n, CONFIDENCE).mean;
}

static bool is_whole(const struct report_cost_cell *cell)
{
  return cell->n && !cell->failed;
}

// Of the cells of a panel that are whole: an oom of one invocation says that
// the others were lucky.
static int find_minimum(struct report_costs *costs, size_t panel,
                        enum report_cost cost)
{
  struct report_cost_panel *p = &costs->panels[panel];
  struct stats_cost *left = calloc(costs->n_cells + 1, sizeof *left);
  if (!left) return -ENOMEM;
  for (size_t i = 0; i < costs->n_cells; i++) {
    const struct report_cost_cell *cell = &costs->cells[i];
    bool counts = cell->panel == panel && is_whole(cell);
    left[i].total = counts ? mean(cell->distilled[cost], cell->n) : NAN;
  }
  size_t at = stats_mdc(left, costs->n_cells);
  bool found = at < costs->n_cells;
  p->least[cost] = found ? &costs->cells[at] : NULL;
  p->mdc[cost] = found ? left[at].total : NAN;
  free(left);
  return 0;
}

// --- what is left out ------------------------------------------------------

static const struct report_item *item_of(const struct report_view *view,
                                         size_t series)
{
  for (size_t i = 0; i < view->n; i++)
    if (report_series_of(view, &view->items[i]) == series)
      return &view->items[i];
  for (size_t i = 0; i < view->n_failed; i++)
    if (report_series_of(view, &view->failed[i]) == series)
      return &view->failed[i];
  return NULL;
}

static bool is_of(const struct report_item *item, const char *collector)
{
  return strcmp(item->run->field[REPORT_COLLECTOR], collector) == 0;
}

bool report_cost_is_nogc(const struct report_costs *costs, size_t series)
{
  const struct report_item *item = item_of(costs->view, series);
  return item && is_of(item, "nogc");
}

static const char *refusal(const struct report_view *view)
{
  bool nogc = false, stw = false;
  for (size_t i = 0; i < view->n; i++) {
    nogc |= is_of(&view->items[i], "nogc");
    stw |= is_of(&view->items[i], "mark_sweep_stw");
  }
  if (view->report->many_settings[view->class]) return "more than one setting";
  if (nogc && stw) return NULL;
  return nogc  ? "no run of mark_sweep_stw"
         : stw ? "no run of nogc"
               : "neither a run of nogc nor one of mark_sweep_stw";
}

static bool is_known(const struct report_cost_cell *cell, enum report_cost cost)
{
  return !isnan(mean(cell->distilled[cost], cell->n));
}

// Whether that collector is among those whose minimum is taken.
static bool has_baseline(const struct report_costs *costs, size_t panel,
                         const char *collector, enum report_cost cost)
{
  for (size_t i = 0; i < costs->n_cells; i++) {
    const struct report_cost_cell *cell = &costs->cells[i];
    if (cell->panel == panel && is_whole(cell) && is_known(cell, cost) &&
        is_of(&costs->view->items[cell->begin], collector))
      return true;
  }
  return false;
}

static void find_baselines(struct report_costs *costs, enum report_cost cost)
{
  static const char *const baselines[] = {"nogc", "mark_sweep_stw"};
  for (size_t i = 0; i < costs->n_panels; i++)
    for (int k = 0; k < 2; k++)
      if (!has_baseline(costs, i, baselines[k], cost))
        costs->panels[i].no_baseline[cost] = baselines[k];
}

// --- overheads -------------------------------------------------------------

static int compare(struct report_costs *costs, enum report_cost cost)
{
  for (size_t i = 0; i < costs->n_panels; i++)
    if (find_minimum(costs, i, cost)) return -ENOMEM;
  for (size_t i = 0; i < costs->n_cells; i++) {
    struct report_cost_cell *cell = &costs->cells[i];
    const struct report_cost_panel *panel = &costs->panels[cell->panel];
    const struct report_cost_cell *least = panel->least[cost];
    if (!cell->n || panel->no_baseline[cost] || !(panel->mdc[cost] > 0))
      continue;
    cell->lbo[cost] = stats_ratio(cell->total[cost], cell->n,
                                  least->distilled[cost], least->n, CONFIDENCE);
  }
  return 0;
}

// Whether a series completes a panel at some heap, with all costs that any run
// knows; else the last reason.
static bool completes(const struct report_costs *costs, size_t panel,
                      size_t series, const char **why)
{
  *why = "not run";
  for (size_t i = 0; i < costs->n_cells; i++) {
    const struct report_cost_cell *cell = &costs->cells[i];
    if (cell->panel != panel || cell->series != series) continue;
    if (cell->failed) *why = cell->why;
    if (!is_whole(cell)) continue;
    bool known = true;
    for (int k = 0; k < REPORT_COSTS; k++)
      known &= !costs->known[k] || is_known(cell, (enum report_cost)k);
    if (known) return true;
    *why = "a part of its cost is not known";
  }
  return false;
}

static const char *missing_baseline(const struct report_costs *costs,
                                    size_t panel)
{
  for (int k = 0; k < REPORT_COSTS; k++)
    if (costs->known[k] && costs->panels[panel].no_baseline[k])
      return costs->panels[panel].no_baseline[k];
  return NULL;
}

static int exclude(struct report_costs *costs, size_t panel)
{
  struct report_cost_panel *p = &costs->panels[panel];
  const char *why, *missing = missing_baseline(costs, panel);
  if (missing && asprintf(&p->excluded,
                          "%s does not complete it, or not all of its cost is "
                          "known, so that there\nis no minimum",
                          missing) < 0)
    return -ENOMEM;
  for (size_t s = 0; s < costs->view->n_series && !p->excluded; s++) {
    bool nogc = report_cost_is_nogc(costs, s);
    if (nogc || completes(costs, panel, s, &why)) continue;
    if (asprintf(&p->excluded, "%s completes it with no heap (%s)",
                 costs->view->labels[s], why) < 0)
      return -ENOMEM;
  }
  return 0;
}

// --- all of it -------------------------------------------------------------

int report_costs_make(struct report_costs *costs,
                      const struct report_view *view)
{
  size_t most = view->n + view->n_failed + 1;
  *costs = (struct report_costs){.view = view};
  costs->panels = calloc(most, sizeof *costs->panels);
  costs->cells = calloc(most, sizeof *costs->cells);
  costs->factors = calloc(most, sizeof *costs->factors);
  if (!costs->panels || !costs->cells || !costs->factors) return -ENOMEM;
  for (size_t i = 0; i < view->n; i++)
    if (add_item(costs, &view->items[i], false)) return -ENOMEM;
  for (size_t i = 0; i < view->n_failed; i++)
    if (add_item(costs, &view->failed[i], true)) return -ENOMEM;
  costs->refused = refusal(view);
  for (int i = 0; i < REPORT_COSTS; i++) {
    find_baselines(costs, (enum report_cost)i);
    if (compare(costs, (enum report_cost)i)) return -ENOMEM;
  }
  for (size_t i = 0; i < costs->n_panels; i++)
    if (exclude(costs, i)) return -ENOMEM;
  return 0;
}

void report_costs_free(struct report_costs *costs)
{
  for (size_t i = 0; i < costs->n_cells; i++)
    for (int k = 0; k < REPORT_COSTS; k++) {
      free(costs->cells[i].total[k]);
      free(costs->cells[i].distilled[k]);
    }
  for (size_t i = 0; i < costs->n_panels; i++) {
    free(costs->panels[i].name);
    free(costs->panels[i].excluded);
  }
  free(costs->panels);
  free(costs->cells);
  free(costs->factors);
}

struct stats_interval report_cost_geomean(const struct report_costs *costs,
                                          const bool *used, size_t series,
                                          double hfac, enum report_cost cost)
{
  struct stats_interval result = {NAN, NAN, NAN, NAN, 0};
  size_t k = 0;
  struct stats_sample *a = calloc(costs->n_panels + 1, sizeof *a);
  struct stats_sample *b = calloc(costs->n_panels + 1, sizeof *b);
  bool whole = a && b;
  for (size_t i = 0; whole && i < costs->n_panels; i++) {
    if (!used[i]) continue;
    const struct report_cost_cell *cell =
        report_cost_at(costs, i, series, hfac);
    whole = report_cost_complete(cell, cost);
    if (!whole) break;
    const struct report_cost_cell *least = costs->panels[i].least[cost];
    a[k] = (struct stats_sample){cell->total[cost], cell->n};
    b[k++] = (struct stats_sample){least->distilled[cost], least->n};
  }
  if (whole) result = stats_geomean_ratio(a, b, k, CONFIDENCE);
  free(a);
  free(b);
  return result;
}

void report_cost_caption(const struct report_costs *costs, FILE *out)
{
  fputs("LBO is total cost over the minimum distilled cost (MDC) of the "
        "workload, which is the\nleast cost, over all configurations and heap "
        "factors, after what can be told to be the\ncollector's was taken out: "
        "of wall time stops of the world and the drain, of CPU time\n(task "
        "clock) collector threads, collector work on mutator threads and the "
        "drain. Totals\nare of run and drain. 1 is no overhead that can be "
        "shown; the true overhead is not less.\nIntervals are 95 % over "
        "invocations: of a workload by Fieller's theorem, of a geometric\nmean "
        "by the sum of the variances of logarithms.\n",
        out);
  for (int i = 0; i < REPORT_COSTS; i++)
    if (costs->unknown[i])
      fprintf(out,
              "%s: of %zu invocations a part is not known: what they are of "
              "has no LBO.\n",
              report_cost_titles[i], costs->unknown[i]);
  if (costs->view->report->many_settings[costs->view->class])
    fputs("Refused: runs differ in host, seed or topology, and the minimum of "
          "one says nothing of\nanother: report them apart.\n",
          out);
  else if (costs->refused)
    fprintf(out,
            "Refused: there is %s, and without both the minimum is not near "
            "what the program\nitself costs, so that every overhead would be "
            "too small.\n",
            costs->refused);
}
