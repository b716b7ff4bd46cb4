// report_plot.h: gnuplot scripts that all look alike.
// SPDX-License-Identifier: MIT
//
// Lengths are in points of the printed page, from the left and from the top. A
// script reads its numbers from STEM.csv beside it, by names of columns and
// numbers of rows, and draws STEM.svg and STEM.pdf. Pictures have no
// background; black (#000000) is text and axes, and nothing else is black, so
// that a page can give these its own colour.

#ifndef WANE_HARNESS_REPORT_PLOT_H
#define WANE_HARNESS_REPORT_PLOT_H

#include "report_figure.h"

#define REPORT_NARROW 241.0 // one column of a paper
#define REPORT_WIDE 506.0   // two

// Sizes, fonts, colours, what every picture has. Also sets paper->drawn.
// 0 or -ENOMEM, and then nothing else may be called.
int report_plot_begin(struct report_paper *paper, double width, double height);
int report_plot_end(struct report_paper *paper);

// 'TEXT' as gnuplot quotes it.
void report_plot_quote(FILE *gp, const char *text);
// The same of a name at a tic, where '%' would be a format.
void report_plot_quote_tic(FILE *gp, const char *text);

// The axes of the next plot: between these.
void report_plot_box(struct report_paper *paper, double left, double top,
                     double width, double height);

enum report_anchor { REPORT_LEFT, REPORT_CENTRE, REPORT_RIGHT };

// Text, all of which is drawn at the end. `size` 1: as everywhere.
void report_plot_text(struct report_paper *paper, double x, double y,
                      enum report_anchor anchor, bool bold, double size,
                      const char *text);

// Style of series i (any number), from 1, and its colour as #rrggbb.
unsigned report_plot_style(size_t series);
const char *report_plot_colour(size_t series);

// "STEM.csv" every ::FIRST::LAST, rows from 0.
void report_plot_rows(struct report_paper *paper, size_t first, size_t last);

// Parts of a plot command, each with a comma before it: rows from `first` to
// `last` over `x`, an expression, of these columns times `times`. An interval
// as a band, which has to come before all lines, or as whiskers.
struct report_plot_part {
  size_t first, last, series;
  const char *x;
  const char *middle, *low, *high;
  double times;
};
void report_plot_band(struct report_paper *paper,
                      const struct report_plot_part *rows);
void report_plot_whiskers(struct report_paper *paper,
                          const struct report_plot_part *rows);
void report_plot_line(struct report_paper *paper,
                      const struct report_plot_part *rows);

// Samples of those series that `used` says (NULL: all), with their labels, in
// columns: boxes of these colours, or with NULL the lines of series. Returns
// the height that it takes; `draw` false: only that.
double report_plot_legend(struct report_paper *paper, char *const *labels,
                          const bool *used, size_t n, double width, double top,
                          const char *const *colours, bool draw);

// "set ytics" (axis 'y') with four or so round steps from `from` to `to`.
void report_plot_tics(struct report_paper *paper, char axis, double from,
                      double to);

// A unit in which so many nanoseconds can be read: "s", "ms", "us" or "ns", and
// what they are to be multiplied with.
const char *report_plot_time(double ns, double *times);

// Estimated width of a text in the pictures' font.
double report_plot_text_width(const char *text);

#endif
