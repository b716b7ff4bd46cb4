// report_lines.c: which runs are one line of a picture, and in which panel.
// SPDX-License-Identifier: MIT
#include "report_lines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

// How far from the factor that is wanted; where there is none, not at all.
static double distance(const struct report_item *item, double at)
{
  return item->run->hfac > 0 ? fabs(log(item->run->hfac / at)) : 0;
}

// Of items [begin, end), which differ in heap factor and invocation alone.
static void add_line(struct report_lines *lines, const struct report_view *view,
                     size_t begin, size_t end)
{
  struct report_line *line = &lines->lines[lines->n++];
  bool same = begin && report_same_panel(&view->items[begin - 1],
                                         &view->items[begin]);
  double least = INFINITY;
  if (!same) lines->n_panels++;
  *line = (struct report_line){
      .panel = lines->n_panels - 1,
      .series = report_series_of(view, &view->items[begin])};
  for (size_t i = begin, next; i < end; i = next) {
    next = report_view_end(view, i, report_same_point);
    if (distance(&view->items[i], lines->at) >= least) continue;
    least = distance(&view->items[i], lines->at);
    line->first = i;
    line->n = next - i;
  }
  lines->left_out += end - begin - line->n;
}

int report_lines_make(struct report_lines *lines,
                      const struct report_view *view)
{
  *lines = (struct report_lines){
      .lines = calloc(view->n + 1, sizeof *lines->lines), .at = view->at};
  if (!lines->lines) return -ENOMEM;
  for (size_t i = 0, end; i < view->n; i = end) {
    end = report_view_end(view, i, report_same_series);
    add_line(lines, view, i, end);
  }
  return 0;
}

void report_lines_free(struct report_lines *lines)
{
  free(lines->lines);
}

struct report_line *report_line_of(const struct report_lines *lines,
                                   size_t item)
{
  for (size_t i = 0; i < lines->n; i++)
    if (item >= lines->lines[i].first &&
        item - lines->lines[i].first < lines->lines[i].n)
      return &lines->lines[i];
  return NULL;
}

void report_lines_caption(const struct report_lines *lines, FILE *caption)
{
  if (lines->left_out)
    fprintf(caption,
            "Of each configuration the heap factor nearest to %g is shown; %zu "
            "invocations at\nothers are not.\n",
            lines->at, lines->left_out);
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
