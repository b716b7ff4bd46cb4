// trace_stats.c: wane trace stats: what traces are like.
// SPDX-License-Identifier: MIT
//
// All traces are read before anything is written: a bad one leaves neither
// text nor files.
#include "trace_stats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "stats_figure.h"
#include "whole_folder.h"
#include "stats_tables.h"
#include "stats_text.h"
#include "trace_report.h"

#define MOST_SAMPLES 10000

static const char usage[] =
    "usage: wane trace stats FILE... [-o DIR] [--csv] [--brief] "
    "[--samples N]\n"
    "                             [--types N]\n"
    "\n"
    "What traces are like: sizes, lifetimes, how objects end, cycles, "
    "references,\n"
    "roots, sharing between threads, parallelism, and nominal statistics, "
    "which for\n"
    "several files have a rank and a score (10: the largest). Oracles are not\n"
    "compared: wane trace verify does that.\n"
    "\n"
    "-o DIR       stats.csv, distributions.csv, series.csv, types.csv, a "
    "picture\n"
    "             NAME.svg of each trace, and traces.svg of several\n"
    "--csv        stats.csv on standard output instead of text\n"
    "--brief      no nominal statistics in the text\n"
    "--samples N  looks at the whole heap N times, at equal steps of births "
    "[50]\n"
    "--types N    types in the text [10]\n";

struct arguments {
  char **files;
  size_t n_files;
  const char *output;
  unsigned samples, types;
  bool csv, brief;
};

static int wrong_usage(const char *what, const char *token)
{
  fprintf(stderr, "wane trace stats: %s%s%s\n%s", what, *token ? ": " : "",
          token, usage);
  return WANE_EXIT_USAGE;
}

static bool parse_number(const char *text, unsigned from, unsigned to,
                         unsigned *value)
{
  char *end;
  errno = 0;
  unsigned long number = strtoul(text, &end, 10);
  *value = (unsigned)number;
  return *text >= '0' && *text <= '9' && !*end && !errno && number >= from &&
         number <= to;
}

// An option that takes a value. Returns an exit code.
static int set_option(struct arguments *a, const char *option,
                      const char *value)
{
  bool good = true;
  if (strcmp(option, "-o") != 0 && strcmp(option, "--output") != 0 &&
      strcmp(option, "--samples") != 0 && strcmp(option, "--types") != 0)
    return wrong_usage("unknown option", option);
  if (!value) return wrong_usage("option without a value", option);
  if (strcmp(option, "--samples") == 0)
    good = parse_number(value, 1, MOST_SAMPLES, &a->samples);
  else if (strcmp(option, "--types") == 0)
    good = parse_number(value, 0, 1u << 20, &a->types);
  else
    good = *(a->output = value) != 0;
  return good ? WANE_EXIT_OK : wrong_usage("bad value", value);
}

// Files end up at the front of argv + 2.
static int parse_arguments(int argc, char **argv, struct arguments *a)
{
  bool options = true;
  for (int i = 2; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (!options || argv[i][0] != '-') {
      argv[2 + a->n_files++] = argv[i];
    } else if (strcmp(argv[i], "--csv") == 0) {
      a->csv = true;
    } else if (strcmp(argv[i], "--brief") == 0) {
      a->brief = true;
    } else {
      const char *value = i + 1 < argc ? argv[i + 1] : NULL;
      int code = set_option(a, argv[i++], value);
      if (code != WANE_EXIT_OK) return code;
    }
  }
  a->files = argv + 2;
  return a->n_files ? WANE_EXIT_OK : wrong_usage("no file", "");
}

static int out_of_memory(void)
{
  fputs("wane trace stats: out of memory\n", stderr);
  return WANE_EXIT_ENVIRONMENT;
}

// ---- reading

// The name of a file without its folder and ".gct", the caller's.
static char *name_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  char *name = strdup(slash ? slash + 1 : path);
  size_t n = name ? strlen(name) : 0;
  if (n > 4 && strcmp(name + n - 4, ".gct") == 0) name[n - 4] = '\0';
  return name;
}

static int read_trace(struct stats_trace *trace, const struct arguments *a)
{
  struct gct_stats_options options = {.samples = a->samples};
  struct trace_progress progress;
  struct gct_error error;
  int result = gct_open(trace->path, &trace->file, &error);
  if (result == 0) {
    gct_progress *show = trace_progress_begin(&progress, trace->path);
    result = gct_stats_make(trace->file, &options, show, &progress,
                            &trace->stats, &error);
    trace_progress_end(&progress);
  }
  if (result != 0) return trace_report(trace->path, result, &error);
  gct_nominal_values(&trace->stats, trace->values);
  return WANE_EXIT_OK;
}

// How each trace stands among all. Returns 0 or -ENOMEM.
static int compare(struct stats_trace *traces, size_t n)
{
  double *values = malloc(n * sizeof *values);
  int result = values ? 0 : -ENOMEM;
  for (int key = 0; result == 0 && key < GCT_NOMINALS; key++) {
    for (size_t i = 0; i < n; i++) values[i] = traces[i].values[key];
    for (size_t i = 0; result == 0 && i < n; i++)
      result = gct_nominal_standing(values, n, i, &traces[i].standing[key]);
  }
  free(values);
  return result;
}

// Names are those of pictures and of the rows of tables.
static int give_names(struct stats_trace *traces, const struct arguments *a)
{
  for (size_t i = 0; i < a->n_files; i++) {
    traces[i].path = a->files[i];
    traces[i].name = name_of(a->files[i]);
    if (!traces[i].name) return out_of_memory();
    if (a->n_files > 1 && strcmp(traces[i].name, "traces") == 0)
      return wrong_usage("traces.svg is the picture of all, so none may be "
                         "called so",
                         a->files[i]);
    for (size_t k = 0; k < i; k++)
      if (strcmp(traces[i].name, traces[k].name) == 0)
        return wrong_usage("two files of the same name", a->files[i]);
  }
  return WANE_EXIT_OK;
}

// ---- writing

typedef void table(FILE *out, const struct stats_trace *traces, size_t n);

static void put_table(struct whole_folder *folder, const char *name,
                      table *print, const struct stats_trace *traces, size_t n)
{
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (out) print(out, traces, n);
  if (!out || fclose(out) != 0)
    whole_folder_fail(folder, name, -ENOMEM);
  else
    whole_folder_put(folder, name, text, size);
  free(text);
}

static void put_figure(struct whole_folder *folder, const char *stem,
                       const struct stats_trace *traces, size_t n)
{
  char *text = NULL, *name = NULL;
  size_t size = 0;
  int result = n > 1 ? stats_figure_overview(traces, n, &text, &size)
                     : stats_figure_trace(traces, &text, &size);
  if (result == 0 && asprintf(&name, "%s.svg", stem) < 0) result = -ENOMEM;
  if (result == 0)
    whole_folder_put(folder, name, text, size);
  else
    whole_folder_fail(folder, stem, result);
  free(name);
  free(text);
}

static int write_folder(const struct stats_trace *traces, size_t n,
                        const char *directory)
{
  char where[256];
  struct whole_folder *folder = whole_folder_open(directory);
  if (!folder) return out_of_memory();
  put_table(folder, "stats.csv", stats_table_nominal, traces, n);
  put_table(folder, "distributions.csv", stats_table_distributions, traces, n);
  put_table(folder, "series.csv", stats_table_series, traces, n);
  put_table(folder, "types.csv", stats_table_types, traces, n);
  for (size_t i = 0; i < n; i++)
    put_figure(folder, traces[i].name, &traces[i], 1);
  if (n > 1) put_figure(folder, "traces", traces, n);
  int result = whole_folder_close(folder, where, sizeof where);
  if (result == 0) return WANE_EXIT_OK;
  fprintf(stderr, "wane trace stats: %s: %s\n", where, strerror(-result));
  return WANE_EXIT_ENVIRONMENT;
}

static int print_text(const struct stats_trace *traces,
                      const struct arguments *a)
{
  size_t n = a->n_files;
  if (n > 1) stats_text_overview(stdout, traces, n);
  for (size_t i = 0; i < n; i++) {
    if (n > 1) fputc('\n', stdout);
    if (stats_text_trace(stdout, &traces[i], a->types) != 0)
      return out_of_memory();
    if (!a->brief) stats_text_nominal(stdout, &traces[i], n > 1);
  }
  return WANE_EXIT_OK;
}

static int write_all(const struct stats_trace *traces,
                     const struct arguments *a)
{
  int code = WANE_EXIT_OK;
  if (a->output) code = write_folder(traces, a->n_files, a->output);
  if (code != WANE_EXIT_OK) return code;
  if (a->csv)
    stats_table_nominal(stdout, traces, a->n_files);
  else
    code = print_text(traces, a);
  if (fflush(stdout) == 0) return code;
  fprintf(stderr, "wane trace stats: standard output: %s\n", strerror(errno));
  return WANE_EXIT_ENVIRONMENT;
}

int wane_trace_stats(int argc, char **argv)
{
  struct arguments a = {.samples = 50, .types = 10};
  if (argc >= 3 && strcmp(argv[2], "--help") == 0) {
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  int code = parse_arguments(argc, argv, &a);
  if (code != WANE_EXIT_OK) return code;
  struct stats_trace *traces = calloc(a.n_files, sizeof *traces);
  if (!traces) return out_of_memory();
  code = give_names(traces, &a);
  for (size_t i = 0; code == WANE_EXIT_OK && i < a.n_files; i++)
    code = read_trace(&traces[i], &a);
  if (code == WANE_EXIT_OK && compare(traces, a.n_files) != 0)
    code = out_of_memory();
  if (code == WANE_EXIT_OK) code = write_all(traces, &a);
  for (size_t i = 0; i < a.n_files; i++) {
    gct_stats_free(&traces[i].stats);
    gct_close(traces[i].file);
    free(traces[i].name);
  }
  free(traces);
  return code;
}
