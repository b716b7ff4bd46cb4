// record.c: one invocation and the numbers it gave.
// SPDX-License-Identifier: MIT
//
// The parent fills one record per invocation; CSV, JSON and the table all
// read the same records, so that they cannot disagree. Main thread only.
#include "record.h"

#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT, NUMBER };
static const struct {
  const char *name;
  int json;
} columns[N_COLUMNS] = {
#define COLUMN(name, json) {#name, json},
#include "columns.def"
#undef COLUMN
};

const char *record_column_name(enum column column)
{
  return column < N_COLUMNS ? columns[column].name : NULL;
}

bool record_column_is_number(enum column column)
{
  return columns[column].json == NUMBER;
}

const char *record_status_name(enum run_status status)
{
  static const char *const names[] = {
      [RUN_OK] = "ok",           [RUN_OOM] = "oom",
      [RUN_TIMEOUT] = "timeout", [RUN_CRASH] = "crash",
      [RUN_INVALID] = "invalid", [RUN_SKIPPED] = "skipped"};
  return names[status];
}

int record_set(struct record *record, enum column column, const char *format,
               ...)
{
  va_list arguments;
  va_start(arguments, format);
  char *text;
  int n = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (n < 0) return -ENOMEM;
  free(record->field[column]);
  record->field[column] = text;
  return 0;
}

// Room for one more in an array that doubles at powers of two.
static void *grow(void *array, size_t n, size_t bytes)
{
  if (n & (n - 1)) return array;
  return realloc(array, (n ? 2 * n : 1) * bytes);
}

int record_add(struct record *record, const struct measurement *measurement)
{
  struct measurement *more =
      grow(record->measurements, record->n_measurements, sizeof *more);
  if (!more) return -ENOMEM;
  record->measurements = more;
  more[record->n_measurements++] = *measurement;
  return 0;
}

static int add_text(char ***list, size_t *n, const char *text)
{
  char **more = grow(*list, *n, sizeof *more);
  char *copy = strdup(text);
  if (more) *list = more;
  if (!more || !copy) {
    free(copy);
    return -ENOMEM;
  }
  more[(*n)++] = copy;
  return 0;
}

int record_note(struct record *record, const char *text)
{
  return add_text(&record->notes, &record->n_notes, text);
}

int record_thread(struct record *record, const char *json)
{
  return add_text(&record->threads, &record->n_threads, json);
}

void record_free(struct record *record)
{
  for (int i = 0; i < N_COLUMNS; i++) free(record->field[i]);
  for (size_t i = 0; i < record->n_notes; i++) free(record->notes[i]);
  for (size_t i = 0; i < record->n_threads; i++) free(record->threads[i]);
  free(record->notes);
  free(record->threads);
  free(record->counters);
  free(record->measurements);
  free(record->reason);
  *record = (struct record){0};
}

static const char *phase_name(const struct record *record,
                              const struct measurement *measurement)
{
  bool warmup = measurement->iteration > 0 &&
                measurement->iteration < record->last_iteration;
  return warmup ? "warmup" : "timing";
}

const char *record_field(const struct record *record,
                         const struct measurement *measurement,
                         enum column column, char buffer[32])
{
  switch (column) {
  case COLUMN_iteration:
    snprintf(buffer, 32, "%u", measurement->iteration);
    return buffer;
  case COLUMN_phase:
    return phase_name(record, measurement);
  case COLUMN_status:
    return record_status_name(record->status);
  case COLUMN_metric:
    return measurement->metric;
  case COLUMN_scope:
    return measurement->scope;
  case COLUMN_stat:
    return measurement->stat;
  case COLUMN_unit:
    return measurement->unit;
  case COLUMN_value:
    if (isnan(measurement->value)) return NULL;
    csv_number(buffer, measurement->value);
    return buffer;
  default:
    return record->field[column];
  }
}

const struct measurement *record_find(const struct record *record,
                                      uint32_t iteration, const char *metric,
                                      const char *scope, const char *stat)
{
  for (size_t i = 0; i < record->n_measurements; i++) {
    const struct measurement *m = &record->measurements[i];
    if (m->iteration == iteration && strcmp(m->metric, metric) == 0 &&
        strcmp(m->scope, scope) == 0 && strcmp(m->stat, stat) == 0)
      return m;
  }
  return NULL;
}
