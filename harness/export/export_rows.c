// export_rows.c: results.csv and run.json of a folder, for the formats.
// SPDX-License-Identifier: MIT
//
// Strict: other tools take what they are given, so what is no result must not
// get there. Main thread.
#include "export_rows.h"

#include "csv.h"
#include "csv_file.h"
#include "results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct export_rows {
  json_t *run;
  char *path; // of results.csv
  struct csv_reader *reader;
  int at[N_COLUMNS]; // where each column is
  const char *fields[N_COLUMNS];
};

bool export_column_of_invocation(enum column column)
{
  switch (column) {
  case COLUMN_iteration:
  case COLUMN_phase:
  case COLUMN_metric:
  case COLUMN_scope:
  case COLUMN_stat:
  case COLUMN_unit:
  case COLUMN_value:
    return false;
  default:
    return true;
  }
}

// --- open ------------------------------------------------------------------

static bool load_run(struct export_rows *rows, const char *directory,
                     char *error, size_t error_size)
{
  json_error_t why;
  char *path;
  if (asprintf(&path, "%s/run.json", directory) < 0) {
    snprintf(error, error_size, "no memory");
    return false;
  }
  rows->run = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
  json_int_t version =
      json_integer_value(json_object_get(rows->run, "schema_version"));
  if (!rows->run && json_error_code(&why) == json_error_cannot_open_file)
    snprintf(
        error, error_size,
        "%s: expected the folder of an experiment that has ended (wane run "
        "-o), found no run.json",
        directory);
  else if (!rows->run)
    snprintf(error, error_size, "%s:%d: %s", path, why.line, why.text);
  else if (version != RESULTS_SCHEMA_VERSION)
    snprintf(error, error_size, "%s: expected schema_version %d, found %lld",
             path, RESULTS_SCHEMA_VERSION, (long long)version);
  free(path);
  return rows->run && version == RESULTS_SCHEMA_VERSION;
}

static bool find_columns(struct export_rows *rows, char *error,
                         size_t error_size)
{
  for (int i = 0; i < N_COLUMNS; i++) {
    rows->at[i] =
        csv_read_column(rows->reader, record_column_name((enum column)i));
    if (rows->at[i] >= 0) continue;
    snprintf(error, error_size, "%s: has no column %s", rows->path,
             record_column_name((enum column)i));
    return false;
  }
  if (csv_read_columns(rows->reader) == N_COLUMNS) return true;
  snprintf(error, error_size, "%s: expected %d columns, found %zu", rows->path,
           N_COLUMNS, csv_read_columns(rows->reader));
  return false;
}

struct export_rows *export_rows_open(const char *directory, char *error,
                                     size_t error_size)
{
  struct export_rows *rows = calloc(1, sizeof *rows);
  if (!rows || asprintf(&rows->path, "%s/results.csv", directory) < 0) {
    snprintf(error, error_size, "no memory");
    free(rows);
    return NULL;
  }
  if (load_run(rows, directory, error, error_size))
    rows->reader = csv_file_open(rows->path, error, error_size);
  if (rows->reader && find_columns(rows, error, error_size)) return rows;
  export_rows_close(rows);
  return NULL;
}

void export_rows_close(struct export_rows *rows)
{
  if (!rows) return;
  csv_read_close(rows->reader);
  json_decref(rows->run);
  free(rows->path);
  free(rows);
}

const json_t *export_rows_run(const struct export_rows *rows)
{
  return rows->run;
}

const json_t *export_rows_invocation(const struct export_rows *rows,
                                     const char *id)
{
  const json_t *all = json_object_get(rows->run, "invocations");
  for (size_t i = 0; i < json_array_size(all); i++) {
    const json_t *one = json_array_get(all, i);
    const char *its = json_string_value(json_object_get(one, "invocation_id"));
    if (its && strcmp(its, id) == 0) return one;
  }
  return NULL;
}

const char *const export_fact_names[EXPORT_FACTS] = {"exit_code", "signal",
                                                     "seconds", "reason"};

const char *export_fact(const json_t *invocation, int fact, char buffer[32])
{
  const json_t *value = json_object_get(invocation, export_fact_names[fact]);
  if (json_is_number(value)) {
    csv_number(buffer, json_number_value(value));
    return buffer;
  }
  return json_string_value(value);
}

// --- read ------------------------------------------------------------------

// -1.5e+20 and the like: what JSON calls a number.
bool export_is_number(const char *text)
{
  static const char digits[] = "0123456789";
  text += *text == '-';
  size_t n = strspn(text, digits);
  if (n == 0 || (n > 1 && *text == '0')) return false;
  text += n;
  if (*text == '.') {
    n = strspn(++text, digits);
    if (n == 0) return false;
    text += n;
  }
  if (*text == 'e' || *text == 'E') {
    text++;
    text += *text == '+' || *text == '-';
    n = strspn(text, digits);
    if (n == 0) return false;
    text += n;
  }
  return *text == '\0';
}

int export_rows_next(struct export_rows *rows, const char *const **fields,
                     char *error, size_t error_size)
{
  const char *const *found;
  int got = csv_read_row(rows->reader, &found, error, error_size);
  *fields = rows->fields;
  for (int i = 0; got > 0 && i < N_COLUMNS; i++) {
    rows->fields[i] = found[rows->at[i]];
    if (!record_column_is_number((enum column)i) || !rows->fields[i] ||
        export_is_number(rows->fields[i]))
      continue;
    char place[512];
    csv_read_place(rows->reader, place, sizeof place);
    snprintf(error, error_size, "%s: %s: expected a number, found \"%s\"",
             place, record_column_name((enum column)i), rows->fields[i]);
    return -EINVAL;
  }
  if (got > 0 && !rows->fields[COLUMN_invocation_id]) {
    char place[512];
    csv_read_place(rows->reader, place, sizeof place);
    snprintf(error, error_size, "%s: a row of no invocation", place);
    return -EINVAL;
  }
  return got;
}

// --- write -----------------------------------------------------------------

void export_header(FILE *out, const bool wanted[N_COLUMNS])
{
  bool some = false;
  for (int i = 0; i < N_COLUMNS; i++) {
    if (!wanted[i]) continue;
    if (some) putc(',', out);
    fputs(record_column_name((enum column)i), out);
    some = true;
  }
}

void export_fields(FILE *out, const char *const *fields,
                   const bool wanted[N_COLUMNS])
{
  bool some = false;
  for (int i = 0; i < N_COLUMNS; i++) {
    if (!wanted[i]) continue;
    if (some) putc(',', out);
    csv_field(out, fields[i]);
    some = true;
  }
}
