// report_scale.c: F8: how a workload scales, and what of it is remote.
// SPDX-License-Identifier: MIT
//
// Work is counted in births, so that workloads whose work grows with their
// mutators and those that share a fixed amount can be read alike. A row of
// plots per workload; a line per configuration; points are medians over
// invocations, with whiskers from the least to the most.
#include "report_figure.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 9.0
#define LEFT 16.0
#define CELL_WIDTH 190.0
#define CELL_HEIGHT 190.0
#define HEAD 44.0

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

static bool is_drawn(const struct report_view *view, int column)
{
  if (column < RATIO && view->class == REPORT_EMULATED) return false;
  for (size_t i = 0; i < view->n; i++)
    if (!isnan(number_of(view->items[i].run, column))) return true;
  return false;
}

// --- a plot ----------------------------------------------------------------

static void whisker(const struct svg_plot *plot, double x,
                    const struct report_spread *s, enum svg_colour colour)
{
  double at = svg_plot_x(plot, x);
  double y = svg_plot_y(plot, s->median);
  svg_line(plot->svg, (struct svg_point){at, svg_plot_y(plot, s->low)},
           (struct svg_point){at, svg_plot_y(plot, s->high)}, colour, 1);
  svg_rectangle(plot->svg, at - 2.5, y - 2.5, 5, 5, colour);
}

static void put_row(const struct scale *scale, const struct report_item *item,
                    int column, const struct report_spread *s, uint32_t base)
{
  FILE *csv = scale->paper->csv;
  const double values[] = {s->median, s->low, s->high};
  char text[32];
  report_series_fields(scale->view, item, csv);
  fprintf(csv, ",%u,%s", item->run->mutators, columns[column].metric);
  for (int i = 0; i < 3; i++) {
    csv_number(text, values[i]);
    fprintf(csv, ",%s", text);
  }
  fprintf(csv, ",%zu,", s->n);
  if (column == SPEED_UP)
    fprintf(csv, "%u\n", base);
  else
    fputs("NA\n", csv);
}

// One series from items [begin, end); lines that lie on each other are moved
// apart a little.
static void plot_series(const struct scale *scale, const struct svg_plot *plot,
                        size_t begin, size_t end, int column)
{
  const struct report_view *view = scale->view;
  size_t series = report_series_of(view, &view->items[begin]), n = 0;
  struct svg_point *points = malloc((end - begin + 1) * sizeof *points);
  double base = column == SPEED_UP ? base_of(view, begin) : 1;
  double aside =
      exp2(0.02 * ((double)series - 0.5 * (double)(view->n_series - 1)));
  double percent = column < RATIO ? 1 : 100;
  uint32_t least = view->items[begin].run->mutators;
  for (size_t i = begin, to; points && i < end; i = to) {
    to = report_view_end(view, i, report_same_point);
    struct report_spread s = spread(view, i, to, column, base);
    if (!s.n) continue;
    put_row(scale, &view->items[i], column, &s, least);
    s.low *= percent;
    s.median *= percent;
    s.high *= percent;
    points[n++] =
        (struct svg_point){view->items[i].run->mutators * aside, s.median};
    whisker(plot, points[n - 1].x, &s, report_colour(series));
  }
  if (points)
    svg_plot_line(plot, points, n, report_colour(series),
                  report_dashed(series));
  free(points);
}

// As if each mutator did its part as fast as those of the smallest number.
static void plot_ideal(const struct svg_plot *plot, double least, double most)
{
  enum { POINTS = 25 }; // it is no straight line over a logarithmic scale
  struct svg_point ideal[POINTS];
  double end = fmin(most, least * plot->up.to);
  for (int i = 0; i < POINTS; i++) {
    double times = pow(end / least, i / (POINTS - 1.0));
    ideal[i] = (struct svg_point){least * times, times};
  }
  if (end > least) svg_plot_line(plot, ideal, POINTS, SVG_GREY, true);
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
  return most;
}

static void draw_plot(const struct scale *scale, size_t begin, size_t end,
                      int place, double y)
{
  const struct report_view *view = scale->view;
  int column = scale->drawn[place];
  double least = INFINITY, most = 1;
  for (size_t i = begin; i < end; i++) {
    least = fmin(least, view->items[i].run->mutators);
    most = fmax(most, view->items[i].run->mutators);
  }
  struct svg_plot plot = {.svg = scale->paper->svg,
                          .x = LEFT + CELL_WIDTH * place + 34,
                          .y = y + 40,
                          .width = CELL_WIDTH - 52,
                          .height = CELL_HEIGHT - 86,
                          .text = TEXT};
  plot.across = (struct svg_scale){.from = least / 1.2,
                                   .to = most * 1.2,
                                   .log = true,
                                   .number = SVG_BINARY,
                                   .ticks = 7,
                                   .label = "mutators"};
  plot.up = (struct svg_scale){.to = 100, .number = SVG_PERCENT, .ticks = 4};
  if (column < RATIO)
    plot.up = (struct svg_scale){
        .to = 1.15 * fmax(highest(view, begin, end, column), 1), .ticks = 4};
  svg_text(plot.svg, (struct svg_point){plot.x - 34, y + 30}, 10, SVG_START,
           SVG_BLACK, true, "%s", columns[column].title);
  svg_plot_frame(&plot);
  if (column == SPEED_UP) plot_ideal(&plot, least, most);
  for (size_t i = begin, to; i < end; i = to) {
    to = report_view_end(view, i, report_same_series);
    plot_series(scale, &plot, i, to, column);
  }
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
    char *name = report_panel_name(&view->items[i]);
    end = report_view_end(view, i, report_same_panel);
    svg_text(scale->paper->svg, (struct svg_point){LEFT, y + 14}, 11, SVG_START,
             SVG_BLACK, false, "%s", name ? name : "");
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
  double legend = report_legend(view, NULL, 0, 0);
  double width = fmax(2 * LEFT + CELL_WIDTH * fmax(scale.n_drawn, 3),
                      report_label_width(view));
  paper->svg =
      svg_open(width, HEAD + legend + CELL_HEIGHT * (double)panels(view), "F8");
  if (!paper->svg) return -ENOMEM;
  report_title(view, paper->svg, "Scalability");
  report_legend(view, paper->svg, LEFT, HEAD);
  draw_panels(&scale, HEAD + legend - 8);
  return 0;
}

const struct report_figure report_scale = {
    "F8", "speed-up and remote accesses over mutators", draw};
