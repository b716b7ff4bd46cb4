// micro_mark_print.c: how fast the graph was marked, as CSV and as a table.
// SPDX-License-Identifier: MIT
//
// The CSV holds every traversal and no judgement. The table holds medians, and
// ratios of what was measured one right after the other: medians, least and
// most.

#include "micro_mark.h"

#include "csv.h"

#include <math.h>
#include <stdlib.h>

// --- CSV -------------------------------------------------------------------

static void put(FILE *out, uint64_t value)
{
  char text[32];
  csv_number(text, (double)value);
  fprintf(out, ",%s", text);
}

static void put_name(FILE *out, const struct mark_row *row)
{
  if (row->workers)
    fprintf(out, "mark/%d", row->workers);
  else
    fputs("traverse", out);
}

void mark_print_csv(FILE *out, const struct mark_rows *rows)
{
  fputs("benchmark,repetition,status,workers_started,objects,edges,bytes,"
        "wall_ns,cpu_ns,variety\n",
        out);
  for (size_t i = 0; i < rows->n; i++) {
    const struct mark_row *row = &rows->rows[i];
    put_name(out, row);
    put(out, (uint64_t)row->repetition);
    fputs(row->right ? ",ok" : ",error", out);
    put(out, (uint64_t)row->pool);
    put(out, row->objects);
    put(out, row->edges);
    put(out, row->bytes);
    put(out, row->wall_ns);
    put(out, row->cpu_ns);
    fprintf(out, ",%s\n", wane_variety());
  }
}

// --- medians ---------------------------------------------------------------

struct sample {
  double *values;
  size_t n;
};
enum column { WALL, CPU };

static double value_of(const struct mark_row *row, enum column column)
{
  return (double)(column == WALL ? row->wall_ns : row->cpu_ns);
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// Sorts; NaN when there is none.
static double median(struct sample *sample)
{
  size_t n = sample->n;
  if (!n) return NAN;
  qsort(sample->values, n, sizeof *sample->values, by_value);
  return (sample->values[(n - 1) / 2] + sample->values[n / 2]) / 2;
}

// The row of the same repetition with these workers; `pool`: and in such a
// start.
static const struct mark_row *beside(const struct mark_rows *rows,
                                     const struct mark_row *row, int workers,
                                     int pool)
{
  for (size_t i = 0; i < rows->n; i++) {
    const struct mark_row *other = &rows->rows[i];
    if (other->repetition == row->repetition && other->workers == workers &&
        other->pool == pool)
      return other;
  }
  return NULL;
}

// --- table -----------------------------------------------------------------

static void print_rates(FILE *out, const struct mark_rows *rows, int workers,
                        struct sample *sample)
{
  double ns[2], objects = 0, bytes = 0;
  const struct mark_row *first = NULL;
  for (int column = WALL; column <= CPU; column++) {
    sample->n = 0;
    for (size_t i = 0; i < rows->n; i++) {
      const struct mark_row *row = &rows->rows[i];
      if (row->workers != workers || !row->right) continue;
      first = row;
      objects = (double)row->objects;
      bytes = (double)row->bytes;
      sample->values[sample->n++] = value_of(row, (enum column)column);
    }
    ns[column] = median(sample);
  }
  if (!first) return;
  put_name(out, first);
  fprintf(out, "%*s %9.1f %9.1f %9.2f %9.2f %4zu\n", workers ? 4 : 2, "",
          ns[WALL] / 1e6, ns[CPU] / 1e6, objects / ns[WALL] * 1e3,
          bytes / ns[WALL], sample->n);
}

// Rates of `a` workers as multiples of those of `b` workers.
static void print_ratio(FILE *out, const struct mark_rows *rows, int a, int b,
                        struct sample *sample)
{
  const char *const names[] = {"plain C", "one worker"};
  fprintf(out, "mark/%d : %-11s", a, names[b]);
  for (int column = WALL; column <= CPU; column++) {
    sample->n = 0;
    for (size_t i = 0; i < rows->n; i++) {
      const struct mark_row *row = &rows->rows[i];
      const struct mark_row *other = beside(rows, row, b, b ? b : a);
      if (row->workers == a && row->right && other && other->right)
        sample->values[sample->n++] = value_of(other, (enum column)column) /
                                      value_of(row, (enum column)column);
    }
    double middle = median(sample);
    fprintf(out, "  %6.2f", middle);
    if (sample->n)
      fprintf(out, " (%.2f to %.2f)", sample->values[0],
              sample->values[sample->n - 1]);
  }
  putc('\n', out);
}

void mark_print_table(FILE *out, const struct mark_rows *rows)
{
  struct sample sample = {malloc((rows->n + 1) * sizeof(double)), 0};
  if (!sample.values) return;
  fputs("medians of one traversal of the graph\n", out);
  fputs("             wall ms    CPU ms  M obj/s      GB/s    n\n", out);
  for (int workers = 0; workers <= MARK_WORKERS; workers++)
    print_rates(out, rows, workers, &sample);
  fputs("\nrates, as multiples: by wall clock; by CPU time (of all workers): "
        "median (least\nto most)\n",
        out);
  for (int workers = 1; workers <= MARK_WORKERS; workers++)
    print_ratio(out, rows, workers, 0, &sample);
  for (int workers = 2; workers <= MARK_WORKERS; workers++)
    print_ratio(out, rows, workers, 1, &sample);
  for (size_t i = 0; i < rows->n; i++)
    if (!rows->rows[i].right) {
      put_name(out, &rows->rows[i]);
      fprintf(out, ": %llu objects found: wrong\n",
              (unsigned long long)rows->rows[i].objects);
    }
  fprintf(out, "build variety: %s\n", wane_variety());
  free(sample.values);
}
