// numa_setup.c: what a command line asks of nodes, held against a topology.
// SPDX-License-Identifier: MIT
//
// Parent and child both do this from the same arguments: the parent to refuse
// mistakes before anything runs and to label the rows, the child to start its
// runtime. Main thread.
#include "numa_setup.h"

#include "exit_code.h"
#include "file_hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *numa_mode_name(enum numa_mode mode)
{
  static const char *const names[] = {[NUMA_OFF] = "off",
                                      [NUMA_REAL] = "real",
                                      [NUMA_DENIED] = "denied",
                                      [NUMA_MODEL] = "model"};
  return names[mode];
}

// --- topology --------------------------------------------------------------

// A text that was typed wrongly is a usage mistake; a file or a machine that
// cannot be read is not.
static int open_topology(struct numa_setup *setup)
{
  const char *source = setup->args->topology;
  bool typed = source && strncmp(source, "xml:", 4) != 0 &&
               strcmp(source, "machine") != 0;
  setup->topology = wane_topology_open(source, setup->why, sizeof setup->why);
  if (!setup->topology) return typed ? WANE_EXIT_USAGE : WANE_EXIT_ENVIRONMENT;
  setup->xml = wane_topology_xml(setup->topology);
  if (!setup->xml) {
    snprintf(setup->why, sizeof setup->why, "topology: no memory");
    return WANE_EXIT_ENVIRONMENT;
  }
  file_hash_text(setup->xml, setup->id);
  return WANE_EXIT_OK;
}

// The mode that comes of what was asked and what the machine allows.
static int settle_mode(struct numa_setup *setup, char *error, size_t error_size)
{
  const char *why = wane_topology_why(setup->topology);
  setup->mode = NUMA_MODEL;
  if (setup->args->asked == NUMA_ASKED_MODEL) return WANE_EXIT_OK;
  setup->mode = NUMA_REAL;
  switch (wane_topology_mode(setup->topology)) {
  case WANE_TOPOLOGY_REAL:
    return WANE_EXIT_OK;
  case WANE_TOPOLOGY_PLAN_ONLY:
    snprintf(error, error_size,
             "--numa real: nothing can be bound: %s; --numa model needs no "
             "binding",
             why);
    return WANE_EXIT_ENVIRONMENT;
  case WANE_TOPOLOGY_DENIED:
    setup->mode = NUMA_DENIED;
    if (!setup->args->strict) return WANE_EXIT_OK;
    snprintf(error, error_size, "--strict: nothing can be bound: %s", why);
    return WANE_EXIT_ENVIRONMENT;
  }
  return WANE_EXIT_OK;
}

// --- memory ----------------------------------------------------------------

static const char *const space_names[NUMA_SPACES] = {"objects", "metadata",
                                                     "logs"};

static struct wane_memory_policy *space_of(struct numa_setup *setup, int space)
{
  struct wane_memory_policy *const spaces[NUMA_SPACES] = {
      &setup->config.objects, &setup->config.metadata, &setup->config.logs};
  return spaces[space];
}

static int parse_policy(struct numa_setup *setup, const char *text,
                        struct wane_memory_policy *policy, char *error,
                        size_t error_size)
{
  char sentence[512];
  if (!wane_memory_parse(setup->topology, text, policy, sentence,
                         sizeof sentence))
    return WANE_EXIT_OK;
  snprintf(error, error_size, "--memory: %s", sentence);
  return WANE_EXIT_USAGE;
}

// One "SPACE=POLICY", in place.
static int take_space(struct numa_setup *setup, char *item, unsigned *seen,
                      char *error, size_t error_size)
{
  char *equals = strchr(item, '=');
  if (equals) *equals = '\0';
  for (int i = 0; equals && i < NUMA_SPACES; i++) {
    if (strcmp(item, space_names[i])) continue;
    if (*seen >> i & 1) {
      snprintf(error, error_size, "--memory: expected %s once, found twice",
               item);
      return WANE_EXIT_USAGE;
    }
    *seen |= 1u << i;
    return parse_policy(setup, equals + 1, space_of(setup, i), error,
                        error_size);
  }
  snprintf(error, error_size,
           "--memory: expected objects=, metadata= or logs=, found \"%s\"",
           item);
  return WANE_EXIT_USAGE;
}

// "POLICY", or "SPACE=POLICY;SPACE=POLICY".
static int take_memory(struct numa_setup *setup, char *error, size_t error_size)
{
  const char *text = setup->args->memory ? setup->args->memory : "os-default";
  unsigned seen = 0;
  int result = WANE_EXIT_OK;
  if (!strchr(text, '=')) {
    for (int i = 0; !result && i < NUMA_SPACES; i++)
      result = parse_policy(setup, text, space_of(setup, i), error, error_size);
    return result;
  }
  char *copy = strdup(text), *rest = copy;
  if (!copy) {
    snprintf(error, error_size, "--memory: no memory");
    return WANE_EXIT_ENVIRONMENT;
  }
  for (char *item; !result && (item = strsep(&rest, ";"));)
    result = take_space(setup, item, &seen, error, error_size);
  free(copy);
  return result;
}

// One policy if all spaces have it.
static void print_memory(struct numa_setup *setup)
{
  char text[NUMA_SPACES][320];
  for (int i = 0; i < NUMA_SPACES; i++)
    (void)wane_memory_print(space_of(setup, i), text[i], sizeof text[i]);
  if (!strcmp(text[0], text[1]) && !strcmp(text[0], text[2]))
    snprintf(setup->memory, sizeof setup->memory, "%s", text[0]);
  else
    snprintf(setup->memory, sizeof setup->memory,
             "objects=%s;metadata=%s;logs=%s", text[0], text[1], text[2]);
}

// --- threads ---------------------------------------------------------------

int numa_setup_place(struct numa_setup *setup, uint32_t mutators,
                     uint32_t workers, char *error, size_t error_size)
{
  const char *policy = setup->args->place ? setup->args->place : "none";
  char sentence[512];
  if (setup->mode == NUMA_OFF) return 0;
  wane_placement_free(setup->placement);
  setup->placement = wane_placement_plan(setup->topology, policy, mutators,
                                         workers, sentence, sizeof sentence);
  setup->config.placement = setup->placement;
  if (!setup->placement) {
    snprintf(error, error_size, "--place: %s", sentence);
    return -EINVAL;
  }
  snprintf(setup->place, sizeof setup->place, "%s",
           wane_placement_policy(setup->placement));
  return 0;
}

// --- all of it -------------------------------------------------------------

int numa_setup_open(struct numa_setup *setup, const struct numa_args *args,
                    uint32_t mutators, uint32_t workers, char *error,
                    size_t error_size)
{
  *setup = (struct numa_setup){
      .args = args, .memory = "none", .place = "none", .mode = NUMA_OFF};
  int result = open_topology(setup);
  if (args->asked == NUMA_ASKED_OFF) return WANE_EXIT_OK;
  if (result) {
    snprintf(error, error_size, "--topology: %s", setup->why);
    return result;
  }
  setup->config = (struct wane_numa_config){
      .topology = setup->topology,
      .steal = args->steal,
      .model = args->asked == NUMA_ASKED_MODEL,
      .count = true,
      .strict = args->strict,
      .local_ns = args->local_ns,
      .inject = args->inject,
  };
  result = settle_mode(setup, error, error_size);
  if (!result) result = take_memory(setup, error, error_size);
  if (result) return result;
  print_memory(setup);
  return numa_setup_place(setup, mutators, workers, error, error_size)
             ? WANE_EXIT_USAGE
             : WANE_EXIT_OK;
}

void numa_setup_close(struct numa_setup *setup)
{
  wane_placement_free(setup->placement);
  wane_topology_close(setup->topology);
  free(setup->xml);
  *setup = (struct numa_setup){0};
}

char *numa_setup_config(const struct numa_setup *setup)
{
  char *text, cost[64] = "";
  if (setup->mode == NUMA_OFF) return strdup("");
  if (setup->mode == NUMA_MODEL)
    snprintf(cost, sizeof cost, ".cost-local_ns=%.15g;inject=%d",
             setup->config.local_ns, setup->config.inject);
  int n =
      asprintf(&text, ".numa-%s%s.topology-%s.place-%s.memory-%s.steal-%s%s",
               numa_mode_name(setup->mode),
               setup->config.strict ? ".strict" : "", setup->id, setup->place,
               setup->memory, numa_steal_name(setup->config.steal), cost);
  return n < 0 ? NULL : text;
}
