// cmd_report.c: `wane report`: figures of results.
// SPDX-License-Identifier: MIT
//
// Each figure is made once per class of results (measured, denied, modelled,
// emulated), into files of its own, so that what must not be compared is never
// in one picture. What is left out is listed in the caption. Main thread.
#include "cmd_report.h"

#include "exit_code.h"
#include "page_output.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// In the order of a paper.
static const struct report_figure *const figures[] = {
    &report_lbo,         &report_lbo_table, &report_sweep,    &report_latency,
    &report_utilisation, &report_phases,    &report_heap,     &report_scale,
    &report_characters,  &report_counting,  &report_matrices,
};
enum { FIGURES = sizeof figures / sizeof figures[0] };

struct options {
  char *const *directories;
  size_t n;
  const char *output;
  double at;
  bool wanted[FIGURES];
};

static int complain(int code, const char *format, const char *about)
{
  fputs("wane report: ", stderr);
  fprintf(stderr, format, about);
  putc('\n', stderr);
  return code;
}

// --- command line ----------------------------------------------------------

static void help(void)
{
  puts(
      "usage: wane report DIR... [-o OUT] [--figure NAME]... [--at FACTOR]\n\n"
      "Draws figures and tables of what `wane run -o DIR` and `wane sweep` "
      "have written\ninto OUT (one DIR: DIR/report): NAME.csv with exactly the "
      "numbers that are shown,\nNAME.txt with the caption and what was left "
      "out; of figures NAME.svg, NAME.pdf and\nthe gnuplot script NAME.gp, of "
      "tables NAME.tex. Results that must not be compared\n(measured, denied, "
      "modelled, emulated) get files apart. --at: the heap factor of\ntables "
      "that show only one [3]; the nearest that there is.\n");
  for (int i = 0; i < FIGURES; i++)
    printf("  %-14s %s\n", figures[i]->name, figures[i]->help);
}

bool wane_report_has(const char *name)
{
  for (int i = 0; i < FIGURES; i++)
    if (strcmp(figures[i]->name, name) == 0) return true;
  return false;
}

static bool want(struct options *options, const char *name)
{
  for (int i = 0; i < FIGURES; i++) {
    if (strcmp(figures[i]->name, name)) continue;
    return options->wanted[i] = true;
  }
  return false;
}

static bool take_factor(const char *text, double *at)
{
  char *end;
  *at = strtod(text, &end);
  return end != text && !*end && isfinite(*at) && *at > 0;
}

// 0; or an exit code + 1, since help ends with 0, too.
static int parse(int argc, char **argv, struct options *options)
{
  static const struct option longs[] = {
      {"output", required_argument, NULL, 'o'},
      {"figure", required_argument, NULL, 'f'},
      {"at", required_argument, NULL, 'a'},
      {"help", no_argument, NULL, 'h'},
      {0}};
  bool some = false;
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "o:", longs, NULL)) != -1;) {
    if (key == 'h') {
      help();
      return WANE_EXIT_OK + 1;
    }
    if (key == 'o') {
      options->output = optarg;
    } else if (key == 'f') {
      some = true;
      if (!want(options, optarg))
        return 1 + complain(WANE_EXIT_USAGE,
                            "--figure: there is no \"%s\"; see wane report "
                            "--help",
                            optarg);
    } else if (key == 'a') {
      if (!take_factor(optarg, &options->at))
        return 1 + complain(WANE_EXIT_USAGE,
                            "--at: expected a heap factor, found \"%s\"",
                            optarg);
    } else {
      return 1 + complain(WANE_EXIT_USAGE,
                          "%s: no such option, or its value is missing; see "
                          "wane report --help",
                          argv[optind - 1]);
    }
  }
  for (int i = 0; i < FIGURES && !some; i++) options->wanted[i] = true;
  options->directories = argv + optind;
  options->n = (size_t)(argc - optind);
  if (!options->n)
    return 1 + complain(WANE_EXIT_USAGE, "expected %s", "folders of results");
  if (!options->output && options->n > 1)
    return 1 + complain(WANE_EXIT_USAGE, "expected %s", "-o OUT");
  return 0;
}

// --- all of them -----------------------------------------------------------

static size_t runs_of(const struct report *report, enum report_class class)
{
  size_t n = 0;
  for (size_t i = 0; i < report->n_runs; i++)
    n += report->runs[i].class == class;
  return n;
}

static int draw_figure(const struct options *options,
                       const struct report *report, enum report_class class,
                       const struct report_figure *figure,
                       struct report_output *output)
{
  struct report_view view;
  int result =
      report_view_make(&view, report, class, figure->axis, options->at);
  if (!result) result = report_output_figure(output, figure, &view);
  report_view_free(&view);
  return result;
}

static void tell(const struct report_output *output)
{
  size_t n;
  const struct report_artefact *all = report_output_artefacts(output, &n);
  for (size_t i = 0; i < n; i++) {
    bool picture = all[i].figure->kind == REPORT_PICTURE;
    printf("%s.%s: %s%s\n", all[i].stem,
           !all[i].drawn ? "txt"
           : picture     ? "svg"
                         : "tex",
           all[i].figure->title,
           all[i].drawn ? "" : ": nothing to draw, it says why");
  }
}

// Texts and pictures first, for the page takes them up: those that there are.
static int write_all(const struct report *report, const char *folder,
                     struct report_output *output)
{
  char error[4096];
  int first = report_output_write(output, error, sizeof error);
  if (first) (void)complain(first, "%s", error);
  if (page_output(report, folder, output))
    return complain(WANE_EXIT_ENVIRONMENT, "%s", "no memory");
  int second = report_output_write(output, error, sizeof error);
  if (second && !first) (void)complain(second, "%s", error);
  return first ? first : second;
}

static int draw_all(const struct options *options, const struct report *report,
                    const char *folder, struct report_output *output)
{
  int classes = 0, result = 0;
  for (int i = 0; !result && i < REPORT_CLASSES; i++) {
    enum report_class class = (enum report_class)i;
    if (!runs_of(report, class)) continue;
    classes++;
    for (int k = 0; !result && k < FIGURES; k++)
      if (options->wanted[k])
        result = draw_figure(options, report, class, figures[k], output);
  }
  if (result) return complain(WANE_EXIT_ENVIRONMENT, "%s", "no memory");
  result = write_all(report, folder, output);
  if (result) return result;
  tell(output);
  puts("index.html: all of it");
  if (classes > 1)
    puts("What was measured, denied, modelled or emulated cannot be compared: "
         "each has pictures of its own.");
  return report_output_refused(output) ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

// "DIR/report" if there is one folder and no other was named.
static int draw_into(const struct options *options, const struct report *report)
{
  char *folder = NULL;
  if (asprintf(&folder, "%s%s",
               options->output ? options->output : options->directories[0],
               options->output ? "" : "/report") < 0)
    return complain(WANE_EXIT_ENVIRONMENT, "%s", "no memory");
  struct report_output *output = report_output_open(folder);
  int result = output ? draw_all(options, report, folder, output)
                      : complain(WANE_EXIT_ENVIRONMENT, "%s", "no memory");
  if (output) report_output_close(output);
  free(folder);
  return result;
}

int wane_cmd_report(int argc, char **argv)
{
  struct options options = {.at = 3};
  struct report report;
  char error[1024];
  int code = parse(argc, argv, &options);
  if (code) return code - 1;
  code =
      report_load(&report, options.directories, options.n, error, sizeof error);
  if (code)
    (void)complain(code, "%s", error);
  else if (!report.n_runs)
    code = complain(WANE_EXIT_ENVIRONMENT, "%s",
                    "there is not one invocation in these folders");
  else
    code = draw_into(&options, &report);
  report_free(&report);
  return code;
}
