// report_scale.c: F8: how a workload scales, and what of it is remote.
// SPDX-License-Identifier: MIT
//
// Work is counted in births, so that workloads whose work grows with their
// mutators and those that share a fixed amount can be read alike. A row of
// plots per workload; a line per configuration; points are medians over
// invocations, with whiskers from the least to the most.
#include "report_plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL_WIDTH 126.0
#define CELL_HEIGHT 128.0
#define HEAD 20.0

// Rates, then the ratios that anything was counted for.
static const struct {
  const char *metric, *title;
} columns[] = {
    {"births_per_s", "Births per second"},
    {"speed_up", "Speed-up"},
    {"numa.remote_alloc", "Remote births"},
    {"numa.remote_store", "Remote stores"},
    {"numa.remote_mark", "Remote marking"},
    {"numa.remote_dec", "Remote decrements"},
    {"numa.remote_load", "Remote loads"},
    {"numa.remote_edge", "Remote edges"},
    {"numa.remote_free", "Remote frees"},
    {"numa.steal_remote", "Remote steals"},
    {"numa.pages_mismatch", "Pages not at home"},
};
enum { COLUMNS = sizeof columns / sizeof columns[0], DRAWN = 6 };
enum { RATE, SPEED_UP, RATIO }; // RATIO: and all that follow

struct scale {
  const struct report_view *view;
  struct report_paper *paper;
  int drawn[DRAWN]; // columns
  int n_drawn;
  size_t unborn; // runs without births
};

// --- numbers ---------------------------------------------------------------

// Births per second of run and drain; of a model that does not wait, as if the
// mutator with most remote accesses had.
static double rate_of(const struct report_run *run)
{
  double births = report_value_of(run, "alloc.objects", "process", "count");
  double ns = report_value_of(run, "time.wall", "process", "total") +
              report_value_of(run, "time.wall.drain", "process", "total");
  bool waited = strstr(run->field[REPORT_CONFIG], ";inject=1") != NULL;
  if (run->class == REPORT_MODELLED && !waited)
    ns += report_value_of(run, "numa.cost", "mutator", "max");
  return births > 0 && ns > 0 ? births / ns * 1e9 : NAN;
}

static double number_of(const struct report_run *run, int column)
{
  return column < RATIO
             ? rate_of(run)
             : report_value_of(run, columns[column].metric, "process", "total");
}

// Of items [begin, end). Speed-ups are against `base`.
static struct report_spread spread(const struct report_view *view, size_t begin,
                                   size_t end, int column, double base)
{
  struct report_spread none = {NAN, NAN, NAN, 0};
  double *values = malloc((end - begin + 1) * sizeof *values);
  if (!values) return none;
  for (size_t i = begin; i < end; i++)
    values[i - begin] = number_of(view->items[i].run, column) / base;
  struct report_spread s = report_spread_of(values, end - begin);
  free(values);
  return s;
}

// What speed-ups of a series are against: its smallest number of mutators.
static double base_of(const struct report_view *view, size_t begin)
{
  size_t end = report_view_end(view, begin, report_same_point);
  return spread(view, begin, end, RATE, 1).median;
}

// Whether any workload ran with different numbers of mutators. (That they
// differ from workload to workload, as those of traces do, scales nothing.)
static bool scales(const struct report_view *view)
{
  const struct report_item *first = view->items;
  for (size_t i = 0; i < view->n; i++) { // items of a panel stand together
    if (!report_same_panel(first, &view->items[i])) first = &view->items[i];
    if (first->run->mutators != view->items[i].run->mutators) return true;
  }
  return false;
}

static bool is_drawn(const struct report_view *view, int column)
{
  if (column < RATIO && view->class == REPORT_EMULATED) return false;
  if (column == SPEED_UP && !scales(view)) return false;
  for (size_t i = 0; i < view->n; i++)
    if (!isnan(number_of(view->items[i].run, column))) return true;
  return false;
}

// --- a plot ----------------------------------------------------------------

static void put_row(const struct scale *scale, const struct report_item *item,
                    int column, const struct report_spread *s, uint32_t base)
{
  FILE *csv = scale->paper->csv;
  const double values[] = {s->median, s->low, s->high};
  report_series_fields(scale->view, item, csv);
  fprintf(csv, ",%u,%s", item->run->mutators, columns[column].metric);
  report_row_numbers(scale->paper, values, 3);
  fprintf(csv, ",%zu,", s->n);
  if (column == SPEED_UP)
    fprintf(csv, "%u", base);
  else
    fputs("NA", csv);
  report_row_end(scale->paper);
}

// One series from items [begin, end); lines that lie on each other are moved
// apart a little.
static void plot_series(const struct scale *scale, size_t begin, size_t end,
                        int column)
{
  const struct report_view *view = scale->view;
  size_t series = report_series_of(view, &view->items[begin]);
  size_t first = scale->paper->rows;
  double base = column == SPEED_UP ? base_of(view, begin) : 1;
  double aside =
      exp2(0.02 * ((double)series - 0.5 * (double)(view->n_series - 1)));
  uint32_t least = view->items[begin].run->mutators;
  for (size_t i = begin, to; i < end; i = to) {
    to = report_view_end(view, i, report_same_point);
    struct report_spread s = spread(view, i, to, column, base);
    if (s.n) put_row(scale, &view->items[i], column, &s, least);
  }
  if (scale->paper->rows == first) return;
  char x[64];
  snprintf(x, sizeof x, "column('mutators')*%.4f", aside);
  const struct report_plot_part part = {
      first,  scale->paper->rows - 1,  series, x, "median", "low",
      "high", column < RATIO ? 1 : 100};
  report_plot_whiskers(scale->paper, &part);
  report_plot_line(scale->paper, &part);
}

static double highest(const struct report_view *view, size_t begin, size_t end,
                      int column)
{
  double most = column == SPEED_UP;
  for (size_t i = begin, to; i < end; i = to) {
    size_t last = report_view_end(view, i, report_same_series);
    double base = column == SPEED_UP ? base_of(view, i) : 1;
    for (to = i; to < last;) {
      size_t next = report_view_end(view, to, report_same_point);
      double high = spread(view, to, next, column, base).high;
      if (high > most) most = high;
      to = next;
    }
  }
  return most > 0 ? most : 1; // of nothing, an axis all the same
}

// Powers of two, and no others, from `least` to `most`.
static void put_across(FILE *gp, double least, double most)
{
  fprintf(gp, "set logscale x 2\nset xrange [%g:%g]\nset xtics (", least / 1.2,
          most * 1.2);
  for (double x = exp2(ceil(log2(least))), i = 0; x <= most; x *= 2, i++)
    fprintf(gp, "%s%g", i > 0 ? ", " : "", x);
  fputs(")\n", gp);
}

static void draw_plot(const struct scale *scale, size_t begin, size_t end,
                      int place, double y)
{
  const struct report_view *view = scale->view;
  struct report_paper *paper = scale->paper;
  int column = scale->drawn[place];
  double least = INFINITY, most = 1, left = 40 + CELL_WIDTH * place;
  for (size_t i = begin; i < end; i++) {
    least = fmin(least, view->items[i].run->mutators);
    most = fmax(most, view->items[i].run->mutators);
  }
  double high = column < RATIO ? 1.1 * highest(view, begin, end, column) : 100;
  report_plot_box(paper, left, y + 30, CELL_WIDTH - 44, CELL_HEIGHT - 64);
  report_plot_text(paper, left - 26, y + 20, REPORT_LEFT, true, 1,
                   columns[column].title);
  put_across(paper->gp, least, most);
  report_plot_tics(paper, 'y', 0, high);
  fprintf(paper->gp,
          "set yrange [0:%.6g]\nset format y '%s'\nset xlabel 'mutators' "
          "offset 0,0.6\nplot ",
          high,
          column == RATE       ? "%.1s%c"
          : column == SPEED_UP ? "%g"
                               : "%g%%");
  // As if each mutator did its part as fast as those of the smallest number.
  if (column == SPEED_UP)
    fprintf(paper->gp, "x/%g linestyle 102", least);
  else
    fputs("-1 linestyle 102", paper->gp);
  for (size_t i = begin, to; i < end; i = to) {
    to = report_view_end(view, i, report_same_series);
    plot_series(scale, i, to, column);
  }
  putc('\n', paper->gp);
}

// --- the figure ------------------------------------------------------------

static size_t panels(const struct report_view *view)
{
  size_t n = 0;
  for (size_t i = 0; i < view->n; n++)
    i = report_view_end(view, i, report_same_panel);
  return n;
}

static void draw_panels(const struct scale *scale, double y)
{
  const struct report_view *view = scale->view;
  for (size_t i = 0, end; i < view->n; i = end, y += CELL_HEIGHT) {
    char *name = report_panel_name(view, &view->items[i]);
    end = report_view_end(view, i, report_same_panel);
    report_plot_text(scale->paper, 8, y + 7, REPORT_LEFT, false, 1.1,
                     name ? name : "");
    free(name);
    for (int k = 0; k < scale->n_drawn; k++) draw_plot(scale, i, end, k, y);
  }
}

// What was counted, and had no room.
static void list_undrawn(const struct scale *scale, FILE *out)
{
  const char *before = "Counted, but not drawn: ";
  for (int i = 0; i < COLUMNS && scale->n_drawn == DRAWN; i++) {
    if (i <= scale->drawn[DRAWN - 1] || !is_drawn(scale->view, i)) continue;
    fprintf(out, "%s%s", before, columns[i].metric);
    before = ", ";
  }
  if (*before == ',') fputs(".\n", out);
}

static void caption(const struct scale *scale)
{
  FILE *out = scale->paper->caption;
  fputs("F8: how each configuration scales with its mutators, and what part of "
        "its accesses\nwas remote. Points are medians over invocations, "
        "whiskers go from the least to the most.\n",
        out);
  enum report_class class = scale->view->class;
  if (class == REPORT_EMULATED)
    fputs("Times of an emulated machine are not results: there is no "
          "speed-up.\n",
          out);
  if (class == REPORT_MODELLED)
    fputs("Modelled: threads and memory were not bound. To the time of run and "
          "drain is added\nwhat the model says remote accesses of the mutator "
          "with most of them had taken\n(nothing if the run waited for it: "
          "inject=1).\n",
          out);
  if (class != REPORT_EMULATED)
    fputs("Births are per second of run and drain. Speed-up: over the median "
          "of the same\nconfiguration at its smallest number of mutators; the "
          "dashed grey line is as many\ntimes as there are more mutators.\n",
          out);
  fputs("A remote part is of what went between nodes that are known; there is "
        "none on one node.\nCopies of a trace are its mutators.\n",
        out);
  list_undrawn(scale, out);
  if (scale->unborn && class != REPORT_EMULATED)
    fprintf(out,
            "%zu invocations have no speed-up: births, times or the model's "
            "cost are missing.\n",
            scale->unborn);
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  struct scale scale = {.view = view, .paper = paper};
  for (int i = 0; i < COLUMNS && scale.n_drawn < DRAWN; i++)
    if (is_drawn(view, i)) scale.drawn[scale.n_drawn++] = i;
  for (size_t i = 0; i < view->n; i++)
    scale.unborn += isnan(rate_of(view->items[i].run));
  fprintf(paper->csv, "%s,mutators,metric,median,low,high,n,base_mutators\n",
          report_series_columns);
  caption(&scale);
  if (!scale.n_drawn) return 0;
  double width = fmax(REPORT_WIDE, 20 + CELL_WIDTH * scale.n_drawn);
  double below = HEAD + CELL_HEIGHT * (double)panels(view);
  double legend = report_plot_legend(paper, view->labels, NULL, view->n_series,
                                     width, 0, NULL, false);
  if (report_plot_begin(paper, width, below + legend + 4)) return -ENOMEM;
  char title[80];
  snprintf(title, sizeof title, "Scalability%s",
           report_class_words(view->class));
  report_plot_text(paper, 8, 10, REPORT_LEFT, true, 1.2, title);
  draw_panels(&scale, HEAD);
  report_plot_legend(paper, view->labels, NULL, view->n_series, width, below,
                     NULL, true);
  return report_plot_end(paper);
}

const struct report_figure report_scale = {
    .name = "F8",
    .title = "Scalability",
    .help = "speed-up and remote accesses over mutators",
    .kind = REPORT_PICTURE,
    .axis = REPORT_OVER_MUTATORS,
    .draw = draw};
