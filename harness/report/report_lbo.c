// report_lbo.c: F1: lower-bound overhead over heap factors.
// SPDX-License-Identifier: MIT
//
// Wall and CPU time side by side: what runs beside the mutators is not seen in
// the one, what keeps them waiting is not in the other. The csv has the
// geometric means first, which are drawn, and then the workloads.
#include "report_cost.h"
#include "report_plot.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define HEAD 22.0
#define HEIGHT 150.0 // of the axes
#define LEFT 40.0

struct lbo {
  struct report_costs costs;
  struct report_paper *paper;
  bool *used;            // panels in the geometric mean
  size_t n_used;         //
  bool *shown;           // series with a point
  size_t *first, *count; // rows of a series, of both costs
  bool *level;           // of them: one row without a heap factor
  double most[REPORT_COSTS];
};

// --- csv -------------------------------------------------------------------

static void put_row(struct lbo *lbo, const struct report_cost_panel *panel,
                    size_t series, double hfac, enum report_cost cost,
                    struct stats_interval i, const char *status)
{
  FILE *csv = lbo->paper->csv;
  const struct report_view *view = lbo->costs.view;
  const struct report_cost_cell *least = panel ? panel->least[cost] : NULL;
  const double numbers[] = {hfac, i.mean, i.low, i.high};
  const double mdc[] = {panel ? panel->mdc[cost] : NAN,
                        least ? least->hfac : NAN};
  fprintf(csv, "%s,%s,", report_class_name(view->class),
          panel ? "workload" : "geomean");
  csv_field(csv, panel ? panel->item->run->field[REPORT_BENCHMARK] : NULL);
  putc(',', csv);
  csv_field(csv, panel ? panel->item->size : NULL);
  fprintf(csv, ",%s,", panel ? panel->item->run->field[REPORT_MUTATORS] : "NA");
  csv_field(csv, view->labels[series]);
  putc(',', csv);
  csv_field(csv, view->keys[series]);
  fprintf(csv, ",%s", report_cost_names[cost]);
  report_row_numbers(lbo->paper, numbers, 4);
  fprintf(csv, ",%zu", panel ? i.n : lbo->n_used);
  report_row_numbers(lbo->paper, mdc, 2);
  putc(',', csv);
  csv_field(csv, least ? view->labels[least->series] : NULL);
  putc(',', csv);
  csv_field(csv, status);
  report_row_end(lbo->paper);
}

static void put_workloads(struct lbo *lbo)
{
  const struct report_costs *costs = &lbo->costs;
  for (size_t i = 0; i < costs->n_cells; i++)
    for (int k = 0; k < REPORT_COSTS; k++) {
      const struct report_cost_cell *cell = &costs->cells[i];
      struct stats_interval lbo_of = cell->lbo[k];
      if (cell->failed)
        lbo_of = (struct stats_interval){NAN, NAN, NAN, NAN, cell->n};
      put_row(lbo, &costs->panels[cell->panel], cell->series, cell->hfac,
              (enum report_cost)k, lbo_of, cell->failed ? cell->why : "ok");
    }
}

// Whether a series was tried there at all.
static bool was_tried(const struct lbo *lbo, size_t series, double hfac)
{
  for (size_t i = 0; i < lbo->costs.n_panels; i++)
    if (lbo->used[i] && report_cost_at(&lbo->costs, i, series, hfac))
      return true;
  return false;
}

static void put_mean(struct lbo *lbo, size_t series, double hfac,
                     enum report_cost cost)
{
  struct stats_interval i =
      report_cost_geomean(&lbo->costs, lbo->used, series, hfac, cost);
  if (!was_tried(lbo, series, hfac)) return;
  put_row(lbo, NULL, series, hfac, cost, i, isnan(i.mean) ? "gap" : "ok");
  if (isnan(i.mean)) return;
  lbo->shown[series] = true;
  // A band that knows nothing must not make all lines flat.
  double high = fmin(fmax(i.mean, i.high), 1 + 2 * (i.mean - 1));
  lbo->most[cost] = fmax(lbo->most[cost], fmax(i.mean, high));
}

static void put_means(struct lbo *lbo)
{
  size_t n = lbo->costs.view->n_series;
  for (size_t k = 0; k < REPORT_COSTS; k++)
    for (size_t s = 0; s < n; s++) {
      size_t at = k * n + s;
      lbo->first[at] = lbo->paper->rows;
      for (size_t f = 0; f < lbo->costs.n_factors; f++)
        put_mean(lbo, s, lbo->costs.factors[f], (enum report_cost)k);
      lbo->count[at] = lbo->paper->rows - lbo->first[at];
      put_mean(lbo, s, NAN, (enum report_cost)k);
      lbo->level[at] = lbo->paper->rows > lbo->first[at] + lbo->count[at];
    }
}

// --- picture ---------------------------------------------------------------

static void plot_level(const struct lbo *lbo, size_t row, size_t series)
{
  fputs(", ", lbo->paper->gp);
  report_plot_rows(lbo->paper, row, row);
  fprintf(lbo->paper->gp,
          " using (XMIN):(column('lbo')):(XMAX-XMIN):(0) with vectors nohead "
          "linestyle %u",
          report_plot_style(series));
}

// All bands, and then all lines on top of them.
static void plot_series(const struct lbo *lbo, int cost, bool band)
{
  size_t n = lbo->costs.view->n_series;
  for (size_t s = 0, at = (size_t)cost * n; s < n; s++, at++) {
    const struct report_plot_part part = {lbo->first[at],
                                          lbo->first[at] + lbo->count[at] - 1,
                                          s,
                                          "column('hfac')",
                                          "lbo",
                                          "low",
                                          "high",
                                          1};
    if (lbo->count[at] && band) report_plot_band(lbo->paper, &part);
    if (lbo->count[at] && !band) report_plot_line(lbo->paper, &part);
    if (lbo->level[at] && !band)
      plot_level(lbo, lbo->first[at] + lbo->count[at], s);
  }
}

static void plot(const struct lbo *lbo, int cost, double left, double width)
{
  FILE *gp = lbo->paper->gp;
  const double *factors = lbo->costs.factors;
  double from = factors[0], to = factors[lbo->costs.n_factors - 1];
  double edge = fmax(0.04 * (to - from), 0.05);
  bool log = lbo->most[cost] > 8;
  double high = 1 + 1.08 * (fmax(lbo->most[cost], 1.02) - 1);
  report_plot_box(lbo->paper, left, HEAD + 18, width, HEIGHT);
  if (log)
    fputs("set ytics auto\n", gp);
  else
    report_plot_tics(lbo->paper, 'y', 1, high);
  report_plot_text(lbo->paper, left, HEAD + 9, REPORT_LEFT, true, 1,
                   report_cost_titles[cost]);
  fprintf(
      gp,
      "XMIN = %g\nXMAX = %g\nset xrange [XMIN:XMAX]\n%sset yrange "
      "[1:%.6g]\nset xtics 1\nset xlabel 'heap / minimum heap' offset 0,0.4\n"
      "set ylabel '%s' offset 1.5,0\nplot 1 linestyle 102",
      from - edge, to + edge, log ? "set logscale y\n" : "unset logscale\n",
      high,
      cost  ? ""
      : log ? "LBO (log)"
            : "LBO");
  plot_series(lbo, cost, true);
  plot_series(lbo, cost, false);
  putc('\n', gp);
}

static int draw_picture(struct lbo *lbo)
{
  const struct report_view *view = lbo->costs.view;
  double width = (REPORT_WIDE - 2 * LEFT - 12) / 2;
  double below = HEAD + 18 + HEIGHT + 40;
  double legend =
      report_plot_legend(lbo->paper, view->labels, lbo->shown, view->n_series,
                         REPORT_WIDE, 0, NULL, false);
  if (report_plot_begin(lbo->paper, REPORT_WIDE, below + legend + 4))
    return -ENOMEM;
  char title[160];
  snprintf(title, sizeof title,
           "Lower-bound overhead, geometric mean of %zu workload%s%s",
           lbo->n_used, lbo->n_used == 1 ? "" : "s",
           report_class_words(view->class));
  report_plot_text(lbo->paper, 8, 10, REPORT_LEFT, true, 1.2, title);
  for (int k = 0; k < REPORT_COSTS; k++)
    plot(lbo, k, LEFT + k * (width + LEFT), width);
  report_plot_legend(lbo->paper, view->labels, lbo->shown, view->n_series,
                     REPORT_WIDE, below, NULL, true);
  return report_plot_end(lbo->paper);
}

// --- caption ---------------------------------------------------------------

static void list_gaps(const struct lbo *lbo, FILE *out)
{
  const struct report_costs *costs = &lbo->costs;
  size_t n = 0;
  for (size_t i = 0; i < costs->n_cells; i++) {
    const struct report_cost_cell *cell = &costs->cells[i];
    if (!cell->failed || !lbo->used[cell->panel]) continue;
    if (n++ == 0) fputs("Gaps, where a configuration fails:\n", out);
    char at[32] = " with no limit";
    if (!isnan(cell->hfac)) snprintf(at, sizeof at, " at %.3f", cell->hfac);
    fprintf(out, "  %s%s: %s: %s (%zu of %zu)\n",
            costs->view->labels[cell->series], at,
            costs->panels[cell->panel].name, cell->why, cell->failed,
            cell->failed + cell->n);
  }
}

static void caption(const struct lbo *lbo, FILE *out)
{
  const struct report_costs *costs = &lbo->costs;
  fputs(
      "F1: lower-bound overhead (LBO) over heap factors: geometric means over "
      "the workloads\nthat every configuration but nogc completes at some "
      "heap. A line without points has no\nlimit to its heap; bands may leave "
      "the picture.\n",
      out);
  report_cost_caption(costs, out);
  if (!costs->n_factors)
    fputs("There is nothing to draw: no run has a heap factor (hfac), as those "
          "of wane sweep have.\n",
          out);
  fprintf(out, "Workloads (%zu):", lbo->n_used);
  for (size_t i = 0; i < costs->n_panels; i++)
    if (lbo->used[i]) fprintf(out, " %s;", costs->panels[i].name);
  putc('\n', out);
  for (size_t i = 0; i < costs->n_panels; i++)
    if (costs->panels[i].excluded)
      fprintf(out, "Excluded: %s: %s.\n", costs->panels[i].name,
              costs->panels[i].excluded);
  list_gaps(lbo, out);
}

static bool is_shown(const struct lbo *lbo)
{
  for (size_t i = 0; i < lbo->costs.view->n_series; i++)
    if (lbo->shown[i]) return true;
  return false;
}

static int fill(struct lbo *lbo)
{
  const struct report_costs *costs = &lbo->costs;
  size_t n = costs->view->n_series;
  lbo->used = calloc(costs->n_panels + 1, sizeof *lbo->used);
  lbo->shown = calloc(n + 1, sizeof *lbo->shown);
  lbo->first = calloc(REPORT_COSTS * n + 1, sizeof *lbo->first);
  lbo->count = calloc(REPORT_COSTS * n + 1, sizeof *lbo->count);
  lbo->level = calloc(REPORT_COSTS * n + 1, sizeof *lbo->level);
  if (!lbo->used || !lbo->shown || !lbo->first || !lbo->count || !lbo->level)
    return -ENOMEM;
  for (size_t i = 0; i < costs->n_panels; i++) {
    lbo->used[i] = !costs->panels[i].excluded;
    lbo->n_used += lbo->used[i];
  }
  fputs("class,level,benchmark,size,mutators,series,configuration,cost,hfac,"
        "lbo,low,high,n,mdc_ns,mdc_hfac,mdc_series,status\n",
        lbo->paper->csv);
  caption(lbo, lbo->paper->caption);
  if (costs->refused) return 0;
  put_means(lbo);
  put_workloads(lbo);
  return costs->n_factors && is_shown(lbo) ? draw_picture(lbo) : 0;
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  struct lbo lbo = {.paper = paper};
  int result = report_costs_make(&lbo.costs, view);
  if (!result) result = fill(&lbo);
  report_costs_free(&lbo.costs);
  free(lbo.used);
  free(lbo.shown);
  free(lbo.first);
  free(lbo.count);
  free(lbo.level);
  return result;
}

const struct report_figure report_lbo = {
    .name = "F1",
    .title = "Lower-bound overhead",
    .help = "lower-bound overhead over heap factors",
    .kind = REPORT_PICTURE,
    .axis = REPORT_OVER_HEAP,
    .of_time = true,
    .draw = draw};
