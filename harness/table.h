// table.h: the table for people.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_TABLE_H
#define WANE_HARNESS_TABLE_H

#include "plan.h"
#include "record.h"

// One line per workload x collector: medians over invocations of the last
// iteration; below it latencies, notes and what went wrong.
void table_print(FILE *out, const struct plan *plan,
                 const struct record *records, size_t n, bool verify);

// The median of `n` values, which are sorted; the mean of the middle two when
// n is even. NaN when n is 0.
double table_median(double *values, size_t n);

#endif
