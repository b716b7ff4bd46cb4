// micro_print.c: results of micro-benchmarks as CSV and as a table.
// SPDX-License-Identifier: MIT
//
// The CSV holds every repetition and no judgement; the table holds medians and
// their ratios to the baselines of the same run. Missing is NA or "-".

#include "micro.h"

#include "csv.h"

#include <math.h>
#include <string.h>

// --- CSV -------------------------------------------------------------------

static const struct micro_case *find(const struct micro_chosen *chosen,
                                     const char *name)
{
  for (size_t i = 0; i < chosen->n; i++)
    if (strcmp(chosen->cases[i]->name, name) == 0) return chosen->cases[i];
  return NULL;
}

static void put(FILE *out, const char *text)
{
  putc(',', out);
  csv_field(out, text);
}

static void put_number(FILE *out, double value)
{
  char text[32];
  csv_number(text, value);
  fprintf(out, ",%s", text);
}

// "a;b": what the benchmark is to be divided by.
static void put_baselines(FILE *out, const struct micro_case *self)
{
  char text[256] = "";
  size_t at = 0;
  for (int i = 0; self && i < MICRO_BASELINES && self->baselines[i]; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", i ? ";" : "",
                           self->baselines[i]);
  put(out, text);
}

void micro_print_csv(FILE *out, const struct micro_rows *rows,
                     const struct micro_chosen *chosen)
{
  fputs("benchmark,baselines,repetition,status,iterations,wall_ns,thread_ns,"
        "process_ns,rounds,variety,library_build,error\n",
        out);
  for (size_t i = 0; i < rows->n; i++) {
    const struct micro_row *row = &rows->rows[i];
    csv_field(out, row->name);
    put_baselines(out, find(chosen, row->name));
    put_number(out, row->repetition);
    put(out, row->error ? "error" : "ok");
    put_number(out, row->iterations);
    put_number(out, row->wall_ns);
    put_number(out, row->thread_ns);
    put_number(out, row->process_ns);
    put_number(out, row->rounds);
    put(out, wane_variety());
    put(out, rows->library);
    put(out, row->error);
    putc('\n', out);
  }
}

// --- table -----------------------------------------------------------------

struct medians {
  double ns[3]; // MICRO_WALL, MICRO_THREAD, MICRO_PROCESS
  size_t n;
};

static struct medians medians_of(const struct micro_rows *rows,
                                 const char *name)
{
  struct medians m;
  size_t n;
  for (int i = 0; i < 3; i++)
    m.ns[i] = micro_median(rows, name, (enum micro_column)i,
                           i == MICRO_WALL ? &m.n : &n);
  return m;
}

// Three digits are enough for a median of seven.
static void number(FILE *out, int width, double value)
{
  if (!isfinite(value))
    fprintf(out, " %*s", width, "-");
  else
    fprintf(out, " %*.*f", width, value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

static void numbers(FILE *out, const struct medians *m)
{
  for (int i = 0; i < 3; i++) number(out, 8, m->ns[i]);
}

// One line per baseline that ran; one without, if none did.
static void print_case(FILE *out, const struct micro_rows *rows,
                       const struct micro_chosen *chosen,
                       const struct micro_case *self)
{
  struct medians mine = medians_of(rows, self->name);
  size_t shown = 0;
  for (int i = 0; i < MICRO_BASELINES && self->baselines[i]; i++) {
    const char *baseline = self->baselines[i];
    if (!find(chosen, baseline)) continue; // not on this machine
    struct medians other = medians_of(rows, baseline);
    fprintf(out, "%-22s", shown++ ? "" : self->name);
    numbers(out, &mine);
    fprintf(out, "  %-21s", baseline);
    numbers(out, &other);
    for (int j = 0; j < 3; j++) number(out, 7, mine.ns[j] / other.ns[j]);
    fprintf(out, " %4zu\n", mine.n < other.n ? mine.n : other.n);
  }
  if (shown) return;
  fprintf(out, "%-22s", self->name);
  numbers(out, &mine);
  fprintf(out, "  %-21s %8s %8s %8s %7s %7s %7s %4zu\n", "-", "-", "-", "-",
          "-", "-", "-", mine.n);
}

static bool is_baseline(const struct micro_chosen *chosen, const char *name)
{
  for (size_t i = 0; i < chosen->n; i++)
    for (int j = 0; j < MICRO_BASELINES && chosen->cases[i]->baselines[j]; j++)
      if (strcmp(chosen->cases[i]->baselines[j], name) == 0) return true;
  return false;
}

// Fewer rounds in a run than this, and the drain at its end weighs too much.
#define ROUNDS_LEAST 10

static void print_warnings(FILE *out, const struct micro_rows *rows,
                           const struct micro_chosen *chosen)
{
  size_t few = 0;
  for (size_t i = 0; i < rows->n; i++)
    if (rows->rows[i].error)
      fprintf(out, "%s failed: %s\n", rows->rows[i].name, rows->rows[i].error);
  for (size_t i = 0; i < chosen->n; i++) {
    const char *name = chosen->cases[i]->name;
    size_t n;
    double rounds = micro_median(rows, name, MICRO_ROUNDS, &n);
    if (n && rounds < ROUNDS_LEAST)
      fprintf(out, "%s %s", few++ ? "," : "few rounds in", name);
  }
  if (few)
    fprintf(out,
            "; the drain weighs in their process CPU unless a run has %d: "
            "raise --min-time\n",
            ROUNDS_LEAST);
}

static void print_builds(FILE *out, const struct micro_rows *rows)
{
  const char *variety = wane_variety();
  fprintf(out, "build variety: %s%s\n", variety,
          strcmp(variety, "measure") == 0 || strcmp(variety, "bare") == 0
              ? ""
              : " (its figures are no results)");
  fprintf(out, "benchmark library: %s build%s\n", rows->library,
          strcmp(rows->library, "debug") == 0
              ? " (\"DEBUG\": Debian compiles it optimised, with asserts; "
                "none is in a timed loop)"
              : "");
}

void micro_print_table(FILE *out, const struct micro_rows *rows,
                       const struct micro_chosen *chosen)
{
  fputs("medians, ns per operation: wall clock, CPU of the measuring thread, "
        "CPU of the\nwhole process (collector included, drained); x: how many "
        "times the baseline\n",
        out);
  fprintf(out, "%-22s %8s %8s %8s  %-21s %8s %8s %8s %7s %7s %7s %4s\n",
          "benchmark", "wall", "thread", "process", "baseline", "wall",
          "thread", "process", "wall x", "thr x", "proc x", "n");
  for (size_t i = 0; i < chosen->n; i++)
    if (chosen->cases[i]->baselines[0] ||
        !is_baseline(chosen, chosen->cases[i]->name))
      print_case(out, rows, chosen, chosen->cases[i]);
  print_warnings(out, rows, chosen);
  print_builds(out, rows);
}
