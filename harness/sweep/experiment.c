// experiment.c: what an experiment file asks for, checked and complete.
// SPDX-License-Identifier: MIT
//
// First the words: keys and numbers (yaml_load.c), then what they mean
// together. No file and no plugin is looked at here. Main thread.
#include "experiment_parts.h"

#include "exit_code.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of the protocol in results/README.md.
enum { INVOCATIONS = 20, ITERATIONS = 3, TRIALS = 5, EVERY = 50 };
static const double tolerance_default = 0.02, timeout_default = 600;

// --- memory -----------------------------------------------------------------

int reading_no_memory(const struct reading *reading)
{
  snprintf(reading->error, reading->error_size, "%s: no memory",
           reading->it->file ? reading->it->file : "the experiment");
  return -ENOMEM;
}

void *reading_keep(const struct reading *reading, void *memory)
{
  struct experiment *it = reading->it;
  void **more = memory
                    ? realloc(it->owned, (it->n_owned + 1) * sizeof *more)
                    : NULL;
  if (!more) {
    free(memory);
    return NULL;
  }
  it->owned = more;
  return more[it->n_owned++] = memory;
}

void *reading_array(const struct reading *reading, size_t n, size_t size)
{
  return reading_keep(reading, calloc(n ? n : 1, size));
}

char *reading_text(const struct reading *reading, const char *format, ...)
{
  va_list arguments;
  char *text = NULL;
  va_start(arguments, format);
  int n = vasprintf(&text, format, arguments);
  va_end(arguments);
  return n < 0 ? NULL : reading_keep(reading, text);
}

// --- names ------------------------------------------------------------------

bool reading_is_name(const char *text, const char *more)
{
  size_t n = strlen(text);
  for (size_t i = 0; i < n; i++) {
    char c = text[i];
    bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (c >= '0' && c <= '9') || c == '_' || strchr(more, c);
    if (!good) return false;
  }
  return n > 0 && n <= 100;
}

int reading_top(const struct reading *reading, const char *key)
{
  return yaml_tree_find(reading->it->load.tree, YAML_ROOT, key);
}

static int read_name(const struct reading *reading)
{
  struct experiment *it = reading->it;
  it->name = it->load.it->name;
  it->description = it->load.it->description;
  it->claims = it->load.it->claims;
  size_t n = strlen(it->name);
  if (n <= 30 &&
      strspn(it->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == n)
    return 0;
  return READING_REFUSE(reading, reading_top(reading, "name"),
                        "name: expected 1 to 30 of a-z, 0-9 and _, found "
                        "\"%s\"",
                        it->name);
}

// --- numbers and factors ----------------------------------------------------

static void read_numbers(struct experiment *it)
{
  const struct yaml_experiment *y = it->load.it;
  it->invocations = y->invocations ? y->invocations : INVOCATIONS;
  it->iterations = y->iterations ? y->iterations : ITERATIONS;
  it->seed = y->seed ? *y->seed : 1;
  it->timeout_s = y->timeout ? *y->timeout : timeout_default;
  it->minheap_trials =
      y->minheap && y->minheap->trials ? y->minheap->trials : TRIALS;
  it->minheap_tolerance = y->minheap && y->minheap->tolerance > 0
                              ? y->minheap->tolerance
                              : tolerance_default;
  it->canary_every = EVERY;
  int canary = yaml_tree_find(it->load.tree, YAML_ROOT, "canary");
  if (yaml_tree_find(it->load.tree, canary, "every"))
    it->canary_every = y->canary->every;
}

// --- builds, configurations -------------------------------------------------

static int own_build(const struct reading *reading)
{
  struct experiment *it = reading->it;
  char *self = realpath("/proc/self/exe", NULL);
  it->builds[0].name = "this";
  it->builds[0].folder = "";
  it->builds[0].wane = reading_keep(reading, self);
  it->n_builds = 1;
  return it->builds[0].wane ? 0 : reading_no_memory(reading);
}

// Its program is looked for later (experiment_check.c).
static int read_build(const struct reading *reading, const char *name,
                      const char *folder, int node)
{
  struct experiment *it = reading->it;
  struct experiment_build *build = &it->builds[it->n_builds++];
  *build = (struct experiment_build){name, folder, "", node};
  build->wane = reading_text(reading, "%s/bin/wane", folder);
  return build->wane ? 0 : reading_no_memory(reading);
}

static int read_builds(const struct reading *reading)
{
  struct experiment *it = reading->it;
  int map = reading_top(reading, "builds");
  size_t n = map ? yaml_tree_count(it->load.tree, map) : 0;
  it->builds = reading_array(reading, n + 1, sizeof *it->builds);
  int result = it->builds ? own_build(reading) : reading_no_memory(reading);
  for (size_t i = 0; !result && i < n; i++)
    result = read_build(reading, yaml_tree_key(it->load.tree, map, i),
                        it->load.it->builds[i],
                        yaml_tree_value(it->load.tree, map, i));
  return result;
}

static int read_configs(const struct reading *reading)
{
  struct experiment *it = reading->it;
  const struct yaml_list *list = &it->load.it->configs;
  int node = reading_top(reading, "configs"), result = 0;
  it->configs = reading_array(reading, list->n, sizeof *it->configs);
  if (!it->configs) return reading_no_memory(reading);
  for (size_t i = 0; !result && i < list->n; i++) {
    int place = yaml_tree_item(it->load.tree, node, i);
    for (size_t k = 0; k < i; k++)
      if (strcmp(list->text[i], list->text[k]) == 0)
        return READING_REFUSE(reading, place,
                              "\"%s\": expected once, found twice",
                              list->text[i]);
    result = reading_config(reading, list->text[i], place, &it->configs[i]);
    it->n_configs++;
  }
  return result;
}

static int read_special_configs(const struct reading *reading)
{
  struct experiment *it = reading->it;
  const struct yaml_experiment *y = it->load.it;
  const struct yaml_tree *tree = it->load.tree;
  int minheap = reading_top(reading, "minheap");
  int canary = reading_top(reading, "canary");
  const char *reference = y->minheap ? y->minheap->collector : NULL;
  const char *config = y->canary ? y->canary->config : NULL;
  int result =
      reading_config(reading, reference ? reference : "mark_sweep_stw",
                     yaml_tree_find(tree, minheap, "collector"),
                     &it->reference);
  if (!result)
    result = reading_config(reading, config ? config : "mark_sweep_stw",
                            yaml_tree_find(tree, canary, "config"),
                            &it->canary);
  if (result) return result;
  if (it->canary.heap == HEAP_SWEPT) it->canary.heap = HEAP_UNBOUNDED;
  if (!it->canary.mutators) it->canary.mutators = 1;
  if (it->reference.heap == HEAP_SWEPT) return 0;
  return READING_REFUSE(reading, it->reference.node,
                        "collector: its heap is what is looked for, so no "
                        "modifier can say it");
}

static int read_canary(const struct reading *reading)
{
  struct experiment *it = reading->it;
  const struct yaml_canary *canary = it->load.it->canary;
  it->canary_benchmark = (struct experiment_benchmark){
      .suite = EXPERIMENT_CANARY,
      .text = canary && canary->workload ? canary->workload
                                         : "binary_trees,depth=12",
      .node = yaml_tree_find(it->load.tree, reading_top(reading, "canary"),
                             "workload")};
  return 0;
}

// --- mutators, nodes --------------------------------------------------------

static int read_mutators(const struct reading *reading)
{
  struct experiment *it = reading->it;
  const struct yaml_experiment *y = it->load.it;
  int node = reading_top(reading, "mutators");
  it->n_mutators = node ? y->n_mutators : 1;
  it->mutators = reading_array(reading, it->n_mutators, sizeof *it->mutators);
  if (!it->mutators) return reading_no_memory(reading);
  it->mutators[0] = 1;
  for (size_t i = 0; node && i < it->n_mutators; i++) {
    it->mutators[i] = y->mutators[i];
    for (size_t k = 0; k < i; k++)
      if (it->mutators[k] == it->mutators[i])
        return READING_REFUSE(reading, yaml_tree_item(it->load.tree, node, i),
                              "mutators: expected %u once, found twice",
                              it->mutators[i]);
  }
  return 0;
}

static int check_policy_name(const struct reading *reading, size_t i)
{
  const struct experiment_numa *numa = reading->it->numa;
  int name = yaml_tree_find(reading->it->load.tree, numa[i].node, "name");
  if (!reading_is_name(numa[i].name, "-."))
    return READING_REFUSE(reading, name,
                          "name: expected A-Z, a-z, 0-9, '_', '-' and '.', "
                          "found \"%s\"",
                          numa[i].name);
  for (size_t k = 0; k < i; k++)
    if (strcmp(numa[k].name, numa[i].name) == 0)
      return READING_REFUSE(reading, name, "\"%s\": expected once, found twice",
                            numa[i].name);
  return 0;
}

static int read_numa(const struct reading *reading)
{
  static const struct yaml_numa off = {.name = "off"};
  struct experiment *it = reading->it;
  const struct yaml_experiment *y = it->load.it;
  int node = reading_top(reading, "numa"), result = 0;
  it->n_numa = node ? y->n_numa : 1;
  it->numa = reading_array(reading, it->n_numa, sizeof *it->numa);
  if (!it->numa) return reading_no_memory(reading);
  for (size_t i = 0; !result && i < it->n_numa; i++) {
    const struct yaml_numa *from = node ? &y->numa[i] : &off;
    it->numa[i] = (struct experiment_numa){
        from->name,  from->mode,   from->topology,
        from->place, from->memory, from->steal,
        from->cost,  node ? yaml_tree_item(it->load.tree, node, i) : 0};
    if (!from->mode && strcmp(from->name, "off") == 0)
      it->numa[i].mode = "off";
    if (node) result = check_policy_name(reading, i);
  }
  return result;
}

// --- open and close ---------------------------------------------------------

int reading_all(const struct reading *reading, const char *bytes, size_t n)
{
  struct experiment *it = reading->it;
  int result = yaml_load_open(&it->load, it->file, bytes, n, reading->error,
                              reading->error_size);
  if (result) return result;
  read_numbers(it);
  result = read_name(reading);
  if (!result) result = reading_factors(reading);
  if (!result) result = read_builds(reading);
  if (!result) result = read_configs(reading);
  if (!result) result = read_special_configs(reading);
  if (!result) result = reading_benchmarks(reading);
  if (!result) result = read_canary(reading);
  if (!result) result = read_mutators(reading);
  if (!result) result = read_numa(reading);
  return result;
}

int reading_start(struct experiment *experiment, const char *file)
{
  *experiment = (struct experiment){0};
  experiment->file = strdup(file);
  char *copy = strdup(file);
  if (copy) experiment->folder = strdup(dirname(copy));
  free(copy);
  return experiment->file && experiment->folder ? 0 : -ENOMEM;
}

int reading_code(int result)
{
  if (!result) return WANE_EXIT_OK;
  return result == -EINVAL ? WANE_EXIT_USAGE : WANE_EXIT_ENVIRONMENT;
}

int experiment_read(struct experiment *experiment, const char *file,
                    const char *bytes, size_t n, char *error,
                    size_t error_size)
{
  const struct reading reading = {experiment, error, error_size};
  if (error_size) *error = '\0';
  if (reading_start(experiment, file))
    return reading_code(reading_no_memory(&reading));
  return reading_code(reading_all(&reading, bytes, n));
}

void experiment_close(struct experiment *experiment)
{
  yaml_load_close(&experiment->load);
  for (size_t i = 0; i < experiment->n_owned; i++) free(experiment->owned[i]);
  free(experiment->owned);
  free(experiment->file);
  free(experiment->folder);
  *experiment = (struct experiment){0};
}

bool experiment_needs_minheap(const struct experiment_config *config)
{
  return config->heap == HEAP_SWEPT || config->heap == HEAP_FACTOR;
}
