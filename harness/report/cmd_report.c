// cmd_report.c: `wane report`: figures of results.
// SPDX-License-Identifier: MIT
//
// Each figure is drawn once per class of results (measured, denied, modelled,
// emulated), into files of its own, so that what must not be compared is never
// in one picture. What is left out is listed in the caption. Main thread.
#include "cmd_report.h"

#include "exit_code.h"
#include "report_figure.h"
#include "whole_folder.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct report_figure *const figures[] = {&report_scale,
                                                      &report_matrices};
enum { FIGURES = sizeof figures / sizeof figures[0] };

struct options {
  char *const *directories;
  size_t n;
  const char *output;
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
      "usage: wane report DIR... -o OUT [--figure NAME]...\n\n"
      "Draws figures of what `wane run -o DIR` has written: NAME.svg, NAME.csv "
      "with the\nnumbers that are drawn, NAME.txt with the caption and what "
      "was left out. Results\nthat must not be compared (measured, denied, "
      "modelled, emulated) get files apart.\n");
  for (int i = 0; i < FIGURES; i++)
    printf("  %-14s %s\n", figures[i]->name, figures[i]->help);
}

static bool want(struct options *options, const char *name)
{
  for (int i = 0; i < FIGURES; i++) {
    if (strcmp(figures[i]->name, name)) continue;
    return options->wanted[i] = true;
  }
  return false;
}

// 0; or an exit code + 1, since help ends with 0, too.
static int parse(int argc, char **argv, struct options *options)
{
  static const struct option longs[] = {
      {"output", required_argument, NULL, 'o'},
      {"figure", required_argument, NULL, 'f'},
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
  if (!options->output)
    return 1 + complain(WANE_EXIT_USAGE, "expected %s", "-o OUT");
  return 0;
}

// --- a figure --------------------------------------------------------------

static void list_sources(const struct report_view *view, FILE *out)
{
  const struct report *report = view->report;
  fputs("\nFrom:\n", out);
  for (size_t i = 0; i < report->n_sources; i++) {
    bool used = false;
    for (size_t k = 0; k < report->n_runs; k++)
      used |=
          report->runs[k].source == i && report->runs[k].class == view->class;
    if (used) fprintf(out, "  %s\n", report_source_text(report, i));
  }
}

static void list_series(const struct report_view *view, FILE *out)
{
  fprintf(out, "\nConfigurations (%s, %zu invocations):\n",
          report_class_name(view->class), view->n);
  for (size_t i = 0; i < view->n_series; i++) {
    size_t n = 0;
    for (size_t k = 0; k < view->n; k++)
      n += strcmp(view->items[k].key, view->keys[i]) == 0;
    fprintf(out, "  %s: %s, n = %zu\n", view->labels[i], view->keys[i], n);
  }
}

static void list_excluded(const struct report_view *view, FILE *out)
{
  size_t n = 0;
  for (size_t i = 0; i < view->report->n_runs; i++) {
    const struct report_run *run = &view->report->runs[i];
    if (run->class != view->class || !run->excluded) continue;
    if (n++ == 0) fputs("\nLeft out:\n", out);
    fprintf(out, "  %s: %s on %s: %s\n", run->field[REPORT_INVOCATION_ID],
            run->field[REPORT_BENCHMARK], run->field[REPORT_CONFIG],
            run->excluded);
  }
  if (!n) fputs("\nNothing was left out.\n", out);
}

static void put(struct whole_folder *folder, const char *stem, const char *end,
                const char *text, size_t n)
{
  char name[80];
  snprintf(name, sizeof name, "%s.%s", stem, end);
  whole_folder_put(folder, name, text, n);
}

// A picture of nothing says so.
static int close_svg(struct report_paper *paper, char **text, size_t *n)
{
  if (!paper->svg) {
    paper->svg = svg_open(420, 60, "nothing");
    if (!paper->svg) return -ENOMEM;
    svg_text(paper->svg, (struct svg_point){16, 34}, 11, SVG_START, SVG_DARK,
             false, "There is nothing to draw; the caption says why.");
  }
  return svg_close(paper->svg, text, n);
}

static int draw(const struct report_figure *figure,
                const struct report_view *view, struct whole_folder *folder)
{
  char stem[64], *svg = NULL, *csv = NULL, *caption = NULL;
  size_t n_svg = 0, n_csv = 0, n_caption = 0;
  bool plain = view->class == REPORT_MEASURED;
  struct report_paper paper = {NULL, open_memstream(&csv, &n_csv),
                               open_memstream(&caption, &n_caption)};
  snprintf(stem, sizeof stem, "%s%s%s", figure->name, plain ? "" : "_",
           plain ? "" : report_class_name(view->class));
  int result = paper.csv && paper.caption ? 0 : -ENOMEM;
  if (!result) result = figure->draw(view, &paper);
  if (!result) {
    list_series(view, paper.caption);
    list_excluded(view, paper.caption);
    list_sources(view, paper.caption);
  }
  if (paper.csv && fclose(paper.csv)) result = -ENOMEM;
  if (paper.caption && fclose(paper.caption)) result = -ENOMEM;
  if (result)
    svg_abandon(paper.svg);
  else
    result = close_svg(&paper, &svg, &n_svg);
  if (!result) {
    put(folder, stem, "svg", svg, n_svg);
    put(folder, stem, "csv", csv, n_csv);
    put(folder, stem, "txt", caption, n_caption);
    printf("%s.svg: %zu invocations, %s\n", stem, view->n,
           report_class_name(view->class));
  }
  free(svg);
  free(csv);
  free(caption);
  return result;
}

// --- all of them -----------------------------------------------------------

static size_t runs_of(const struct report *report, enum report_class class)
{
  size_t n = 0;
  for (size_t i = 0; i < report->n_runs; i++)
    n += report->runs[i].class == class;
  return n;
}

static int draw_class(const struct options *options,
                      const struct report *report, enum report_class class,
                      struct whole_folder *folder)
{
  struct report_view view;
  int result = report_view_make(&view, report, class);
  for (int i = 0; !result && i < FIGURES; i++)
    if (options->wanted[i]) result = draw(figures[i], &view, folder);
  report_view_free(&view);
  return result;
}

static int draw_all(const struct options *options, const struct report *report)
{
  char where[1024];
  int classes = 0, result = 0;
  struct whole_folder *folder = whole_folder_open(options->output);
  if (!folder) return complain(WANE_EXIT_ENVIRONMENT, "%s", "no memory");
  for (int i = 0; !result && i < REPORT_CLASSES; i++) {
    enum report_class class = (enum report_class)i;
    if (!runs_of(report, class)) continue;
    classes++;
    result = draw_class(options, report, class, folder);
  }
  if (result) whole_folder_fail(folder, "", result);
  result = whole_folder_close(folder, where, sizeof where);
  if (result) {
    fprintf(stderr, "wane report: %s: cannot be written: %s\n", where,
            strerror(-result));
    return WANE_EXIT_ENVIRONMENT;
  }
  if (classes > 1)
    puts("What was measured, denied, modelled or emulated cannot be compared: "
         "each has pictures of its own.");
  return WANE_EXIT_OK;
}

int wane_cmd_report(int argc, char **argv)
{
  struct options options = {0};
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
    code = draw_all(&options, &report);
  report_free(&report);
  return code;
}
