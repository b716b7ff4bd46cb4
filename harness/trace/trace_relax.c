// trace_relax.c: wane trace relax: how free a trace's threads are.
// SPDX-License-Identifier: MIT
#include "trace_relax.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "gct_relax.h"
#include "trace_report.h"

static const char usage[] =
    "usage: wane trace relax FILE [-o OUT] [--level N]\n"
    "\n"
    "Finds which waits between its threads the meaning of a trace needs (each\n"
    "object used is held, the graph at each checkpoint is the recorded one), "
    "and\n"
    "says how many, why, and how many events could be executed at a time.\n"
    "-o writes the trace with these waits only, births numbered in the order\n"
    "that follows from them. --level is zstd's, 0 to 22 [19].\n";

static int wrong_usage(const char *what, const char *token)
{
  fprintf(stderr, "wane trace relax: %s%s%s\n%s", what, *token ? ": " : "",
          token, usage);
  return WANE_EXIT_USAGE;
}

struct arguments {
  const char *file, *output;
  int level;
};

static bool parse_level(const char *text, int *level)
{
  char *end;
  long value = strtol(text, &end, 10);
  *level = (int)value;
  return *text >= '0' && *text <= '9' && !*end && value <= 22;
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
  for (int i = 2; i < argc; i++) {
    bool output = !strcmp(argv[i], "-o") || !strcmp(argv[i], "--output");
    if (!output && strcmp(argv[i], "--level") != 0) {
      if (argv[i][0] == '-') return wrong_usage("unknown option", argv[i]);
      if (a->file) return wrong_usage("one file, please", argv[i]);
      a->file = argv[i];
    } else if (i + 1 == argc) {
      return wrong_usage("option without a value", argv[i]);
    } else if (output) {
      a->output = argv[++i];
    } else if (!parse_level(argv[++i], &a->level)) {
      return wrong_usage("bad value", argv[i]);
    }
  }
  return a->file ? WANE_EXIT_OK : wrong_usage("no file", "");
}

static void print(const struct gct_info *info, const struct gct_relax *relax)
{
  printf("events       %" PRIu64 " of %" PRIu32 " threads\n", info->n_events,
         info->n_threads);
  printf("waits        %" PRIu64 ", the file has %" PRIu64 "\n",
         gct_relax_count(relax), info->by_op[GCT_WAIT]);
  for (int kind = 0; kind < GCT_RELAX_KINDS; kind++)
    if (relax->by_kind[kind])
      printf("  %-10s %12" PRIu64 "\n", gct_relax_name(kind),
             relax->by_kind[kind]);
  printf("longest path %" PRIu64 " events\n", relax->critical);
  if (relax->critical)
    printf("parallelism  %.2f\n",
           (double)info->n_events / (double)relax->critical);
  if (relax->unwitnessed)
    printf("no witness   %" PRIu64 " uses of objects that nothing rooted was "
           "found to lead to: barriers\n",
           relax->unwitnessed);
}

// Errors of the new file carry its name.
static int write_out(const struct arguments *a, const struct gct_file *file,
                     const struct gct_relax *relax)
{
  struct trace_progress progress;
  struct gct_cut_result made;
  struct gct_error error;
  gct_progress *show = trace_progress_begin(&progress, a->output);
  int result = gct_relax_write(file, relax, a->output, a->level, show,
                               &progress, &made, &error);
  trace_progress_end(&progress);
  if (result != 0) return trace_report(a->output, result, &error);
  printf("%s: %" PRIu64 " events, %" PRIu32 " checkpoints\n", a->output,
         made.events, made.checkpoints);
  return WANE_EXIT_OK;
}

static int relax_file(const struct arguments *a, const struct gct_file *file)
{
  struct trace_progress progress;
  struct gct_report report;
  struct gct_relax relax;
  struct gct_error error;
  gct_progress *show = trace_progress_begin(&progress, a->file);
  int result = gct_verify(file, show, &progress, &report, &error);
  if (result == 0)
    result = gct_relax_make(file, 0, show, &progress, &relax, &error);
  trace_progress_end(&progress);
  if (result != 0) return trace_report(a->file, result, &error);
  print(gct_info(file), &relax);
  int code = a->output ? write_out(a, file, &relax) : 0;
  gct_relax_free(&relax);
  return code;
}

int wane_trace_relax(int argc, char **argv)
{
  struct arguments a = {.level = 19};
  struct gct_error error;
  struct gct_file *file;
  if (argc > 2 && strcmp(argv[2], "--help") == 0) {
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  int code = parse_arguments(argc, argv, &a);
  if (code != WANE_EXIT_OK) return code;
  int result = gct_open(a.file, &file, &error);
  if (result != 0) return trace_report(a.file, result, &error);
  code = relax_file(&a, file);
  gct_close(file);
  return code;
}
