// report_grid.h: a figure of many small plots: panels by measures.
// SPDX-License-Identifier: MIT
//
// A row of plots per panel, a column per measure; a measure that no panel has
// is left out. Curves are rows of the figure's CSV, by their number.

#ifndef WANE_HARNESS_REPORT_GRID_H
#define WANE_HARNESS_REPORT_GRID_H

#include "report_figure.h"
#include "report_lines.h"

enum grid_style {
  GRID_LINE,
  GRID_DOTTED, // thin, beside a line of the same series
  GRID_HOLLOW, // points alone: a warning on a line
  GRID_BAND,   // filled; `y` is two expressions, "LOW):(HIGH"
};

struct grid_column {
  const char *title, *x, *y; // labels
  const char *settings;      // gnuplot commands: scales, ranges
};

struct grid;

// NULL: no memory. `lines` and `columns` must live as long.
struct grid *grid_open(const struct report_view *view,
                       const struct report_lines *lines,
                       const struct grid_column *columns, size_t n);
void grid_free(struct grid *grid);

// Rows first .. first + n - 1 of the CSV as a curve of that line; `x` and `y`
// are gnuplot expressions of columns. 0 or -ENOMEM.
int grid_curve(struct grid *grid, const struct report_line *line,
               size_t column, enum grid_style style, size_t first, size_t n,
               const char *x, const char *y);

// The y axis of a plot ends there. 0 or -ENOMEM.
int grid_cap(struct grid *grid, size_t panel, size_t column, double most);

// All commands; none if there is no curve. 0 or -ENOMEM.
int grid_draw(const struct grid *grid, struct report_paper *paper);

#endif
