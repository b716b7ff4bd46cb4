// report_grid.c: a figure of many small plots: panels by measures.
// SPDX-License-Identifier: MIT
#include "report_grid.h"

#include "report_plot.h"

#include <errno.h>
#include <stdlib.h>

#define LEFT 44.0 // of a plot: its numbers and label
#define RIGHT 10.0
#define ABOVE 30.0 // titles
#define BELOW 44.0 // tics are turned, so that any number of them has room
#define PLOT 112.0 // its height
#define GAP 8.0
#define TITLE 1.1 // size of a panel's name

struct curve {
  size_t panel, column, series, first, n;
  enum grid_style style;
  const char *x, *y;
};

struct cap {
  size_t panel, column;
  double most;
};

struct grid {
  const struct report_view *view;
  const struct report_lines *lines;
  const struct grid_column *columns;
  size_t n_columns;
  struct curve *curves;
  size_t n, room;
  struct cap *caps;
  size_t n_caps;
};

struct grid *grid_open(const struct report_view *view,
                       const struct report_lines *lines,
                       const struct grid_column *columns, size_t n)
{
  struct grid *grid = calloc(1, sizeof *grid);
  if (grid)
    *grid = (struct grid){
        .view = view, .lines = lines, .columns = columns, .n_columns = n};
  return grid;
}

void grid_free(struct grid *grid)
{
  if (grid) free(grid->curves);
  if (grid) free(grid->caps);
  free(grid);
}

int grid_curve(struct grid *grid, const struct report_line *line,
               size_t column, enum grid_style style, size_t first, size_t n,
               const char *x, const char *y)
{
  if (!n) return 0;
  if (grid->n == grid->room) {
    size_t room = grid->room ? 2 * grid->room : 64;
    struct curve *more = realloc(grid->curves, room * sizeof *more);
    if (!more) return -ENOMEM;
    grid->curves = more;
    grid->room = room;
  }
  grid->curves[grid->n++] = (struct curve){
      line->panel, column, line->series, first, n, style, x, y};
  return 0;
}

int grid_cap(struct grid *grid, size_t panel, size_t column, double most)
{
  struct cap *more =
      realloc(grid->caps, (grid->n_caps + 1) * sizeof *grid->caps);
  if (!more) return -ENOMEM;
  grid->caps = more;
  more[grid->n_caps++] = (struct cap){panel, column, most};
  return 0;
}

// --- what there is ---------------------------------------------------------

#define ANY SIZE_MAX

static bool has(const struct grid *grid, size_t panel, size_t column)
{
  for (size_t i = 0; i < grid->n; i++)
    if ((panel == ANY || grid->curves[i].panel == panel) &&
        (column == ANY || grid->curves[i].column == column))
      return true;
  return false;
}

static size_t columns_of(const struct grid *grid)
{
  size_t n = 0;
  for (size_t i = 0; i < grid->n_columns; i++) n += has(grid, ANY, i);
  return n;
}

static size_t rows_of(const struct grid *grid)
{
  size_t n = 0;
  for (size_t i = 0; i < grid->lines->n_panels; i++) n += has(grid, i, ANY);
  return n;
}

static bool *used_by(const struct grid *grid)
{
  bool *used = calloc(grid->view->n_series + 1, sizeof *used);
  for (size_t i = 0; used && i < grid->n; i++)
    used[grid->curves[i].series] = true;
  return used;
}

// --- commands --------------------------------------------------------------

static void put_curve(const struct curve *c, struct report_paper *paper)
{
  FILE *gp = paper->gp;
  report_plot_rows(paper, c->first, c->first + c->n - 1);
  fprintf(gp, " using (%s):(%s) notitle ", c->x, c->y);
  switch (c->style) {
  case GRID_LINE:
    fprintf(gp, "with lines linestyle %u", report_plot_style(c->series));
    break;
  case GRID_DOTTED:
    fprintf(gp, "with lines linewidth 0.7 dashtype 3 linecolor rgb '%s'",
            report_plot_colour(c->series));
    break;
  case GRID_HOLLOW:
    fprintf(gp, "with points pointtype 6 pointsize 0.5 linecolor rgb '%s'",
            report_plot_colour(c->series));
    break;
  case GRID_BAND:
    fprintf(gp, "with filledcurves fillcolor rgb '%s'",
            report_plot_colour(c->series));
    break;
  }
}

static void put_cell(const struct grid *grid, size_t panel, size_t column,
                     double left, double top, double width,
                     struct report_paper *paper)
{
  const struct grid_column *it = &grid->columns[column];
  const char *between = "plot ";
  FILE *gp = paper->gp;
  report_plot_text(paper, left + LEFT, top + ABOVE - 5, REPORT_LEFT, true, 1,
                   it->title);
  report_plot_box(paper, left + LEFT, top + ABOVE, width - LEFT - RIGHT, PLOT);
  fputs("unset logscale\nset format '%g'\nset xrange [*:*]\nset yrange [*:*]\n"
        "set xtics autofreq rotate by 45 right\nset ytics autofreq\n"
        "set xlabel offset 0,0.4 ",
        gp);
  report_plot_quote(gp, it->x);
  fputs("\nset ylabel ", gp);
  report_plot_quote(gp, it->y);
  fprintf(gp, "\n%s\n", it->settings);
  for (size_t i = 0; i < grid->n_caps; i++)
    if (grid->caps[i].panel == panel && grid->caps[i].column == column)
      fprintf(gp, "set yrange [0:%.6g]\n", grid->caps[i].most);
  for (size_t i = 0; i < grid->n; i++) {
    const struct curve *c = &grid->curves[i];
    if (c->panel != panel || c->column != column) continue;
    fputs(between, gp);
    put_curve(c, paper);
    between = ", \\\n     ";
  }
  putc('\n', gp);
}

static int put_row(const struct grid *grid, size_t panel, double top,
                   double width, struct report_paper *paper)
{
  const struct report_line *line = grid->lines->lines;
  while (line->panel != panel) line++;
  char *name = report_line_panel(grid->view, line);
  double left = 0;
  if (!name) return -ENOMEM;
  report_plot_text(paper, LEFT, top + 10, REPORT_LEFT, false, TITLE, name);
  free(name);
  for (size_t c = 0; c < grid->n_columns; c++) {
    if (!has(grid, ANY, c)) continue;
    if (has(grid, panel, c)) put_cell(grid, panel, c, left, top, width, paper);
    left += width;
  }
  return 0;
}

static bool titles_fit(const struct grid *grid, double width)
{
  bool fit = true;
  for (size_t i = 0; i < grid->lines->n; i++) {
    char *name = report_line_panel(grid->view, &grid->lines->lines[i]);
    fit = fit && name && report_plot_text_width(name) * TITLE <= width;
    free(name);
  }
  return fit;
}

int grid_draw(const struct grid *grid, struct report_paper *paper)
{
  if (!grid->n) return 0;
  int result = 0;
  bool *used = used_by(grid);
  if (!used) return -ENOMEM;
  size_t columns = columns_of(grid), rows = rows_of(grid);
  bool wide = columns > 1 || !titles_fit(grid, REPORT_NARROW - LEFT);
  double page = wide ? REPORT_WIDE : REPORT_NARROW;
  double width = columns > 1 ? page / (double)columns : REPORT_NARROW;
  double row = ABOVE + PLOT + BELOW + GAP, top = 0;
  double legend =
      report_plot_legend(paper, grid->view->labels, used, grid->view->n_series,
                         page, 0, false, false);
  result =
      report_plot_begin(paper, page, row * (double)rows + legend + GAP);
  if (result) {
    free(used);
    return result;
  }
  for (size_t p = 0; !result && p < grid->lines->n_panels; p++) {
    if (!has(grid, p, ANY)) continue;
    result = put_row(grid, p, top, width, paper);
    top += row;
  }
  report_plot_legend(paper, grid->view->labels, used, grid->view->n_series,
                     page, top, false, true);
  free(used);
  int ended = report_plot_end(paper);
  return result ? result : ended;
}
