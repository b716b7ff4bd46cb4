// report_heap.c: F7: what a heap holds over time, and how prompt frees are.
// SPDX-License-Identifier: MIT
//
// Runs of the same configuration differ in when things happen, so that a
// timeline is of one of them, the first. Promptness is of all.
#include "report_grid.h"
#include "report_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum measure { OCCUPANCY, FLOATING, PROMPTNESS, MEASURES };

#define TIMELINE "set xrange [0:*]; set yrange [0:*]" // from the first body on
#define SHARES                                                                \
  "set logscale x; set format x '%.0s %cs'; set xtics 100; "                  \
  "set yrange [0:1.02]"

static const struct grid_column columns[MEASURES] = {
    {"Used, and live (dotted)", "time (s)", "MiB", TIMELINE},
    {"Floating garbage", "time (s)", "MiB", TIMELINE},
    {"Promptness", "death to reclaim", "share of the dead", SHARES}};

#define FIRST_NS 100.0
#define PER_DECADE 10

struct moment {
  int64_t t_ns;
  uint64_t used, live; // live: COMPANION_NO_COUNT, no oracle
};

struct history { // of a line
  struct moment *moments;
  uint64_t *prompt; // ns
  size_t n_moments, n_prompt;
  size_t drained, never; // dead, and freed by the drain only, or not at all
  double most[MEASURES]; // bytes
};

struct figure {
  const struct report_view *view;
  struct report_lines lines;
  struct report_line **line_of; // each item
  struct history *of;           // each line
  size_t item;                  // of the lifetime before
  double end_ns;                // of its run; NaN: there was none
};

// Room for one more in an array that doubles at powers of two.
static void *grow(void *array, size_t n, size_t bytes)
{
  if (n & (n - 1)) return array;
  return realloc(array, (n ? 2 * n : 1) * bytes);
}

static struct history *history_of(struct figure *f, size_t item)
{
  struct report_line *line = f->line_of[item];
  return line ? &f->of[line - f->lines.lines] : NULL;
}

// What is used and not live; an oracle that looks a moment later can see more.
static double floating_of(const struct moment *m)
{
  if (m->live == COMPANION_NO_COUNT) return NAN;
  return m->used > m->live ? (double)(m->used - m->live) : 0;
}

static int take_sample(void *context, size_t item,
                       const union companion_row *row)
{
  struct figure *f = context;
  struct history *h = history_of(f, item);
  const struct companion_sample *s = &row->sample;
  if (!h || f->line_of[item]->first != item || strcmp(s->node, "all") ||
      s->used_bytes == COMPANION_NO_COUNT)
    return 0;
  struct moment *more = grow(h->moments, h->n_moments, sizeof *more);
  if (!more) return -ENOMEM;
  h->moments = more;
  struct moment *moment = &more[h->n_moments++];
  *moment = (struct moment){s->t_ns, s->used_bytes, s->live_bytes};
  h->most[OCCUPANCY] = fmax(h->most[OCCUPANCY], (double)s->used_bytes);
  h->most[FLOATING] = fmax(h->most[FLOATING], floating_of(moment));
  return 0;
}

// What the drain frees waits for the end of the run: that is not prompt.
static bool is_drained(struct figure *f, size_t item, int64_t reclaimed_ns)
{
  if (isnan(f->end_ns) || f->item != item)
    f->end_ns = report_value_of(f->view->items[item].run, "time.wall",
                                "process", "total");
  f->item = item;
  return (double)reclaimed_ns > f->end_ns;
}

static int take_lifetime(void *context, size_t item,
                         const union companion_row *row)
{
  struct history *h = history_of(context, item);
  const struct companion_lifetime *l = &row->lifetime;
  if (!h || l->t_dead_ns == COMPANION_NO_TIME) return 0;
  if (l->t_reclaimed_ns == COMPANION_NO_TIME) {
    h->never++;
    return 0;
  }
  if (is_drained(context, item, l->t_reclaimed_ns)) {
    h->drained++;
    return 0;
  }
  uint64_t *more = grow(h->prompt, h->n_prompt, sizeof *more);
  if (!more) return -ENOMEM;
  h->prompt = more;
  more[h->n_prompt++] = l->t_reclaimed_ns > l->t_dead_ns
                            ? (uint64_t)(l->t_reclaimed_ns - l->t_dead_ns)
                            : 0;
  return 0;
}

// --- curves ----------------------------------------------------------------

static void put_row(const struct figure *f, const struct report_line *line,
                    const char *measure, const double values[6],
                    struct report_paper *paper)
{
  report_series_fields(f->view, &f->view->items[line->first], paper->csv);
  putc(',', paper->csv);
  report_line_fields(f->view, line, paper->csv);
  fprintf(paper->csv, ",%s", measure);
  report_row_numbers(paper, values, 6);
  report_row_end(paper);
}

static int put_timeline(const struct figure *f, const struct report_line *line,
                        const struct history *h, struct grid *grid,
                        struct report_paper *paper)
{
  static const char time[] = "column('x_ns')/1e9";
  size_t first = paper->rows;
  bool oracle = false;
  for (size_t i = 0; i < h->n_moments; i++) {
    const struct moment *m = &h->moments[i];
    bool known = m->live != COMPANION_NO_COUNT;
    oracle |= known;
    put_row(f, line, "occupancy",
            (double[]){(double)m->t_ns, (double)m->used,
                       known ? (double)m->live : NAN, floating_of(m), NAN, NAN},
            paper);
  }
  size_t n = h->n_moments;
  int result = grid_curve(grid, line, OCCUPANCY, GRID_LINE, first, n, time,
                          "column('used_bytes')/1048576");
  if (!oracle || result) return result;
  result = grid_curve(grid, line, OCCUPANCY, GRID_DOTTED, first, n, time,
                      "column('live_bytes')/1048576");
  return result ? result
                : grid_curve(grid, line, FLOATING, GRID_LINE, first, n, time,
                             "column('floating_bytes')/1048576");
}

static int by_value(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

// The share of the dead that was reclaimed after x. What was not in the run is
// in the whole: the curve ends so much below 1.
static int put_promptness(const struct figure *f,
                          const struct report_line *line, struct history *h,
                          struct grid *grid, struct report_paper *paper)
{
  size_t first = paper->rows, at = 0;
  double dead = (double)(h->n_prompt + h->drained + h->never);
  if (!h->n_prompt) return 0;
  qsort(h->prompt, h->n_prompt, sizeof *h->prompt, by_value);
  for (int k = 0; at < h->n_prompt; k++) {
    double x = FIRST_NS * pow(10, (double)k / PER_DECADE);
    while (at < h->n_prompt && (double)h->prompt[at] <= x) at++;
    put_row(f, line, "promptness",
            (double[]){x, NAN, NAN, NAN, (double)at / dead, dead}, paper);
  }
  return grid_curve(grid, line, PROMPTNESS, GRID_LINE, first,
                    paper->rows - first, "column('x_ns')/1e9",
                    "column('share')");
}

static void caption(const struct figure *f, FILE *out)
{
  fputs("F7: what the heap holds over time, of the first invocation of each "
        "configuration:\nused, live by the oracle of death, and floating "
        "garbage, which is the difference.\nPromptness: the share of dead "
        "objects that was reclaimed within a time after\ndeath, of all "
        "invocations. What was reclaimed by the drain after the run, or never\n"
        "(the collector leaks), is in the whole: a curve ends so much below "
        "1.\n",
        out);
  report_lines_caption(&f->lines, out);
  fputs("\nDead objects:\n", out);
  for (size_t i = 0; i < f->lines.n; i++) {
    const struct report_line *line = &f->lines.lines[i];
    const struct history *h = &f->of[i];
    size_t n = h->n_prompt + h->drained + h->never;
    char *panel = n ? report_line_panel(f->view, line) : NULL;
    if (n)
      fprintf(out,
              "  %s, %s: n = %zu, %zu of them by the drain, %zu of them never "
              "reclaimed (%.2f%%)\n",
              panel ? panel : "", f->view->labels[line->series], n, h->drained,
              h->never, 100 * (double)h->never / (double)n);
    free(panel);
  }
}

// --- without a limit --------------------------------------------------------

static bool is_limited(const struct figure *f, const struct report_line *line)
{
  const struct report_run *run = f->view->items[line->first].run;
  return strcmp(run->field[REPORT_HEAP_MODE], "unbounded") != 0;
}

// A heap without a limit would dwarf all others: it may leave the picture. 0:
// no such thing in this panel.
static double cap_of(const struct figure *f, size_t panel, enum measure measure)
{
  double limited = 0, unlimited = 0;
  for (size_t i = 0; i < f->lines.n; i++) {
    const struct report_line *line = &f->lines.lines[i];
    double *most = is_limited(f, line) ? &limited : &unlimited;
    if (line->panel == panel) *most = fmax(*most, f->of[i].most[measure]);
  }
  return limited > 0 && unlimited > limited ? 1.05 * limited / 1048576 : 0;
}

static int cap_panels(const struct figure *f, struct grid *grid, FILE *caption)
{
  size_t n = 0;
  for (size_t p = 0; p < f->lines.n_panels; p++)
    for (int m = OCCUPANCY; m <= FLOATING; m++) {
      double cap = cap_of(f, p, (enum measure)m);
      if (cap > 0 && grid_cap(grid, p, (size_t)m, cap)) return -ENOMEM;
      n += cap > 0;
    }
  if (n)
    fprintf(caption,
            "In %zu plots configurations with no limit to their heap leave the "
            "picture, which ends\nabove the largest that has one; the csv has "
            "all of them.\n",
            n);
  return 0;
}

static int draw_all(struct figure *f, struct report_paper *paper)
{
  struct grid *grid = grid_open(f->view, &f->lines, columns, MEASURES);
  int result = grid ? 0 : -ENOMEM;
  fprintf(paper->csv,
          "%s,%s,measure,x_ns,used_bytes,live_bytes,floating_bytes,share,n\n",
          report_series_columns, report_line_columns);
  for (size_t i = 0; !result && i < f->lines.n; i++) {
    const struct report_line *line = &f->lines.lines[i];
    result = put_timeline(f, line, &f->of[i], grid, paper);
    if (!result) result = put_promptness(f, line, &f->of[i], grid, paper);
  }
  if (!result) result = cap_panels(f, grid, paper->caption);
  if (!result) result = grid_draw(grid, paper);
  grid_free(grid);
  return result;
}

static int prepare(struct figure *f)
{
  int result = report_lines_make(&f->lines, f->view);
  f->line_of = calloc(f->view->n + 1, sizeof *f->line_of);
  f->of = calloc(f->lines.n + 1, sizeof *f->of);
  if (!f->line_of || !f->of) return -ENOMEM;
  for (size_t i = 0; i < f->view->n; i++)
    f->line_of[i] = report_line_of(&f->lines, i);
  return result;
}

static void forget(struct figure *f)
{
  for (size_t i = 0; f->of && i < f->lines.n; i++) {
    free(f->of[i].moments);
    free(f->of[i].prompt);
  }
  free(f->of);
  free(f->line_of);
  report_lines_free(&f->lines);
}

static int draw(const struct report_view *view, struct report_paper *paper)
{
  char error[1024];
  struct figure f = {.view = view, .end_ns = NAN};
  int result = prepare(&f);
  if (!result)
    result = report_rows(view, COMPANION_SAMPLES, take_sample, &f, error,
                         sizeof error);
  if (!result)
    result = report_rows(view, COMPANION_LIFETIMES, take_lifetime, &f, error,
                         sizeof error);
  if (result == -EINVAL) {
    report_rows_refused(paper, error);
    result = 0;
  } else if (!result) {
    caption(&f, paper->caption);
    result = draw_all(&f, paper);
  }
  forget(&f);
  return result;
}

const struct report_figure report_heap = {
    "F7", "Heap and promptness",
    "what the heap holds over time; how soon the dead are reclaimed",
    REPORT_PICTURE, REPORT_OVER_HEAP, true, draw};
