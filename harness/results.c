// results.c: records as CSV and JSON.
// SPDX-License-Identifier: MIT
//
// Tidy and long: one number per row, the columns of columns.def. Main thread
// of the parent.
#include "results.h"

#include "csv.h"

#include <jansson.h>
#include <stdlib.h>

void results_csv_header(FILE *out)
{
  for (int c = 0; c < N_COLUMNS; c++)
    fprintf(out, "%s%s", c ? "," : "", record_column_name((enum column)c));
  putc('\n', out);
}

void results_csv_rows(FILE *out, const struct record *record)
{
  char buffer[32];
  for (size_t i = 0; i < record->n_measurements; i++) {
    for (int c = 0; c < N_COLUMNS; c++) {
      if (c) putc(',', out);
      csv_field(out, record_field(record, &record->measurements[i],
                                  (enum column)c, buffer));
    }
    putc('\n', out);
  }
}

static json_t *json_field(const char *text, bool number)
{
  json_error_t error;
  if (!text) return json_null();
  if (number) return json_loads(text, JSON_DECODE_ANY, &error);
  json_t *string = json_string(text);
  return string ? string : json_string("(not UTF-8)");
}

static void json_row(FILE *out, const struct record *record,
                     const struct measurement *measurement)
{
  char buffer[32];
  json_t *row = json_object();
  for (int c = 0; c < N_COLUMNS; c++) {
    enum column column = (enum column)c;
    const char *text = record_field(record, measurement, column, buffer);
    json_object_set_new(row, record_column_name(column),
                        json_field(text, record_column_is_number(column)));
  }
  json_dumpf(row, out, JSON_COMPACT);
  json_decref(row);
}

void results_json(FILE *out, const struct record *records, size_t n)
{
  const char *separator = "\n";
  fprintf(out, "{\"schema_version\":%d,\"rows\":[", RESULTS_SCHEMA_VERSION);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < records[i].n_measurements; k++) {
      fputs(separator, out);
      json_row(out, &records[i], &records[i].measurements[k]);
      separator = ",\n";
    }
  fputs("\n]}\n", out);
}
