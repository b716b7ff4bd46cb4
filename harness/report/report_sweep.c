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
  double times; // from the csv to the picture
} columns[] = {
    {"time.wall", "total", "time.wall.drain", "Wall time (s)", 1e-9},
    {"time.task_clock", "total", "time.task_clock.drain", "CPU time (s)", 1e-9},
    {"heap.auc", "auc", NULL, "Heap x time (MB s)", 1e-6},
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

static void plot_series(const struct sweep *sweep, size_t panel, size_t series,
                        int column)
{
  static const char *const y[] = {"mean", "low", "high"};
  struct report_paper *paper = sweep->paper;
  const struct report_costs *costs = &sweep->costs;
  size_t first = paper->rows;
  for (size_t f = 0; f < costs->n_factors; f++) {
    const struct report_cost_cell *cell =
        report_cost_at(costs, panel, series, costs->factors[f]);
    if (cell) put_row(sweep, cell, column);
  }
  if (paper->rows > first) {
    fputs(", ", paper->gp);
    report_plot_series(paper, first, paper->rows - 1, series, "column('hfac')",
                       y, columns[column].times, true);
  }
  const struct report_cost_cell *level =
      report_cost_at(costs, panel, series, NAN);
  // Without a limit a heap says nothing, and would dwarf all others.
  if (!level || columns[column].drain == NULL) return;
  put_row(sweep, level, column);
  fputs(", ", paper->gp);
  report_plot_rows(paper, paper->rows - 1, paper->rows - 1);
  fprintf(paper->gp,
          " using (XMIN):(%g*column('mean')):(XMAX-XMIN):(0) with vectors "
          "nohead linestyle %u",
          columns[column].times, report_plot_style(series));
}

static double highest(const struct sweep *sweep, size_t panel, int column)
{
  double most = 0;
  for (size_t i = 0; i < sweep->costs.n_cells; i++) {
    const struct report_cost_cell *cell = &sweep->costs.cells[i];
    if (cell->panel != panel || (isnan(cell->hfac) && !columns[column].drain))
      continue;
    struct stats_interval mean = mean_of(sweep, cell, column);
    most = fmax(most, fmax(mean.mean, mean.high));
  }
  return most > 0 ? most * columns[column].times * 1.05 : 1;
}

static void plot(const struct sweep *sweep, size_t panel, int column, int place,
                 double top)
{
  struct report_paper *paper = sweep->paper;
  double step = (REPORT_WIDE - 8) / fmax(sweep->n_known, 2);
  double left = LEFT + step * place, width = step - LEFT - 4;
  double from = sweep->costs.factors[0];
  double to = sweep->costs.factors[sweep->costs.n_factors - 1];
  double edge = fmax(0.04 * (to - from), 0.05);
  report_plot_box(paper, left, top + 26, width, HEIGHT);
  report_plot_text(paper, left, top + 18, REPORT_LEFT, true, 1,
                   columns[column].title);
  fprintf(paper->gp,
          "XMIN = %g\nXMAX = %g\nset xrange [XMIN:XMAX]\nset yrange [0:%.6g]\n"
          "set xlabel '%s' offset 0,0.4\nplot -1 notitle linestyle 102",
          from - edge, to + edge, highest(sweep, panel, column),
          panel + 1 == sweep->costs.n_panels ? "heap / minimum heap" : "");
  for (size_t s = 0; s < sweep->costs.view->n_series; s++)
    plot_series(sweep, panel, s, column);
  putc('\n', paper->gp);
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
      if (sweep->known[k]) plot(sweep, i, k, place++, top);
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
      "over heap factors. Means over\ninvocations, bands are 95 % intervals. "
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
    .draw = draw};
