// plan_file.c: plan.csv: the cells of a sweep, each a command line.
// SPDX-License-Identifier: MIT
#include "plan_file.h"

#include "command.h"
#include "csv.h"
#include "csv_read.h"
#include "files.h"
#include "parts.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CELL,
  EXEC_INDEX,
  SUITE,
  BENCHMARK,
  CONFIG,
  MUTATORS,
  NUMA,
  HFAC,
  HEAP_BYTES_,
  MINHEAP_BYTES,
  INVOCATION,
  LEVEL,
  COMMAND,
  FIELDS
};
static const char *const names[FIELDS] = {
    "cell",       "exec_index",    "suite",      "benchmark", "config",
    "mutators",   "numa",          "hfac",       "heap_bytes",
    "minheap_bytes", "invocation", "level",      "command"};

// --- write ------------------------------------------------------------------

uint64_t plan_file_heap(const struct cells_combination *what,
                        const struct minheap_table *table, uint64_t *minheap)
{
  const struct experiment_benchmark *b = what->benchmark;
  *minheap = minheap_of(table, b->suite, b->name, what->mutators, NULL, NULL);
  if (what->config->heap == HEAP_BYTES) return what->config->bytes;
  if (isnan(what->factor)) return 0;
  double units = ceil(what->factor * (double)*minheap / MINHEAP_UNIT - 1e-9);
  return (uint64_t)(units < 1 ? 1 : units) * MINHEAP_UNIT;
}

// What of a cell is known before its line is written.
struct numbers {
  uint64_t heap, minheap;
  char hfac[32];
};

static struct numbers numbers_of(const struct cells_combination *what,
                                 const struct minheap_table *table)
{
  struct numbers numbers = {.hfac = ""};
  double factor = what->factor;
  numbers.heap = plan_file_heap(what, table, &numbers.minheap);
  if (what->config->heap == HEAP_BYTES && numbers.minheap)
    factor = (double)numbers.heap / (double)numbers.minheap;
  if (!isnan(factor) && factor >= 0.0005)
    snprintf(numbers.hfac, sizeof numbers.hfac, "%.3f", factor);
  return numbers;
}

static void add_labels(struct command *command, const struct cell *cell,
                       const struct numbers *numbers, size_t index,
                       const char *run_id)
{
  const struct cells_combination *what = cell->what;
#define LABEL(...)                                                             \
  (command_add(command, "--label"), command_add(command, __VA_ARGS__))
  LABEL("run_id=%s", run_id);
  LABEL("suite=%s", what->benchmark->suite);
  LABEL("benchmark=%s", what->benchmark->name);
  if (strlen(what->benchmark->size) <= 100)
    LABEL("size=%s", what->benchmark->size);
  LABEL("config=%s", what->config->label);
  if (*numbers->hfac) LABEL("hfac=%s", numbers->hfac);
  if (numbers->minheap) LABEL("minheap_bytes=%" PRIu64, numbers->minheap);
  LABEL("exec_index=%zu", index);
  LABEL("invocation=%u", cell->invocation);
#undef LABEL
}

static char *command_of(const struct cell *cell,
                        const struct experiment *experiment,
                        const struct numbers *numbers, size_t index,
                        const char *run_id)
{
  const struct cells_combination *what = cell->what;
  struct command command;
  command_begin(&command, experiment, what->config, what->benchmark->workload,
                what->numa, what->mutators, numbers->heap);
  add_labels(&command, cell, numbers, index, run_id);
  char *text = command.failed ? NULL : command_text(command.word);
  command_free(&command);
  return text;
}

static void number(FILE *out, uint64_t value)
{
  char text[24];
  snprintf(text, sizeof text, "%" PRIu64, value);
  csv_field(out, value ? text : NULL);
  putc(',', out);
}

static int write_row(FILE *out, const struct cell *cell, size_t index,
                     const struct experiment *experiment,
                     const struct minheap_table *minheap, const char *run_id)
{
  const struct cells_combination *what = cell->what;
  const struct numbers numbers = numbers_of(what, minheap);
  char *command = command_of(cell, experiment, &numbers, index, run_id);
  if (!command) return -ENOMEM;
  fprintf(out, "%zu,%zu,%s,%s,", index, index, what->benchmark->suite,
          what->benchmark->name);
  csv_field(out, what->config->label);
  fprintf(out, ",%u,%s,", what->mutators, what->numa->name);
  csv_field(out, numbers.hfac);
  putc(',', out);
  number(out, numbers.heap);
  number(out, numbers.minheap);
  fprintf(out, "%u,%u,", cell->invocation, what->level);
  csv_field(out, command);
  putc('\n', out);
  free(command);
  return 0;
}

int plan_file_write(const char *path, const struct cells *cells,
                    const struct experiment *experiment,
                    const struct minheap_table *minheap, const char *run_id)
{
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  if (!out) return -ENOMEM;
  for (int i = 0; i < FIELDS; i++)
    fprintf(out, "%s%s", i ? "," : "", names[i]);
  putc('\n', out);
  int result = 0;
  for (size_t i = 0; !result && i < cells->n; i++)
    result = write_row(out, &cells->cells[i], i, experiment, minheap, run_id);
  if (fclose(out) && !result) result = -ENOMEM;
  if (!result) result = files_put(path, text, n);
  free(text);
  return result;
}

// --- read -------------------------------------------------------------------

static bool whole_number(const char *text, uint32_t *value)
{
  if (!text || !*text || strspn(text, "0123456789") != strlen(text) ||
      strlen(text) > 9)
    return false;
  *value = (uint32_t)strtoul(text, NULL, 10);
  return true;
}

static bool take_row(struct plan_row *row, const char *const *field)
{
  bool good = whole_number(field[CELL], &row->cell) &&
              whole_number(field[MUTATORS], &row->mutators) &&
              whole_number(field[LEVEL], &row->level) &&
              whole_number(field[INVOCATION], &row->invocation) &&
              field[SUITE] && field[BENCHMARK] && field[CONFIG] &&
              field[NUMA] && field[COMMAND];
  if (!good) return false;
  row->suite = strdup(field[SUITE]);
  row->benchmark = strdup(field[BENCHMARK]);
  row->config = strdup(field[CONFIG]);
  row->numa = strdup(field[NUMA]);
  row->command = strdup(field[COMMAND]);
  row->hfac = field[HFAC] ? strtod(field[HFAC], NULL) : NAN;
  return row->suite && row->benchmark && row->config && row->numa &&
         row->command;
}

static int read_rows(struct plan_file *plan, struct csv_reader *reader,
                     char *error, size_t error_size)
{
  const char *const *fields, *row[FIELDS];
  int got;
  while ((got = csv_read_row(reader, &fields, error, error_size)) > 0) {
    for (int i = 0; i < FIELDS; i++) {
      int column = csv_read_column(reader, names[i]);
      row[i] = column < 0 ? NULL : fields[column];
    }
    struct plan_row *more =
        realloc(plan->rows, (plan->n + 1) * sizeof *more);
    if (!more) {
      snprintf(error, error_size, "no memory for the plan");
      return -ENOMEM;
    }
    plan->rows = more;
    more[plan->n] = (struct plan_row){0};
    bool good = take_row(&more[plan->n++], row);
    if (good && more[plan->n - 1].cell == plan->n - 1) continue;
    char place[300];
    csv_read_place(reader, place, sizeof place);
    snprintf(error, error_size, "%s: expected cell %zu of a plan", place,
             plan->n - 1);
    return -EINVAL;
  }
  return got;
}

int plan_file_read(struct plan_file *plan, const char *path, char *error,
                   size_t error_size)
{
  *plan = (struct plan_file){0};
  struct csv_reader *reader = csv_read_open(path, error, error_size);
  if (!reader) return -EINVAL;
  int result = read_rows(plan, reader, error, error_size);
  if (result == -ENOMEM) snprintf(error, error_size, "%s: no memory", path);
  csv_read_close(reader);
  return result;
}

void plan_file_free(struct plan_file *plan)
{
  for (size_t i = 0; i < plan->n; i++) {
    struct plan_row *row = &plan->rows[i];
    free(row->suite);
    free(row->benchmark);
    free(row->config);
    free(row->numa);
    free(row->command);
  }
  free(plan->rows);
  *plan = (struct plan_file){0};
}

// --- for engines ------------------------------------------------------------

int plan_file_cell(struct engine_cell *cell, const struct plan_row *row,
                   const char *directory)
{
  struct command command;
  char *label = NULL;
  *cell = (struct engine_cell){.index = row->cell,
                               .seconds = NAN};
  cell->folder = files_path(directory, "cells/%06u", row->cell);
  if (cell->folder) cell->part = parts_name(cell->folder);
  if (asprintf(&label, "%s %s", row->benchmark, row->config) >= 0)
    cell->label = label;
  bool good = command_parse(&command, row->command);
  if (good && cell->part) {
    command_add(&command, "-o");
    command_add(&command, "%s", cell->part);
  }
  cell->argv = command.word;
  if (good && !command.failed && cell->folder && cell->part && cell->label)
    return 0;
  plan_file_cell_free(cell);
  return -ENOMEM;
}

void plan_file_cell_free(struct engine_cell *cell)
{
  for (size_t i = 0; cell->argv && cell->argv[i]; i++) free(cell->argv[i]);
  free((void *)cell->argv);
  free((char *)cell->folder);
  free((char *)cell->part);
  free((char *)cell->label);
  *cell = (struct engine_cell){0};
}
