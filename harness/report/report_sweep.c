// report_sweep.c: F3: time and space of each workload over heap factors.
// SPDX-License-Identifier: MIT
//
// A row of plots per workload: what a collector saves of the one it pays in
// the other. Means over invocations with their intervals; a factor where an
// invocation failed is a gap.
#include "report_cost.h"
#include "report_plot.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define HEAD 22.0
#define ROW 126.0
#define LEFT 42.0
#define HEIGHT 72.0

// What is shown: a sum of two metrics, the second of which may be missing.
static const struct {
  const char *metric, *stat, *drain, *title;
} columns[] = {
    {"time.wall", "total", "time.wall.drain", "Wall time"},
    {"time.task_clock", "total", "time.task_clock.drain", "CPU time"},
    {"heap.auc", "auc", NULL, "Heap x time"},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

struct sweep {
  struct report_costs costs;
  struct report_paper *paper;
  bool known[COLUMNS]; // some run has it
  int n_known;
};

// --- numbers ---------------------------------------------------------------

static double number_of(const struct report_run *run, int column)
{
  double value = report_value_of(run, columns[column].metric, "process",
                                 columns[column].stat);
  double drain =
      columns[column].drain
          ? report_value_of(run, columns[column].drain, "process", "total")
          : 0;
  return value + (isnan(drain) ? 0 : drain);
}

static struct stats_interval mean_of(const struct sweep *sweep,
                                     const struct report_cost_cell *cell,
                                     int column)
{
  struct stats_interval none = {NAN, NAN, NAN, NAN, cell->n};
  double *values = malloc((cell->n + 1) * sizeof *values);
  if (!values || cell->failed || !cell->n) {
    free(values);
    return none;
  }
  for (size_t i = 0; i < cell->n; i++)
    values[i] =
        number_of(sweep->costs.view->items[cell->begin + i].run, column);
  struct stats_interval mean = stats_mean(values, cell->n, 0.95);
  free(values);
  return mean;
}

static void put_row(const struct sweep *sweep,
                    const struct report_cost_cell *cell, int column)
{
  FILE *csv = sweep->paper->csv;
  const struct report_view *view = sweep->costs.view;
  const struct report_run *run = sweep->costs.panels[cell->panel].item->run;
  struct stats_interval i = mean_of(sweep, cell, column);
  const double numbers[] = {cell->hfac, i.mean, i.low, i.high};
  fprintf(csv, "%s,", report_class_name(view->class));
  csv_field(csv, run->field[REPORT_BENCHMARK]);
  putc(',', csv);
  csv_field(csv, sweep->costs.panels[cell->panel].item->size);
  fprintf(csv, ",%s,", run->field[REPORT_MUTATORS]);
  csv_field(csv, view->labels[cell->series]);
  putc(',', csv);
  csv_field(csv, view->keys[cell->series]);
  fprintf(csv, ",%s", columns[column].metric);
  report_row_numbers(sweep->paper, numbers, 4);
  fprintf(csv, ",%zu,%s", i.n, cell->failed ? cell->why : "ok");
  report_row_end(sweep->paper);
}

// --- picture ---------------------------------------------------------------

// Rows of a series in a plot: those with a heap factor, and perhaps one
// without.
struct rows {
  size_t first, count;
  bool level;
};

static struct rows put_series(const struct sweep *sweep, size_t panel,
                              size_t series, int column)
{
  const struct report_costs *costs = &sweep->costs;
  struct rows rows = {.first = sweep->paper->rows};
  for (size_t f = 0; f < costs->n_factors; f++) {
    const struct report_cost_cell *cell =
        report_cost_at(costs, panel, series, costs->factors[f]);
    if (cell) put_row(sweep, cell, column);
  }
  rows.count = sweep->paper->rows - rows.first;
  const struct report_cost_cell *level =
      report_cost_at(costs, panel, series, NAN);
  // Without a limit a heap says nothing, and would dwarf all others.
  rows.level = level && columns[column].drain;
  if (rows.level) put_row(sweep, level, column);
  return rows;
}

static void plot_level(const struct sweep *sweep, size_t row, size_t series,
                       double times)
{
  fputs(", ", sweep->paper->gp);
  report_plot_rows(sweep->paper, row, row);
  fprintf(sweep->paper->gp,
          " using (XMIN):(%g*column('mean')):(XMAX-XMIN):(0) with vectors "
          "nohead linestyle %u",
          times, report_plot_style(series));
}

// All bands, and then all lines on top of them.
static int plot_series(const struct sweep *sweep, size_t panel, int column,
                       double times)
{
  size_t n = sweep->costs.view->n_series;
  struct rows *rows = calloc(n + 1, sizeof *rows);
  if (!rows) return -ENOMEM;
  for (size_t s = 0; s < n; s++) rows[s] = put_series(sweep, panel, s, column);
  for (size_t i = 0; i < 2 * n; i++) {
    const struct rows *r = &rows[i % n];
    const struct report_plot_part part = {r->first, r->first + r->count - 1,
                                          i % n,    "column('hfac')",
                                          "mean",   "low",
                                          "high",   times};
    if (r->count && i < n) report_plot_band(sweep->paper, &part);
    if (r->count && i >= n) report_plot_line(sweep->paper, &part);
    if (r->level && i >= n)
      plot_level(sweep, r->first + r->count, i % n, times);
  }
  free(rows);
  return 0;
}

// As in the csv. A band that knows nothing must not make all lines flat.
static double highest(const struct sweep *sweep, size_t panel, int column)
{
  double most = 0;
  for (size_t i = 0; i < sweep->costs.n_cells; i++) {
    const struct report_cost_cell *cell = &sweep->costs.cells[i];
    if (cell->panel != panel || (isnan(cell->hfac) && !columns[column].drain))
      continue;
    struct stats_interval mean = mean_of(sweep, cell, column);
    most = fmax(most, fmax(mean.mean, fmin(mean.high, 1.5 * mean.mean)));
  }
  return most > 0 ? most * 1.05 : 1;
}

static const char *unit_of(int column, double most, double *times)
{
  if (columns[column].drain) return report_plot_time(most, times);
  *times = most < 1e5 ? 1e-3 : 1e-6;
  return most < 1e5 ? "kB s" : "MB s";
}

static int plot(const struct sweep *sweep, size_t panel, int column, int place,
                double top)
{
  struct report_paper *paper = sweep->paper;
  double step = (REPORT_WIDE - 8) / fmax(sweep->n_known, 2);
  double left = LEFT + step * place, width = step - LEFT - 4;
  double from = sweep->costs.factors[0];
  double to = sweep->costs.factors[sweep->costs.n_factors - 1];
  double edge = fmax(0.04 * (to - from), 0.05);
  double times, most = highest(sweep, panel, column);
  const char *unit = unit_of(column, most, &times);
  char title[64];
  snprintf(title, sizeof title, "%s (%s)", columns[column].title, unit);
  report_plot_box(paper, left, top + 26, width, HEIGHT);
  report_plot_tics(paper, 'y', 0, most * times);
  report_plot_text(paper, left, top + 18, REPORT_LEFT, true, 1, title);
  fprintf(paper->gp,
          "XMIN = %g\nXMAX = %g\nset xrange [XMIN:XMAX]\nset yrange [0:%.6g]\n"
          "set xtics 1\nset xlabel '%s' offset 0,0.4\nplot -1 notitle "
          "linestyle 102",
          from - edge, to + edge, most * times,
          panel + 1 == sweep->costs.n_panels ? "heap / minimum heap" : "");
  int result = plot_series(sweep, panel, column, times);
  putc('\n', paper->gp);
  return result;
}

static int draw_picture(struct sweep *sweep)
{
  const struct report_view *view = sweep->costs.view;
  struct report_paper *paper = sweep->paper;
  double below = HEAD + ROW * (double)sweep->costs.n_panels + 12;
  double legend = report_plot_legend(paper, view->labels, NULL, view->n_series,
                                     REPORT_WIDE, 0, NULL, false);
  if (report_plot_begin(paper, REPORT_WIDE, below + legend + 4)) return -ENOMEM;
  char title[80];
  snprintf(title, sizeof title, "Time and space%s",
           report_class_words(view->class));
  report_plot_text(paper, 8, 10, REPORT_LEFT, true, 1.2, title);
  for (size_t i = 0; i < sweep->costs.n_panels; i++) {
    double top = HEAD + ROW * (double)i;
    report_plot_text(paper, 8, top + 5, REPORT_LEFT, false, 1.1,
                     sweep->costs.panels[i].name);
    for (int k = 0, place = 0; k < COLUMNS; k++)
      if (sweep->known[k] && plot(sweep, i, k, place++, top)) return -ENOMEM;
  }
  report_plot_legend(paper, view->labels, NULL, view->n_series, REPORT_WIDE,
                     below, NULL, true);
  return report_plot_end(paper);
}

// --- the figure ------------------------------------------------------------

static void caption(const struct sweep *sweep, FILE *out)
{
  fputs(
      "F3: wall time and CPU time (task clock) of run and drain, and bytes of "
      "the heap in use\nover time (heap.auc, of the run), of each workload "
      "over heap factors. Means over\ninvocations, bands are 95 % intervals, "
      "which may leave the picture. "
      "A level line has no limit to its heap; where an\ninvocation failed "
      "there is a gap.\n",
      out);
  for (int k = 0; k < COLUMNS; k++)
    if (!sweep->known[k])
      fprintf(out, "Missing: no run has %s.\n", columns[k].metric);
  if (!sweep->costs.n_factors)
    fputs("There is nothing to draw: no run has a heap factor (hfac), as those "
          "of wane sweep have.\n",
          out);
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  struct sweep sweep = {.paper = paper};
  int result = report_costs_make(&sweep.costs, view);
  for (int k = 0; k < COLUMNS; k++) {
    for (size_t i = 0; i < view->n; i++)
      sweep.known[k] |= !isnan(number_of(view->items[i].run, k));
    sweep.n_known += sweep.known[k];
  }
  fputs("class,benchmark,size,mutators,series,configuration,metric,hfac,mean,"
        "low,high,n,status\n",
        paper->csv);
  if (!result) caption(&sweep, paper->caption);
  if (!result && sweep.costs.n_factors && sweep.n_known)
    result = draw_picture(&sweep);
  report_costs_free(&sweep.costs);
  return result;
}

const struct report_figure report_sweep = {
    .name = "F3",
    .title = "Time and space",
    .help = "time and heap of each workload over heap factors",
    .kind = REPORT_PICTURE,
    .axis = REPORT_OVER_HEAP,
    .of_time = true,
    .draw = draw};
