// claims_table.h: tables as a paper has them: a row per benchmark.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CLAIMS_TABLE_H
#define WANE_HARNESS_CLAIMS_TABLE_H

#include "claims.h"

struct claim_column {
  const char *name;
  struct claim_measure measure;
};

struct claim_table {
  const char *name, *title;
  char *const *configs; // as in the column
  size_t n_configs;
  struct claim_column *columns;
  size_t n_columns;
};

// A row per benchmark, heap factor and number of mutators, and in it one per
// configuration. What failed has its reason in place of numbers.
struct claim_row {
  const struct report_run *first; // whose row it is
  char why[120];                  // what is missing, and why; or ""
  struct stats_interval *values;  // of each column; n 0: there is none
};
struct claim_rows {
  const struct claim_table *table;
  struct claim_row *rows; // sorted
  size_t n;
};

// 0 or -ENOMEM; claim_rows_free in any case. The report must live on.
int claim_rows_make(struct claim_rows *rows, const struct claim_table *table,
                    const struct report *report);
void claim_rows_free(struct claim_rows *rows);

void claim_rows_csv(const struct claim_rows *rows, FILE *out);
void claim_rows_txt(const struct claim_rows *rows, FILE *out);
void claim_rows_tex(const struct claim_rows *rows, FILE *out);

#endif
