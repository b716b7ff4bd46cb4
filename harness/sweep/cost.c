// cost.c: how long cells take, and how much fits into a budget.
// SPDX-License-Identifier: MIT
//
// An estimate from one run each: what a budget leaves out is decided before the
// first cell, so that what is left is a whole experiment. Main thread.
#include "cost.h"

#include "csv.h"
#include "csv_read.h"
#include "files.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- the table --------------------------------------------------------------

enum { SUITE, BENCHMARK, CONFIG, MUTATORS, SECONDS, FIELDS };
static const char *const names[FIELDS] = {"suite", "benchmark", "config",
                                          "mutators", "seconds"};

static bool append(struct cost_table *table, const char *const *field)
{
  struct cost_row *more = realloc(table->rows, (table->n + 1) * sizeof *more);
  if (!more) return false;
  table->rows = more;
  struct cost_row *row = &more[table->n++];
  *row = (struct cost_row){
      .suite = strdup(field[SUITE]),
      .benchmark = strdup(field[BENCHMARK]),
      .config = strdup(field[CONFIG]),
      .mutators = (uint32_t)strtoul(field[MUTATORS], NULL, 10),
      .seconds = strtod(field[SECONDS], NULL)};
  return row->suite && row->benchmark && row->config;
}

int cost_load(struct cost_table *table, const char *path, char *error,
              size_t error_size)
{
  *table = (struct cost_table){0};
  if (!files_exists(path)) return 0;
  struct csv_reader *reader = csv_read_open(path, error, error_size);
  if (!reader) return -EINVAL;
  const char *const *fields, *row[FIELDS];
  int got;
  while ((got = csv_read_row(reader, &fields, error, error_size)) > 0) {
    for (int i = 0; i < FIELDS; i++) {
      int column = csv_read_column(reader, names[i]);
      row[i] = column < 0 || !fields[column] ? "" : fields[column];
    }
    if (append(table, row)) continue;
    snprintf(error, error_size, "%s: no memory", path);
    got = -ENOMEM;
    break;
  }
  csv_read_close(reader);
  return got;
}

static int save(const struct cost_table *table, const char *path)
{
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  if (!out) return -ENOMEM;
  for (int i = 0; i < FIELDS; i++)
    fprintf(out, "%s%s", i ? "," : "", names[i]);
  putc('\n', out);
  for (size_t i = 0; i < table->n; i++) {
    const struct cost_row *row = &table->rows[i];
    fprintf(out, "%s,%s,", row->suite, row->benchmark);
    csv_field(out, row->config);
    fprintf(out, ",%u,%.6f\n", row->mutators, row->seconds);
  }
  int result = fclose(out) ? -ENOMEM : files_put(path, text, n);
  free(text);
  return result;
}

int cost_add(struct cost_table *table, const char *path,
             const struct cost_row *row)
{
  char mutators[16], seconds[40];
  const char *const field[FIELDS] = {row->suite, row->benchmark, row->config,
                                     mutators, seconds};
  snprintf(mutators, sizeof mutators, "%u", row->mutators);
  snprintf(seconds, sizeof seconds, "%.6f", row->seconds);
  return append(table, field) ? save(table, path) : -ENOMEM;
}

void cost_free(struct cost_table *table)
{
  for (size_t i = 0; i < table->n; i++) {
    free(table->rows[i].suite);
    free(table->rows[i].benchmark);
    free(table->rows[i].config);
  }
  free(table->rows);
  *table = (struct cost_table){0};
}

// --- one cell ---------------------------------------------------------------

// Of all rows of that benchmark; `config` NULL: any.
static double mean_of(const struct cost_table *table, const char *suite,
                      const char *benchmark, const char *config,
                      uint32_t mutators)
{
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < table->n; i++) {
    const struct cost_row *row = &table->rows[i];
    if (row->mutators != mutators || strcmp(row->suite, suite) ||
        strcmp(row->benchmark, benchmark) ||
        (config && strcmp(row->config, config)))
      continue;
    sum += row->seconds;
    n++;
  }
  return n ? sum / (double)n : NAN;
}

bool cost_known(const struct cost_table *table, const char *suite,
                const char *benchmark, const char *config, uint32_t mutators)
{
  return !isnan(mean_of(table, suite, benchmark, config, mutators));
}

double cost_of(const struct cost_table *table, const char *suite,
               const char *benchmark, const char *config, uint32_t mutators)
{
  double own = mean_of(table, suite, benchmark, config, mutators);
  return isnan(own) ? mean_of(table, suite, benchmark, NULL, mutators) : own;
}

// --- all cells --------------------------------------------------------------

double cost_total(const struct cost_table *table, const struct experiment *it,
                  const struct cells_extent *extent)
{
  struct cells_combination *list;
  size_t n;
  double sum = 0;
  if (cells_combine(&list, &n, it, extent)) return NAN;
  for (size_t i = 0; i < n; i++)
    sum += cost_of(table, list[i].benchmark->suite, list[i].benchmark->name,
                   list[i].config->label, list[i].mutators);
  free(list);
  sum *= extent->invocations;
  if (!it->canary_every) return sum;
  double canary = cost_of(table, EXPERIMENT_CANARY, it->canary_benchmark.name,
                          it->canary.label, it->canary.mutators);
  if (isnan(canary)) return sum;
  double canaries =
      ceil((double)n * extent->invocations / it->canary_every) + 1;
  return sum + canary * canaries;
}

struct cells_extent cost_fit(const struct cost_table *table,
                             const struct experiment *it, double seconds)
{
  struct cells_extent extent = cells_all(it);
  for (;;) {
    if (cost_total(table, it, &extent) <= seconds) return extent;
    if (extent.invocations > COST_INVOCATIONS)
      extent.invocations--;
    else if (extent.levels > 1)
      extent.levels--;
    else if (extent.configs > 1)
      extent.configs--;
    else if (extent.invocations > 1)
      extent.invocations--;
    else
      return extent;
  }
}
