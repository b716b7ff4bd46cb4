// minheap.c: the smallest heap in which a benchmark runs.
// SPDX-License-Identifier: MIT
//
// Not every run needs the same heap: threads meet differently. So the search
// never takes an end for granted that it did not try, and there are several
// trials, of which the largest counts. Main thread.
#include "minheap.h"

#include "csv.h"
#include "csv_read.h"
#include "files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- the search -------------------------------------------------------------

static uint64_t whole(uint64_t bytes)
{
  uint64_t units = bytes / MINHEAP_UNIT + (bytes % MINHEAP_UNIT != 0);
  return (units ? units : 1) * MINHEAP_UNIT;
}

static uint64_t gap_of(const struct minheap_search *search, uint64_t high)
{
  uint64_t gap = (uint64_t)(search->tolerance * (double)high);
  return gap < MINHEAP_UNIT ? MINHEAP_UNIT : gap;
}

// Up from `high` until it is enough; what is not becomes `low`.
static int find_high(const struct minheap_search *search,
                     minheap_attempt attempt, void *context, uint64_t *low,
                     uint64_t *high)
{
  uint64_t step = gap_of(search, *high);
  for (;;) {
    int result = attempt(*high, context);
    if (result) return result < 0 ? result : 0;
    if (*high >= search->most) return -ERANGE;
    *low = *high;
    *high = whole(*high + step);
    if (*high > search->most) *high = whole(search->most);
    step *= 2;
  }
}

// Down from `low` until it is not enough; what is becomes `high`.
static int find_low(const struct minheap_search *search,
                    minheap_attempt attempt, void *context, uint64_t *low,
                    uint64_t *high)
{
  uint64_t step = gap_of(search, *high);
  while (*low) {
    int result = attempt(*low, context);
    if (result <= 0) return result;
    *high = *low;
    *low = *low > step ? (*low - step) / MINHEAP_UNIT * MINHEAP_UNIT : 0;
    step *= 2;
  }
  return 0;
}

int minheap_find(const struct minheap_search *search, minheap_attempt attempt,
                 void *context, uint64_t *bytes)
{
  uint64_t high = whole(search->high);
  uint64_t low = search->low / MINHEAP_UNIT * MINHEAP_UNIT, tried = 0;
  if (low >= high) low = high - MINHEAP_UNIT;
  int result = find_high(search, attempt, context, &tried, &high);
  if (tried) low = tried; // known not to be enough
  if (!result && !tried)
    result = find_low(search, attempt, context, &low, &high);
  while (!result && high - low > gap_of(search, high)) {
    uint64_t middle = whole(low + (high - low) / 2);
    if (middle >= high) middle = high - MINHEAP_UNIT;
    result = attempt(middle, context);
    if (result > 0)
      high = middle;
    else
      low = middle;
    if (result > 0) result = 0;
  }
  *bytes = high;
  return result;
}

// --- the table --------------------------------------------------------------

enum { SUITE, BENCHMARK, MUTATORS, COLLECTOR, TRIAL, BYTES, FIELDS };
static const char *const names[FIELDS] = {"suite",     "benchmark", "mutators",
                                          "collector", "trial",
                                          "minheap_bytes"};

static bool append(struct minheap_table *table, const char *const *field)
{
  struct minheap_row *more =
      realloc(table->rows, (table->n + 1) * sizeof *more);
  if (!more) return false;
  table->rows = more;
  struct minheap_row *row = &more[table->n++];
  *row = (struct minheap_row){
      .suite = strdup(field[SUITE]),
      .benchmark = strdup(field[BENCHMARK]),
      .collector = strdup(field[COLLECTOR]),
      .mutators = (uint32_t)strtoul(field[MUTATORS], NULL, 10),
      .trial = (uint32_t)strtoul(field[TRIAL], NULL, 10),
      .bytes = strtoull(field[BYTES], NULL, 10)};
  return row->suite && row->benchmark && row->collector;
}

static int load_rows(struct minheap_table *table, struct csv_reader *reader,
                     char *error, size_t error_size)
{
  const char *const *fields, *row[FIELDS];
  int got;
  while ((got = csv_read_row(reader, &fields, error, error_size)) > 0) {
    bool whole_row = true;
    for (int i = 0; i < FIELDS; i++) {
      int column = csv_read_column(reader, names[i]);
      row[i] = column < 0 ? NULL : fields[column];
      whole_row = whole_row && row[i];
    }
    if (!whole_row) {
      char place[300];
      csv_read_place(reader, place, sizeof place);
      snprintf(error, error_size, "%s: a field is missing", place);
      return -EINVAL;
    }
    if (!append(table, row)) {
      snprintf(error, error_size, "no memory");
      return -ENOMEM;
    }
  }
  return got;
}

int minheap_load(struct minheap_table *table, const char *path, char *error,
                 size_t error_size)
{
  *table = (struct minheap_table){0};
  if (!files_exists(path)) return 0;
  struct csv_reader *reader = csv_read_open(path, error, error_size);
  if (!reader) return -EINVAL;
  int result = load_rows(table, reader, error, error_size);
  csv_read_close(reader);
  return result;
}

static int save(const struct minheap_table *table, const char *path)
{
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  if (!out) return -ENOMEM;
  for (int i = 0; i < FIELDS; i++)
    fprintf(out, "%s%s", i ? "," : "", names[i]);
  putc('\n', out);
  for (size_t i = 0; i < table->n; i++) {
    const struct minheap_row *row = &table->rows[i];
    fprintf(out, "%s,%s,%u,", row->suite, row->benchmark, row->mutators);
    csv_field(out, row->collector);
    fprintf(out, ",%u,%" PRIu64 "\n", row->trial, row->bytes);
  }
  int result = fclose(out) ? -ENOMEM : files_put(path, text, n);
  free(text);
  return result;
}

int minheap_add(struct minheap_table *table, const char *path,
                const struct minheap_row *row)
{
  char mutators[16], trial[16], bytes[24];
  const char *const field[FIELDS] = {row->suite,     row->benchmark, mutators,
                                     row->collector, trial,          bytes};
  snprintf(mutators, sizeof mutators, "%u", row->mutators);
  snprintf(trial, sizeof trial, "%u", row->trial);
  snprintf(bytes, sizeof bytes, "%" PRIu64, row->bytes);
  return append(table, field) ? save(table, path) : -ENOMEM;
}

void minheap_free(struct minheap_table *table)
{
  for (size_t i = 0; i < table->n; i++) {
    free(table->rows[i].suite);
    free(table->rows[i].benchmark);
    free(table->rows[i].collector);
  }
  free(table->rows);
  *table = (struct minheap_table){0};
}

uint64_t minheap_of(const struct minheap_table *table, const char *suite,
                    const char *benchmark, uint32_t mutators, uint32_t *n,
                    uint64_t *least)
{
  uint64_t most = 0, smallest = 0;
  uint32_t count = 0;
  for (size_t i = 0; i < table->n; i++) {
    const struct minheap_row *row = &table->rows[i];
    if (row->mutators != mutators || strcmp(row->suite, suite) ||
        strcmp(row->benchmark, benchmark))
      continue;
    if (row->bytes > most) most = row->bytes;
    if (!count++ || row->bytes < smallest) smallest = row->bytes;
  }
  if (n) *n = count;
  if (least) *least = smallest;
  return most;
}
