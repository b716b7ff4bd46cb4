// cmd_doctor.c: `wane doctor`: what the machine does to results.
// SPDX-License-Identifier: MIT
#include "cmd_doctor.h"

#include "doctor.h"
#include "exit_code.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: wane doctor [--json] [--strict] [--root DIR]\n"
    "\n"
    "Audits the machine: what it has, how bad that is, what it does to "
    "results\n"
    "and how to change it. Watches for a quarter of a second what others do.\n"
    "\n"
    "--json    the findings as they stand in run.json\n"
    "--strict  exit status 3 if results from here would be wrong\n"
    "--root    looks at DIR/proc and DIR/sys, a copy of another machine's\n"
    "\n"
    "Severities: refuse (results would be wrong), warning (noisier, or about\n"
    "something else), note (who reads the results should know), unknown "
    "(could\n"
    "not be read), ok.\n";

struct options {
  bool json, strict;
  const char *root;
};

static int refuse(const char *what, const char *found)
{
  fprintf(stderr, "wane doctor: %s \"%s\"; see wane doctor --help\n", what,
          found);
  return WANE_EXIT_USAGE;
}

// An exit code + 1, or 0 to go on.
static int parse(int argc, char **argv, struct options *options)
{
  static const struct option known[] = {{"json", no_argument, NULL, 'j'},
                                        {"strict", no_argument, NULL, 's'},
                                        {"root", required_argument, NULL, 'r'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  int option;
  optind = 0;
  opterr = 0;
  while ((option = getopt_long(argc, argv, "+:h", known, NULL)) != -1)
    if (option == 'j') {
      options->json = true;
    } else if (option == 's') {
      options->strict = true;
    } else if (option == 'r') {
      options->root = optarg;
    } else if (option == 'h') {
      fputs(usage, stdout);
      return WANE_EXIT_OK + 1;
    } else {
      return refuse(option == ':' ? "expected a folder behind"
                                  : "expected an option, found",
                    argv[optind - 1]) +
             1;
    }
  if (optind < argc)
    return refuse("expected no argument, found", argv[optind]) + 1;
  return 0;
}

// --- for people ------------------------------------------------------------

static const char *colour(const char *severity)
{
  return strcmp(severity, "refuse") == 0    ? "\033[1;31m"
         : strcmp(severity, "warning") == 0 ? "\033[33m"
         : strcmp(severity, "ok") == 0      ? "\033[32m"
                                            : "\033[36m";
}

static bool coloured(void)
{
  const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && !(no && *no) && terminal &&
         strcmp(terminal, "dumb") != 0;
}

// Breaks at spaces, indented.
static void paragraph(const char *text)
{
  enum { INDENT = 9, WIDTH = 79 };
  int column = printf("%*s", INDENT - 1, "");
  while (*text) {
    int n = (int)strcspn(text, " ");
    if (column > INDENT && column + 1 + n > WIDTH)
      column = printf("\n%*s", INDENT - 1, "") - 1;
    column += printf(" %.*s", n, text);
    text += n + (text[n] == ' ');
  }
  putchar('\n');
}

static const char *text_of(const json_t *finding, const char *key)
{
  const char *text = json_string_value(json_object_get(finding, key));
  return text ? text : "";
}

static void show(const json_t *finding, bool colours)
{
  const char *severity = text_of(finding, "severity");
  const char *change = text_of(finding, "change");
  char advice[512];
  printf("%s%-8s%s %s: %s\n", colours ? colour(severity) : "", severity,
         colours ? "\033[0m" : "", text_of(finding, "name"),
         text_of(finding, "found"));
  if (!*change) return;
  paragraph(text_of(finding, "effect"));
  snprintf(advice, sizeof advice, "change: %s", change);
  paragraph(advice);
}

// The worst first.
static void show_all(const json_t *findings)
{
  bool colours = coloured();
  for (int severity = DOCTOR_REFUSE; severity >= DOCTOR_OK; severity--) {
    const char *name = doctor_severity_name((enum doctor_severity)severity);
    size_t i;
    json_t *finding;
    json_array_foreach(findings, i,
                       finding) if (strcmp(text_of(finding, "severity"),
                                           name) == 0) show(finding, colours);
  }
}

// --- the command -----------------------------------------------------------

static json_t *look(const struct options *options)
{
  struct doctor_place copy = {.root = options->root};
  return options->root ? doctor_findings_at(&copy) : doctor_findings();
}

static bool is_a_copy(const char *root)
{
  char path[4096];
  struct stat status;
  snprintf(path, sizeof path, "%s/proc", root);
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int wane_cmd_doctor(int argc, char **argv)
{
  struct options options = {0};
  int code = parse(argc, argv, &options);
  if (code) return code - 1;
  if (options.root && !is_a_copy(options.root)) {
    fprintf(stderr, "wane doctor: --root %s: there is no folder proc in it\n",
            options.root);
    return WANE_EXIT_ENVIRONMENT;
  }
  json_t *findings = look(&options);
  if (!findings) {
    fputs("wane doctor: no memory\n", stderr);
    return WANE_EXIT_ENVIRONMENT;
  }
  if (options.json) {
    json_dumpf(findings, stdout, JSON_INDENT(2));
    putchar('\n');
  } else {
    show_all(findings);
  }
  bool refused = doctor_worst(findings) == DOCTOR_REFUSE;
  json_decref(findings);
  return refused && options.strict ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}
