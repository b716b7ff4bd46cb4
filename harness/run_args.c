// run_args.c: the command line of `wane run`, by argp.
// SPDX-License-Identifier: MIT
//
// Numbers and sizes are read by wane_options_parse, so that "64m" and "2^20"
// mean the same everywhere and mistakes read the same. Mistakes end in one
// sentence; argp's own two-line messages are switched off. Main thread only.
#include "run_args.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  KEY_RC = 256,
  KEY_WORKERS,
  KEY_PACING,
  KEY_SEED,
  KEY_VERIFY,
  KEY_FORMAT,
  KEY_TIMEOUT,
  KEY_LABEL,
  KEY_REQUESTS,
  KEY_ROWLESS,
  KEY_SAMPLE,
  KEY_HELP,
  KEY_CHILD,
  KEY_PROGRESS
};

static const struct argp_option options[] = {
    {"collector", 'c', "COLLECTOR[,k=v...]", 0,
     "A collector by name or path; may be repeated", 1},
    {"workload", 'w', "WORKLOAD[:FILE][,k=v...]", 0,
     "A workload by name or path; may be repeated", 1},
    {"mutators", 't', "N", 0, "Mutator threads [1]", 1},
    {"workers", KEY_WORKERS, "N", 0, "Collector threads [1]", 1},
    {"heap", 'H', "BYTES", 0, "Heap limit, with k, m or g [none]", 1},
    {"pacing", KEY_PACING, "POLICY[,k=v...]", 0,
     "When tracing cycles start; see wane list pacing [balance]", 1},
    {"iterations", 'n', "N", 0,
     "Iterations in one process; the last is timed [1]", 2},
    {"invocations", 'i', "N", 0, "Processes per combination [1]", 2},
    {"seed", KEY_SEED, "S", 0, "Seed of workloads and of the order [1]", 2},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0,
     "Ends an invocation that takes longer; 0: never [3600]", 2},
    {"sample", KEY_SAMPLE, "MS", 0,
     "Look at the sizes of the heap so often, for heap_samples.csv.zst and "
     "heap.auc; 0: never [10]",
     2},
    {"verify", KEY_VERIFY, NULL, 0, "Check all there is to check", 2},
    {"requests", KEY_REQUESTS, "N", 0,
     "Requests of each mutator that are kept one by one [256k]", 2},
    {"output", 'o', "DIR", 0,
     "Write results.csv, run.json, gc_events.csv.zst, requests.csv.zst, "
     "heap_samples.csv.zst, lifetimes.csv.zst, topology.xml and, with NUMA, "
     "numa.csv there",
     3},
    {"format", KEY_FORMAT, "table|csv|json", 0, "Of standard output [table]",
     3},
    {"label", KEY_LABEL, "COLUMN=VALUE", 0,
     "Set that column of all rows; one of run_id, suite, benchmark, size, "
     "config, hfac, minheap_bytes, exec_index, invocation (the last two count "
     "on from VALUE); may be repeated",
     3},
    {"quiet", 'q', NULL, 0, "No progress on the terminal", 3},
    {"rc", KEY_RC, "k=v,...", 0,
     "Runtime knobs: young_bytes, log_bytes, deferred_bytes, round_ms, "
     "poll_timeout_ms, event_ring, log_chunk, local_limit, shared_limit, "
     "stress_alloc, log_pool_bytes, mark_slice, mark_bytes, stress_workers, "
     "stress_slices",
     4},
    {"help", KEY_HELP, NULL, 0, "Print this", 5},
    {"child-fd", KEY_CHILD, "FD", OPTION_HIDDEN, NULL, 6},
    {"without-rows", KEY_ROWLESS, NULL, OPTION_HIDDEN, NULL, 6},
    {"progress-fd", KEY_PROGRESS, "FD", OPTION_HIDDEN, NULL, 6},
    {0}};

static const struct argp argp_table;

// What the parser callback needs beside the arguments.
struct parse {
  struct run_args *args;
  char *error;
  size_t error_size;
  struct numa_parse numa;
};

__attribute__((format(printf, 2, 3))) static int
refuse(const struct parse *parse, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(parse->error, parse->error_size, format, arguments);
  va_end(arguments);
  return EINVAL;
}

// --- numbers ---------------------------------------------------------------

// One value of `option`, in the form all options have. Returns 0 or EINVAL.
static int take(const struct parse *parse, const char *flag,
                const struct wane_option *option, const char *text,
                union wane_value *value)
{
  char *item, *storage = NULL, sentence[256];
  if (strchr(text, ',') || asprintf(&item, "%s=%s", option->name, text) < 0)
    return refuse(parse, "%s: expected one value, found \"%s\"", flag, text);
  int result = wane_options_parse(flag, option, 1, item, value, &storage,
                                  sentence, sizeof sentence);
  free(item);
  free(storage);
  return result ? refuse(parse, "%s", sentence) : 0;
}

static int take_u32(const struct parse *parse, const char *flag, double min,
                    double max, const char *text, uint32_t *number)
{
  struct wane_option option = {
      .name = "N", .type = WANE_OPTION_INT, .min = min, .max = max};
  union wane_value value;
  int result = take(parse, flag, &option, text, &value);
  if (!result) *number = (uint32_t)value.integer;
  return result;
}

static int take_seed(const struct parse *parse, const char *text,
                     uint64_t *seed)
{
  struct wane_option option = {
      .name = "S", .type = WANE_OPTION_INT, .min = 0, .max = 0x1p62};
  union wane_value value;
  int result = take(parse, "--seed", &option, text, &value);
  if (!result) *seed = (uint64_t)value.integer;
  return result;
}

static int take_requests(const struct parse *parse, const char *text,
                         uint64_t *requests)
{
  struct wane_option option = {
      .name = "N", .type = WANE_OPTION_INT, .min = 0, .max = 0x1p40};
  union wane_value value;
  int result = take(parse, "--requests", &option, text, &value);
  if (!result) *requests = (uint64_t)value.integer;
  return result;
}

static int take_heap(const struct parse *parse, const char *text,
                     uint64_t *bytes)
{
  struct wane_option option = {
      .name = "BYTES", .type = WANE_OPTION_SIZE, .min = 1, .max = 0x1p62};
  union wane_value value;
  int result = take(parse, "--heap", &option, text, &value);
  if (!result) *bytes = (uint64_t)value.integer;
  return result;
}

static int take_timeout(const struct parse *parse, const char *text,
                        double *seconds)
{
  struct wane_option option = {
      .name = "SECONDS", .type = WANE_OPTION_DOUBLE, .min = 0, .max = 1e9};
  union wane_value value;
  int result = take(parse, "--timeout", &option, text, &value);
  if (!result) *seconds = value.real;
  return result;
}

static int take_sample(const struct parse *parse, const char *text,
                       double *ms)
{
  struct wane_option option = {
      .name = "MS", .type = WANE_OPTION_DOUBLE, .min = 0, .max = 1e6};
  union wane_value value;
  int result = take(parse, "--sample", &option, text, &value);
  if (result) return result;
  if (value.real > 0 && value.real < 0.1)
    return refuse(parse, "--sample: expected 0, or 0.1 and more, found \"%s\"",
                  text);
  *ms = value.real;
  return 0;
}

// --- runtime knobs ---------------------------------------------------------

#define KNOB_MAX ((double)UINT32_MAX)
#define KNOB(knob, kind, low, high, text)                                      \
  {                                                                            \
    .name = knob, .type = kind, .value = "0", .help = text, .min = low,        \
    .max = high                                                                \
  }

// In the order of knobs_apply. 0 is the runtime's default.
static const struct wane_option knobs[] = {
    KNOB("young_bytes", WANE_OPTION_SIZE, 0, 0x1p62, "bytes between rounds"),
    KNOB("log_bytes", WANE_OPTION_SIZE, 0, 0x1p62, "bytes of decrement log"),
    KNOB("deferred_bytes", WANE_OPTION_SIZE, 0, 0x1p62, "bytes of garbage"),
    KNOB("round_ms", WANE_OPTION_INT, 0, 0x1p62, "ms between rounds"),
    KNOB("poll_timeout_ms", WANE_OPTION_INT, 0, KNOB_MAX, "ms without poll"),
    KNOB("event_ring", WANE_OPTION_INT, 0, KNOB_MAX, "records per thread"),
    KNOB("log_chunk", WANE_OPTION_INT, 0, KNOB_MAX, "entries per chunk"),
    KNOB("local_limit", WANE_OPTION_INT, 0, KNOB_MAX, "biased counts below"),
    KNOB("shared_limit", WANE_OPTION_INT, 0, KNOB_MAX, "shared counts below"),
    KNOB("stress_alloc", WANE_OPTION_INT, 0, KNOB_MAX, "allocations a round"),
    KNOB("log_pool_bytes", WANE_OPTION_SIZE, 0, 0x1p62, "bytes of chunks"),
    KNOB("mark_slice", WANE_OPTION_SIZE, 0, 0x1p62, "bytes marked at a time"),
    KNOB("mark_bytes", WANE_OPTION_SIZE, 0, 0x1p62, "bytes of packets"),
    KNOB("stress_workers", WANE_OPTION_INT, 0, KNOB_MAX, "us for another"),
    KNOB("stress_slices", WANE_OPTION_INT, 0, KNOB_MAX, "rounds of delay"),
};
enum { N_KNOBS = sizeof knobs / sizeof knobs[0] };

static void knobs_apply(struct wane_config *config,
                        const union wane_value *value)
{
  config->young_bytes = (uint64_t)value[0].integer;
  config->log_bytes = (uint64_t)value[1].integer;
  config->deferred_bytes = (uint64_t)value[2].integer;
  config->round_ms = (uint64_t)value[3].integer;
  config->poll_timeout_ms = (uint32_t)value[4].integer;
  config->event_ring = (uint32_t)value[5].integer;
  config->log_chunk = (uint32_t)value[6].integer;
  config->local_limit = (uint32_t)value[7].integer;
  config->shared_limit = (uint32_t)value[8].integer;
  config->stress_alloc = (uint32_t)value[9].integer;
  config->log_pool_bytes = (uint64_t)value[10].integer;
  config->mark_slice = (uint64_t)value[11].integer;
  config->mark_bytes = (uint64_t)value[12].integer;
  config->stress_workers = (uint32_t)value[13].integer;
  config->stress_slices = (uint32_t)value[14].integer;
}

// "k=v;k=v" of the knobs that are not 0.
static char *knobs_format(const union wane_value *value)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  const char *separator = "";
  for (size_t i = 0; i < N_KNOBS; i++) {
    if (value[i].integer == 0) continue;
    fprintf(out, "%s%s=%lld", separator, knobs[i].name,
            (long long)value[i].integer);
    separator = ";";
  }
  if (fclose(out) == 0) return text;
  free(text);
  return NULL;
}

static int take_knobs(const struct parse *parse, const char *text)
{
  struct run_args *args = parse->args;
  union wane_value values[N_KNOBS];
  char *storage, sentence[768];
  if (args->rc) return refuse(parse, "--rc: expected once, found twice");
  if (wane_options_parse("--rc", knobs, N_KNOBS, text, values, &storage,
                         sentence, sizeof sentence))
    return refuse(parse, "%s", sentence);
  free(storage);
  knobs_apply(&args->config, values);
  args->rc = text;
  free(args->knobs);
  args->knobs = knobs_format(values);
  return args->knobs ? 0 : ENOMEM;
}

// --- pacing ----------------------------------------------------------------

// What a text means, or NULL and a sentence: the runtime knows the policies.
static char *pacing_effective(const char *text, char *error, size_t error_size)
{
  char effective[1024];
  if (wane_pacing_check(text, effective, sizeof effective, error, error_size))
    return NULL;
  char *copy = strdup(effective);
  if (!copy) snprintf(error, error_size, "no memory");
  return copy;
}

static int take_pacing(const struct parse *parse, const char *text)
{
  struct run_args *args = parse->args;
  char sentence[768];
  if (args->config.pacing)
    return refuse(parse, "--pacing: expected once, found twice");
  char *effective = pacing_effective(text, sentence, sizeof sentence);
  if (!effective) return refuse(parse, "--pacing: %s", sentence);
  args->config.pacing = text;
  free(args->pacing);
  args->pacing = effective;
  return 0;
}

// --- the rest --------------------------------------------------------------

static int take_spec(const struct parse *parse, const char *flag,
                     const char *text, struct spec **specs, size_t *n)
{
  char sentence[256];
  struct spec *more = realloc(*specs, (*n + 1) * sizeof *more);
  if (!more) return ENOMEM;
  *specs = more;
  if (spec_parse(&more[*n], text, sentence, sizeof sentence))
    return refuse(parse, "%s: %s", flag, sentence);
  ++*n;
  return 0;
}

static int take_format(const struct parse *parse, const char *text)
{
  static const char *const names[] = {"table", "csv", "json"};
  for (int i = 0; i < 3; i++)
    if (strcmp(text, names[i]) == 0) {
      parse->args->format = (enum run_format)i;
      return 0;
    }
  return refuse(parse, "--format: expected table, csv or json, found \"%s\"",
                text);
}

static int take_label(const struct parse *parse, const char *text)
{
  char sentence[512];
  if (!label_parse(&parse->args->labels, text, sentence, sizeof sentence))
    return 0;
  return refuse(parse, "%s", sentence);
}

static int take_fd(const struct parse *parse, const char *text, int *fd)
{
  uint32_t number;
  int result = take_u32(parse, "--child-fd", 0, 1 << 20, text, &number);
  if (!result) *fd = (int)number;
  return result;
}

static int finish(const struct parse *parse)
{
  const struct run_args *args = parse->args;
  if (args->help) return 0;
  if (args->n_collectors == 0)
    return refuse(parse, "expected a collector (-c NAME), found none");
  if (args->n_workloads == 0)
    return refuse(parse, "expected a workload (-w NAME), found none");
  return 0;
}

static void set_help(const struct parse *parse)
{
  char name[] = "wane run";
  parse->args->help = true;
  argp_help(&argp_table, stdout, ARGP_HELP_USAGE | ARGP_HELP_LONG, name);
}

// The option argp stumbled over: it has moved past it.
static void explain(const struct parse *parse, const struct argp_state *state)
{
  int at = state->next - 1;
  if (*parse->error) return;
  (void)refuse(parse,
               "%s: no such option, or its value is missing; see "
               "wane run --help",
               at > 0 && at < state->argc ? state->argv[at] : "?");
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
  struct parse *parse = state->input;
  struct run_args *args = parse->args;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &parse->numa;
    return 0;
  case 'c':
    return take_spec(parse, "-c", text, &args->collectors, &args->n_collectors);
  case 'w':
    return take_spec(parse, "-w", text, &args->workloads, &args->n_workloads);
  case 't':
    return take_u32(parse, "-t", 1, 65536, text, &args->mutators);
  case 'n':
    return take_u32(parse, "-n", 1, 1e6, text, &args->iterations);
  case 'i':
    return take_u32(parse, "-i", 1, 1e6, text, &args->invocations);
  case 'H':
    return take_heap(parse, text, &args->config.heap_limit);
  case 'o':
    args->directory = text;
    return 0;
  case 'q':
    args->quiet = true;
    return 0;
  case KEY_WORKERS:
    return take_u32(parse, "--workers", 1, 1024, text, &args->config.workers);
  case KEY_PACING:
    return take_pacing(parse, text);
  case KEY_SEED:
    return take_seed(parse, text, &args->seed);
  case KEY_TIMEOUT:
    return take_timeout(parse, text, &args->timeout_s);
  case KEY_REQUESTS:
    return take_requests(parse, text, &args->requests);
  case KEY_ROWLESS:
    args->companions = false;
    return 0;
  case KEY_SAMPLE:
    return take_sample(parse, text, &args->sample_ms);
  case KEY_VERIFY:
    args->verify = true;
    args->config.verify = 1;
    return 0;
  case KEY_FORMAT:
    return take_format(parse, text);
  case KEY_RC:
    return take_knobs(parse, text);
  case KEY_LABEL:
    return take_label(parse, text);
  case KEY_HELP:
    set_help(parse);
    return 0;
  case KEY_CHILD:
    return take_fd(parse, text, &args->child_fd);
  case KEY_PROGRESS:
    return take_fd(parse, text, &args->progress_fd);
  case ARGP_KEY_ARG:
    return refuse(parse, "expected options, found \"%s\"", text);
  case ARGP_KEY_END:
    return finish(parse);
  case ARGP_KEY_ERROR:
    explain(parse, state);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_child children[] = {{&numa_argp, 0, "NUMA:", 5}, {0}};

static const struct argp argp_table = {
    .options = options,
    .parser = parse_option,
    .children = children,
    .args_doc = "-c COLLECTOR -w WORKLOAD",
    .doc = "Runs every workload on every collector, each invocation in a "
           "process of its own, and reports what it cost.\v"
           "Exit status: 0 all is well, 1 a run failed, 2 usage, 3 a plugin "
           "or file is bad, 4 verification failed, 130 interrupted.",
};

int run_args_parse(int argc, char **argv, struct run_args *args, char *error,
                   size_t error_size)
{
  *args = (struct run_args){.mutators = 1,
                            .iterations = 1,
                            .invocations = 1,
                            .seed = 1,
                            .timeout_s = 3600,
                            .requests = 1 << 18,
                            .companions = true,
                            .sample_ms = 10,
                            .child_fd = -1,
                            .progress_fd = -1,
                            .config.workers = 1,
                            .knobs = strdup("")};
  struct parse parse = {
      args, error, error_size, {&args->numa, error, error_size}};
  if (error_size) *error = '\0';
  args->pacing = pacing_effective(NULL, error, error_size);
  if (!args->knobs || !args->pacing) return -ENOMEM;
  error_t result = argp_parse(
      &argp_table, argc, argv,
      ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_IN_ORDER, NULL, &parse);
  if (result == ENOMEM) (void)refuse(&parse, "no memory");
  if (result == 0) return 0;
  return result == ENOMEM ? -ENOMEM : -EINVAL;
}

void run_args_free(struct run_args *args)
{
  for (size_t i = 0; i < args->n_collectors; i++)
    spec_free(&args->collectors[i]);
  for (size_t i = 0; i < args->n_workloads; i++) spec_free(&args->workloads[i]);
  free(args->collectors);
  free(args->workloads);
  free(args->knobs);
  free(args->pacing);
}
