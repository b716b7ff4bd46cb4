// report_figure.h: the figures and tables that `wane report` knows.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_FIGURE_H
#define WANE_HARNESS_REPORT_FIGURE_H

#include "report_group.h"
#include "report_table.h"

#include <stdio.h>

// Where a figure goes. `csv` gets a row per number that is drawn, and no
// other; `caption` what the picture is to be read by.
struct report_paper {
  const char *stem; // its files are STEM.csv, STEM.svg, ...
  FILE *csv, *caption;
  FILE *gp;                   // of a picture: report_plot.h writes to it
  struct report_table *table; // of a table
  FILE *labels;               // report_plot.c's: of the whole picture
  char *labels_text;          //
  size_t labels_size;         //
  double width, height;       //
  size_t rows; // of the csv, without its header: report_row_end counts
  bool refused; // a file of the results could not be read to its end
  bool drawn;  // the figure sets it; else there is nothing to look at, and the
               // caption says why
};

enum report_kind { REPORT_PICTURE, REPORT_TABLE };

struct report_figure {
  const char *name, *title, *help;
  enum report_kind kind;
  enum report_axis axis; // how the view is sorted that it gets
  // All that it shows is time, or over it: there is none of an emulated
  // machine. A figure that has other things, too, leaves times out itself.
  bool of_time;
  // Of one class, which may have runs that failed and no others. 0 or -ENOMEM.
  int (*draw)(const struct report_view *view, struct report_paper *paper);
};

extern const struct report_figure report_lbo;        // F1
extern const struct report_figure report_sweep;      // F3
extern const struct report_figure report_latency;     // F4
extern const struct report_figure report_utilisation; // F5
extern const struct report_figure report_phases;     // F6
extern const struct report_figure report_heap;       // F7
extern const struct report_figure report_scale;      // F8
extern const struct report_figure report_matrices;   // numa_matrices
extern const struct report_figure report_lbo_table;  // T2
extern const struct report_figure report_characters; // T9
extern const struct report_figure report_counting;   // T10

// --- what they share -------------------------------------------------------

// "", " - modelled, not measured", ...: what a title must say of its class.
const char *report_class_words(enum report_class class);

// Ends a row of the csv.
void report_row_end(struct report_paper *paper);
// ",VALUE" for each; NaN: NA.
void report_row_numbers(struct report_paper *paper, const double *values,
                        size_t n);

// The columns that say which series a row of the csv is of.
extern const char report_series_columns[];
void report_series_fields(const struct report_view *view,
                          const struct report_item *item, FILE *csv);

#endif
