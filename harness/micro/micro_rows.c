// micro_rows.c: the library's JSON, read into one row per repetition.
// SPDX-License-Identifier: MIT
//
// Only the runs themselves are taken: the library's own aggregates are left,
// since medians of ours are made from the rows. A benchmark that failed is a
// row too. Main thread.

#include "micro.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
  return json_string_value(json_object_get(object, key));
}

// NaN where it is missing: a benchmark reports only what it measures.
static double number_of(const json_t *object, const char *key)
{
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

// "inc/hot/real_time" -> "inc/hot"
static char *bare_name(const char *name)
{
  static const char suffix[] = "/real_time";
  size_t n = strlen(name), cut = sizeof suffix - 1;
  if (n > cut && strcmp(name + n - cut, suffix) == 0) n -= cut;
  return strndup(name, n);
}

// Nanoseconds of the library's time units.
static double unit_ns(const char *unit)
{
  static const struct {
    const char *name;
    double ns;
  } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  for (size_t i = 0; unit && i < sizeof units / sizeof units[0]; i++)
    if (strcmp(unit, units[i].name) == 0) return units[i].ns;
  return NAN;
}

static int fill(struct micro_row *row, const json_t *run, const char *name)
{
  const char *why = text_of(run, "error_message");
  bool failed = json_is_true(json_object_get(run, "error_occurred"));
  double index = number_of(run, "repetition_index");
  double unit = unit_ns(text_of(run, "time_unit"));
  *row = (struct micro_row){
      .name = bare_name(name),
      .repetition = isnan(index) ? 0 : (int)index,
      .error = failed ? strdup(why ? why : "no reason given") : NULL,
      .iterations = failed ? NAN : number_of(run, "iterations"),
      .wall_ns = failed ? NAN : number_of(run, "real_time") * unit,
      .thread_ns = failed ? NAN : number_of(run, "cpu_time") * unit,
      .process_ns = failed ? NAN : number_of(run, "process_ns"),
      .rounds = failed ? NAN : number_of(run, "rounds"),
  };
  return row->name && (!failed || row->error) ? 0 : -ENOMEM;
}

static int add(struct micro_rows *rows, const json_t *run, size_t index,
               char *error, size_t error_size)
{
  const char *type = text_of(run, "run_type"), *name = text_of(run, "name");
  const char *run_name = text_of(run, "run_name");
  if (type && strcmp(type, "aggregate") == 0) return 0;
  if (!name) {
    snprintf(error, error_size,
             "the benchmark library's JSON: benchmarks[%zu] has no name",
             index);
    return -EINVAL;
  }
  return fill(&rows->rows[rows->n++], run, run_name ? run_name : name);
}

static int add_all(struct micro_rows *rows, const json_t *root, char *error,
                   size_t error_size)
{
  const json_t *runs = json_object_get(root, "benchmarks"), *run;
  const char *library =
      text_of(json_object_get(root, "context"), "library_build_type");
  size_t i;
  int result = 0;
  if (!json_is_array(runs)) {
    snprintf(error, error_size,
             "the benchmark library's JSON has no array \"benchmarks\"");
    return -EINVAL;
  }
  rows->rows = calloc(json_array_size(runs) + 1, sizeof *rows->rows);
  rows->library = strdup(library ? library : "unknown");
  if (!rows->rows || !rows->library) return -ENOMEM;
  json_array_foreach(runs, i, run)
  {
    result = add(rows, run, i, error, error_size);
    if (result) break;
  }
  return result;
}

int micro_rows_parse(struct micro_rows *rows, const char *json, char *error,
                     size_t error_size)
{
  json_error_t where;
  *rows = (struct micro_rows){0};
  json_t *root = json_loads(json, 0, &where);
  if (!root) {
    snprintf(error, error_size,
             "the benchmark library's JSON: line %d, column %d: %s", where.line,
             where.column, where.text);
    return -EINVAL;
  }
  int result = add_all(rows, root, error, error_size);
  if (result == -ENOMEM) snprintf(error, error_size, "no memory");
  json_decref(root);
  if (result) micro_rows_free(rows);
  return result;
}

void micro_rows_free(struct micro_rows *rows)
{
  for (size_t i = 0; i < rows->n; i++) {
    free(rows->rows[i].name);
    free(rows->rows[i].error);
  }
  free(rows->rows);
  free(rows->library);
  *rows = (struct micro_rows){0};
}

// --- medians ---------------------------------------------------------------

static double column_of(const struct micro_row *row, enum micro_column column)
{
  switch (column) {
  case MICRO_WALL:
    return row->wall_ns;
  case MICRO_THREAD:
    return row->thread_ns;
  case MICRO_PROCESS:
    return row->process_ns;
  case MICRO_ROUNDS:
    return row->rounds;
  }
  return NAN;
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double micro_median(const struct micro_rows *rows, const char *name,
                    enum micro_column column, size_t *n)
{
  double *values = malloc((rows->n + 1) * sizeof *values), median = NAN;
  *n = 0;
  for (size_t i = 0; values && i < rows->n; i++) {
    const struct micro_row *row = &rows->rows[i];
    double value = column_of(row, column);
    if (strcmp(row->name, name) == 0 && !isnan(value)) values[(*n)++] = value;
  }
  if (*n) {
    qsort(values, *n, sizeof *values, by_value);
    median = (values[(*n - 1) / 2] + values[*n / 2]) / 2;
  }
  free(values);
  return median;
}
