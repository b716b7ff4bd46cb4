// report_latency.c: F4: percentiles of pauses, beside those of requests.
// SPDX-License-Identifier: MIT
//
// A curve is the mean over invocations of the percentiles of each, which are of
// the whole run. Of millions of requests only the percentiles are kept: rows of
// an invocation stand together in the files.
#include "report_grid.h"
#include "report_rows.h"
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum measure { PAUSE, SIMPLE, METERED, WINDOW, INTENDED, MEASURES };

// 1 / (1 - p) grows to the right; its tics are the percentiles.
#define AXES                                                                  \
  "set logscale xy; set xrange [1:*]; set format y '%.0s %cs'; "              \
  "set xtics ('0' 1, '90' 10, '99' 100, '99.9' 1e3, '99.99' 1e4, "            \
  "'99.999' 1e5, '99.9999' 1e6, '99.99999' 1e7)"

static const char *const names[MEASURES] = {
    "pause", "latency.simple", "latency.metered.full",
    "latency.metered.w100ms", "latency.intended"};
static const struct grid_column columns[MEASURES] = {
    {"Pauses", "percentile", "", AXES},
    {"Requests", "percentile", "", AXES},
    {"Metered", "percentile", "", AXES},
    {"Metered, 100 ms", "percentile", "", AXES},
    {"Intended", "percentile", "", AXES}};

#define POINTS 29 // 1 - p: 10^0 to 10^-7, four a decade
#define PER_DECADE 4
#define WINDOW_NS 100000000
#define BAND_LEAST 5 // invocations; of fewer, an interval is no more than their
                     // range
#define RESAMPLES 1000
#define CONFIDENCE 0.95

struct curve {
  size_t n; // values
  double ns[POINTS];
};

struct figure {
  const struct report_view *view;
  struct report_lines lines;
  struct curve (*of)[MEASURES]; // each item
  // Of the item under way.
  size_t item;
  double end_ns; // of its run
  uint64_t *values;
  struct stats_request *requests;
  size_t n_values, values_room, n_requests, requests_room;
};

static double tail(int point)
{
  return pow(10, -(double)point / PER_DECADE);
}

// --- percentiles of one invocation -----------------------------------------

static int by_value(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

// Sorts.
static void take_percentiles(struct curve *curve, uint64_t *ns, size_t n)
{
  curve->n = n;
  if (!n) return;
  qsort(ns, n, sizeof *ns, by_value);
  for (int i = 0; i < POINTS; i++)
    curve->ns[i] = (double)ns[stats_rank(n, 1 - tail(i))];
}

static int add_value(struct figure *f, uint64_t ns)
{
  if (f->n_values == f->values_room) {
    size_t room = f->values_room ? 2 * f->values_room : 1024;
    uint64_t *more = realloc(f->values, room * sizeof *more);
    if (!more) return -ENOMEM;
    f->values = more;
    f->values_room = room;
  }
  f->values[f->n_values++] = ns;
  return 0;
}

static int end_pauses(struct figure *f)
{
  if (f->n_values)
    take_percentiles(&f->of[f->item][PAUSE], f->values, f->n_values);
  f->n_values = 0;
  return 0;
}

static int take_event(void *context, size_t item,
                      const union companion_row *row)
{
  struct figure *f = context;
  const struct companion_event *e = &row->event;
  if (!report_line_of(&f->lines, item)) return 0;
  if (item != f->item) end_pauses(f);
  if (item != f->item || isnan(f->end_ns))
    f->end_ns = report_value_of(f->view->items[item].run, "time.wall",
                                "process", "total");
  f->item = item;
  if (strcmp(e->event, "pause")) return 0;
  // As of gc.pause: those of the drain keep nobody waiting.
  if ((double)e->t_begin_ns >= f->end_ns) return 0;
  return add_value(f, (uint64_t)(e->t_end_ns - e->t_begin_ns));
}

// --- requests of one invocation --------------------------------------------

static int by_start(const void *x, const void *y)
{
  const struct stats_request *a = x, *b = y;
  if (a->start_ns != b->start_ns) return a->start_ns < b->start_ns ? -1 : 1;
  return (a->end_ns > b->end_ns) - (a->end_ns < b->end_ns);
}

static int end_requests(struct figure *f)
{
  size_t n = f->n_requests, intended = 0;
  const struct stats_request *r = f->requests;
  uint64_t *ns = n ? malloc(n * sizeof *ns) : NULL;
  if (!n) return 0;
  if (!ns) return -ENOMEM;
  qsort(f->requests, n, sizeof *f->requests, by_start);
  for (size_t i = 0; i < n; i++) ns[i] = r[i].end_ns - r[i].start_ns;
  take_percentiles(&f->of[f->item][SIMPLE], ns, n);
  stats_metered(r, n, UINT64_MAX, ns);
  take_percentiles(&f->of[f->item][METERED], ns, n);
  stats_metered(r, n, WINDOW_NS, ns);
  take_percentiles(&f->of[f->item][WINDOW], ns, n);
  for (size_t i = 0; i < n; i++)
    if (r[i].intended_ns) // one that was early took no time
      ns[intended++] = r[i].end_ns > r[i].intended_ns
                           ? r[i].end_ns - r[i].intended_ns
                           : 0;
  take_percentiles(&f->of[f->item][INTENDED], ns, intended);
  f->n_requests = 0;
  free(ns);
  return 0;
}

// Times are from the first body's begin; later by one, for 0 is no schedule.
static uint64_t time_of(int64_t ns)
{
  return ns > 0 ? (uint64_t)ns + 1 : 1;
}

static int take_request(void *context, size_t item,
                        const union companion_row *row)
{
  struct figure *f = context;
  const struct companion_request *r = &row->request;
  if (!report_line_of(&f->lines, item)) return 0;
  int result = item != f->item ? end_requests(f) : 0;
  f->item = item;
  if (result) return result;
  if (f->n_requests == f->requests_room) {
    size_t room = f->requests_room ? 2 * f->requests_room : 1024;
    struct stats_request *more = realloc(f->requests, room * sizeof *more);
    if (!more) return -ENOMEM;
    f->requests = more;
    f->requests_room = room;
  }
  bool schedule = r->t_intended_ns != COMPANION_NO_TIME;
  f->requests[f->n_requests++] = (struct stats_request){
      schedule ? time_of(r->t_intended_ns) : 0, time_of(r->t_start_ns),
      time_of(r->t_end_ns)};
  return 0;
}

// --- curves ----------------------------------------------------------------

// Of the invocations with values; n 0: one of them has too few for the point,
// and a mean of others would be no percentile of anything.
struct point {
  struct stats_interval ns; // n invocations
  size_t least;             // number of values
};

static double mean(const double *x, size_t n, void *context)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  (void)context;
  return sum / (double)n;
}

// `ns`: room for the percentile of each invocation. Tails are too far from
// normal for t, whose intervals reach below 0.
static int point_of(const struct figure *f, const struct report_line *line,
                    enum measure measure, int at, double *ns, struct point *p)
{
  size_t n = 0;
  *p = (struct point){0};
  for (size_t i = 0; i < line->n; i++) {
    const struct curve *curve = &f->of[line->first + i][measure];
    if (!curve->n) continue;
    // Beyond one in n there is nothing but the maximum.
    if ((double)curve->n * tail(at) < 1 - 1e-9) return 0;
    ns[n] = curve->ns[at];
    p->least = n++ && p->least < curve->n ? p->least : curve->n;
  }
  int result = stats_bootstrap(ns, n, mean, NULL, RESAMPLES, (uint64_t)at,
                               CONFIDENCE, &p->ns);
  if (n < BAND_LEAST) p->ns.low = p->ns.high = NAN;
  return result;
}

static int put_curve(const struct figure *f, const struct report_line *line,
                     enum measure measure, struct grid *grid,
                     struct report_paper *paper)
{
  static const char x[] = "1/column('one_minus_p')", y[] = "column('ns')/1e9";
  static const char band[] =
      "column('low_ns')/1e9):(column('high_ns')/1e9";
  size_t first = paper->rows, poor = 0, bands = 0;
  double *ns = calloc(line->n + 1, sizeof *ns);
  int result = ns ? 0 : -ENOMEM;
  for (int at = 0; !result && at < POINTS; at++) {
    struct point p;
    result = point_of(f, line, measure, at, ns, &p);
    if (result || !p.ns.n) break;
    bool enough = stats_enough(p.least, 1 - tail(at));
    report_series_fields(f->view, &f->view->items[line->first], paper->csv);
    putc(',', paper->csv);
    report_line_fields(f->view, line, paper->csv);
    fprintf(paper->csv, ",%s", names[measure]);
    report_row_numbers(paper,
                       (double[]){tail(at), p.ns.mean, p.ns.low, p.ns.high,
                                  (double)p.ns.n, (double)p.least, enough},
                       7);
    report_row_end(paper);
    poor += !enough;
    bands += !isnan(p.ns.low);
  }
  free(ns);
  size_t n = paper->rows - first;
  if (!result && bands == n)
    result = grid_curve(grid, line, measure, GRID_BAND, first, n, x, band);
  if (!result)
    result = grid_curve(grid, line, measure, GRID_LINE, first, n, x, y);
  return result ? result
                : grid_curve(grid, line, measure, GRID_HOLLOW,
                             paper->rows - poor, poor, x, y);
}

static void counts(const struct figure *f, FILE *out)
{
  for (size_t i = 0; i < f->lines.n; i++) {
    const struct report_line *line = &f->lines.lines[i];
    char *panel = report_line_panel(f->view, line);
    fprintf(out, "  %s, %s:", panel ? panel : "",
            f->view->labels[line->series]);
    for (int m = 0; m < MEASURES; m++) {
      size_t n = 0;
      for (size_t k = 0; k < line->n; k++) n += f->of[line->first + k][m].n;
      if (n) fprintf(out, " %s n = %zu;", names[m], n);
    }
    fprintf(out, " %zu invocations\n", line->n);
    free(panel);
  }
}

static void caption(const struct figure *f, FILE *out)
{
  fputs("F4: how long mutators pause in the run (not in the drain), beside "
        "how long requests take,\nby percentile p, on a log scale of "
        "1/(1 - p). Simple: begin\nto end. Metered: as if requests had arrived "
        "evenly, over the whole run, or over any 100 ms\n(1 and 10 ms are "
        "latency.metered.w* of results.csv). Intended: from when the schedule\n"
        "would have had them begin. Means over invocations of the percentile "
        "at rank\nn - 1 - floor(n (1 - p)) of all values of a run; bands: "
        "95 % by bootstrap, of five\ninvocations or more. Circles: fewer than "
        "100/(1 - p) values, so that the percentile\nis uncertain.\n",
        out);
  report_lines_caption(&f->lines, out);
  fputs("\nValues:\n", out);
  counts(f, out);
}

static int draw_all(struct figure *f, struct report_paper *paper)
{
  struct grid *grid = grid_open(f->view, &f->lines, columns, MEASURES);
  int result = grid ? 0 : -ENOMEM;
  fprintf(paper->csv, "%s,%s,measure,one_minus_p,ns,low_ns,high_ns,n,values,"
                      "enough\n",
          report_series_columns, report_line_columns);
  for (size_t i = 0; !result && i < f->lines.n; i++)
    for (int m = 0; !result && m < MEASURES; m++)
      result =
          put_curve(f, &f->lines.lines[i], (enum measure)m, grid, paper);
  if (!result) result = grid_draw(grid, paper);
  grid_free(grid);
  return result;
}

static int read_all(struct figure *f, char *error, size_t error_size)
{
  int result = report_rows(f->view, COMPANION_EVENTS, take_event, f, error,
                           error_size);
  end_pauses(f);
  if (!result)
    result = report_rows(f->view, COMPANION_REQUESTS, take_request, f, error,
                         error_size);
  return result ? result : end_requests(f);
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  char error[1024];
  struct figure f = {.view = view,
                     .end_ns = NAN,
                     .of = calloc(view->n + 1, sizeof *f.of)};
  int result = report_lines_make(&f.lines, view);
  if (!f.of) result = -ENOMEM;
  if (!result) result = read_all(&f, error, sizeof error);
  if (result == -EINVAL) {
    report_rows_refused(paper, error);
    result = 0;
  } else if (!result) {
    caption(&f, paper->caption);
    result = draw_all(&f, paper);
  }
  free(f.of);
  free(f.values);
  free(f.requests);
  report_lines_free(&f.lines);
  return result;
}

const struct report_figure report_latency = {
    "F4", "Pauses and latency",
    "percentiles of pauses beside those of requests",
    REPORT_PICTURE, REPORT_OVER_HEAP, true, draw};
