// report_table.h: a table of a paper, as LaTeX (booktabs).
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_TABLE_H
#define WANE_HARNESS_REPORT_TABLE_H

#include <stddef.h>
#include <stdio.h>

enum report_look {
  REPORT_PLAIN,
  REPORT_GREY,  // does not count
  REPORT_SMALL, // an interval below its mean
  REPORT_HEAD
};

struct report_table {
  FILE *tex;
  size_t columns, column; // of all; of the next cell
};

// `columns` as tabular wants them: "lrr".
void report_table_begin(struct report_table *table, const char *name,
                        const char *columns);
// A cell; its text is escaped. Behind the last one the row ends by itself.
__attribute__((format(printf, 3, 4))) void
report_table_cell(struct report_table *table, enum report_look look,
                  const char *format, ...);
// A number with at most that many significant digits, and thousands apart;
// NaN: a dash.
void report_table_number(struct report_table *table, enum report_look look,
                         double value, int digits);
// A row of one text over all columns.
void report_table_heading(struct report_table *table, const char *text);
void report_table_rule(struct report_table *table);
void report_table_end(struct report_table *table);

#endif
