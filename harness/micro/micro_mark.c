// micro_mark.c: `wane micro mark`: how fast a large graph is marked.
// SPDX-License-Identifier: MIT
//
// One and the same graph is traversed by plain C on one thread, and marked by
// mark_sweep_stw with one and with two workers. The runtime is started anew,
// and the graph built anew, for each number of workers and each repetition:
// one process can only have one, and so the pages lie differently each time.
// In each start both the plain traversal and the marking are measured, one
// right after the other, which comes first alternates, and ratios are taken of
// these pairs. Google Benchmark has no place for this. Marking takes what the
// runtime's events say that it took; the count of objects must be right.

#include "micro_mark.h"

#include "exit_code.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEY_MIB = 256, KEY_REPETITIONS, KEY_FORMAT, KEY_HELP };

struct arguments {
  uint64_t mib;
  int repetitions;
  bool csv, help;
  const char *output; // NULL: none
  char error[256];
};

// --- command line ----------------------------------------------------------

static const struct argp_option options[] = {
    {"mib", KEY_MIB, "N", 0, "Size of the graph [1024]", 1},
    {"repetitions", KEY_REPETITIONS, "N", 0, "Of everything [7]", 1},
    {"output", 'o', "FILE", 0, "Write every repetition to FILE as CSV", 2},
    {"format", KEY_FORMAT, "table|csv", 0, "Of standard output [table]", 2},
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
                           const char *text, uint64_t max, uint64_t *value)
{
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 10);
  if (*text >= '0' && *text <= '9' && !*end && !errno && *value >= 1 &&
      *value <= max)
    return 0;
  return refuse(arguments, "%s: expected a number from 1 to %llu, found \"%s\"",
                flag, (unsigned long long)max, text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  uint64_t n;
  error_t result;
  switch (key) {
  case KEY_MIB:
    return take_number(arguments, "--mib", text, 16384, &arguments->mib);
  case KEY_REPETITIONS:
    result = take_number(arguments, "--repetitions", text, 1000, &n);
    if (!result) arguments->repetitions = (int)n;
    return result;
  case KEY_FORMAT:
    arguments->csv = strcmp(text, "csv") == 0;
    if (arguments->csv || strcmp(text, "table") == 0) return 0;
    return refuse(arguments, "--format: expected table or csv, found \"%s\"",
                  text);
  case KEY_HELP:
    arguments->help = true;
    return 0;
  case 'o':
    arguments->output = text;
    return 0;
  case ARGP_KEY_ARG:
    return refuse(arguments, "expected options, found \"%s\"", text);
  case ARGP_KEY_ERROR:
    if (!*arguments->error)
      (void)refuse(arguments, "no such option, or its value is missing; see "
                              "wane micro mark --help");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp_table = {
    .options = options,
    .parser = parse_option,
    .doc = "Marks a large graph of small objects whose neighbours lie far "
           "apart, beside a traversal of it in plain C.\v"
           "Exit status: 0 all is well, 1 something was not marked, 2 usage, "
           "3 no memory, or a file cannot be written.",
};

// --- measuring -------------------------------------------------------------

static uint64_t clock_ns(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool traverse(const struct mark_graph *graph, struct mark_row *row)
{
  struct mark_plain plain;
  if (!mark_plain_begin(&plain, graph)) return false;
  uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  uint64_t wall = clock_ns(CLOCK_MONOTONIC);
  row->objects = mark_plain_traverse(&plain, graph);
  row->wall_ns = clock_ns(CLOCK_MONOTONIC) - wall;
  row->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
  mark_plain_end(&plain);
  return true;
}

static void add_part(const struct wane_event *e, void *context)
{
  struct mark_row *row = context;
  if (e->kind != WANE_EVENT_PHASE || e->phase != WANE_PHASE_MARK) return;
  row->objects += e->objects;
  row->wall_ns += e->t_end_ns - e->t_begin_ns;
  row->cpu_ns += e->cpu_ns;
}

static void mark(struct wane_mutator *m, struct mark_row *row)
{
  struct mark_row before = {0};
  wane_events_drain(add_part, &before);
  wane_collect(m);
  wane_events_drain(add_part, row);
}

// Both, in one start of the runtime. False: no memory.
static bool measure(struct wane_mutator *m, uint64_t bytes,
                    struct mark_row rows[2])
{
  WANE_ROOTS(m, root, 1);
  struct mark_graph graph;
  if (!mark_graph_build(m, bytes, root, &graph)) return false;
  wane_collect(m); // what the building left behind
  bool done = true;
  for (int i = 0; i < 2; i++) {
    struct mark_row *row = &rows[i];
    if (row->workers)
      mark(m, row);
    else
      done = done && traverse(&graph, row);
    row->edges = graph.edges;
    row->bytes = graph.bytes;
    row->right = row->objects == graph.objects;
  }
  return done;
}

// Says why not.
static bool run(const struct wane_collector *collector, uint64_t bytes,
                struct mark_row rows[2])
{
  // Building and the plain traversal go on for long without a safepoint.
  const struct wane_config config = {.collector = collector,
                                     .workers = (uint32_t)rows[0].pool,
                                     .round_ms = 24 * 3600 * 1000,
                                     .poll_timeout_ms = 3600 * 1000};
  char error[512];
  if (wane_start(&config, error, sizeof error)) {
    fprintf(stderr, "wane micro mark: %s\n", error);
    return false;
  }
  struct wane_mutator *m = wane_thread_start("mark");
  bool done = m && measure(m, bytes, rows);
  if (m) wane_thread_exit(m);
  wane_stop();
  if (!done) fputs("wane micro mark: no memory\n", stderr);
  return done;
}

static bool run_all(const struct arguments *arguments,
                    const struct wane_collector *collector,
                    struct mark_rows *rows)
{
  for (int repetition = 0; repetition < arguments->repetitions; repetition++)
    for (int pool = 1; pool <= MARK_WORKERS; pool++) {
      struct mark_row *two = &rows->rows[rows->n];
      int plain = (repetition + pool) % 2; // which comes first
      for (int i = 0; i < 2; i++)
        two[i] = (struct mark_row){.workers = i == plain ? 0 : pool,
                                   .pool = pool,
                                   .repetition = repetition};
      if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[Kmark: repetition %d of %d, %d worker%s",
                repetition + 1, arguments->repetitions, pool,
                pool > 1 ? "s" : "");
      if (!run(collector, arguments->mib << 20, two)) return false;
      rows->n += 2;
    }
  if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
  return true;
}

// --- the command -----------------------------------------------------------

static int print(const struct arguments *arguments,
                 const struct mark_rows *rows, FILE *file, FILE *out)
{
  if (arguments->csv)
    mark_print_csv(out, rows);
  else
    mark_print_table(out, rows);
  if (file) mark_print_csv(file, rows);
  if (fflush(out) || (file && fflush(file))) {
    fprintf(stderr, "wane micro mark: cannot write the results: %s\n",
            strerror(errno));
    return WANE_EXIT_ENVIRONMENT;
  }
  for (size_t i = 0; i < rows->n; i++)
    if (!rows->rows[i].right) return WANE_EXIT_EXPERIMENT;
  return WANE_EXIT_OK;
}

static int with_file(const struct arguments *arguments, FILE *file, FILE *out)
{
  char error[512];
  const struct wane_collector *collector =
      wane_collector_open("mark_sweep_stw", error, sizeof error);
  if (!collector) {
    fprintf(stderr, "wane micro mark: %s\n", error);
    return WANE_EXIT_ENVIRONMENT;
  }
  size_t most = (size_t)arguments->repetitions * MARK_WORKERS * 2;
  struct mark_rows rows = {calloc(most, sizeof *rows.rows), 0};
  int code = WANE_EXIT_ENVIRONMENT;
  if (rows.rows && run_all(arguments, collector, &rows))
    code = print(arguments, &rows, file, out);
  free(rows.rows);
  return code;
}

int mark_command(int argc, char **argv, FILE *out)
{
  struct arguments arguments = {.mib = 1024, .repetitions = 7};
  char name[] = "wane micro mark";
  if (argp_parse(&argp_table, argc, argv,
                 ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_IN_ORDER,
                 NULL, &arguments)) {
    fprintf(stderr, "wane micro mark: %s\n",
            *arguments.error ? arguments.error : "no memory");
    return WANE_EXIT_USAGE;
  }
  if (arguments.help) {
    argp_help(&argp_table, out,
              ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC, name);
    return WANE_EXIT_OK;
  }
  FILE *file = NULL;
  if (arguments.output && !(file = fopen(arguments.output, "w"))) {
    fprintf(stderr, "wane micro mark: %s: %s\n", arguments.output,
            strerror(errno));
    return WANE_EXIT_ENVIRONMENT;
  }
  int code = with_file(&arguments, file, out);
  if (file) fclose(file); // flushed by print()
  return code;
}
