// sweep_probe.c: what must run before the plan can be made.
// SPDX-License-Identifier: MIT
//
// The smallest heap of each benchmark, by runs with less and less of it, on the
// reference collector; and with a budget, one run of each configuration. All of
// it is kept as soon as it is known. A probe that ends otherwise than well or
// for want of memory ends the sweep: its cells would end so, too. Main thread.
#include "sweep.h"

#include "clocks.h"
#include "command.h"
#include "csv_read.h"
#include "duration.h"
#include "exit_code.h"
#include "files.h"
#include "interrupt.h"
#include "progress.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One benchmark with so many mutators, on the reference collector.
struct probe {
  struct sweep *sweep;
  const struct experiment_benchmark *benchmark;
  const struct experiment_config *config;
  const struct experiment_numa *numa;
  uint32_t mutators;
  // Of the last run.
  char status[16];
  char reason[400];
  double seconds;
  uint64_t peak; // heap.used_peak; 0: unknown
  char label[160];
  struct progress progress;
  uint64_t counted_ns; // since when it is not in probe_seconds
  int code; // an enum wane_exit, when a run ended the search
};

static const struct experiment_numa no_nodes = {.name = "off", .mode = "off"};

// --- one run ----------------------------------------------------------------

static void tick(void *context)
{
  struct probe *probe = context;
  char time[32];
  if (!probe->progress.shown) return;
  uint64_t ns = clocks_wall_ns() - probe->progress.begin_ns;
  fprintf(stderr, "\r\033[K%s  %s", probe->label,
          duration_text(time, (double)ns * 1e-9));
  fflush(stderr);
  probe->progress.drawn = true;
}

static void read_status(struct probe *probe, const char *folder)
{
  json_error_t error;
  char *path = files_path(folder, "run.json");
  json_t *json = path ? json_load_file(path, 0, &error) : NULL;
  json_t *run = json_array_get(json_object_get(json, "invocations"), 0);
  const char *status = json_string_value(json_object_get(run, "status"));
  const char *reason = json_string_value(json_object_get(run, "reason"));
  snprintf(probe->status, sizeof probe->status, "%s",
           status ? status : "unknown");
  snprintf(probe->reason, sizeof probe->reason, "%s", reason ? reason : "");
  probe->seconds = json_number_value(json_object_get(run, "seconds"));
  json_decref(json);
  free(path);
}

static void read_peak(struct probe *probe, const char *folder)
{
  char error[300];
  const char *const *fields;
  char *path = files_path(folder, "results.csv");
  struct csv_reader *reader =
      path ? csv_read_open(path, error, sizeof error) : NULL;
  int metric = reader ? csv_read_column(reader, "metric") : -1;
  int value = reader ? csv_read_column(reader, "value") : -1;
  while (metric >= 0 && value >= 0 &&
         csv_read_row(reader, &fields, error, sizeof error) > 0) {
    if (!fields[metric] || !fields[value] ||
        strcmp(fields[metric], "heap.used_peak"))
      continue;
    double bytes = strtod(fields[value], NULL);
    if (bytes > (double)probe->peak) probe->peak = (uint64_t)bytes;
  }
  if (reader) csv_read_close(reader);
  free(path);
}

// Its results are read and go away.
static int run(struct probe *probe, uint64_t heap)
{
  struct sweep *sweep = probe->sweep;
  struct command command;
  char sentence[600] = "no memory";
  char *folder = sweep_path(sweep, "probe");
  char *part = sweep_path(sweep, "probe.part");
  enum engine_end end = ENGINE_FAILED;
  probe->peak = 0;
  command_begin(&command, &sweep->experiment, probe->config,
                probe->benchmark->workload, probe->numa, probe->mutators,
                heap);
  command_add(&command, "-o");
  command_add(&command, "%s", part ? part : "");
  if (folder && part && !command.failed && files_remove(folder) == 0) {
    const struct engine_cell cell = {.argv = command.word,
                                     .part = part,
                                     .folder = folder,
                                     .label = probe->label,
                                     .seconds = NAN};
    end = engine_attempt(&cell, tick, probe, sentence, sizeof sentence);
  }
  if (end == ENGINE_DONE) {
    read_status(probe, folder);
    read_peak(probe, folder);
    (void)files_remove(folder);
  }
  command_free(&command);
  free(folder);
  free(part);
  if (end == ENGINE_DONE) return 0;
  probe->code = sweep_fail(
      sweep,
      end == ENGINE_INTERRUPTED ? WANE_EXIT_INTERRUPTED : WANE_EXIT_EXPERIMENT,
      "%s: %s", probe->label, sentence);
  return -EIO;
}

static int give_up(struct probe *probe, const char *status, const char *reason)
{
  probe->code = sweep_fail(probe->sweep, WANE_EXIT_EXPERIMENT,
                           "%s, with %u mutators: %s%s%s", probe->label,
                           probe->mutators, status, *reason ? ": " : "",
                           reason);
  return -EIO;
}

static bool stopped(struct probe *probe)
{
  if (!interrupt_came()) return false;
  probe->code = sweep_fail(probe->sweep, WANE_EXIT_INTERRUPTED,
                           "interrupted; --resume goes on from here");
  return true;
}

static void name_it(struct probe *probe, const char *what)
{
  snprintf(probe->label, sizeof probe->label, "%s %s.%s on %s", what,
           probe->benchmark->suite, probe->benchmark->name,
           probe->config->label);
}

// --- how long ---------------------------------------------------------------

// What it takes to find out is a part of a budget, also of a sweep that was
// killed meanwhile.
static int keep_time(struct probe *probe)
{
  struct sweep *sweep = probe->sweep;
  uint64_t now = clocks_wall_ns();
  double seconds = sweep_probe_seconds(sweep) +
                   (double)(now - probe->counted_ns) * 1e-9;
  probe->counted_ns = now;
  json_object_set_new(sweep->state, "probe_seconds", json_real(seconds));
  probe->code = sweep_save_state(sweep);
  return probe->code ? -EIO : 0;
}

// Under `config`: of the reference without a limit, that is no configuration's.
static int keep_cost(struct probe *probe, const char *config)
{
  struct sweep *sweep = probe->sweep;
  char *path = sweep_path(sweep, "calibration.csv");
  const struct cost_row row = {
      (char *)probe->benchmark->suite, (char *)probe->benchmark->name,
      (char *)(uintptr_t)config, probe->mutators, probe->seconds};
  int result = path ? cost_add(&sweep->cost, path, &row) : -ENOMEM;
  free(path);
  if (!result) return keep_time(probe);
  probe->code = sweep_fail_file(sweep, "calibration.csv", result);
  return result;
}

// With a heap in which it is likely to run; what it takes counts however it
// ends.
static int time_one(struct probe *probe)
{
  struct sweep *sweep = probe->sweep;
  uint64_t least;
  const struct cells_combination what = {
      probe->benchmark, probe->config, probe->numa, probe->mutators,
      experiment_needs_minheap(probe->config) ? 2 : NAN, 0};
  if (cost_known(&sweep->cost, probe->benchmark->suite, probe->benchmark->name,
                 probe->config->label, probe->mutators))
    return 0;
  if (stopped(probe)) return -EINTR;
  name_it(probe, "calibration:");
  int result = run(probe, plan_file_heap(&what, &sweep->minheap, &least));
  return result ? result : keep_cost(probe, probe->config->label);
}

// --- the smallest heap ------------------------------------------------------

// A minheap_attempt.
static int is_enough(uint64_t bytes, void *context)
{
  struct probe *probe = context;
  if (stopped(probe)) return -EINTR;
  int result = run(probe, bytes);
  if (result) return result;
  if (strcmp(probe->status, "ok") == 0) return 1;
  if (strcmp(probe->status, "oom") == 0) return 0;
  return give_up(probe, probe->status, probe->reason);
}

static int keep_trial(struct probe *probe, uint32_t trial, uint64_t bytes)
{
  struct sweep *sweep = probe->sweep;
  char *path = sweep_path(sweep, "minheap.csv");
  const struct minheap_row row = {(char *)probe->benchmark->suite,
                                  (char *)probe->benchmark->name,
                                  (char *)sweep->experiment.reference.text,
                                  probe->mutators, trial, bytes};
  int result = path ? minheap_add(&sweep->minheap, path, &row) : -ENOMEM;
  free(path);
  if (!result) return keep_time(probe);
  probe->code = sweep_fail_file(sweep, "minheap.csv", result);
  return result;
}

// Without a limit first: that must go well, and says how much is used at most.
static int first_guess(struct probe *probe, uint64_t *high)
{
  if (stopped(probe)) return -EINTR;
  int result = run(probe, 0);
  if (!result && strcmp(probe->status, "ok"))
    result = give_up(probe, probe->status, probe->reason);
  if (!result) result = keep_cost(probe, "(smallest heap)");
  *high = probe->peak ? probe->peak : UINT64_C(1) << 24;
  return result;
}

static int one_trial(struct probe *probe, uint32_t trial, uint64_t before)
{
  double tolerance = probe->sweep->experiment.minheap_tolerance;
  struct minheap_search search = {
      0, before, tolerance, UINT64_C(1) << 46};
  int result = before ? 0 : first_guess(probe, &search.high);
  if (before)
    search.low = (uint64_t)((double)before * (1 - 2 * tolerance));
  uint64_t bytes;
  if (!result) result = minheap_find(&search, is_enough, probe, &bytes);
  if (result == -ERANGE)
    return give_up(probe, "oom", "no heap is large enough");
  return result ? result : keep_trial(probe, trial, bytes);
}

static int find_minheap(struct probe *probe)
{
  struct sweep *sweep = probe->sweep;
  uint32_t done, trials = sweep->experiment.minheap_trials;
  int result = 0;
  name_it(probe, "smallest heap:");
  for (;;) {
    uint64_t before =
        minheap_of(&sweep->minheap, probe->benchmark->suite,
                   probe->benchmark->name, probe->mutators, &done, NULL);
    if (result || done >= trials) return result;
    result = one_trial(probe, done, before);
  }
}

// --- all of them ------------------------------------------------------------

static bool needed(const struct sweep *sweep)
{
  const struct experiment *it = &sweep->experiment;
  for (size_t c = 0; c < it->n_configs; c++)
    if (experiment_needs_minheap(&it->configs[c])) return true;
  return false;
}

// Calls `function` for every combination of the whole experiment; those of one
// benchmark and number of mutators come again and are known by then.
static int each(struct probe *probe, int (*function)(struct probe *),
                bool reference)
{
  const struct experiment *it = &probe->sweep->experiment;
  const struct cells_extent all = cells_all(it);
  struct cells_combination *list;
  size_t n;
  int result = cells_combine(&list, &n, it, &all);
  if (result) {
    probe->code = sweep_fail_file(probe->sweep, "plan.csv", result);
    return result;
  }
  for (size_t i = 0; !result && i < n; i++) {
    if (reference && !experiment_needs_minheap(list[i].config)) continue;
    probe->benchmark = list[i].benchmark;
    probe->mutators = list[i].mutators;
    probe->config = reference ? &it->reference : list[i].config;
    probe->numa = reference ? &no_nodes : list[i].numa;
    result = function(probe);
  }
  free(list);
  return result;
}

static int with_canary(struct probe *probe, int (*function)(struct probe *),
                       bool reference)
{
  const struct experiment *it = &probe->sweep->experiment;
  if (!it->canary_every) return 0;
  probe->benchmark = &it->canary_benchmark;
  probe->mutators = it->canary.mutators;
  probe->config = reference ? &it->reference : &it->canary;
  probe->numa = &no_nodes;
  return function(probe);
}

double sweep_probe_seconds(const struct sweep *sweep)
{
  return json_number_value(json_object_get(sweep->state, "probe_seconds"));
}

int sweep_probe(struct sweep *sweep)
{
  struct probe probe = {.sweep = sweep, .counted_ns = clocks_wall_ns()};
  const struct experiment *it = &sweep->experiment;
  int result = 0;
  progress_start(&probe.progress, 1, sweep->args.quiet);
  if (needed(sweep)) result = each(&probe, find_minheap, true);
  if (!result && it->canary.heap == HEAP_FACTOR)
    result = with_canary(&probe, find_minheap, true);
  if (!result && sweep->args.budget_s > 0) {
    result = each(&probe, time_one, false);
    if (!result) result = with_canary(&probe, time_one, false);
  }
  progress_clear(&probe.progress);
  return result ? probe.code : WANE_EXIT_OK;
}
