// report_utilisation.c: F5: minimum and bounded mutator utilisation.
// SPDX-License-Identifier: MIT
//
// Columns: the world stopped, capacity, the worst thread. A curve is the mean
// over invocations of the curves of each.
#include "report_grid.h"
#include "report_rows.h"
#include "utilisation.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#define FIRST_NS 10000.0 // 10 us
#define PER_DECADE 8

#define AXES                                                                  \
  "set logscale x; set format x '%.0s %cs'; set xtics 100; "                  \
  "set yrange [0:1.02]"

static const char *const names[UTILISATION_SERIES] = {"stw", "capacity",
                                                      "worst_thread"};
static const struct grid_column columns[UTILISATION_SERIES] = {
    {"World stopped", "window", "utilisation", AXES},
    {"Capacity", "window", "", AXES},
    {"Worst thread", "window", "", AXES}};

struct figure {
  const struct report_view *view;
  struct report_lines lines;
  struct utilisation **of; // each item; NULL: no events
};

// How many "0-3,8" are; 0: it is no such list.
static unsigned count_cpus(const char *list)
{
  unsigned n = 0;
  for (;; list++) {
    char *end;
    unsigned long first = strtoul(list, &end, 10), last = first;
    if (end == list) return 0;
    if (*end == '-') last = strtoul(list = end + 1, &end, 10);
    if (end == list || last < first || last >= 65536) return 0;
    n += (unsigned)(last - first) + 1;
    list = end;
    if (*list != ',') return *list ? 0 : n;
  }
}

// Those that the run may use; where it is not known, all of the machine.
static unsigned processors_of(const struct report_view *view, size_t item)
{
  const struct report_run *run = view->items[item].run;
  unsigned allowed = count_cpus(run->field[REPORT_CPUS]);
  if (allowed) return allowed;
  const json_t *json = report_source_json(view->report, run->source);
  json_int_t n = json_integer_value(
      json_object_get(json_object_get(json, "machine"), "cpus_online"));
  return n > 0 && n < 65536 ? (unsigned)n : 1;
}

static int take(void *context, size_t item, const union companion_row *row)
{
  struct figure *f = context;
  if (!report_line_of(&f->lines, item)) return 0;
  if (!f->of[item])
    f->of[item] = utilisation_open(processors_of(f->view, item));
  return f->of[item] ? utilisation_add(f->of[item], &row->event) : -ENOMEM;
}

// Of the invocations that have events; 0: none has.
static uint64_t shortest_run(const struct figure *f,
                             const struct report_line *line)
{
  uint64_t least = 0;
  for (size_t i = 0; i < line->n; i++) {
    const struct utilisation *u = f->of[line->first + i];
    uint64_t run = u ? utilisation_run_ns(u) : 0;
    if (run && (!least || run < least)) least = run;
  }
  return least;
}

struct mean {
  double sum, low, high;
  size_t n;
};

static void add(struct mean *mean, double value)
{
  if (isnan(value)) return;
  mean->low = mean->n ? fmin(mean->low, value) : value;
  mean->high = mean->n ? fmax(mean->high, value) : value;
  mean->sum += value;
  mean->n++;
}

static void put_window(const struct figure *f, const struct report_line *line,
                       enum utilisation_series series, uint64_t window,
                       struct report_paper *paper)
{
  struct mean mmu = {0}, bmu = {0};
  for (size_t i = 0; i < line->n; i++) {
    const struct utilisation *u = f->of[line->first + i];
    if (!u) continue;
    add(&mmu, utilisation_mmu(u, series, window));
    add(&bmu, utilisation_bmu(u, series, window));
  }
  report_series_fields(f->view, &f->view->items[line->first], paper->csv);
  putc(',', paper->csv);
  report_line_fields(f->view, line, paper->csv);
  fprintf(paper->csv, ",%s,%llu", names[series], (unsigned long long)window);
  report_row_numbers(
      paper,
      (double[]){mmu.sum / (double)mmu.n, mmu.low, mmu.high,
                 bmu.sum / (double)bmu.n, bmu.low, bmu.high, (double)mmu.n},
      7);
  report_row_end(paper);
}

// A curve: all windows up to the run's length.
static int put_curve(const struct figure *f, const struct report_line *line,
                     enum utilisation_series series, struct grid *grid,
                     struct report_paper *paper)
{
  uint64_t run = shortest_run(f, line);
  size_t first = paper->rows;
  bool last = !run;
  for (int k = 0; !last; k++) {
    double window = FIRST_NS * pow(10, (double)k / PER_DECADE);
    last = window >= (double)run;
    put_window(f, line, series, last ? run : (uint64_t)window, paper);
  }
  size_t n = paper->rows - first;
  int result = grid_curve(grid, line, series, GRID_LINE, first, n,
                          "column('window_ns')/1e9", "column('bmu')");
  return result ? result
                : grid_curve(grid, line, series, GRID_DOTTED, first, n,
                             "column('window_ns')/1e9", "column('mmu')");
}

static void caption(const struct figure *f, FILE *out)
{
  fputs("F5: mutator utilisation over windows from 10 us to the length of the "
        "run. Lines are\nBMU, the least share in any window of that length or "
        "longer; dotted is MMU, in one\nof that length. World stopped: from "
        "the last mutator's stop to the first one's release;\nin files "
        "without phases `stopped`, while any mutator was stopped for the "
        "world.\nCapacity: processors that the collector does not have, of "
        "those that the run may use;\na round takes one, a slice of "
        "marking as many as it used, each mutator that pauses, stalls or "
        "assists\none, a stopped world all. Worst thread: the mutator that is "
        "worst off by pauses,\nstalls and assists. Means over invocations; the "
        "csv has the least and the most.\n",
        out);
  report_lines_caption(&f->lines, out);
}

static int draw_all(struct figure *f, struct report_paper *paper)
{
  struct grid *grid =
      grid_open(f->view, &f->lines, columns, UTILISATION_SERIES);
  int result = grid ? 0 : -ENOMEM;
  for (size_t i = 0; !result && i < f->view->n; i++)
    if (f->of[i]) result = utilisation_ready(f->of[i]);
  fprintf(paper->csv,
          "%s,%s,utilisation,window_ns,mmu,mmu_low,mmu_high,bmu,bmu_low,"
          "bmu_high,n\n",
          report_series_columns, report_line_columns);
  for (size_t i = 0; !result && i < f->lines.n; i++)
    for (int s = 0; !result && s < UTILISATION_SERIES; s++)
      result = put_curve(f, &f->lines.lines[i], (enum utilisation_series)s,
                         grid, paper);
  if (!result) result = grid_draw(grid, paper);
  grid_free(grid);
  return result;
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  char error[1024];
  struct figure f = {.view = view, .of = calloc(view->n + 1, sizeof *f.of)};
  int result = report_lines_make(&f.lines, view);
  if (!f.of) result = -ENOMEM;
  if (!result)
    result =
        report_rows(view, COMPANION_EVENTS, take, &f, error, sizeof error);
  if (result == -EINVAL) {
    report_rows_refused(paper, error);
    result = 0;
  } else if (!result) {
    caption(&f, paper->caption);
    result = draw_all(&f, paper);
  }
  for (size_t i = 0; f.of && i < view->n; i++) utilisation_free(f.of[i]);
  free(f.of);
  report_lines_free(&f.lines);
  return result;
}

const struct report_figure report_utilisation = {
    "F5", "Mutator utilisation",
    "share of time that mutators have, in the worst window of each length",
    REPORT_PICTURE, REPORT_OVER_HEAP, true, draw};
