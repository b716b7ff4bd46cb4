// trace_import.c: wane trace import.
// SPDX-License-Identifier: MIT
//
// Arguments in, a report of what was kept and what was lost out; the work is
// done by workloads/trace/import.
#include "trace_import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"
#include "gct_import.h"
#include "trace_report.h"

static const char usage[] =
    "usage: wane trace import FILE -o OUT.gct [--format FORMAT] [--order "
    "ORDER]\n"
    "                         [--every N] [--teardown] [--level N]\n"
    "\n"
    "Makes a trace of another tool's heap dump or trace.\n"
    "\n"
    "--format    heapsnapshot (V8), hprof (Java), elephant-tracks or "
    "garcosim;\n"
    "            guessed from the content when not given\n"
    "--order     of births, heap dumps only: depth-first (the default) and\n"
    "            breadth-first bear parents first, children-first does not\n"
    "--every     a checkpoint every N lines, texts only [none]\n"
    "--teardown  give up all roots in the end, and check that nothing is left\n"
    "--level     of zstd, 0 to 22; 0 does not compress [9]\n";

struct arguments {
  const char *input, *output;
  struct gct_import_options options;
  bool has_order;
};

static int wrong_usage(const char *what, const char *token)
{
  fprintf(stderr, "wane trace import: %s%s%s\n%s", what, *token ? ": " : "",
          token, usage);
  return WANE_EXIT_USAGE;
}

// The index of `text` among the names from `first` on; false: none of them.
static bool parse_name(const char *text, const char *(*name_of)(unsigned),
                       unsigned first, unsigned *index)
{
  for (unsigned i = first; name_of(i); i++) {
    if (strcmp(name_of(i), text) != 0) continue;
    *index = i;
    return true;
  }
  return false;
}

static bool set_option(struct arguments *a, const char *option,
                       const char *value)
{
  struct gct_import_options *o = &a->options;
  unsigned index = 0;
  uint64_t number = 0;
  bool good = true;
  if (strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0) {
    a->output = value;
    good = *value != 0;
  } else if (strcmp(option, "--format") == 0) {
    good = parse_name(value, gct_import_format_name, 1, &index);
    o->format = index;
  } else if (strcmp(option, "--order") == 0) {
    good = parse_name(value, gct_import_order_name, 0, &index);
    o->order = index;
    a->has_order = true;
  } else if (strcmp(option, "--every") == 0) {
    good = trace_number(value, UINT64_MAX, &o->every);
  } else {
    good = trace_number(value, 22, &number);
    o->level = (int)number;
  }
  return good;
}

static bool has_value(const char *option)
{
  static const char *const options[] = {"-o",      "--output", "--format",
                                        "--order", "--every",  "--level"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (strcmp(option, options[i]) == 0) return true;
  return false;
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
  bool options = true;
  for (int i = 2; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (!options || argv[i][0] != '-') {
      if (a->input) return wrong_usage("one file, please", argv[i]);
      a->input = argv[i];
    } else if (strcmp(argv[i], "--teardown") == 0) {
      a->options.teardown = true;
    } else if (!has_value(argv[i])) {
      return wrong_usage("unknown option", argv[i]);
    } else if (i + 1 == argc) {
      return wrong_usage("option without a value", argv[i]);
    } else {
      if (!set_option(a, argv[i], argv[i + 1]))
        return wrong_usage("bad value", argv[i + 1]);
      i++;
    }
  }
  if (!a->input) return wrong_usage("no file", "");
  return a->output ? WANE_EXIT_OK : wrong_usage("-o OUT.gct is needed", "");
}

static void print_result(const struct arguments *a,
                         const struct gct_import_result *result)
{
  printf("%s: %s%s\n", a->input, gct_import_format_name(result->format),
         a->options.format == GCT_IMPORT_GUESS ? " (guessed from its content)"
                                               : "");
  for (uint32_t i = 0; i < result->n_counts; i++)
    if (result->counts[i].n)
      printf("  %12" PRIu64 "  %s\n", result->counts[i].n,
             result->counts[i].what);
  printf("%s: %" PRIu64 " events, %" PRIu64 " births; at the end %" PRIu64
         " objects, %" PRIu64 " bytes, %" PRIu64 " edges\n",
         a->output, result->events, result->births, result->final.objects,
         result->final.bytes, result->final.edges);
}

// An option that this format has no use for is a mistake worth a word.
static void warn(const struct arguments *a,
                 const struct gct_import_result *result)
{
  bool dump = result->format == GCT_IMPORT_HEAPSNAPSHOT ||
              result->format == GCT_IMPORT_HPROF;
  if (dump && a->options.every)
    fprintf(stderr, "wane trace import: --every does nothing for %s\n",
            gct_import_format_name(result->format));
  if (!dump && a->has_order)
    fprintf(stderr, "wane trace import: --order does nothing for %s\n",
            gct_import_format_name(result->format));
}

int wane_trace_import(int argc, char **argv)
{
  struct arguments a = {.options.level = 9};
  struct gct_import_result result;
  struct gct_error error;
  struct trace_progress progress;
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "--help") != 0) continue;
    fputs(usage, stdout);
    return WANE_EXIT_OK;
  }
  int code = parse_arguments(argc, argv, &a);
  if (code != WANE_EXIT_OK) return code;
  a.options.progress = trace_progress_begin(&progress, a.input);
  a.options.context = &progress;
  int failed = gct_import(a.input, a.output, &a.options, &result, &error);
  trace_progress_end(&progress);
  if (failed)
    return trace_report(result.output_failed ? a.output : a.input, failed,
                        &error);
  print_result(&a, &result);
  warn(&a, &result);
  return WANE_EXIT_OK;
}
