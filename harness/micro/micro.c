// micro.c: `wane micro`: operations of a few ns, each beside its baseline.
// SPDX-License-Identifier: MIT
//
// What is measured: the loop's wall time; the CPU time of its *thread*, which
// other programs cannot stretch so easily; and the CPU time of the *process*
// from before the loop until after a drain (wane_collect), so that what was put
// off to the collector is in it. All per operation, medians over repetitions;
// a ratio is one median over another of the same run. A baseline always runs
// with what it belongs to, even if the filter does not name it.
//
// What can go wrong, and what is done. Libraries count and lock without
// atomics in a process that never had a second thread: one sleeps all along.
// A machine that slows down half way is unfair to what comes last:
// --interleave shuffles the repetitions of all benchmarks. A failed benchmark
// does not change the library's exit status: the rows do, here. Baselines keep
// their memory; ours start a fresh heap for each run. The "random" sets have
// 4 KiB pages on both sides, unless the machine gives huge ones unasked.
//
//   micro_counts.c   increment + deferred decrement | plain, atomic, shared_ptr
//   micro_stores.c   wane_store | a plain store, an exchange
//   micro_allocs.c   wane_alloc + reclaim | malloc + free, glibc and mimalloc
//   micro_rounds.c   log, poll, handshake | append, empty loop, wake-up
//   micro_mark.c     `wane micro mark`: marking | a traversal in C

#include "micro.h"

#include "exit_code.h"
#include "micro_mark.h"

#include <argp.h>
#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  KEY_FILTER = 256,
  KEY_MIN_TIME,
  KEY_REPETITIONS,
  KEY_INTERLEAVE,
  KEY_FORMAT,
  KEY_LIST,
  KEY_HELP
};
enum micro_format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

struct arguments {
  const char *filter; // NULL: all
  double min_time;
  int repetitions;
  bool interleave, list, help;
  enum micro_format format;
  const char *output; // NULL: none
  char error[256];
};

// --- command line ----------------------------------------------------------

static const struct argp_option options[] = {
    {"filter", KEY_FILTER, "REGEX", 0,
     "Benchmarks whose name matches, with their baselines [all]", 1},
    {"min-time", KEY_MIN_TIME, "S", 0,
     "Seconds that a repetition takes at least [0.1]", 1},
    {"repetitions", KEY_REPETITIONS, "N", 0, "Of each benchmark [7]", 1},
    {"interleave", KEY_INTERLEAVE, NULL, 0,
     "Repetitions of all benchmarks in one random order", 1},
    {"output", 'o', "FILE", 0, "Write every repetition to FILE as CSV", 2},
    {"format", KEY_FORMAT, "table|csv|json", 0,
     "Of standard output; json is the benchmark library's own [table]", 2},
    {"list", KEY_LIST, NULL, 0, "Print the names, run nothing", 3},
    {"help", KEY_HELP, NULL, 0, "Print this", 3},
    {0}};

__attribute__((format(printf, 2, 3))) static error_t
refuse(struct arguments *arguments, const char *format, ...)
{
  va_list list;
  va_start(list, format);
  (void)vsnprintf(arguments->error, sizeof arguments->error, format, list);
  va_end(list);
  return EINVAL;
}

static error_t take_number(struct arguments *arguments, const char *flag,
                           const char *text, double min, double max,
                           double *value)
{
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  if (end != text && !*end && !errno && *value >= min && *value <= max)
    return 0;
  return refuse(arguments, "%s: expected a number from %g to %g, found \"%s\"",
                flag, min, max, text);
}

static error_t take_repetitions(struct arguments *arguments, const char *text)
{
  double n;
  error_t result = take_number(arguments, "--repetitions", text, 1, 1000, &n);
  if (result) return result;
  arguments->repetitions = (int)n;
  if (n == arguments->repetitions) return 0;
  return refuse(arguments,
                "--repetitions: expected a whole number, found "
                "\"%s\"",
                text);
}

static error_t take_format(struct arguments *arguments, const char *text)
{
  static const char *const names[] = {"table", "csv", "json"};
  for (int i = 0; i < 3; i++)
    if (strcmp(text, names[i]) == 0) {
      arguments->format = (enum micro_format)i;
      return 0;
    }
  return refuse(arguments,
                "--format: expected table, csv or json, found \"%s\"", text);
}

// The option argp stumbled over: it has moved past it.
static void explain(struct arguments *arguments, const struct argp_state *state)
{
  int at = state->next - 1;
  if (*arguments->error) return;
  (void)refuse(arguments,
               "%s: no such option, or its value is missing; see "
               "wane micro --help",
               at > 0 && at < state->argc ? state->argv[at] : "?");
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  switch (key) {
  case KEY_FILTER:
    arguments->filter = text;
    return 0;
  case KEY_MIN_TIME:
    return take_number(arguments, "--min-time", text, 1e-6, 3600,
                       &arguments->min_time);
  case KEY_REPETITIONS:
    return take_repetitions(arguments, text);
  case KEY_INTERLEAVE:
    arguments->interleave = true;
    return 0;
  case KEY_FORMAT:
    return take_format(arguments, text);
  case KEY_LIST:
    arguments->list = true;
    return 0;
  case KEY_HELP:
    arguments->help = true;
    return 0;
  case 'o':
    arguments->output = text;
    return 0;
  case ARGP_KEY_ARG:
    return refuse(arguments, "expected options, found \"%s\"", text);
  case ARGP_KEY_ERROR:
    explain(arguments, state);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp_table = {
    .options = options,
    .parser = parse_option,
    .doc = "Measures the runtime's operations, each beside what it competes "
           "with.\v"
           "Exit status: 0 all is well, 1 a benchmark failed, 2 usage, 3 a "
           "file cannot be written.",
};

// --- choosing --------------------------------------------------------------

static bool available(const struct micro_case *self)
{
  return !self->available || self->available();
}

static bool wanted(const struct micro_case *self, const regex_t *filter)
{
  return !filter || regexec(filter, self->name, 0, NULL, 0) == 0;
}

// Does a benchmark that is wanted have `name` as a baseline?
static bool needed(const struct micro_cases *const *families, size_t n,
                   const regex_t *filter, const char *name)
{
  for (size_t f = 0; f < n; f++)
    for (size_t i = 0; i < families[f]->n; i++) {
      const struct micro_case *other = &families[f]->cases[i];
      for (int b = 0; b < MICRO_BASELINES && other->baselines[b]; b++)
        if (strcmp(other->baselines[b], name) == 0 && wanted(other, filter))
          return true;
    }
  return false;
}

// Returns 0 or -ENOMEM.
static int choose(const struct micro_cases *const *families, size_t n,
                  const regex_t *filter, struct micro_chosen *chosen)
{
  size_t total = 1;
  for (size_t f = 0; f < n; f++) total += families[f]->n;
  *chosen = (struct micro_chosen){malloc(total * sizeof *chosen->cases), 0};
  if (!chosen->cases) return -ENOMEM;
  for (size_t f = 0; f < n; f++)
    for (size_t i = 0; i < families[f]->n; i++) {
      const struct micro_case *self = &families[f]->cases[i];
      if ((wanted(self, filter) || needed(families, n, filter, self->name)) &&
          available(self))
        chosen->cases[chosen->n++] = self;
    }
  return 0;
}

// --- running ---------------------------------------------------------------

// A line on the terminal that says what is being measured.
static void say(const char *name)
{
  static struct timespec begin;
  struct timespec now;
  if (!isatty(STDERR_FILENO)) return;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (!begin.tv_sec) begin = now;
  if (name)
    fprintf(stderr, "\r\033[Kmicro: %ld s: %s",
            (long)(now.tv_sec - begin.tv_sec), name);
  else
    fputs("\r\033[K", stderr);
}

static void run_case(struct gbench_state *state, void *user)
{
  const struct micro_case *self = user;
  say(self->name);
  self->function(state, self);
}

static void stand_by(struct micro_helper *helper, struct wane_mutator *m)
{
  micro_helper_ready(helper, true);
  micro_helper_sleep(helper, m);
}

static int run_flags(const struct arguments *arguments, char **json)
{
  char program[] = "wane micro", min_time[64], repetitions[64];
  char interleave[] = "--benchmark_enable_random_interleaving=true";
  char *argv[] = {program, min_time, repetitions,
                  arguments->interleave ? interleave : NULL, NULL};
  snprintf(min_time, sizeof min_time, "--benchmark_min_time=%.6f",
           arguments->min_time);
  snprintf(repetitions, sizeof repetitions, "--benchmark_repetitions=%d",
           arguments->repetitions);
  return gbench_run(arguments->interleave ? 4 : 3, argv, json);
}

// Runs the chosen ones. Returns 0 or a negative errno.
static int run_chosen(const struct arguments *arguments,
                      const struct micro_chosen *chosen, char **json)
{
  struct micro_helper second = {.work = stand_by}; // see the head of this file
  int result = 0;
  *json = NULL;
  gbench_context("wane_variety", wane_variety());
  gbench_context("compiler", __VERSION__);
  for (size_t i = 0; i < chosen->n && result == 0; i++) {
    // The function takes it back as const.
    struct gbench_spec spec = {chosen->cases[i]->name, run_case,
                               (void *)(uintptr_t)chosen->cases[i]};
    result = gbench_register(&spec);
  }
  if (result == 0 && !micro_helper_start(&second, NULL)) result = -EAGAIN;
  if (result == 0) {
    result = run_flags(arguments, json);
    micro_helper_end(&second, NULL);
  }
  gbench_clear();
  say(NULL);
  return result < 0 ? result : 0;
}

static int print(const struct arguments *arguments, const char *json,
                 const struct micro_rows *rows,
                 const struct micro_chosen *chosen, FILE *file, FILE *out)
{
  if (arguments->format == FORMAT_JSON)
    fputs(json, out);
  else if (arguments->format == FORMAT_CSV)
    micro_print_csv(out, rows, chosen);
  else
    micro_print_table(out, rows, chosen);
  if (file) micro_print_csv(file, rows, chosen);
  if (fflush(out) || (file && fflush(file))) {
    fprintf(stderr, "wane micro: cannot write the results: %s\n",
            strerror(errno));
    return WANE_EXIT_ENVIRONMENT;
  }
  for (size_t i = 0; i < rows->n; i++)
    if (rows->rows[i].error) return WANE_EXIT_EXPERIMENT;
  return WANE_EXIT_OK;
}

static int run_and_print(const struct arguments *arguments,
                         const struct micro_chosen *chosen, FILE *file,
                         FILE *out)
{
  char *json, error[256];
  struct micro_rows rows;
  int result = run_chosen(arguments, chosen, &json);
  if (result) {
    fprintf(stderr, "wane micro: cannot run: %s\n", strerror(-result));
  } else if (micro_rows_parse(&rows, json, error, sizeof error)) {
    fprintf(stderr, "wane micro: %s\n", error);
    result = -1;
  } else {
    result = print(arguments, json, &rows, chosen, file, out);
    micro_rows_free(&rows);
    free(json);
    return result;
  }
  free(json);
  return WANE_EXIT_ENVIRONMENT;
}

// --- the command -----------------------------------------------------------

static int usage(const char *why)
{
  fprintf(stderr, "wane micro: %s\n", why);
  return WANE_EXIT_USAGE;
}

static int with_chosen(const struct arguments *arguments,
                       const struct micro_chosen *chosen, FILE *out)
{
  FILE *file = NULL;
  if (arguments->list) {
    for (size_t i = 0; i < chosen->n; i++)
      fprintf(out, "%s\n", chosen->cases[i]->name);
    return WANE_EXIT_OK;
  }
  if (arguments->output && !(file = fopen(arguments->output, "w"))) {
    fprintf(stderr, "wane micro: %s: %s\n", arguments->output, strerror(errno));
    return WANE_EXIT_ENVIRONMENT;
  }
  int code = run_and_print(arguments, chosen, file, out);
  if (file) fclose(file); // flushed by print()
  return code;
}

static int with_filter(const struct arguments *arguments,
                       const struct micro_cases *const *families, size_t n,
                       const regex_t *filter, FILE *out)
{
  struct micro_chosen chosen;
  int code = WANE_EXIT_ENVIRONMENT;
  if (choose(families, n, filter, &chosen))
    fputs("wane micro: no memory\n", stderr);
  else if (!chosen.n)
    code = usage("--filter: no benchmark has such a name; see --list");
  else
    code = with_chosen(arguments, &chosen, out);
  free(chosen.cases);
  return code;
}

int micro_command(const struct micro_cases *const *families, size_t n, int argc,
                  char **argv, FILE *out)
{
  struct arguments arguments = {.min_time = 0.1, .repetitions = 7};
  regex_t filter;
  char why[256], name[] = "wane micro";
  if (argp_parse(&argp_table, argc, argv,
                 ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_IN_ORDER,
                 NULL, &arguments))
    return usage(*arguments.error ? arguments.error : "no memory");
  if (arguments.help) {
    argp_help(&argp_table, out,
              ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, name);
    return WANE_EXIT_OK;
  }
  if (!arguments.filter) return with_filter(&arguments, families, n, NULL, out);
  int bad = regcomp(&filter, arguments.filter, REG_EXTENDED | REG_NOSUB);
  if (bad) {
    regerror(bad, &filter, arguments.error, sizeof arguments.error);
    snprintf(why, sizeof why, "--filter: \"%.80s\": %.120s", arguments.filter,
             arguments.error);
    return usage(why);
  }
  int code = with_filter(&arguments, families, n, &filter, out);
  regfree(&filter);
  return code;
}

int wane_cmd_micro(int argc, char **argv)
{
  if (argc > 1 && strcmp(argv[1], "mark") == 0)
    return mark_command(argc - 1, argv + 1, stdout);
  static const struct micro_cases *const families[] = {
      &micro_counts, &micro_stores, &micro_allocs, &micro_rounds};
  return micro_command(families, 4, argc, argv, stdout);
}
