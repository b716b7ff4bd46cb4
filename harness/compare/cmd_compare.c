// cmd_compare.c: `wane compare`: is B better or worse than A?
// SPDX-License-Identifier: MIT
#include "cmd_compare.h"

#include "compare.h"
#include "exit_code.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: wane compare A B [--metric M]... [--bound 5%] [--confidence 0.95]\n"
    "                    [--format text|csv|json]\n"
    "\n"
    "A and B are folders of results (wane run -o, wane sweep). What ran under\n"
    "the same conditions in both is compared: the ratio of means B/A with its\n"
    "interval (Fieller), Hedges' g, and a verdict: better or worse where the\n"
    "interval lies wholly beyond the bound, same where it lies within, and\n"
    "else that it is too noisy to say.\n"
    "\n"
    "--metric      NAME[+drain][:SCOPE[:STAT]], see wane list metrics; by\n"
    "              default wall and CPU time with the drain, pauses, memory,\n"
    "              latencies\n"
    "--bound       what is not worth speaking of [5%]: from 1/1.05 to 1.05\n"
    "--confidence  of intervals [0.95]\n"
    "--format      text, csv or json [text]\n"
    "\n"
    "Ends with 1 if a row is worse, or a cell fails in B and not in A.\n";

enum { MOST_METRICS = 64 };

struct options {
  struct compare_metric metrics[MOST_METRICS];
  size_t n_metrics;
  bool asked; // for those metrics
  struct compare_terms terms;
  int (*print)(FILE *out, const struct compare_paper *paper);
  char *const *folders;
};

static int complain(int code, const char *what, const char *found)
{
  fprintf(stderr, "wane compare: %s \"%s\"; see wane compare --help\n", what,
          found);
  return code;
}

// --- command line ----------------------------------------------------------

// "5%" or "0.05".
static bool take_share(const char *text, double least, double most,
                       double *share)
{
  char *end;
  double value = strtod(text, &end);
  if (end != text && *end == '%') {
    value /= 100;
    end++;
  }
  if (end == text || *end || !(value > least && value < most)) return false;
  *share = value;
  return true;
}

static int take_metric(struct options *options, const char *text)
{
  char error[256];
  if (options->n_metrics == MOST_METRICS)
    return complain(WANE_EXIT_USAGE, "--metric: there are 64 already, before",
                    text);
  if (!compare_metric_parse(&options->metrics[options->n_metrics], text, error,
                            sizeof error)) {
    options->n_metrics++;
    return WANE_EXIT_OK;
  }
  fprintf(stderr, "wane compare: --metric: %s\n", error);
  return WANE_EXIT_USAGE;
}

static bool take_format(struct options *options, const char *name)
{
  options->print = strcmp(name, "text") == 0   ? compare_print_text
                   : strcmp(name, "csv") == 0  ? compare_print_csv
                   : strcmp(name, "json") == 0 ? compare_print_json
                                               : NULL;
  return options->print != NULL;
}

static int take_option(struct options *options, int key, char **argv)
{
  struct compare_terms *terms = &options->terms;
  switch (key) {
  case 'm':
    return take_metric(options, optarg);
  case 'b':
    if (take_share(optarg, 0, 10, &terms->bound)) return WANE_EXIT_OK;
    return complain(WANE_EXIT_USAGE, "--bound: expected 5% or 0.05, found",
                    optarg);
  case 'c':
    if (take_share(optarg, 0, 1, &terms->confidence)) return WANE_EXIT_OK;
    return complain(WANE_EXIT_USAGE,
                    "--confidence: expected 0.95 or 95%, found", optarg);
  case 'f':
    if (take_format(options, optarg)) return WANE_EXIT_OK;
    return complain(WANE_EXIT_USAGE,
                    "--format: expected text, csv or json, found", optarg);
  default:
    return complain(WANE_EXIT_USAGE, "no such option, or its value is missing:",
                    argv[optind - 1]);
  }
}

// 0; or an exit code + 1, since help ends with 0, too.
static int parse(int argc, char **argv, struct options *options)
{
  static const struct option known[] = {
      {"metric", required_argument, NULL, 'm'},
      {"bound", required_argument, NULL, 'b'},
      {"confidence", required_argument, NULL, 'c'},
      {"format", required_argument, NULL, 'f'},
      {"help", no_argument, NULL, 'h'},
      {0}};
  const char *name;
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
    if (key == 'h') {
      fputs(usage, stdout);
      return WANE_EXIT_OK + 1;
    }
    int code = take_option(options, key, argv);
    if (code) return code + 1;
  }
  if (argc - optind != 2)
    return 1 + complain(WANE_EXIT_USAGE, "expected two folders, found",
                        optind < argc ? argv[argc - 1] : "");
  options->folders = argv + optind;
  options->asked = options->n_metrics > 0;
  for (size_t i = 0; !options->asked && (name = compare_metric_default(i));
       i++) {
    int code = take_metric(options, name);
    if (code) return code + 1;
  }
  return 0;
}

// --- the command -----------------------------------------------------------

// Defaults that nothing was measured of are not spoken of.
static void drop_unused(struct options *options, const struct report *report)
{
  size_t kept = 0;
  for (size_t i = 0; i < options->n_metrics; i++) {
    bool some = false;
    for (size_t k = 0; !some && k < report->n_runs; k++)
      some =
          !isnan(compare_metric_value(&options->metrics[i], &report->runs[k]));
    if (some) options->metrics[kept++] = options->metrics[i];
  }
  options->n_metrics = kept;
}

static bool any_comparable(const struct compare_cells *cells)
{
  for (size_t i = 0; i < cells->n; i++)
    if (!cells->cells[i].why) return true;
  return false;
}

static int no_memory(void)
{
  fputs("wane compare: no memory\n", stderr);
  return WANE_EXIT_ENVIRONMENT;
}

static int say(const struct options *options, const struct compare_paper *paper)
{
  if (options->print(stdout, paper)) return no_memory();
  if (any_comparable(paper->cells))
    return paper->results->worse || paper->results->failing
               ? WANE_EXIT_EXPERIMENT
               : WANE_EXIT_OK;
  fputs("wane compare: A and B have nothing that can be compared\n", stderr);
  return WANE_EXIT_ENVIRONMENT;
}

static int compare_all(const struct options *options,
                       const struct report *report)
{
  struct compare_cells cells;
  struct compare_results results = {0};
  struct compare_facts facts = {0};
  int result = compare_cells_make(&cells, report);
  if (!result)
    result = compare_results_make(&results, &cells, options->metrics,
                                  options->n_metrics, &options->terms);
  if (!result) result = compare_facts_make(&facts, options->folders, &cells);
  int code =
      result ? no_memory()
             : say(options, &(struct compare_paper){report, &cells, &results,
                                                    &facts, &options->terms});
  compare_facts_free(&facts);
  compare_results_free(&results);
  compare_cells_free(&cells);
  return code;
}

int wane_cmd_compare(int argc, char **argv)
{
  struct options options = {.terms = {.bound = 0.05, .confidence = 0.95},
                            .print = compare_print_text};
  struct report report;
  char error[1024];
  int code = parse(argc, argv, &options);
  if (code) return code - 1;
  code = report_load(&report, options.folders, 2, error, sizeof error);
  if (code) {
    fprintf(stderr, "wane compare: %s\n", error);
  } else {
    if (!options.asked) drop_unused(&options, &report);
    code = compare_all(&options, &report);
  }
  report_free(&report);
  return code;
}
