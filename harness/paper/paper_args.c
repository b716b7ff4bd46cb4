// paper_args.c: the command line of `wane paper`.
// SPDX-License-Identifier: MIT
//
// Main thread only (getopt).

#include "paper_args.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

enum { OPTION_CLAIMS = 256, OPTION_KICK };

static const struct option longs[] = {
    {"output", required_argument, NULL, 'o'},
    {"claims", required_argument, NULL, OPTION_CLAIMS},
    {"kick", no_argument, NULL, OPTION_KICK},
    {"budget", required_argument, NULL, 'b'},
    {"engine", required_argument, NULL, 'e'},
    {"resume", no_argument, NULL, 'r'},
    {"dry-run", no_argument, NULL, 'n'},
    {"strict", no_argument, NULL, 's'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {0}};

static void help(void)
{
  puts("usage: wane paper EXPERIMENT.yml [-o DIR] [OPTION]...\n\n"
       "Runs what an experiment has not run yet (wane sweep), holds the "
       "results against the\nclaims that it names, and draws its figures and "
       "tables (wane report). DIR has the\nresults and claims.{txt,csv,json,"
       "tex}, DIR/report the rest. May be run again: what\nis done is not "
       "repeated.\n\n"
       "  -o, --output DIR   where [paper-NAME]\n"
       "      --claims C1,C3 only these claims\n"
       "      --kick         a quick look: --budget 4m, in paper-NAME-kick\n"
       "      --resume       go on in DIR, as is done anyway\n"
       "      --budget TIME, --engine NAME, --dry-run, --strict, -q, --quiet\n"
       "                     as wane sweep has them\n\n"
       "Exit status: 0 all claims are PASS or WITHIN, 1 one is OUTSIDE or NOT "
       "MEASURED, 2\nusage or the experiment, 3 a plugin, file or the machine "
       "is bad, 130 interrupted.");
}

static int take(struct paper_args *args, int key)
{
  switch (key) {
  case 'o':
    args->directory = optarg;
    return 0;
  case OPTION_CLAIMS:
    args->claims = optarg;
    return 0;
  case OPTION_KICK:
    args->kick = true;
    return 0;
  case 'b':
    args->budget = optarg;
    return 0;
  case 'e':
    args->engine = optarg;
    return 0;
  case 'r': // as is done anyway
    return 0;
  case 'n':
    args->dry_run = true;
    return 0;
  case 's':
    args->strict = true;
    return 0;
  case 'q':
    args->quiet = true;
    return 0;
  case 'h':
    args->help = true;
    return 0;
  default:
    return -EINVAL;
  }
}

int paper_args_parse(int argc, char **argv, struct paper_args *args,
                     char *error, size_t error_size)
{
  *args = (struct paper_args){0};
  opterr = 0;
  optind = 0; // from the start
  for (int key; (key = getopt_long(argc, argv, "o:q", longs, NULL)) != -1;)
    if (take(args, key)) {
      snprintf(error, error_size,
               "%s: no such option, or its value is missing; see wane paper "
               "--help",
               argv[optind - 1]);
      return -EINVAL;
    }
  if (args->help) {
    help();
    return 0;
  }
  if (args->kick && args->budget) {
    snprintf(error, error_size, "expected --kick or --budget, found both");
    return -EINVAL;
  }
  if (argc - optind != 1) {
    snprintf(error, error_size, "expected one experiment file, found %d",
             argc - optind);
    return -EINVAL;
  }
  args->experiment = argv[optind];
  return 0;
}
