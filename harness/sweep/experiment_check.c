// experiment_check.c: that every plugin, option and policy is there.
// SPDX-License-Identifier: MIT
//
// Asked of those who will take them: the very command lines are parsed, so
// that what is accepted here runs later. Nothing is started. Main thread.
#include "experiment_parts.h"

#include "command.h"
#include "exit_code.h"
#include "numa_setup.h"
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The sentence of something below, at the place of what it is about; 0 is
// nowhere: a default.
static int say(const struct reading *reading, int node, const char *about,
               int code, const char *sentence)
{
  if (node)
    (void)READING_REFUSE(reading, node, "%s%s%s", about, *about ? ": " : "",
                         sentence);
  else
    snprintf(reading->error, reading->error_size, "%s: %s%s%s",
             reading->it->file, about, *about ? ": " : "", sentence);
  return code;
}

static int check_policies(const struct run_args *args, char *sentence,
                          size_t size)
{
  struct numa_setup setup;
  int code = numa_setup_open(&setup, &args->numa, args->mutators,
                             args->config.workers, sentence, size);
  numa_setup_close(&setup);
  return code;
}

// The command line of that configuration: parsed, its collector opened, its
// policies held against their topology.
static int check_command(struct command *command, char *sentence, size_t size)
{
  struct run_args args;
  struct plan plan = {0};
  int code = WANE_EXIT_USAGE;
  if (!run_args_parse((int)command->n - 1, command->word + 1, &args, sentence,
                      size)) {
    args.n_workloads = 0; // "none"; freed below all the same
    code = plan_open(&args, &plan, sentence, size);
    plan_close(&plan);
    args.n_workloads = 1;
    if (!code) code = check_policies(&args, sentence, size);
  }
  run_args_free(&args);
  return code;
}

static int check_config(const struct reading *reading,
                        const struct experiment_config *config,
                        const struct experiment_numa *numa, uint32_t mutators)
{
  char sentence[1024] = "no memory";
  struct command command;
  if (config->mutators) mutators = config->mutators;
  command_begin(&command, reading->it, config, "none", numa, mutators, 0);
  int code = command.failed ? WANE_EXIT_ENVIRONMENT
                            : check_command(&command, sentence,
                                            sizeof sentence);
  command_free(&command);
  if (!code) return WANE_EXIT_OK;
  char about[300];
  bool policy = numa->node && strncmp(sentence, "--", 2) == 0 &&
                !config->memory && !config->place && !config->topology &&
                !config->steal && strncmp(sentence, "--rc", 4) &&
                strncmp(sentence, "--pacing", 8);
  snprintf(about, sizeof about, "\"%s\"", policy ? numa->name : config->text);
  return say(reading, policy ? numa->node : config->node, about, code,
             sentence);
}

static int check_configs(const struct reading *reading)
{
  static const struct experiment_numa off = {.name = "off", .mode = "off"};
  const struct experiment *it = reading->it;
  int code = check_config(reading, &it->reference, &off, 1);
  if (!code && it->canary_every)
    code = check_config(reading, &it->canary, &off, 1);
  for (size_t c = 0; !code && c < it->n_configs; c++)
    for (size_t n = 0; !code && n < it->n_numa; n++)
      for (size_t m = 0; !code && m < it->n_mutators; m++)
        code = check_config(reading, &it->configs[c], &it->numa[n],
                            it->mutators[m]);
  return code;
}

static int check_workloads(const struct reading *reading)
{
  struct experiment *it = reading->it;
  int code = WANE_EXIT_OK;
  for (size_t b = 0; !code && b < it->n_benchmarks; b++)
    code = reading_workload(reading, &it->benchmarks[b]);
  if (!code && it->canary_every)
    code = reading_workload(reading, &it->canary_benchmark);
  return code;
}

static int check_build(const struct reading *reading,
                       struct experiment_build *build)
{
  build->wane = reading_path(reading, build->node, build->wane);
  if (!build->wane) return WANE_EXIT_ENVIRONMENT;
  if (access(build->wane, X_OK) == 0) return WANE_EXIT_OK;
  (void)READING_REFUSE(reading, build->node, "%s cannot be executed: %s",
                       build->wane, strerror(errno));
  return WANE_EXIT_ENVIRONMENT;
}

// Plugins of one build in the runtime of another would be neither's.
static int check_builds(const struct reading *reading)
{
  const struct experiment *it = reading->it;
  int code = WANE_EXIT_OK;
  for (size_t i = 1; !code && i < it->n_builds; i++)
    code = check_build(reading, &it->builds[i]);
  if (code || it->n_builds < 2 || !getenv("WANE_PLUGIN_PATH")) return code;
  int builds = yaml_tree_find(it->load.tree, YAML_ROOT, "builds");
  (void)READING_REFUSE(reading, builds,
                       "WANE_PLUGIN_PATH is set: every build would load the "
                       "same plugins; expected it unset");
  return WANE_EXIT_ENVIRONMENT;
}

// "xml:FILE", the file's path made absolute.
static int find_topology(const struct reading *reading, int node,
                         const char **topology)
{
  if (!*topology || strncmp(*topology, "xml:", 4)) return WANE_EXIT_OK;
  const char *path = reading_path(reading, node, *topology + 4);
  if (!path) return WANE_EXIT_ENVIRONMENT;
  *topology = reading_text(reading, "xml:%s", path);
  if (*topology) return WANE_EXIT_OK;
  (void)reading_no_memory(reading);
  return WANE_EXIT_ENVIRONMENT;
}

static int find_topologies(const struct reading *reading)
{
  struct experiment *it = reading->it;
  int code = WANE_EXIT_OK;
  for (size_t i = 0; !code && i < it->n_numa; i++)
    code = find_topology(reading, it->numa[i].node, &it->numa[i].topology);
  for (size_t i = 0; !code && i < it->n_configs; i++)
    code =
        find_topology(reading, it->configs[i].node, &it->configs[i].topology);
  return code;
}

static int check_claims(const struct reading *reading)
{
  const struct experiment *it = reading->it;
  int node = yaml_tree_find(it->load.tree, YAML_ROOT, "claims");
  if (!node || reading_path(reading, node, it->claims)) return WANE_EXIT_OK;
  return WANE_EXIT_ENVIRONMENT;
}

int reading_check(const struct reading *reading)
{
  int code = check_builds(reading);
  if (!code) code = check_claims(reading);
  if (!code) code = find_topologies(reading);
  if (!code) code = check_configs(reading);
  if (!code) code = check_workloads(reading);
  return code;
}
