// sweep_json.c: run.json of a whole sweep.
// SPDX-License-Identifier: MIT
//
// What the cells' own files say of builds and machines, put together, and
// what only the sweep knows. Nothing in it depends on when it is written, so
// that writing it again changes nothing. Main thread.
#include "sweep.h"

#include "canary.h"
#include "csv_read.h"
#include "files.h"
#include "results.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value ? value : json_null());
}

static json_t *load(const char *directory, const char *name)
{
  json_error_t error;
  char *path = files_path(directory, "%s", name);
  json_t *json = path ? json_load_file(path, 0, &error) : NULL;
  free(path);
  return json;
}

// --- what cells say ---------------------------------------------------------

// A copy of `from`, unless the list has an equal one.
static void add_once(json_t *list, json_t *from)
{
  size_t i;
  json_t *had;
  json_array_foreach(list, i, had) if (json_equal(had, from)) return;
  json_array_append(list, from);
}

static void add_all(json_t *list, const json_t *from)
{
  size_t i;
  json_t *item;
  json_array_foreach((json_t *)from, i, item) add_once(list, item);
}

// The first cell tells of the machine; what all have is put together.
static void begin(json_t *o, const json_t *cell)
{
  static const char *const same[] = {"build",       "machine", "topology",
                                     "environment", "load_before"};
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
    put(o, same[i], json_deep_copy(json_object_get(cell, same[i])));
}

static void later(json_t *o, const char *key, const json_t *cell)
{
  const char *had = json_string_value(json_object_get(o, key));
  const char *now = json_string_value(json_object_get(cell, key));
  if (now && (!had || strcmp(now, had) > 0)) put(o, key, json_string(now));
}

static json_t *factor(double hfac)
{
  return isnan(hfac) ? json_null() : json_real(hfac);
}

// `mutators`: that there are, where a workload has its own number.
static void add_exclusion(json_t *list, const struct plan_row *row,
                          uint32_t mutators, const json_t *run)
{
  const char *status = json_string_value(json_object_get(run, "status"));
  if (status && strcmp(status, "ok") == 0) return;
  json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:i, s:o, s:i}", "cell",
                        (int)row->cell, "suite", row->suite, "benchmark",
                        row->benchmark, "config", row->config, "mutators",
                        (int)mutators, "hfac", factor(row->hfac), "invocation",
                        (int)row->invocation);
  put(o, "status", json_string(status ? status : "not done"));
  const json_t *reason = json_object_get(run, "reason");
  put(o, "reason", json_deep_copy(reason));
  json_array_append_new(list, o);
}

// What of a cell's run.json goes where.
static void add_cell(json_t *o, const struct plan_row *row, const json_t *cell)
{
  json_t *runs = json_object_get(cell, "invocations");
  if (!json_object_get(o, "build")) begin(o, cell);
  add_once(json_object_get(o, "builds"), json_object_get(cell, "build"));
  add_once(json_object_get(o, "machines"), json_object_get(cell, "machine"));
  add_all(json_object_get(o, "collectors"),
          json_object_get(cell, "collectors"));
  add_all(json_object_get(o, "workloads"), json_object_get(cell, "workloads"));
  (void)json_array_extend(json_object_get(o, "invocations"), runs);
  add_exclusion(json_object_get(o, "exclusions"), row, row->mutators,
                json_array_get(runs, 0));
  later(o, "end_utc", cell);
}

// The first row's number; 0: there is none.
static uint32_t mutators_in(const struct sweep *sweep, size_t cell)
{
  char error[300];
  const char *const *fields;
  uint32_t mutators = 0;
  char *path = files_path(sweep->directory, "cells/%06zu/results.csv", cell);
  struct csv_reader *reader =
      path ? csv_read_open(path, error, sizeof error) : NULL;
  int at = reader ? csv_read_column(reader, "mutators") : -1;
  if (at >= 0 && csv_read_row(reader, &fields, error, sizeof error) > 0 &&
      fields[at])
    mutators = (uint32_t)strtoul(fields[at], NULL, 10);
  if (reader) csv_read_close(reader);
  free(path);
  return mutators;
}

// How many mutators that cell would have had: as another of the same benchmark
// that was asked for as many.
static uint32_t mutators_of(const struct sweep *sweep, const bool *done,
                            const struct plan_row *row)
{
  for (size_t i = 0; i < sweep->plan.n; i++) {
    const struct plan_row *other = &sweep->plan.rows[i];
    if (!done[i] || other->mutators != row->mutators ||
        strcmp(other->suite, row->suite) ||
        strcmp(other->benchmark, row->benchmark))
      continue;
    uint32_t mutators = mutators_in(sweep, i);
    if (mutators) return mutators;
  }
  return row->mutators;
}

static bool add_cells(const struct sweep *sweep, const bool *done, json_t *o)
{
  static const char *const lists[] = {"builds",    "machines",    "collectors",
                                      "workloads", "invocations", "exclusions"};
  size_t missing = 0;
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    put(o, lists[i], json_array());
  for (size_t i = 0; i < sweep->plan.n; i++) {
    const struct plan_row *row = &sweep->plan.rows[i];
    char name[40];
    snprintf(name, sizeof name, "cells/%06zu/run.json", i);
    json_t *cell = done[i] ? load(sweep->directory, name) : NULL;
    if (cell)
      add_cell(o, row, cell);
    else {
      add_exclusion(json_object_get(o, "exclusions"), row,
                    mutators_of(sweep, done, row), NULL);
      missing++;
    }
    json_decref(cell);
  }
  put(o, "cells", json_pack("{s:I, s:I}", "planned", (json_int_t)sweep->plan.n,
                            "done", (json_int_t)(sweep->plan.n - missing)));
  return missing > 0;
}

// --- what the sweep knows ---------------------------------------------------

static json_t *minheap(const struct sweep *sweep)
{
  json_t *list = json_array();
  const struct minheap_table *table = &sweep->minheap;
  for (size_t i = 0; i < table->n; i++) {
    const struct minheap_row *row = &table->rows[i];
    uint32_t trials;
    uint64_t least;
    uint64_t most = minheap_of(table, row->suite, row->benchmark,
                               row->mutators, &trials, &least);
    if (row->trial) continue; // told of with the first one
    json_array_append_new(
        list,
        json_pack("{s:s, s:s, s:i, s:s, s:i, s:I, s:I}", "suite", row->suite,
                  "benchmark", row->benchmark, "mutators", (int)row->mutators,
                  "collector", row->collector, "trials", (int)trials,
                  "minheap_bytes", (json_int_t)most, "least_bytes",
                  (json_int_t)least));
  }
  return list;
}

// Wall time of the timed iteration of a cell; NaN if it has none.
static double time_of(const struct sweep *sweep, size_t cell)
{
  static const char *const names[] = {"metric", "scope", "phase", "value"};
  static const char *const wanted[] = {"time.wall", "process", "timing"};
  char error[300];
  const char *const *fields;
  double ns = NAN;
  int at[4];
  char *path = files_path(sweep->directory, "cells/%06zu/results.csv", cell);
  struct csv_reader *reader =
      path ? csv_read_open(path, error, sizeof error) : NULL;
  free(path);
  if (!reader) return NAN;
  bool good = true;
  for (int i = 0; i < 4; i++)
    good = (at[i] = csv_read_column(reader, names[i])) >= 0 && good;
  while (good && csv_read_row(reader, &fields, error, sizeof error) > 0) {
    bool hit = fields[at[3]] != NULL;
    for (int i = 0; hit && i < 3; i++)
      hit = fields[at[i]] && strcmp(fields[at[i]], wanted[i]) == 0;
    if (hit) ns = strtod(fields[at[3]], NULL);
  }
  csv_read_close(reader);
  return ns;
}

static json_t *canary(const struct sweep *sweep, const bool *done)
{
  struct canary canary;
  double *ns = calloc(sweep->plan.n + 1, sizeof *ns);
  size_t n = 0;
  bool none = json_is_null(json_object_get(sweep->state, "canary"));
  if (!ns || none) {
    free(ns);
    return NULL;
  }
  for (size_t i = 0; i < sweep->plan.n; i++) {
    if (!done[i] || strcmp(sweep->plan.rows[i].suite, EXPERIMENT_CANARY))
      continue;
    double value = time_of(sweep, i);
    if (!isnan(value)) ns[n++] = value;
  }
  canary_judge(&canary, ns, n);
  free(ns);
  return canary_json(&canary);
}

static json_t *settings(const struct sweep *sweep)
{
  static const char *const keys[] = {"iterations", "invocations", "seed",
                                     "timeout", "mutators"};
  json_t *o = json_object();
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    put(o, keys[i], json_deep_copy(json_object_get(sweep->state, keys[i])));
  return o;
}

json_t *sweep_json(const struct sweep *sweep, const bool *done)
{
  json_t *o = json_object();
  const json_t *state = sweep->state;
  put(o, "schema_version", json_integer(RESULTS_SCHEMA_VERSION));
  put(o, "run_id", json_string(sweep->run_id));
  put(o, "command", json_string("sweep"));
  put(o, "start_utc", json_deep_copy(json_object_get(state, "start_utc")));
  put(o, "interrupted", json_boolean(add_cells(sweep, done, o)));
  put(o, "settings", settings(sweep));
  put(o, "experiment", json_deep_copy(state));
  put(o, "seed", json_deep_copy(json_object_get(state, "seed")));
  put(o, "order_seed", json_deep_copy(json_object_get(state, "seed")));
  put(o, "order",
      json_string("plan.csv: by level of heap factors, in rounds of "
                  "invocations, each shuffled from the seed"));
  put(o, "engine", json_deep_copy(json_object_get(state, "engine")));
  put(o, "minheap", minheap(sweep));
  put(o, "doctor", load(sweep->directory, "doctor.json"));
  put(o, "budget", json_deep_copy(json_object_get(state, "budget")));
  put(o, "canary", canary(sweep, done));
  return o;
}
