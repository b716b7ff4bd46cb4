// table.c: the table for people.
// SPDX-License-Identifier: MIT
//
// Only invocations that ended well count in a median; how many did is in the
// status column. A missing number is "-". Main thread of the parent.
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cell {
  uint32_t collector, workload;
  const struct record *records; // all of them; those of the cell match
  size_t n;
};

struct shown {
  const char *title;
  int width;
  const char *metric, *scope, *stat;
  double scale;
  int digits;
};

#define MB (1.0 / (1024 * 1024))
static const struct shown shown[] = {
    {"wall ms", 9, "time.wall", "process", "total", 1e-6, 1},
    {"cpu ms", 9, "time.task_clock", "process", "total", 1e-6, 1},
    {"gc ms", 9, "time.task_clock", "gc", "total", 1e-6, 1},
    {"drain ms", 8, "time.wall.drain", "process", "total", 1e-6, 1},
    {"rounds", 7, "gc.cycles", "process", "count", 1, 0},
    {"pause us", 9, "gc.pause", "mutator", "max", 1e-3, 1},
    {"stall us", 10, "gc.stall", "mutator", "max", 1e-3, 1},
    {"heap MB", 8, "heap.committed_peak", "process", "max", MB, 1},
    {"freed rc", 10, "freed.objects.rc", "process", "count", 1, 0},
    {"cycle", 10, "freed.objects.cycle", "process", "count", 1, 0},
    {"left", 9, "leak.objects", "process", "count", 1, 0},
};
enum { N_SHOWN = sizeof shown / sizeof shown[0] };

// --- medians ---------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double table_median(double *values, size_t n)
{
  if (n == 0) return NAN;
  qsort(values, n, sizeof *values, by_value);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static bool belongs(const struct cell *cell, const struct record *record)
{
  return record->collector == cell->collector &&
         record->workload == cell->workload;
}

static double cell_median(const struct cell *cell, const char *metric,
                          const char *scope, const char *stat)
{
  double *values = malloc((cell->n + 1) * sizeof *values);
  size_t n = 0;
  for (size_t i = 0; values && i < cell->n; i++) {
    const struct record *record = &cell->records[i];
    if (!belongs(cell, record) || record->status != RUN_OK) continue;
    const struct measurement *m =
        record_find(record, record->last_iteration, metric, scope, stat);
    if (m && !isnan(m->value)) values[n++] = m->value;
  }
  double median = values ? table_median(values, n) : NAN;
  free(values);
  return median;
}

// --- one line --------------------------------------------------------------

static void print_number(FILE *out, int width, double value, int digits)
{
  if (isnan(value))
    fprintf(out, " %*s", width, "-");
  else // three digits where one would show next to nothing
    fprintf(out, " %*.*f", width, digits && value < 10 ? 3 : digits, value);
}

// "verified", or "2 crash, 1 timeout of 5".
static void print_status(FILE *out, const struct cell *cell, bool verify)
{
  size_t count[RUN_SKIPPED + 1] = {0}, total = 0;
  const char *separator = "  ";
  for (size_t i = 0; i < cell->n; i++) {
    if (!belongs(cell, &cell->records[i])) continue;
    count[cell->records[i].status]++;
    total++;
  }
  if (count[RUN_OK] == total) {
    fputs(verify ? "  verified" : "  ok", out);
    return;
  }
  for (int s = RUN_OK + 1; s <= RUN_SKIPPED; s++) {
    if (!count[s]) continue;
    const char *name = record_status_name((enum run_status)s);
    if (total == 1)
      fprintf(out, "%s%s", separator, name);
    else
      fprintf(out, "%s%zu %s", separator, count[s], name);
    separator = ", ";
  }
  if (total > 1) fprintf(out, " of %zu", total);
}

static void print_line(FILE *out, const struct cell *cell,
                       const struct plan *plan, const int width[2], bool verify)
{
  fprintf(out, "%-*s  %-*s", width[0], plan->workloads[cell->workload].label,
          width[1], plan->collectors[cell->collector].label);
  for (int i = 0; i < N_SHOWN; i++)
    print_number(
        out, shown[i].width,
        cell_median(cell, shown[i].metric, shown[i].scope, shown[i].stat) *
            shown[i].scale,
        shown[i].digits);
  print_status(out, cell, verify);
  putc('\n', out);
}

static void print_header(FILE *out, const int width[2])
{
  fprintf(out, "%-*s  %-*s", width[0], "workload", width[1], "collector");
  for (int i = 0; i < N_SHOWN; i++)
    fprintf(out, " %*s", shown[i].width, shown[i].title);
  fputs("  status\n", out);
}

// --- below the table -------------------------------------------------------

static void print_latency(FILE *out, const struct cell *cell,
                          const struct plan *plan, const char *metric)
{
  static const char *const stats[][2] = {{"p50", "50"},       {"p90", "90"},
                                         {"p99", "99"},       {"p99_9", "99.9"},
                                         {"p99_99", "99.99"}, {"max", "max"}};
  double count = cell_median(cell, metric, "process", "count");
  if (isnan(count)) return;
  fprintf(out, "  %s on %s: %s us:", plan->workloads[cell->workload].label,
          plan->collectors[cell->collector].label, metric);
  for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++) {
    double ns = cell_median(cell, metric, "process", stats[i][0]);
    fprintf(out, "  %s ", stats[i][1]);
    if (isnan(ns))
      putc('-', out);
    else
      fprintf(out, "%.1f", ns * 1e-3);
  }
  fprintf(out, "  (n %.0f)\n", count);
}

static void print_latencies(FILE *out, const struct cell *cell,
                            const struct plan *plan)
{
  static const char *const metrics[] = {
      "latency.simple", "latency.metered.full", "latency.metered.w100ms",
      "latency.intended"};
  for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
    print_latency(out, cell, plan, metrics[i]);
}

// Did an earlier invocation of the cell say the same?
static bool said_before(const struct cell *cell, size_t i, size_t k)
{
  const struct record *record = &cell->records[i];
  for (size_t j = 0; j <= i; j++) {
    const struct record *other = &cell->records[j];
    size_t n = j == i ? k : other->n_notes;
    for (size_t l = 0; belongs(cell, other) && l < n; l++)
      if (strcmp(other->notes[l], record->notes[k]) == 0) return true;
  }
  return false;
}

static void print_remarks(FILE *out, const struct cell *cell,
                          const struct plan *plan)
{
  const char *workload = plan->workloads[cell->workload].label;
  const char *collector = plan->collectors[cell->collector].label;
  for (size_t i = 0; i < cell->n; i++) {
    const struct record *record = &cell->records[i];
    if (!belongs(cell, record)) continue;
    for (size_t k = 0; k < record->n_notes; k++)
      if (!said_before(cell, i, k))
        fprintf(out, "  %s on %s: %s\n", workload, collector, record->notes[k]);
    if (record->status != RUN_OK)
      fprintf(out, "  %s on %s, invocation %s: %s: %s\n", workload, collector,
              record->field[COLUMN_invocation],
              record_status_name(record->status),
              record->reason ? record->reason : "no reason given");
  }
}

static void print_lost(FILE *out, const struct cell *cell,
                       const struct plan *plan)
{
  double lost = cell_median(cell, "events.dropped", "process", "count");
  if (!(lost > 0)) return;
  fprintf(out,
          "  %s on %s: %.0f event records were lost: percentiles are of "
          "the rest; take --rc event_ring=N\n",
          plan->workloads[cell->workload].label,
          plan->collectors[cell->collector].label, lost);
}

// --- the table -------------------------------------------------------------

static void measure_names(const struct plan *plan, int width[2])
{
  width[0] = (int)strlen("workload");
  width[1] = (int)strlen("collector");
  for (uint32_t i = 0; i < plan->n_workloads; i++) {
    int n = (int)strlen(plan->workloads[i].label);
    if (n > width[0]) width[0] = n;
  }
  for (uint32_t i = 0; i < plan->n_collectors; i++) {
    int n = (int)strlen(plan->collectors[i].label);
    if (n > width[1]) width[1] = n;
  }
}

static bool has_records(const struct cell *cell)
{
  for (size_t i = 0; i < cell->n; i++)
    if (belongs(cell, &cell->records[i])) return true;
  return false;
}

void table_print(FILE *out, const struct plan *plan,
                 const struct record *records, size_t n, bool verify)
{
  int width[2];
  uint32_t cells = plan->n_collectors * plan->n_workloads;
  measure_names(plan, width);
  print_header(out, width);
  for (int below = 0; below < 2; below++)
    for (uint32_t i = 0; i < cells; i++) {
      struct cell cell = {i % plan->n_collectors, i / plan->n_collectors,
                          records, n};
      if (!has_records(&cell)) continue;
      if (!below) {
        print_line(out, &cell, plan, width, verify);
        continue;
      }
      print_latencies(out, &cell, plan);
      print_remarks(out, &cell, plan);
      print_lost(out, &cell, plan);
    }
}
