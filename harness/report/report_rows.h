// report_rows.h: rows of companion files, for the runs of a view.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_ROWS_H
#define WANE_HARNESS_REPORT_ROWS_H

#include "companion_read.h"
#include "report_figure.h"

// Of item `item` of the view, in its timed iteration. 0 or -ENOMEM.
typedef int (*report_take_row)(void *context, size_t item,
                               const union companion_row *row);

// Calls `take` for each such row of the files of that kind, in their order; a
// folder without the file has none. 0; -ENOMEM; -EINVAL and a sentence: a file
// cannot be read to its end.
int report_rows(const struct report_view *view, enum companion kind,
                report_take_row take, void *context, char *error,
                size_t error_size);

// For a figure whose file was refused: the sentence is its caption, and is said
// to the user as well.
void report_rows_refused(struct report_paper *paper, const char *error);

#endif
