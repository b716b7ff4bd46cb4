// provenance.c: run.json: all that is needed to trust or repeat a run.
// SPDX-License-Identifier: MIT
//
// Everything in one JSON object, so that a figure can be traced back to the
// bytes of the binary that gave it. Main thread of the parent.
#include "provenance.h"

#include "build_info.h"
#include "file_hash.h"
#include "host.h"
#include "numa_facts.h"
#include "results.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void put(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value ? value : json_null());
}

void provenance_utc(char text[32])
{
  time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static json_t *utc_now(void)
{
  char text[32];
  provenance_utc(text);
  return json_string(text);
}

// --- files -----------------------------------------------------------------

// XXH3-128 of a file as 32 hex digits, or null.
static json_t *hash_of(const char *path)
{
  char text[33];
  return file_hash(path, text) ? json_null() : json_string(text);
}

static json_t *file_of(const char *path)
{
  json_t *file = json_object();
  put(file, "path", json_string(path));
  put(file, "xxh3_128", hash_of(path));
  return file;
}

static json_t *binary(void)
{
  char *path = realpath("/proc/self/exe", NULL);
  json_t *file = path ? file_of(path) : json_null();
  free(path);
  return file;
}

// --- the experiment --------------------------------------------------------

static json_t *words(int argc, char **argv)
{
  json_t *list = json_pack("[s]", "wane");
  for (int i = 0; i < argc; i++) {
    json_t *word = json_string(argv[i]);
    json_array_append_new(list, word ? word : json_string("(not UTF-8)"));
  }
  return list;
}

static json_t *build(void)
{
  json_t *o = json_object();
  put(o, "version", json_string(BUILD_VERSION));
  put(o, "git_commit", *BUILD_COMMIT ? json_string(BUILD_COMMIT) : NULL);
  put(o, "git_dirty", *BUILD_COMMIT ? json_boolean(BUILD_DIRTY) : NULL);
  put(o, "git_as_of", json_string("configure"));
  put(o, "type", json_string(BUILD_TYPE));
  put(o, "variety", json_string(wane_variety()));
  put(o, "counting", json_string(wane_counting()));
  put(o, "compiler", json_string(BUILD_COMPILER));
  put(o, "flags", json_string(BUILD_FLAGS));
  put(o, "binary", binary());
  return o;
}

// What plugins of both kinds have in common.
static json_t *plugin(const char *name, const char *path, uint32_t abi,
                      const struct plan_options *options)
{
  json_t *o = file_of(path);
  put(o, "name", json_string(name));
  put(o, "abi", json_integer(WANE_ABI_VERSION(abi)));
  put(o, "options", json_string(options->effective));
  return o;
}

// The file a workload reads, if it has a positional argument.
static json_t *input_of(const struct plan_workload *workload)
{
  uint32_t at = workload->plugin->positional;
  if (!at || workload->plugin->options[at - 1].type != WANE_OPTION_STRING)
    return json_null();
  return file_of(workload->options.values[at - 1].string);
}

static void put_plugins(json_t *o, const struct plan *plan)
{
  json_t *collectors = json_array(), *workloads = json_array();
  for (uint32_t i = 0; i < plan->n_collectors; i++) {
    const struct plan_collector *c = &plan->collectors[i];
    json_t *entry =
        plugin(c->plugin->name, c->path, c->plugin->abi, &c->options);
    put(entry, "barrier", json_integer(c->plugin->barrier));
    put(entry, "needs", json_integer(c->plugin->needs));
    put(entry, "claims", json_integer(c->plugin->claims));
    json_array_append_new(collectors, entry);
  }
  for (uint32_t i = 0; i < plan->n_workloads; i++) {
    const struct plan_workload *w = &plan->workloads[i];
    json_t *entry =
        plugin(w->plugin->name, w->path, w->plugin->abi, &w->options);
    put(entry, "input", input_of(w));
    json_array_append_new(workloads, entry);
  }
  put(o, "collectors", collectors);
  put(o, "workloads", workloads);
}

static json_t *settings(const struct run_args *args)
{
  json_t *o = json_object();
  put(o, "mutators", json_integer(args->mutators));
  put(o, "workers", json_integer(args->config.workers));
  put(o, "heap_limit",
      args->config.heap_limit
          ? json_integer((json_int_t)args->config.heap_limit)
          : NULL);
  put(o, "pacing", json_string(args->pacing));
  put(o, "iterations", json_integer(args->iterations));
  put(o, "invocations", json_integer(args->invocations));
  put(o, "seed", json_integer((json_int_t)args->seed));
  put(o, "verify", json_boolean(args->verify));
  put(o, "timeout_s", json_real(args->timeout_s));
  put(o, "sample_ms", json_real(args->sample_ms));
  put(o, "rc", json_string(args->knobs));
  return o;
}

json_t *provenance_begin(const char *run_id, int argc, char **argv,
                         const struct run_args *args, const struct plan *plan,
                         const struct numa_setup *numa)
{
  json_t *o = json_object();
  put(o, "schema_version", json_integer(RESULTS_SCHEMA_VERSION));
  put(o, "run_id", json_string(run_id));
  put(o, "argv", words(argc, argv));
  put(o, "start_utc", utc_now());
  put(o, "settings", settings(args));
  json_object_set_new(json_object_get(o, "settings"), "numa",
                      numa_settings(numa));
  put(o, "order_seed", json_integer((json_int_t)args->seed));
  put_plugins(o, plan);
  put(o, "build", build());
  put(o, "machine", host_facts());
  put(o, "topology", numa_facts(numa));
  put(o, "environment", host_environment());
  put(o, "load_before", host_load());
  put(o, "invocations", json_array());
  return o;
}

static json_t *field(const struct record *record, enum column column)
{
  const char *text = record->field[column];
  return text ? json_string(text) : NULL;
}

// Where its threads were; null if none was placed.
static json_t *threads_of(const struct record *record)
{
  json_error_t error;
  json_t *threads = record->n_threads ? json_array() : NULL;
  for (size_t i = 0; i < record->n_threads; i++)
    json_array_append_new(threads,
                          json_loads(record->threads[i], 0, &error));
  return threads;
}

static json_t *counters_of(const struct record *record)
{
  json_error_t error;
  return record->counters ? json_loads(record->counters, 0, &error) : NULL;
}

void provenance_record(json_t *provenance, const struct record *record)
{
  json_t *o = json_object();
  put(o, "invocation_id", field(record, COLUMN_invocation_id));
  put(o, "benchmark", field(record, COLUMN_benchmark));
  put(o, "config", field(record, COLUMN_config));
  put(o, "invocation", field(record, COLUMN_invocation));
  put(o, "status", json_string(record_status_name(record->status)));
  put(o, "reason", record->reason ? json_string(record->reason) : NULL);
  put(o, "exit_code", json_integer(record->exit_code));
  put(o, "signal", record->signal ? json_integer(record->signal) : NULL);
  put(o, "seconds", json_real(record->seconds));
  json_t *notes = json_array();
  for (size_t i = 0; i < record->n_notes; i++)
    json_array_append_new(notes, json_string(record->notes[i]));
  put(o, "notes", notes);
  put(o, "placement", field(record, COLUMN_placement));
  put(o, "threads", threads_of(record));
  put(o, "counters", counters_of(record));
  json_array_append_new(json_object_get(provenance, "invocations"), o);
}

void provenance_end(json_t *provenance, bool interrupted)
{
  put(provenance, "end_utc", utc_now());
  put(provenance, "load_after", host_load());
  put(provenance, "interrupted", json_boolean(interrupted));
}
