// stats_tables.h: trace statistics as CSV.
// SPDX-License-Identifier: MIT
//
// Every table has a header and one fact a line, so that tables of several
// traces can be put one behind the other. README.md lists the columns.
#ifndef WANE_HARNESS_STATS_TABLES_H
#define WANE_HARNESS_STATS_TABLES_H

#include <stdio.h>

#include "stats_trace.h"

void stats_table_nominal(FILE *out, const struct stats_trace *traces, size_t n);
void stats_table_distributions(FILE *out, const struct stats_trace *traces,
                               size_t n);
void stats_table_series(FILE *out, const struct stats_trace *traces, size_t n);
void stats_table_types(FILE *out, const struct stats_trace *traces, size_t n);

#endif
