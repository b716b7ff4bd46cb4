// sweep_args.c: the command line of `wane sweep`.
// SPDX-License-Identifier: MIT
//
// Main thread only (getopt).
#include "sweep_args.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct engine *const engines[] = {&engine_local,
                                              &engine_slurm};
enum { ENGINES = sizeof engines / sizeof engines[0] };

enum { OPTION_CELL = 256, OPTION_MERGE, OPTION_SLURM };

static const struct option longs[] = {
    {"output", required_argument, NULL, 'o'},
    {"dry-run", no_argument, NULL, 'n'},
    {"resume", no_argument, NULL, 'r'},
    {"budget", required_argument, NULL, 'b'},
    {"engine", required_argument, NULL, 'e'},
    {"slurm-options", required_argument, NULL, OPTION_SLURM},
    {"strict", no_argument, NULL, 's'},
    {"quiet", no_argument, NULL, 'q'},
    {"cell", required_argument, NULL, OPTION_CELL},
    {"merge", no_argument, NULL, OPTION_MERGE},
    {"help", no_argument, NULL, 'h'},
    {0}};

static void help(void)
{
  puts("usage: wane sweep EXPERIMENT.yml [-o DIR] [OPTION]...\n"
       "       wane sweep --merge -o DIR\n"
       "       wane sweep --cell INDEX -o DIR\n\n"
       "Runs every cell of an experiment, each as `wane run` in a process of "
       "its own, and\nputs all results together in DIR [NAME-HOST-DATE].\n\n"
       "  -o, --output DIR   the folder of the sweep, new or empty\n"
       "      --resume       go on in a folder that has some of it; nothing "
       "that is done\n                     is repeated\n"
       "      --dry-run      check all, print the plan, run nothing\n"
       "      --budget TIME  leave out what does not fit into 90s, 30m, 2h or "
       "1d:\n                     invocations first, then heap factors, then "
       "configurations\n"
       "      --engine NAME  what executes cells [local]:");
  for (int i = 0; i < ENGINES; i++)
    printf("                       %-8s %s\n", engines[i]->name,
           engines[i]->help);
  puts("      --slurm-options TEXT\n"
       "                     what sbatch is given [--exclusive]\n"
       "      --strict       refuse a machine that the doctor finds unfit\n"
       "  -q, --quiet        no progress on the terminal\n"
       "      --merge        put the results of DIR together once more\n"
       "      --cell INDEX   one attempt at one cell of DIR/plan.csv\n\n"
       "Ctrl-C finishes the cell under way; once more ends it.\n"
       "Exit status: 0 all cells are done, 1 some failed, 2 usage or the "
       "experiment, 3 a\nplugin, file or the machine is bad, 130 "
       "interrupted.");
}

__attribute__((format(printf, 3, 4))) static int
refuse(char *error, size_t size, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(error, size, format, arguments);
  va_end(arguments);
  return -EINVAL;
}

double sweep_args_duration(const char *text)
{
  static const struct {
    const char *unit;
    double seconds;
  } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  char *end;
  if (!(*text >= '0' && *text <= '9') ||
      strspn(text, "0123456789.smhd") != strlen(text))
    return NAN;
  double value = strtod(text, &end);
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (strcmp(end, units[i].unit) == 0 && value > 0)
      return value * units[i].seconds;
  return NAN;
}

static int take_engine(struct sweep_args *args, char *error, size_t size)
{
  char names[200] = "";
  for (int i = 0; i < ENGINES; i++) {
    if (strcmp(engines[i]->name, optarg) == 0) {
      args->engine = engines[i];
      return 0;
    }
    size_t n = strlen(names);
    snprintf(names + n, sizeof names - n, "%s%s", i ? " or " : "",
             engines[i]->name);
  }
  return refuse(error, size, "--engine: expected %s, found \"%s\"", names,
                optarg);
}

static int take_cell(struct sweep_args *args, char *error, size_t size)
{
  size_t n = strlen(optarg);
  if (!n || n > 8 || strspn(optarg, "0123456789") != n)
    return refuse(error, size, "--cell: expected an index, found \"%s\"",
                  optarg);
  args->cell = strtol(optarg, NULL, 10);
  return 0;
}

static int take_budget(struct sweep_args *args, char *error, size_t size)
{
  args->budget_s = sweep_args_duration(optarg);
  if (!isnan(args->budget_s)) return 0;
  return refuse(error, size,
                "--budget: expected 90s, 30m, 2h, 1d or the like, found \"%s\"",
                optarg);
}

static int take(struct sweep_args *args, int key, char **argv, char *error,
                size_t size)
{
  switch (key) {
  case 'o':
    args->directory = optarg;
    return 0;
  case 'n':
    args->dry_run = true;
    return 0;
  case 'r':
    args->resume = true;
    return 0;
  case 'b':
    return take_budget(args, error, size);
  case 'e':
    return take_engine(args, error, size);
  case 's':
    args->strict = true;
    return 0;
  case 'q':
    args->quiet = true;
    return 0;
  case OPTION_CELL:
    return take_cell(args, error, size);
  case OPTION_SLURM:
    args->slurm_options = optarg;
    return 0;
  case OPTION_MERGE:
    args->merge = true;
    return 0;
  case 'h':
    args->help = true;
    return 0;
  default:
    return refuse(error, size,
                  "%s: no such option, or its value is missing; see wane sweep "
                  "--help",
                  argv[optind - 1]);
  }
}

// What goes together.
static int finish(struct sweep_args *args, int argc, char **argv, char *error,
                  size_t size)
{
  bool part = args->merge || args->cell >= 0;
  if (argc - optind > 1)
    return refuse(error, size, "expected one experiment, found \"%s\" too",
                  argv[optind + 1]);
  if (argc > optind) args->experiment = argv[optind];
  if (part && args->experiment)
    return refuse(error, size,
                  "--cell and --merge are about a folder; expected no "
                  "experiment, found \"%s\"",
                  args->experiment);
  if (part && args->merge && args->cell >= 0)
    return refuse(error, size, "expected --cell or --merge, found both");
  if (!part && !args->experiment)
    return refuse(error, size, "expected an experiment file, found none");
  if (args->slurm_options && args->engine != &engine_slurm)
    return refuse(error, size, "--slurm-options needs --engine slurm");
  if ((part || args->resume) && !args->directory)
    return refuse(error, size, "expected -o DIR, the folder of the sweep");
  return 0;
}

int sweep_args_parse(int argc, char **argv, struct sweep_args *args,
                     char *error, size_t error_size)
{
  *args = (struct sweep_args){.engine = &engine_local, .cell = -1};
  int result = 0;
  opterr = 0;
  optind = 0; // from the start, and with argv in order
  for (int key;
       !result && !args->help &&
       (key = getopt_long(argc, argv, "o:q", longs, NULL)) != -1;)
    result = take(args, key, argv, error, error_size);
  if (!result && args->help) help();
  return result || args->help ? result
                              : finish(args, argc, argv, error, error_size);
}
