// cmd_check.c: `wane check`: a collector held against the laws.
// SPDX-License-Identifier: MIT
//
// Every run is a process of its own, so a plugin that crashes, hangs or ruins
// memory is a finding. A law that is broken is not tried further; what broke it
// is made as short as it gets. Main thread.
#include "cmd_check.h"

#include "check_laws.h"
#include "check_plan.h"
#include "check_probe.h"
#include "check_reduce.h"
#include "check_report.h"
#include "clocks.h"
#include "exit_code.h"
#include "interrupt.h"
#include "progress.h"

#include <wane/wane.h>

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANGS_MOST 2 // then the rest is not tried
#define SEED_MOST ((uint64_t)1 << 61) // the tests' own are a little higher
#define SECONDS_MOST 1000000 // a run's; 0: it may take as long as it likes

struct check {
  struct check_args args;
  struct check_plan plan;
  json_t *about;
  struct check_report *report;
  struct progress progress;
  char label[80];
  unsigned hangs;
};

static int complain(int code, const char *sentence)
{
  fprintf(stderr, "wane check: %s\n", sentence);
  return code;
}

static void tick(void *context)
{
  struct check *c = context;
  progress_draw(&c->progress, c->label, 0);
}

// --- one run -----------------------------------------------------------------

// Which law an outcome breaks; NULL: none.
static const char *broken_law(const struct check *c,
                              const struct check_run *run,
                              const struct outcome *outcome)
{
  bool complete = json_is_true(json_object_get(c->about, "frees_all"));
  if (outcome->status == RUN_TIMEOUT) return CHECK_ENDS;
  if (outcome->status != RUN_OK) return run->law;
  if (complete && outcome->leaked > 0) return CHECK_LEAKS;
  return NULL;
}

static void make_shorter(struct check *c, struct trial *trial,
                         struct outcome *outcome, struct reduction *reduction)
{
  double seconds = c->args.shorten_s;
  if (seconds < 0) seconds = c->args.full ? 120 : 15;
  if (outcome->status == RUN_TIMEOUT) return;
  snprintf(c->label, sizeof c->label, "making it shorter");
  check_reduce(trial, outcome, seconds, reduction);
}

static void find_against(struct check *c, const struct check_run *run,
                         const char *law, struct outcome *outcome)
{
  struct reduction reduction = {.tick = tick, .context = c};
  struct trial trial = {0};
  trial_copy(&trial, &run->trial);
  make_shorter(c, &trial, outcome, &reduction);
  progress_clear(&c->progress);
  check_report_broken(c->report, law, &trial, outcome, &reduction, run->seed);
  trial_free(&trial);
  free(reduction.first);
}

// 0, or an exit code.
static int try(struct check *c, const struct check_run *run)
{
  struct outcome outcome;
  snprintf(c->label, sizeof c->label, "%s", run->law);
  int result = trial_run(&run->trial, tick, c, &outcome);
  if (result) {
    complain(0, outcome.reason ? outcome.reason : strerror(-result));
    outcome_free(&outcome);
    return WANE_EXIT_ENVIRONMENT;
  }
  if (interrupt_came()) {
    outcome_free(&outcome);
    return WANE_EXIT_INTERRUPTED;
  }
  check_report_run(c->report, run->law, outcome.seconds);
  const char *law = broken_law(c, run, &outcome);
  if (outcome.status == RUN_SKIPPED || outcome.environment)
    check_report_untried(c->report, run->law, outcome.reason);
  else if (law && !check_report_is_broken(c->report, law))
    find_against(c, run, law, &outcome);
  else if (law && law != run->law)
    check_report_untried(c->report, run->law, "it did not end");
  if (outcome.status == RUN_TIMEOUT) c->hangs++;
  outcome_free(&outcome);
  return interrupt_came() ? WANE_EXIT_INTERRUPTED : 0;
}

static int try_all(struct check *c)
{
  const char *hung = NULL; // this law is not tried further
  int result = 0;
  progress_start(&c->progress, c->plan.n, c->args.quiet || c->args.json);
  for (size_t i = 0; !result && i < c->plan.n; i++) {
    const struct check_run *run = &c->plan.runs[i];
    unsigned hangs = c->hangs;
    if (check_report_is_broken(c->report, run->law) || hung == run->law) {
      c->progress.done++;
      continue;
    }
    if (c->hangs >= HANGS_MOST) {
      check_report_untried(c->report, run->law, "too many runs did not end");
      continue;
    }
    result = try(c, run);
    if (c->hangs > hangs) hung = run->law;
    c->progress.done++;
  }
  progress_clear(&c->progress);
  return result;
}

// --- the command -------------------------------------------------------------

// Cases and traces lie beside the program: ../share/wane.
static char *data_folder(void)
{
  char exe[PATH_MAX], *folder = NULL;
  ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (n < 0) return NULL;
  exe[n] = 0;
  return asprintf(&folder, "%s/../share/wane", dirname(exe)) < 0 ? NULL
                                                                  : folder;
}

static int check(struct check *c)
{
  char error[512];
  bool crashed;
  c->about = check_probe(c->args.collector, &crashed, error, sizeof error);
  if (!c->about && !crashed) return complain(WANE_EXIT_ENVIRONMENT, error);
  c->report = check_report_open(&c->args, c->about);
  if (!c->about) {
    struct trial none = {0};
    struct outcome outcome = {.status = RUN_CRASH, .reason = strdup(error)};
    struct reduction reduction = {0};
    check_report_broken(c->report, CHECK_LOADS, &none, &outcome, &reduction,
                        c->args.seed);
    outcome_free(&outcome);
    return check_report_print(c->report, 0);
  }
  check_report_run(c->report, CHECK_LOADS, 0);
  if (check_plan_make(&c->args, c->about, &c->plan, error, sizeof error))
    return complain(WANE_EXIT_USAGE, error);
  for (size_t i = 0; i < c->plan.n; i++)
    check_report_law(c->report, c->plan.runs[i].law, c->plan.runs[i].sentence);
  interrupt_install();
  int result = try_all(c);
  return check_report_print(c->report, result);
}

static void print_help(void)
{
  puts("usage: wane check [--quick|--full] [--law LAW] [--seed S] [--json]\n"
       "                  [--timeout SECONDS] [--shorten SECONDS] [--quiet]\n"
       "                  COLLECTOR[,k=v...]\n\n"
       "Holds a collector, by name or path, against the laws. Exit status: 0 "
       "all are\nkept, 4 one is broken, 3 it cannot be loaded, 130 "
       "interrupted.\n\n"
       "  --full      more and larger programs, five seeds of those\n"
       "              that are random: minutes\n"
       "  --law       only this one\n"
       "  --timeout   of one run [120; with --full 600]\n"
       "  --shorten   so long at most is spent on making a failure shorter "
       "[15; with\n              --full 120]\n\n"
       "  loads       it can be loaded, which harms nothing\n"
       "  options     each option at each of its bounds works\n"
       "  ends        every run ends\n"
       "  leaks       nothing is left when everything was dropped");
  for (const struct check_law *law = check_laws; law->name; law++)
    printf("  %-11s %s\n", law->name, law->sentence);
}

enum { KEY_FULL = 256, KEY_QUICK, KEY_LAW, KEY_SEED, KEY_JSON, KEY_TIMEOUT,
       KEY_SHORTEN, KEY_QUIET, KEY_HELP };

static int refuse(const char *what, const char *found)
{
  fprintf(stderr,
          "wane check: expected %s, found \"%s\"; see wane check --help\n",
          what, found);
  return -EINVAL;
}

// A whole decimal number up to `most`, or refused.
static int number(const char *option, const char *text, uint64_t most,
                  uint64_t *value)
{
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 10);
  bool whole = *text >= '0' && *text <= '9' && !*end && !errno;
  if (whole && *value <= most) return 0;
  if (whole)
    fprintf(stderr, "wane check: expected %s of %llu at most, found \"%s\"\n",
            option, (unsigned long long)most, text);
  else
    refuse(option, text);
  return -EINVAL;
}

static int take_option(struct check_args *args, int key, char **argv)
{
  uint64_t seconds;
  switch (key) {
  case KEY_FULL: args->full = true; return 0;
  case KEY_QUICK: args->full = false; return 0;
  case KEY_JSON: args->json = true; return 0;
  case KEY_QUIET: args->quiet = true; return 0;
  case KEY_LAW: args->law = optarg; return 0;
  case KEY_SEED:
    return number("--seed NUMBER", optarg, SEED_MOST, &args->seed);
  case KEY_TIMEOUT:
    if (number("--timeout SECONDS", optarg, SECONDS_MOST, &seconds))
      return -EINVAL;
    args->timeout_s = (double)seconds;
    return 0;
  case KEY_SHORTEN:
    if (number("--shorten SECONDS", optarg, SECONDS_MOST, &seconds))
      return -EINVAL;
    args->shorten_s = (double)seconds;
    return 0;
  default: return refuse("a known option", argv[optind - 1]);
  }
}

int wane_cmd_check(int argc, char **argv)
{
  static const struct option options[] = {
      {"full", no_argument, NULL, KEY_FULL},
      {"quick", no_argument, NULL, KEY_QUICK},
      {"law", required_argument, NULL, KEY_LAW},
      {"seed", required_argument, NULL, KEY_SEED},
      {"json", no_argument, NULL, KEY_JSON},
      {"timeout", required_argument, NULL, KEY_TIMEOUT},
      {"shorten", required_argument, NULL, KEY_SHORTEN},
      {"quiet", no_argument, NULL, KEY_QUIET},
      {"help", no_argument, NULL, KEY_HELP},
      {0}};
  struct check c = {.args = {.seed = 1, .timeout_s = -1, .shorten_s = -1}};
  opterr = 0;
  for (int key; (key = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (key == KEY_HELP) {
      print_help();
      return WANE_EXIT_OK;
    }
    if (take_option(&c.args, key, argv)) return WANE_EXIT_USAGE;
  }
  if (optind + 1 != argc) {
    refuse("one collector", optind < argc ? argv[optind + 1] : "none");
    return WANE_EXIT_USAGE;
  }
  if (c.args.timeout_s < 0) c.args.timeout_s = c.args.full ? 600 : 120;
  c.args.collector = argv[optind];
  c.args.data = data_folder();
  int code = check(&c);
  check_report_close(c.report);
  check_plan_free(&c.plan);
  json_decref(c.about);
  free(c.args.data);
  return code;
}
