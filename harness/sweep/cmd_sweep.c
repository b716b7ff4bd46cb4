// cmd_sweep.c: `wane sweep`: every cell of an experiment.
// SPDX-License-Identifier: MIT
//
// Read all, check all, find the smallest heaps, write the plan, run what of it
// is not done, put the results together. Each step looks at the folder first,
// so that the command can be given again after anything. Main thread.
#include "cmd_sweep.h"

#include "exit_code.h"
#include "files.h"
#include "interrupt.h"
#include "sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// --- how it ended -----------------------------------------------------------

struct counts {
  size_t ok, oom, other, missing;
};

static void count(struct counts *counts, const json_t *json)
{
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(json, "invocations"), i, item)
  {
    const char *status = json_string_value(json_object_get(item, "status"));
    if (status && strcmp(status, "ok") == 0)
      counts->ok++;
    else if (status && strcmp(status, "oom") == 0)
      counts->oom++;
    else
      counts->other++;
  }
  const json_t *cells = json_object_get(json, "cells");
  counts->missing =
      (size_t)(json_integer_value(json_object_get(cells, "planned")) -
               json_integer_value(json_object_get(cells, "done")));
}

static const char *text_of(const json_t *o, const char *key)
{
  const char *text = json_string_value(json_object_get(o, key));
  return text ? text : "";
}

// The first few that did neither end well nor for want of heap.
static void name_failures(const json_t *json)
{
  enum { SOME = 5 };
  size_t i, n = 0;
  json_t *item;
  json_array_foreach(json_object_get(json, "exclusions"), i, item)
  {
    const char *status = text_of(item, "status");
    const char *reason = text_of(item, "reason");
    if (!strcmp(status, "oom") || !strcmp(status, "not done")) continue;
    if (n++ < SOME)
      printf("  cell %lld: %s.%s on %s: %s%s%s\n",
             (long long)json_integer_value(json_object_get(item, "cell")),
             text_of(item, "suite"), text_of(item, "benchmark"),
             text_of(item, "config"), status, *reason ? ": " : "", reason);
  }
  if (n > SOME) printf("  and %zu more, in run.json\n", n - SOME);
}

// Someone built wane anew between two parts of a sweep.
static void note_builds(const json_t *json)
{
  const json_t *experiment = json_object_get(json, "experiment");
  size_t meant = json_object_size(json_object_get(experiment, "builds"));
  size_t found = json_array_size(json_object_get(json, "builds"));
  if (found > meant)
    printf("  note: %zu builds of wane ran its cells, and the experiment means "
           "%zu: they differ in more than it says\n",
           found, meant);
}

static int conclude(struct sweep *sweep)
{
  struct counts counts = {0};
  json_error_t error;
  char *path = sweep_path(sweep, "run.json");
  json_t *json = path ? json_load_file(path, 0, &error) : NULL;
  const char *canary = json_string_value(
      json_object_get(json_object_get(json, "canary"), "verdict"));
  count(&counts, json);
  printf("%s: %zu cells ok, %zu without enough heap, %zu ended otherwise, %zu "
         "not done; canary: %s\n",
         sweep->directory, counts.ok, counts.oom, counts.other, counts.missing,
         canary ? canary : "none");
  name_failures(json);
  note_builds(json);
  json_decref(json);
  free(path);
  if (sweep->interrupted) return WANE_EXIT_INTERRUPTED;
  return counts.other || counts.missing ? WANE_EXIT_EXPERIMENT : WANE_EXIT_OK;
}

// --- what it does -----------------------------------------------------------

static int run_experiment(struct sweep *sweep)
{
  int code = sweep_doctor(sweep);
  if (!code) code = sweep_folder_open(sweep);
  if (!code && !sweep_planned(sweep)) code = sweep_probe(sweep);
  if (!code) code = sweep_plan(sweep);
  if (!code) code = sweep_run(sweep);
  if (!code) code = sweep_merge(sweep);
  return code ? code : conclude(sweep);
}

// What is known of how long it takes, if the folder has been used before.
static int dry_run(struct sweep *sweep)
{
  struct sweep_args args = sweep->args;
  char *path = args.directory ? files_path(args.directory, "experiment.json")
                              : NULL;
  int code = path && files_exists(path) ? sweep_folder_enter(sweep, false)
                                        : WANE_EXIT_OK;
  free(path);
  return code ? code : sweep_plan_print(sweep);
}

static int open_experiment(struct sweep *sweep)
{
  int code = experiment_open(&sweep->experiment, sweep->args.experiment,
                             sweep->error, sweep->error_size);
  if (code) return code;
  if (sweep->args.dry_run) return dry_run(sweep);
  if (sweep->args.engine->check(sweep->error, sweep->error_size))
    return WANE_EXIT_ENVIRONMENT;
  interrupt_install();
  code = run_experiment(sweep);
  interrupt_end();
  return code;
}

// Of a folder whose plan is there.
static int open_folder(struct sweep *sweep)
{
  int code = sweep_folder_enter(sweep, sweep->args.merge);
  if (!code) code = sweep_plan(sweep);
  if (code) return code;
  interrupt_install();
  if (sweep->args.cell >= 0)
    code = sweep_run_cell(sweep, (uint32_t)sweep->args.cell);
  else if (!(code = sweep_merge(sweep)))
    code = conclude(sweep);
  interrupt_end();
  return code;
}

static void release(struct sweep *sweep)
{
  plan_file_free(&sweep->plan);
  minheap_free(&sweep->minheap);
  cost_free(&sweep->cost);
  experiment_close(&sweep->experiment);
  json_decref(sweep->state);
  json_decref(sweep->doctor);
  free(sweep->directory);
  if (sweep->lock >= 0) close(sweep->lock);
}

int wane_cmd_sweep(int argc, char **argv)
{
  char error[2048] = "";
  struct sweep sweep = {
      .lock = -1, .error = error, .error_size = sizeof error};
  int code = WANE_EXIT_OK;
  if (sweep_args_parse(argc, argv, &sweep.args, error, sizeof error))
    code = WANE_EXIT_USAGE;
  else if (sweep.args.help)
    ;
  else if (sweep.args.experiment)
    code = open_experiment(&sweep);
  else
    code = open_folder(&sweep);
  if (code && *error) fprintf(stderr, "wane sweep: %s\n", error);
  release(&sweep);
  return code;
}
