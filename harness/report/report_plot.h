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

// A series in a plot command: rows from `first` to `last`, of columns y[0]
// (points), y[1] and y[2] (its interval, as a band or as whiskers) times
// `times`, over `x`, an expression.
void report_plot_series(struct report_paper *paper, size_t first, size_t last,
                        size_t series, const char *x, const char *const y[3],
                        double times, bool band);

// Samples of those series that `used` says (NULL: all), with their labels, in
// columns: boxes of these colours, or with NULL the lines of series. Returns
// the height that it takes; `draw` false: only that.
double report_plot_legend(struct report_paper *paper, char *const *labels,
                          const bool *used, size_t n, double width, double top,
                          const char *const *colours, bool draw);

// Estimated width of a text in the pictures' font.
double report_plot_text_width(const char *text);

#endif
