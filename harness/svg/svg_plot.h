// svg_plot.h: axes, and what is drawn between them.
// SPDX-License-Identifier: MIT
//
// A plot is a rectangle of a picture with a scale across and one up. Values
// outside of a scale are drawn at its end.
#ifndef WANE_HARNESS_SVG_PLOT_H
#define WANE_HARNESS_SVG_PLOT_H

#include "svg.h"

enum svg_number { SVG_PLAIN, SVG_BINARY, SVG_PERCENT }; // 1 k; 1 Ki; 1 %

struct svg_scale {
  double from, to; // from < to; above 0 if log
  bool log;
  enum svg_number number; // how ticks are written
  unsigned ticks;         // about so many; 0: no axis and no grid
  bool silent;            // ticks are not written
  const char *label;      // NULL: none
};

struct svg_plot {
  struct svg *svg;
  double x, y, width, height; // of the inner rectangle
  struct svg_scale across, up;
  double text; // font size
};

// Where a value is in the picture.
double svg_plot_x(const struct svg_plot *plot, double value);
double svg_plot_y(const struct svg_plot *plot, double value);

// Grid, base line, ticks and labels. Comes first.
void svg_plot_frame(const struct svg_plot *plot);

// Points are in values.
void svg_plot_line(const struct svg_plot *plot, const struct svg_point *points,
                   size_t n, enum svg_colour colour, bool dashed);

// Each value holds from its x to the next point's.
void svg_plot_steps(const struct svg_plot *plot, const struct svg_point *points,
                    size_t n, enum svg_colour colour);

// Between two curves over the same x.
struct svg_band {
  double x, low, high;
};
void svg_plot_area(const struct svg_plot *plot, const struct svg_band *bands,
                   size_t n, enum svg_colour colour);

void svg_plot_bar(const struct svg_plot *plot, struct svg_point from,
                  struct svg_point to, enum svg_colour colour);

// A legend in one line: a patch of each colour and its name, from `at` on,
// which is in points of the picture and the left end of the baseline. Returns
// where the next key would stand.
struct svg_key {
  enum svg_colour colour;
  const char *name;
};
double svg_legend(struct svg *svg, struct svg_point at, double text,
                  const struct svg_key *keys, size_t n);

// Bars to the right, one a line, in the inner rectangle, each with its name on
// the left and its value behind it. Needs no frame.
struct svg_row {
  const char *name;
  double value;
  enum svg_colour colour;
};
void svg_plot_rows(const struct svg_plot *plot, const struct svg_row *rows,
                   size_t n);

// "1.5 k", "64 Ki", "20 %".
void svg_number_text(char text[32], double value, enum svg_number number);

// Where ticks are: round values, on a log scale powers. Returns how many.
#define SVG_MOST_TICKS 32
size_t svg_scale_ticks(const struct svg_scale *scale,
                       double ticks[SVG_MOST_TICKS]);

#endif
