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

static void print_budget(const struct sweep *sweep,
                         const struct cells_extent *extent, double all,
                         double fits)
{
  const struct experiment *it = &sweep->experiment;
  char budget[32], whole[32], rest[32];
  printf("budget %s: the whole experiment would take %s; ",
         duration_text(budget, sweep->args.budget_s),
         duration_text(whole, all));
  if (extent->invocations == it->invocations &&
      extent->levels == it->n_levels && extent->configs == it->n_configs) {
    puts("nothing is left out");
    return;
  }
  printf("%u of %u invocations, %u of %u levels of heap factors and %zu of %zu "
         "configurations take %s\n",
         extent->invocations, it->invocations, extent->levels, it->n_levels,
         extent->configs, it->n_configs, duration_text(rest, fits));
  for (size_t i = extent->configs; i < it->n_configs; i++)
    printf("  left out: %s\n", it->configs[i].label);
  if (fits > sweep->args.budget_s)
    puts("  the smallest plan there is takes longer than the budget");
}

// How much is done, and why not more.
static struct cells_extent choose(struct sweep *sweep)
{
  const struct experiment *it = &sweep->experiment;
  struct cells_extent all = cells_all(it), extent = all;
  if (sweep->args.budget_s <= 0) return all;
  extent = cost_fit(&sweep->cost, it, sweep->args.budget_s);
  double whole = cost_total(&sweep->cost, it, &all);
  double fits = cost_total(&sweep->cost, it, &extent);
  json_t *budget = json_object();
  json_object_set_new(budget, "seconds", json_real(sweep->args.budget_s));
  json_object_set_new(budget, "asked", extent_json(&all));
  json_object_set_new(budget, "asked_seconds", json_real(whole));
  json_object_set_new(budget, "chosen", extent_json(&extent));
  json_object_set_new(budget, "chosen_seconds", json_real(fits));
  json_object_set_new(budget, "dropped_configs",
                      dropped_configs(it, extent.configs));
  json_object_set_new(sweep->state, "budget", budget);
  print_budget(sweep, &extent, whole, fits);
  return extent;
}

// --- make it ----------------------------------------------------------------

static int save_state(struct sweep *sweep)
{
  char *path = sweep_path(sweep, "experiment.json");
  int result = path ? files_put_json(path, sweep->state) : -ENOMEM;
  free(path);
  return result;
}

static int write_plan(struct sweep *sweep, const char *path)
{
  struct cells cells;
  struct cells_extent extent = choose(sweep);
  int result = cells_make(&cells, &sweep->experiment, &extent);
  if (!result && sweep->args.budget_s > 0) result = save_state(sweep);
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
  if (!result && make && !sweep_planned(sweep))
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

static void print_total(const struct sweep *sweep, const struct cells *cells)
{
  const struct experiment *it = &sweep->experiment;
  struct cells_extent all = cells_all(it);
  size_t canaries = 0;
  char time[32];
  for (size_t i = 0; i < cells->n; i++)
    canaries += cells->cells[i].what->benchmark == &it->canary_benchmark;
  double seconds = cost_total(&sweep->cost, it, &all);
  printf("%zu cells and %zu canaries; ", cells->n - canaries, canaries);
  if (isnan(seconds))
    puts("how long they take is not known yet: nothing of it has run");
  else
    printf("about %s\n", duration_text(time, seconds));
}

int sweep_plan_print(struct sweep *sweep)
{
  struct cells cells;
  struct cells_extent all = cells_all(&sweep->experiment);
  int result = cells_make(&cells, &sweep->experiment, &all);
  if (!result) {
    print_head(&sweep->experiment);
    puts("  cell  level  benchmark  configuration  mutators  nodes  heap "
         "factor  invocation  time");
    for (size_t i = 0; i < cells.n; i++)
      print_cell(sweep, i, &cells.cells[i]);
    print_total(sweep, &cells);
  }
  cells_free(&cells);
  return result ? sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "the plan: %s",
                             strerror(-result))
                : WANE_EXIT_OK;
}
