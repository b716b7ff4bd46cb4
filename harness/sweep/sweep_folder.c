// sweep_folder.c: the folder of a sweep: made, or taken up.
// SPDX-License-Identifier: MIT
//
// experiment.json is written before anything runs and says which experiment
// the folder is of, by the hash of its file. Only one process at a time works
// on a folder (DIR/lock); --cell does not ask, for its engine has the lock.
#include "sweep.h"

#include "exit_code.h"
#include "files.h"
#include "provenance.h"
#include "run_id.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int sweep_fail(const struct sweep *sweep, int code, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(sweep->error, sweep->error_size, format, arguments);
  va_end(arguments);
  return code;
}

int sweep_fail_file(const struct sweep *sweep, const char *name, int error)
{
  return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "%s/%s: %s",
                    sweep->directory ? sweep->directory : "?", name,
                    strerror(-error));
}

char *sweep_path(const struct sweep *sweep, const char *name)
{
  return files_path(sweep->directory, "%s", name);
}

static bool has(const struct sweep *sweep, const char *name)
{
  char *path = sweep_path(sweep, name);
  bool there = path && files_exists(path);
  free(path);
  return there;
}

// --- the folder -------------------------------------------------------------

static int resolve(struct sweep *sweep, const char *directory)
{
  sweep->directory = realpath(directory, NULL);
  if (sweep->directory) return WANE_EXIT_OK;
  return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "%s: %s", directory,
                    strerror(errno));
}

static int take_lock(struct sweep *sweep)
{
  char *path = sweep_path(sweep, "lock");
  sweep->lock = path ? files_lock(path) : -ENOMEM;
  free(path);
  if (sweep->lock >= 0) return WANE_EXIT_OK;
  if (sweep->lock != -EWOULDBLOCK)
    return sweep_fail_file(sweep, "lock", sweep->lock);
  return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT,
                    "%s: another process works on this sweep",
                    sweep->directory);
}

static int make_folder(struct sweep *sweep)
{
  const char *directory = sweep->args.directory;
  char host[65] = "unknown";
  (void)gethostname(host, sizeof host - 1);
  run_id_make(sweep->run_id, sweep->experiment.name, host, time(NULL));
  if (!directory) directory = sweep->run_id;
  int result = files_make_folder(directory);
  if (result)
    return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "%s: %s", directory,
                      strerror(-result));
  int code = resolve(sweep, directory);
  return code ? code : take_lock(sweep);
}

// --- experiment.json --------------------------------------------------------

static int load_state(struct sweep *sweep)
{
  char *path = sweep_path(sweep, "experiment.json");
  json_error_t why;
  sweep->state = path ? json_load_file(path, 0, &why) : NULL;
  free(path);
  const char *run_id =
      json_string_value(json_object_get(sweep->state, "run_id"));
  if (!run_id)
    return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT,
                      "%s/experiment.json: expected a sweep's, found %s",
                      sweep->directory, sweep->state ? "another" : why.text);
  snprintf(sweep->run_id, sizeof sweep->run_id, "%s", run_id);
  return WANE_EXIT_OK;
}

int sweep_save_state(const struct sweep *sweep)
{
  char *path = sweep_path(sweep, "experiment.json");
  int result = path ? files_put_json(path, sweep->state) : -ENOMEM;
  free(path);
  return result ? sweep_fail_file(sweep, "experiment.json", result)
                : WANE_EXIT_OK;
}

static int copy_experiment(struct sweep *sweep)
{
  char *path = sweep_path(sweep, "experiment.yml");
  int result = path ? files_copy(sweep->experiment.file, path) : -ENOMEM;
  free(path);
  return result ? sweep_fail_file(sweep, "experiment.yml", result)
                : WANE_EXIT_OK;
}

static int put_doctor(struct sweep *sweep)
{
  char *path = sweep_path(sweep, "doctor.json");
  int result = path ? files_put_json(path, sweep->doctor) : -ENOMEM;
  free(path);
  return result ? sweep_fail_file(sweep, "doctor.json", result)
                : WANE_EXIT_OK;
}

// Each part of a sweep may have run by another engine, on another machine.
static void add_start(struct sweep *sweep)
{
  char now[32], host[65] = "unknown";
  provenance_utc(now);
  (void)gethostname(host, sizeof host - 1);
  json_t *starts = json_object_get(sweep->state, "starts");
  if (!starts) {
    starts = json_array();
    json_object_set_new(sweep->state, "starts", starts);
  }
  json_array_append_new(
      starts, json_pack("{s:s, s:s, s:s, s:O}", "start_utc", now, "host", host,
                        "engine", sweep->args.engine->name, "doctor",
                        sweep->doctor));
}

static int begin(struct sweep *sweep)
{
  char now[32];
  provenance_utc(now);
  sweep->state = experiment_json(&sweep->experiment);
  json_object_set_new(sweep->state, "run_id", json_string(sweep->run_id));
  json_object_set_new(sweep->state, "start_utc", json_string(now));
  json_object_set_new(sweep->state, "engine",
                      json_string(sweep->args.engine->name));
  add_start(sweep);
  int code = copy_experiment(sweep);
  if (!code) code = put_doctor(sweep);
  if (code) return code;
  char *cells = sweep_path(sweep, "cells");
  int result = cells ? files_make_folder(cells) : -ENOMEM;
  free(cells);
  return result ? sweep_fail_file(sweep, "cells", result)
                : sweep_save_state(sweep);
}

// Is the file still what the folder was begun with?
static int go_on(struct sweep *sweep)
{
  int code = load_state(sweep);
  const char *hash =
      json_string_value(json_object_get(sweep->state, "xxh3_128"));
  if (code) return code;
  if (hash && strcmp(hash, sweep->experiment.hash) == 0) {
    add_start(sweep);
    return sweep_save_state(sweep);
  }
  return sweep_fail(sweep, WANE_EXIT_USAGE,
                    "%s is not what %s was begun with (DIR/experiment.yml is); "
                    "expected the same file, or another folder",
                    sweep->experiment.file, sweep->directory);
}

static int load_tables(struct sweep *sweep)
{
  char *minheap = sweep_path(sweep, "minheap.csv");
  char *cost = sweep_path(sweep, "calibration.csv");
  int result = minheap && cost ? 0 : -ENOMEM;
  if (!result)
    result = minheap_load(&sweep->minheap, minheap, sweep->error,
                          sweep->error_size);
  if (!result)
    result = cost_load(&sweep->cost, cost, sweep->error, sweep->error_size);
  free(minheap);
  free(cost);
  return result ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

int sweep_folder_open(struct sweep *sweep)
{
  int code = make_folder(sweep);
  if (code) return code;
  bool begun = has(sweep, "experiment.json");
  if (!begun && (has(sweep, "results.csv") || has(sweep, "results.csv.part")))
    return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT,
                      "%s holds results that are no sweep's; expected a new or "
                      "empty folder",
                      sweep->directory);
  if (begun && !sweep->args.resume)
    return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT,
                      "%s holds a sweep already; expected --resume, or a new "
                      "or empty folder",
                      sweep->directory);
  code = begun ? go_on(sweep) : begin(sweep);
  return code ? code : load_tables(sweep);
}

int sweep_folder_enter(struct sweep *sweep, bool locked)
{
  int code = resolve(sweep, sweep->args.directory);
  if (!code && !has(sweep, "experiment.json"))
    code = sweep_fail(sweep, WANE_EXIT_ENVIRONMENT,
                      "%s is not the folder of a sweep", sweep->directory);
  if (!code && locked) code = take_lock(sweep);
  if (!code) code = load_state(sweep);
  return code ? code : load_tables(sweep);
}
