// sweep_plan.c: the plan of a sweep: made once, and shown.
// SPDX-License-Identifier: MIT
#include "sweep.h"

#include "duration.h"
#include "exit_code.h"
#include "files.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- budget -----------------------------------------------------------------

static json_t *extent_json(const struct cells_extent *extent)
{
  return json_pack("{s:i, s:i, s:i}", "invocations", (int)extent->invocations,
                   "levels", (int)extent->levels, "configs",
                   (int)extent->configs);
}

static json_t *dropped_configs(const struct experiment *it, size_t from)
{
  json_t *list = json_array();
  for (size_t i = from; i < it->n_configs; i++)
    json_array_append_new(list, json_string(it->configs[i].label));
  return list;
}

// What fits into what a budget leaves for cells.
struct fit {
  struct cells_extent all, extent;
  double whole_s, fits_s; // NaN: not known yet
  double probes_s, left_s;
};

static struct fit fit_budget(const struct sweep *sweep)
{
  const struct experiment *it = &sweep->experiment;
  struct fit fit = {.all = cells_all(it),
                    .probes_s = sweep_probe_seconds(sweep)};
  fit.left_s = fmax(0, sweep->args.budget_s - fit.probes_s);
  fit.whole_s = cost_total(&sweep->cost, it, &fit.all);
  fit.extent =
      isnan(fit.whole_s) ? fit.all : cost_fit(&sweep->cost, it, fit.left_s);
  fit.fits_s = cost_total(&sweep->cost, it, &fit.extent);
  return fit;
}

static void print_budget(const struct sweep *sweep, const struct fit *fit)
{
  const struct experiment *it = &sweep->experiment;
  const struct cells_extent *extent = &fit->extent;
  char budget[32], probes[32], whole[32], rest[32];
  printf("budget %s: smallest heaps and calibration took %s, and the whole "
         "experiment would take %s; ",
         duration_text(budget, sweep->args.budget_s),
         duration_text(probes, fit->probes_s),
         duration_text(whole, fit->whole_s));
  if (extent->invocations == it->invocations &&
      extent->levels == it->n_levels && extent->configs == it->n_configs) {
    puts("nothing is left out");
  } else {
    printf("%u of %u invocations, %u of %u levels of heap factors and %zu of "
           "%zu configurations take %s\n",
           extent->invocations, it->invocations, extent->levels, it->n_levels,
           extent->configs, it->n_configs, duration_text(rest, fit->fits_s));
    for (size_t i = extent->configs; i < it->n_configs; i++)
      printf("  left out: %s\n", it->configs[i].label);
  }
  if (fit->fits_s > fit->left_s)
    puts("  the smallest plan there is takes longer than what is left of the "
         "budget");
}

// How much is done, and why not more.
static struct cells_extent choose(struct sweep *sweep)
{
  const struct experiment *it = &sweep->experiment;
  if (sweep->args.budget_s <= 0) return cells_all(it);
  struct fit fit = fit_budget(sweep);
  json_t *budget = json_object();
  json_object_set_new(budget, "seconds", json_real(sweep->args.budget_s));
  json_object_set_new(budget, "probe_seconds", json_real(fit.probes_s));
  json_object_set_new(budget, "asked", extent_json(&fit.all));
  json_object_set_new(budget, "asked_seconds", json_real(fit.whole_s));
  json_object_set_new(budget, "chosen", extent_json(&fit.extent));
  json_object_set_new(budget, "chosen_seconds", json_real(fit.fits_s));
  json_object_set_new(budget, "dropped_configs",
                      dropped_configs(it, fit.extent.configs));
  json_object_set_new(sweep->state, "budget", budget);
  print_budget(sweep, &fit);
  return fit.extent;
}

// A plan is made once: what a budget left out then stays out, and nothing is
// left out later.
static void tell_what_holds(const struct sweep *sweep)
{
  char then[32];
  const json_t *budget = json_object_get(sweep->state, "budget");
  double seconds = json_number_value(json_object_get(budget, "seconds"));
  if (seconds == sweep->args.budget_s) return;
  if (budget)
    printf("%s: its plan was made with a budget of %s and holds: what that "
           "left out stays out\n",
           sweep->directory, duration_text(then, seconds));
  else
    printf("%s: its plan was made without a budget and holds: --budget changes "
           "nothing\n",
           sweep->directory);
}

// --- make it ----------------------------------------------------------------

// Of what would only be repeated.
static void print_repeated(const struct experiment *it)
{
  for (size_t b = 0; b < it->n_benchmarks; b++)
    for (size_t m = 0; m < it->n_mutators; m++)
      if (experiment_repeats(&it->benchmarks[b], m))
        printf("  %s.%s, asked for %u mutators, has %u again: not repeated\n",
               it->benchmarks[b].suite, it->benchmarks[b].name,
               it->mutators[m], it->benchmarks[b].effective[m]);
}

static int write_plan(struct sweep *sweep, const char *path)
{
  struct cells cells;
  print_repeated(&sweep->experiment);
  struct cells_extent extent = choose(sweep);
  int result = cells_make(&cells, &sweep->experiment, &extent);
  if (!result && sweep->args.budget_s > 0 && sweep_save_state(sweep))
    result = -EIO;
  if (!result)
    result = plan_file_write(path, &cells, &sweep->experiment, &sweep->minheap,
                             sweep->run_id);
  cells_free(&cells);
  return result;
}

bool sweep_planned(const struct sweep *sweep)
{
  char *path = sweep_path(sweep, "plan.csv");
  bool there = path && files_exists(path);
  free(path);
  return there;
}

int sweep_plan(struct sweep *sweep)
{
  char *path = sweep_path(sweep, "plan.csv");
  int result = path ? 0 : -ENOMEM;
  bool make = sweep->experiment.n_configs > 0; // not with --cell and --merge
  if (!result && make && sweep_planned(sweep))
    tell_what_holds(sweep);
  else if (!result && make)
    result = write_plan(sweep, path);
  int code = result ? sweep_fail_file(sweep, "plan.csv", result) : 0;
  if (!code && plan_file_read(&sweep->plan, path, sweep->error,
                              sweep->error_size))
    code = WANE_EXIT_ENVIRONMENT;
  free(path);
  return code;
}

// --- show it ----------------------------------------------------------------

static void print_head(const struct experiment *it)
{
  printf("%s: %zu benchmarks, %zu configurations, %u invocations of %u "
         "iterations, seed %llu\n",
         it->name, it->n_benchmarks, it->n_configs, it->invocations,
         it->iterations, (unsigned long long)it->seed);
  for (uint32_t l = 0; l < it->n_levels; l++) {
    printf("level %u: heap factors", l);
    for (size_t f = 0; f < it->n_factors; f++)
      if (it->levels[f] == l) printf(" %.3f", it->factors[f]);
    putchar('\n');
  }
}

static void print_cell(const struct sweep *sweep, size_t i,
                       const struct cell *cell)
{
  const struct cells_combination *what = cell->what;
  char time[32], heap[40] = "-";
  uint64_t minheap;
  uint64_t bytes = plan_file_heap(what, &sweep->minheap, &minheap);
  double seconds =
      cost_of(&sweep->cost, what->benchmark->suite, what->benchmark->name,
              what->config->label, what->mutators);
  if (!isnan(what->factor)) snprintf(heap, sizeof heap, "%.3f", what->factor);
  printf("%6zu  %u  %s.%s  %s  t%u  %s  x%s  ", i, what->level,
         what->benchmark->suite, what->benchmark->name, what->config->label,
         what->mutators, what->numa->name, heap);
  if (bytes && (minheap || isnan(what->factor)))
    printf("%llu B  ", (unsigned long long)bytes);
  printf("#%u  %s\n", cell->invocation, duration_text(time, seconds));
}

static void print_total(const struct sweep *sweep, const struct cells *cells,
                        const struct cells_extent *extent)
{
  const struct experiment *it = &sweep->experiment;
  size_t canaries = 0;
  char time[32];
  for (size_t i = 0; i < cells->n; i++)
    canaries += cells->cells[i].what->benchmark == &it->canary_benchmark;
  double seconds = cost_total(&sweep->cost, it, extent);
  printf("%zu cells and %zu canaries; ", cells->n - canaries, canaries);
  if (isnan(seconds))
    puts("how long they take is not known yet: nothing of it has run");
  else
    printf("about %s\n", duration_text(time, seconds));
}

// What a budget leaves, or would.
static struct cells_extent extent_shown(const struct sweep *sweep)
{
  struct cells_extent all = cells_all(&sweep->experiment);
  if (sweep->directory && sweep_planned(sweep)) {
    tell_what_holds(sweep);
    const json_t *chosen = json_object_get(
        json_object_get(sweep->state, "budget"), "chosen");
    if (!chosen) return all;
    return (struct cells_extent){
        (uint32_t)json_integer_value(json_object_get(chosen, "invocations")),
        (uint32_t)json_integer_value(json_object_get(chosen, "levels")),
        (size_t)json_integer_value(json_object_get(chosen, "configs"))};
  }
  if (sweep->args.budget_s <= 0) return all;
  struct fit fit = fit_budget(sweep);
  if (isnan(fit.whole_s))
    puts("what the budget leaves out is not known yet, as nothing has run: "
         "this is the whole plan");
  else
    print_budget(sweep, &fit);
  return fit.extent;
}

int sweep_plan_print(struct sweep *sweep)
{
  struct cells cells;
  struct cells_extent extent = extent_shown(sweep);
  int result = cells_make(&cells, &sweep->experiment, &extent);
  if (!result) {
    print_head(&sweep->experiment);
    print_repeated(&sweep->experiment);
    puts("  cell  level  benchmark  configuration  mutators  nodes  heap "
         "factor  invocation  time");
    for (size_t i = 0; i < cells.n; i++)
      print_cell(sweep, i, &cells.cells[i]);
    print_total(sweep, &cells, &extent);
  }
  cells_free(&cells);
  return result ? sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "the plan: %s",
                             strerror(-result))
                : WANE_EXIT_OK;
}
