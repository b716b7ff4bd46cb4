// report_lines.c: which runs are one line of a picture, and in which panel.
// SPDX-License-Identifier: MIT
#include "report_lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

// Of items [begin, end), which differ in heap factor and invocation alone,
// those at the factor; else those with no limit, which are behind all others.
static void find_items(struct report_line *line, const struct report_view *view,
                       size_t begin, size_t end)
{
  for (size_t i = begin, next; i < end; i = next) {
    double x = view->items[i].x;
    next = report_view_end(view, i, report_same_point);
    if (x != view->factor && (!isnan(x) || line->n)) continue;
    line->first = i;
    line->n = next - i;
  }
}

static void add_series(struct report_lines *lines,
                       const struct report_view *view, size_t begin, size_t end)
{
  struct report_line line = {
      .series = report_series_of(view, &view->items[begin]), .first = begin};
  find_items(&line, view, begin, end);
  lines->left_out += end - begin - line.n;
  if (!line.n) {
    lines->missing[lines->n_missing++] = begin;
    return;
  }
  bool same = lines->n &&
              report_same_panel(&view->items[lines->lines[lines->n - 1].first],
                                &view->items[begin]);
  lines->n_panels += !same;
  line.panel = lines->n_panels - 1;
  lines->lines[lines->n++] = line;
  for (size_t i = 0; i < line.n; i++) lines->of[line.first + i] = lines->n;
}

int report_lines_make(struct report_lines *lines,
                      const struct report_view *view)
{
  *lines = (struct report_lines){
      .view = view,
      .lines = calloc(view->n + 1, sizeof *lines->lines),
      .missing = calloc(view->n + 1, sizeof *lines->missing),
      .of = calloc(view->n + 1, sizeof *lines->of)};
  if (!lines->lines || !lines->missing || !lines->of) return -ENOMEM;
  for (size_t i = 0, end; i < view->n; i = end) {
    end = report_view_end(view, i, report_same_series);
    add_series(lines, view, i, end);
  }
  return 0;
}

void report_lines_free(struct report_lines *lines)
{
  free(lines->lines);
  free(lines->missing);
  free(lines->of);
}

struct report_line *report_line_of(const struct report_lines *lines,
                                   size_t item)
{
  return lines->of[item] ? &lines->lines[lines->of[item] - 1] : NULL;
}

static void list_survivors(const struct report_lines *lines, FILE *caption)
{
  for (size_t i = 0; i < lines->n; i++) {
    const struct report_line *line = &lines->lines[i];
    size_t failed = report_failed_beside(lines->view,
                                         &lines->view->items[line->first]);
    if (!failed) continue;
    char *panel = report_line_panel(lines->view, line);
    fprintf(caption,
            "Of survivors: %s, %s: %zu of %zu invocations failed.\n",
            panel ? panel : "", lines->view->labels[line->series], failed,
            failed + line->n);
    free(panel);
  }
}

void report_lines_caption(const struct report_lines *lines, FILE *caption)
{
  const struct report_view *view = lines->view;
  if (!isnan(view->factor))
    fprintf(caption,
            "At %.3f times the minimum heap (wanted: %g), or with no limit; "
            "%zu invocations at other\nfactors are not shown.\n",
            view->factor, view->at, lines->left_out);
  for (size_t i = 0; i < lines->n_missing; i++) {
    const struct report_item *item = &view->items[lines->missing[i]];
    char *panel = report_panel_name(view, item);
    fprintf(caption, "Not shown, for no invocation ended well there: %s, %s.\n",
            panel ? panel : "", item->label);
    free(panel);
  }
  list_survivors(lines, caption);
}

const char report_line_columns[] = "panel,mutators,hfac";

void report_line_fields(const struct report_view *view,
                        const struct report_line *line, FILE *csv)
{
  const struct report_run *run = view->items[line->first].run;
  fprintf(csv, "%zu,%u,%s", line->panel, run->mutators,
          run->field[REPORT_HFAC]);
}

char *report_line_panel(const struct report_view *view,
                        const struct report_line *line)
{
  return report_panel_name(view, &view->items[line->first]);
}
