// report_figure.h: the figures that `wane report` knows.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_FIGURE_H
#define WANE_HARNESS_REPORT_FIGURE_H

#include "report_group.h"
#include "svg_plot.h"

#include <stdio.h>

// Where a figure goes. `csv` gets a row per number that is drawn, and no
// other; `caption` what the picture is to be read by.
struct report_paper {
  struct svg *svg; // made by the figure; NULL: there is nothing to draw
  FILE *csv, *caption;
};

struct report_figure {
  const char *name, *help;
  // Of one class, which has at least one run that is not excluded. 0 or
  // -ENOMEM.
  int (*draw)(const struct report_view *view, struct report_paper *paper);
};

extern const struct report_figure report_scale;    // F8
extern const struct report_figure report_matrices; // numa_matrices

// --- what they share -------------------------------------------------------

enum svg_colour report_colour(size_t series);
bool report_dashed(size_t series);

// The title of a picture, with the class in it if it is not a measured one.
void report_title(const struct report_view *view, struct svg *svg,
                  const char *title);

// A line per series; returns the height. `svg` NULL: only that.
double report_legend(const struct report_view *view, struct svg *svg, double x,
                     double y);

// How wide a picture must be for the longest label.
double report_label_width(const struct report_view *view);

// The columns that say which series a row of the csv is of.
extern const char report_series_columns[];
void report_series_fields(const struct report_view *view,
                          const struct report_item *item, FILE *csv);

#endif
