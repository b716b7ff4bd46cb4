// cmd_run.c: `wane run`: every workload on every collector.
// SPDX-License-Identifier: MIT
//
// The parent process: it never starts the runtime itself. It walks the plan,
// has each invocation run in a process of its own, and writes down what came
// of it, at once. Main thread.
#include "cmd_run.h"

#include "build_info.h"
#include "child.h"
#include "csv.h"
#include "describe.h"
#include "exit_code.h"
#include "host.h"
#include "interrupt.h"
#include "invoke.h"
#include "numa_setup.h"
#include "output.h"
#include "progress.h"
#include "provenance.h"
#include "results.h"
#include "run_id.h"
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct experiment {
  struct run_args args;
  struct plan plan;
  struct numa_setup numa;
  char *numa_config; // of the column config
  struct output *output; // NULL: no -o
  bool unwritten;        // something could not be: the experiment ends
  json_t *provenance;
  struct progress progress;
  struct record *records; // one per step
  size_t n_records;
  char run_id[128];
  char *cpus;
  // The invocation under way.
  char invocation_id[160];
  char label[160];
  char *numa_first; // the first columns of its rows in numa.csv
};

static int complain(int code, const char *sentence)
{
  fprintf(stderr, "wane run: %s\n", sentence);
  return code;
}

// --- the columns that do not depend on how it goes -------------------------

// Collector, then what the user set, '.' between: "rc.t2.w1.h67108864".
static void set_config(struct experiment *e, struct record *record,
                       const struct plan_collector *collector)
{
  const struct run_args *args = &e->args;
  char heap[40] = "", pacing[512] = "", rc[512] = "", options[512] = "";
  if (args->config.heap_limit)
    snprintf(heap, sizeof heap, ".h%llu",
             (unsigned long long)args->config.heap_limit);
  if (args->config.pacing)
    snprintf(pacing, sizeof pacing, ".pacing-%s", args->pacing);
  if (*args->knobs) snprintf(rc, sizeof rc, ".rc-%s", args->knobs);
  if (collector->options.custom)
    snprintf(options, sizeof options, ".%s", collector->options.effective);
  (void)record_set(record, COLUMN_config, "%s%s.t%u.w%u%s%s%s%s",
                   collector->plugin->name, options, args->mutators,
                   args->config.workers, heap, pacing, rc, e->numa_config);
}

static void set_collector(struct experiment *e, struct record *record,
                          const struct plan_collector *collector)
{
  const struct wane_collector *plugin = collector->plugin;
  uint32_t workers = e->args.config.workers;
  bool stops = plugin->needs & WANE_NEED_WORLD_STOP;
  set_config(e, record, collector);
  (void)record_set(record, COLUMN_collector, "%s", plugin->name);
  (void)record_set(record, COLUMN_collector_opts, "%s",
                   collector->options.effective);
  (void)record_set(record, COLUMN_gc_workers_stw, "%u", stops ? workers : 0);
  (void)record_set(record, COLUMN_gc_workers_conc, "%u", workers);
}

static void set_heap(struct experiment *e, struct record *record)
{
  uint64_t limit = e->args.config.heap_limit;
  (void)record_set(record, COLUMN_heap_mode, "%s",
                   limit ? "fixed" : "unbounded");
  if (!limit) return;
  (void)record_set(record, COLUMN_heap_bytes, "%llu",
                   (unsigned long long)limit);
  (void)record_set(record, COLUMN_heap_counts, "objects");
}

static void set_numa(struct experiment *e, struct record *record)
{
  const struct numa_setup *numa = &e->numa;
  (void)record_set(record, COLUMN_numa_mode, "%s", numa_mode_name(numa->mode));
  (void)record_set(record, COLUMN_numa_policy, "%s", numa->memory);
  (void)record_set(record, COLUMN_thread_policy, "%s", numa->place);
  (void)record_set(record, COLUMN_gc_policy, "%s",
                   numa_steal_name(numa->config.steal));
  (void)record_set(record, COLUMN_topology_id, "%s", numa->id);
}

// What stands in front of each of its rows in numa.csv.
static void set_numa_first(struct experiment *e, const struct record *record)
{
  static const enum column columns[] = {
      COLUMN_run_id,    COLUMN_invocation_id, COLUMN_config,
      COLUMN_benchmark, COLUMN_collector,     N_COLUMNS, // rc_mode
      COLUMN_seed};
  const struct wane_collector *plugin =
      e->plan.collectors[record->collector].plugin;
  size_t size;
  free(e->numa_first);
  e->numa_first = NULL;
  FILE *out = open_memstream(&e->numa_first, &size);
  if (!out) return;
  for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
    if (i) putc(',', out);
    csv_field(out, columns[i] == N_COLUMNS ? describe_barrier(plugin->barrier)
                                           : record->field[columns[i]]);
  }
  fclose(out);
}

// Of the invocation under way; a label says where this run begins.
static uint64_t exec_index(const struct experiment *e)
{
  return label_number(&e->args.labels, COLUMN_exec_index, 0) + e->n_records;
}

static void set_columns(struct experiment *e, struct record *record,
                        const struct order_step *step)
{
  const struct plan_workload *workload = &e->plan.workloads[record->workload];
  (void)record_set(record, COLUMN_run_id, "%s", e->run_id);
  (void)record_set(record, COLUMN_invocation_id, "%s", e->invocation_id);
  (void)record_set(record, COLUMN_suite, "wane");
  (void)record_set(record, COLUMN_benchmark, "%s", workload->benchmark);
  (void)record_set(record, COLUMN_size, "%s",
                   workload->options.custom ? workload->options.effective
                                            : "default");
  (void)record_set(record, COLUMN_seed, "%llu",
                   (unsigned long long)e->args.seed);
  set_collector(e, record, &e->plan.collectors[record->collector]);
  const char *counting = wane_counting();
  bool biased = strcmp(counting, "biased") == 0;
  (void)record_set(record, COLUMN_build, "%s%s-%s%s%s", BUILD_SHORT,
                   BUILD_DIRTY ? "-dirty" : "", BUILD_TYPE,
                   biased ? "" : "-counting=", biased ? "" : counting);
  (void)record_set(record, COLUMN_mutators, "%u", e->args.mutators);
  set_numa(e, record);
  (void)record_set(record, COLUMN_cpus, "%s", e->cpus ? e->cpus : "");
  set_heap(e, record);
  (void)record_set(record, COLUMN_exec_index, "%" PRIu64, exec_index(e));
  (void)record_set(
      record, COLUMN_invocation, "%" PRIu64,
      label_number(&e->args.labels, COLUMN_invocation, 0) + step->invocation);
  (void)record_set(record, COLUMN_variety, "%s", wane_variety());
  label_apply(&e->args.labels, record);
}

// --- one invocation --------------------------------------------------------

static void on_row(enum companion companion, const char *csv, void *context)
{
  struct experiment *e = context;
  if (e->output) output_row(e->output, companion, e->invocation_id, csv);
}

static void on_numa(const char *csv, void *context)
{
  struct experiment *e = context;
  if (e->output && e->numa_first) output_numa(e->output, e->numa_first, csv);
}

static void on_tick(double done, void *context)
{
  struct experiment *e = context;
  progress_draw(&e->progress, e->label, done);
}

static void on_complaint(const char *line, void *context)
{
  struct experiment *e = context;
  progress_clear(&e->progress);
  fprintf(stderr, "%s: %s\n", e->label, line);
}

static int run_step(struct experiment *e, const struct order_step *step)
{
  const struct invoke_watch watch = {on_row, on_numa, on_tick, on_complaint,
                                     e};
  struct record *record = &e->records[e->n_records];
  record->collector = step->cell % e->plan.n_collectors;
  record->workload = step->cell / e->plan.n_collectors;
  snprintf(e->invocation_id, sizeof e->invocation_id, "%s-%05" PRIu64,
           e->run_id, exec_index(e));
  snprintf(e->label, sizeof e->label, "%.70s on %.70s",
           e->plan.workloads[record->workload].label,
           e->plan.collectors[record->collector].label);
  set_columns(e, record, step);
  set_numa_first(e, record);
  int result = invoke(&e->args, &e->plan, record->collector, record->workload,
                      &watch, record);
  if (result) {
    record_free(record);
    return result;
  }
  e->n_records++;
  e->progress.done++;
  provenance_record(e->provenance, record);
  if (e->output &&
      (output_record(e->output, record) ||
       output_provenance(e->output, e->provenance)))
    e->unwritten = true;
  return 0;
}

// --- the experiment --------------------------------------------------------

static int run_all(struct experiment *e)
{
  int result = 0;
  progress_start(&e->progress, e->plan.n_steps, e->args.quiet);
  for (uint32_t i = 0; !result && !e->unwritten && i < e->plan.n_steps &&
                       !interrupt_came();
       i++)
    result = run_step(e, &e->plan.steps[i]);
  progress_clear(&e->progress);
  return result;
}

static void print_results(struct experiment *e)
{
  bool measured = strcmp(wane_variety(), "measure") == 0;
  if (e->args.format == RUN_JSON) {
    results_json(stdout, e->records, e->n_records);
  } else if (e->args.format == RUN_CSV) {
    results_csv_header(stdout);
    for (size_t i = 0; i < e->n_records; i++)
      results_csv_rows(stdout, &e->records[i]);
  } else {
    table_print(stdout, &e->plan, e->records, e->n_records, e->args.verify);
    if (!measured)
      printf("This is a %s build: its times are not results.\n",
             wane_variety());
    if (e->output)
      printf("%s/results.csv%s\n", e->args.directory,
             e->unwritten ? ".part" : "");
  }
}

// The worst that happened.
static int verdict(const struct experiment *e)
{
  int code = WANE_EXIT_OK;
  for (size_t i = 0; i < e->n_records; i++) {
    const struct record *record = &e->records[i];
    int this = WANE_EXIT_EXPERIMENT;
    if (record->status == RUN_OK) this = WANE_EXIT_OK;
    if (record->status == RUN_INVALID && e->args.verify)
      this = WANE_EXIT_VERIFY;
    if (record->environment) this = WANE_EXIT_ENVIRONMENT;
    // 3 says that something was not tried at all; 4 that memory was wrong.
    bool worse = code != WANE_EXIT_VERIFY && this > code;
    if (worse || this == WANE_EXIT_VERIFY) code = this;
  }
  return interrupt_came() ? WANE_EXIT_INTERRUPTED : code;
}

static int close_output(struct experiment *e)
{
  char error[512];
  if (!e->output) return 0;
  provenance_end(e->provenance, interrupt_came());
  (void)output_provenance(e->output, e->provenance);
  e->unwritten = output_close(e->output, error, sizeof error);
  return e->unwritten ? complain(WANE_EXIT_ENVIRONMENT, error) : 0;
}

static int open_numa(struct experiment *e, char *error, size_t error_size)
{
  int code = numa_setup_open(&e->numa, &e->args.numa, e->args.mutators,
                             e->args.config.workers, error, error_size);
  e->numa_config = code ? NULL : numa_setup_config(&e->numa);
  if (code || e->numa_config) return code;
  snprintf(error, error_size, "no memory");
  return WANE_EXIT_ENVIRONMENT;
}

static int run_experiment(struct experiment *e, int argc, char **argv)
{
  char error[512], host[65] = "unknown";
  e->records = calloc(e->plan.n_steps, sizeof *e->records);
  if (!e->records) return complain(WANE_EXIT_ENVIRONMENT, "no memory");
  (void)gethostname(host, sizeof host - 1);
  run_id_make(e->run_id, "run", host, time(NULL));
  const char *run_id = e->args.labels.text[COLUMN_run_id];
  if (run_id) snprintf(e->run_id, sizeof e->run_id, "%s", run_id);
  e->cpus = host_cpus();
  if (e->args.directory) {
    e->output = output_open(e->args.directory, e->numa.mode != NUMA_OFF, error,
                            sizeof error);
    if (!e->output) return complain(WANE_EXIT_ENVIRONMENT, error);
  }
  e->provenance = provenance_begin(e->run_id, argc, argv, &e->args, &e->plan,
                                   &e->numa);
  interrupt_install();
  if (e->output && e->numa.xml)
    e->unwritten = output_topology(e->output, e->numa.xml);
  if (e->output && !e->unwritten)
    e->unwritten = output_provenance(e->output, e->provenance);
  int failed = run_all(e);
  int written = close_output(e);
  print_results(e);
  if (fflush(stdout) || ferror(stdout))
    return complain(WANE_EXIT_ENVIRONMENT, "standard output cannot be written");
  if (failed) {
    snprintf(error, sizeof error, "no process could be started: %s",
             strerror(-failed));
    return complain(WANE_EXIT_ENVIRONMENT, error);
  }
  return written ? written : verdict(e);
}

static void experiment_free(struct experiment *e)
{
  for (size_t i = 0; i < e->n_records; i++) record_free(&e->records[i]);
  free(e->records);
  free(e->cpus);
  free(e->numa_config);
  free(e->numa_first);
  json_decref(e->provenance);
  plan_close(&e->plan);
  numa_setup_close(&e->numa);
  run_args_free(&e->args);
}

int wane_cmd_run(int argc, char **argv)
{
  struct experiment e = {0};
  char error[1024];
  int code = WANE_EXIT_OK;
  if (run_args_parse(argc, argv, &e.args, error, sizeof error))
    code = complain(WANE_EXIT_USAGE, error);
  else if (e.args.help)
    ;
  else if (e.args.child_fd >= 0)
    code = child_main(&e.args);
  else if ((code = plan_open(&e.args, &e.plan, error, sizeof error)) ||
           (code = open_numa(&e, error, sizeof error)))
    code = complain(code, error);
  else
    code = run_experiment(&e, argc, argv);
  experiment_free(&e);
  return code;
}
