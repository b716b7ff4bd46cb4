// results.h: records as CSV and JSON.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_RESULTS_H
#define WANE_HARNESS_RESULTS_H

#include "record.h"

#define RESULTS_SCHEMA_VERSION 3

void results_csv_header(FILE *out);
// One row per measurement.
void results_csv_rows(FILE *out, const struct record *record);

// {"schema_version":3,"rows":[{column: value, ...}, ...]}; missing is null.
void results_json(FILE *out, const struct record *records, size_t n);

#endif
