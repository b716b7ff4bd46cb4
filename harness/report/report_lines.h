// report_lines.h: which runs are one line of a picture, and in which panel.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_LINES_H
#define WANE_HARNESS_REPORT_LINES_H

#include "report_group.h"

#include <stdio.h>

// Invocations of one configuration in one panel, at the view's heap factor or
// with no limit: a picture of distributions has no room for more than one.
struct report_line {
  size_t panel;        // from 0
  size_t series;       // of the view
  size_t first, n;     // items of the view
};

struct report_lines {
  struct report_line *lines; // in the view's order
  size_t n, n_panels;
  const struct report_view *view;
  size_t *missing; // the first item of each series that has none there
  size_t n_missing;
  size_t left_out; // items at other factors
  size_t *of;      // of each item: one more than its line; 0: none
};

// Of a view over the heap. 0 or -ENOMEM; report_lines_free in any case.
int report_lines_make(struct report_lines *lines,
                      const struct report_view *view);
void report_lines_free(struct report_lines *lines);

// Whose line the item is, or NULL.
struct report_line *report_line_of(const struct report_lines *lines,
                                   size_t item);

// What a caption must say of the factor, of items at others, and of failures.
void report_lines_caption(const struct report_lines *lines, FILE *caption);

// The columns of a row that say which line it is of.
extern const char report_line_columns[];
void report_line_fields(const struct report_view *view,
                        const struct report_line *line, FILE *csv);

// "trees, depth=9". The caller's; NULL: no memory.
char *report_line_panel(const struct report_view *view,
                        const struct report_line *line);

#endif
