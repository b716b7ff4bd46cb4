// export_rows.h: results.csv and run.json of a folder, for the formats.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_EXPORT_ROWS_H
#define WANE_HARNESS_EXPORT_ROWS_H

#include "record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// Whether it is the same in all rows of an invocation.
bool export_column_of_invocation(enum column column);

struct export_rows;

// NULL and a sentence: no run.json or results.csv, of another version, or not
// readable.
struct export_rows *export_rows_open(const char *directory, char *error,
                                     size_t error_size);
void export_rows_close(struct export_rows *rows);

// The object of run.json; it lives as long as `rows`.
const json_t *export_rows_run(const struct export_rows *rows);
// What run.json says of an invocation, in `invocations`; NULL: nothing.
const json_t *export_rows_invocation(const struct export_rows *rows,
                                     const char *id);

// A text as a number. Neither blanks nor words, as JSON has it.
bool export_is_number(const char *text);

// The next row: a text per column, NULL for NA, where a column of numbers has a
// number as JSON writes it. Texts live as long as `rows`, the array until the
// next row. 1; 0 at the end; -EINVAL and a sentence with file and line.
int export_rows_next(struct export_rows *rows, const char *const **fields,
                     char *error, size_t error_size);

// What run.json knows of an invocation and results.csv does not.
enum { EXPORT_FACTS = 4 };
extern const char *const export_fact_names[EXPORT_FACTS];
// Its text, in `buffer` or the object's; NULL: NA.
const char *export_fact(const json_t *invocation, int fact, char buffer[32]);

// A row of CSV with the columns in which `wanted` is true, and no line end.
void export_header(FILE *out, const bool wanted[N_COLUMNS]);
void export_fields(FILE *out, const char *const *fields,
                   const bool wanted[N_COLUMNS]);

#endif
