// report_minheap.c: minimum heaps as `wane sweep` has measured them.
// SPDX-License-Identifier: MIT
#include "report_minheap.h"

#include "csv_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct trial {
  size_t source;
  const char *suite, *benchmark;
  double mutators, bytes;
};

struct report_minheaps {
  struct csv_reader **readers; // one per folder, or NULL
  size_t n_readers;
  struct trial *trials;
  size_t n;
};

enum { SUITE, BENCHMARK, MUTATORS, BYTES, COLUMNS };
static const char *const columns[COLUMNS] = {"suite", "benchmark", "mutators",
                                             "minheap_bytes"};

static int add(struct report_minheaps *minheaps, size_t source,
               const char *const *fields, const int *at)
{
  struct trial *more =
      realloc(minheaps->trials, (minheaps->n + 1) * sizeof *more);
  if (!more) return -1;
  minheaps->trials = more;
  const char *const mutators = fields[at[MUTATORS]], *bytes = fields[at[BYTES]];
  more[minheaps->n++] =
      (struct trial){source, fields[at[SUITE]], fields[at[BENCHMARK]],
                     mutators ? strtod(mutators, NULL) : NAN,
                     bytes ? strtod(bytes, NULL) : NAN};
  return 0;
}

// False, and a sentence.
static bool load(struct report_minheaps *minheaps, size_t source,
                 const char *path, char *error, size_t error_size)
{
  int at[COLUMNS], got;
  const char *const *fields;
  struct csv_reader *reader = csv_read_open(path, error, error_size);
  minheaps->readers[source] = reader;
  if (!reader) return false;
  for (int i = 0; i < COLUMNS; i++) {
    at[i] = csv_read_column(reader, columns[i]);
    if (at[i] >= 0) continue;
    snprintf(error, error_size, "%s: has no column %s", path, columns[i]);
    return false;
  }
  while ((got = csv_read_row(reader, &fields, error, error_size)) > 0)
    if (add(minheaps, source, fields, at)) {
      snprintf(error, error_size, "no memory for %s", path);
      return false;
    }
  return got == 0;
}

struct report_minheaps *report_minheaps_load(const struct report *report,
                                             char *error, size_t error_size)
{
  struct report_minheaps *minheaps = calloc(1, sizeof *minheaps);
  *error = '\0';
  if (!minheaps) return NULL;
  minheaps->n_readers = report->n_sources;
  minheaps->readers = calloc(report->n_sources, sizeof *minheaps->readers);
  bool good = minheaps->readers != NULL;
  for (size_t i = 0; good && i < report->n_sources; i++) {
    char *path;
    if (asprintf(&path, "%s/minheap.csv", report_source_directory(report, i)) <
        0)
      break;
    if (access(path, F_OK) == 0)
      good = load(minheaps, i, path, error, error_size);
    free(path);
  }
  if (good) return minheaps;
  report_minheaps_free(minheaps);
  return NULL;
}

void report_minheaps_free(struct report_minheaps *minheaps)
{
  for (size_t i = 0; minheaps->readers && i < minheaps->n_readers; i++)
    csv_read_close(minheaps->readers[i]);
  free(minheaps->readers);
  free(minheaps->trials);
  free(minheaps);
}

static bool is_of(const struct trial *trial, const struct report_run *run)
{
  return trial->source == run->source && trial->suite && trial->benchmark &&
         strcmp(trial->suite, run->field[REPORT_SUITE]) == 0 &&
         strcmp(trial->benchmark, run->field[REPORT_BENCHMARK]) == 0 &&
         trial->mutators == run->mutators;
}

double report_minheap_most(const struct report_minheaps *minheaps,
                           const struct report_run *run)
{
  double most = NAN;
  char *end;
  for (size_t i = 0; i < minheaps->n; i++)
    if (is_of(&minheaps->trials[i], run))
      most = fmax(most, minheaps->trials[i].bytes);
  if (!isnan(most)) return most;
  most = strtod(run->field[REPORT_MINHEAP_BYTES], &end);
  return *end ? NAN : most;
}

double report_minheap_least(const struct report_minheaps *minheaps,
                            const struct report_run *run)
{
  double least = NAN;
  for (size_t i = 0; i < minheaps->n; i++)
    if (is_of(&minheaps->trials[i], run))
      least = fmin(least, minheaps->trials[i].bytes);
  return least;
}
