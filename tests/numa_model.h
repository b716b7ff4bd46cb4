// numa_model.h: a model of several nodes for tests that are about other things.
// SPDX-License-Identifier: MIT
//
// WANE_TEST_NODES="synthetic:numa:4 pu:2" runs any test that starts its runtime
// through torture/world.h, unit/drive_workload.h or mutant/stage.h on a model
// of such a machine, where everything is counted: every store then takes the
// observed way. Mutator i is on node i mod 4; WANE_TEST_MEMORY [local] is the
// policy for all memory, WANE_TEST_STEAL [local-first] that of the collector
// threads: where it is set there are four of them, all awake.

#ifndef WANE_TESTS_NUMA_MODEL_H
#define WANE_TESTS_NUMA_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wane/numa.h>
#include <wane/wane.h>

#define NUMA_MODEL_MUTATORS 64

struct numa_model {
  struct wane_topology *topology; // NULL: none is open
  struct wane_placement *placement;
  struct wane_numa_config config;
};

static inline _Noreturn void numa_model_fails(const char *why)
{
  fprintf(stderr, "a test's model of nodes: %s\n", why);
  exit(3);
}

static inline void numa_model_of(struct numa_model *model, const char *source,
                                 const char *memory)
{
  char error[512];
  struct wane_numa_config *c = &model->config;
  *c = (struct wane_numa_config){
      .steal = WANE_STEAL_LOCAL_FIRST, .model = true, .count = true};
  c->topology = model->topology =
      wane_topology_open(source, error, sizeof error);
  if (!c->topology) numa_model_fails(error);
  c->placement = model->placement =
      wane_placement_plan(model->topology, "per-node", NUMA_MODEL_MUTATORS, 16,
                          error, sizeof error);
  if (!c->placement) numa_model_fails(error);
  if (wane_memory_parse(c->topology, memory, &c->objects, error, sizeof error))
    numa_model_fails(error);
  c->metadata = c->logs = c->objects;
}

// Nodes that all are 20 from each other, two PUs each.
static inline void numa_model_open(struct numa_model *model, uint32_t nodes)
{
  char source[64];
  snprintf(source, sizeof source, "synthetic:numa:%u pu:2", nodes);
  numa_model_of(model, source, "local");
}

static inline enum wane_steal numa_model_steal(const char *name)
{
  static const char *const names[] = {"any", "local-first", "local-only",
                                      "owner"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    if (!strcmp(name, names[i])) return (enum wane_steal)i;
  numa_model_fails("WANE_TEST_STEAL: no such policy");
}

// What the environment asks for, put into a configuration.
static inline void numa_model_wanted(struct numa_model *model,
                                     struct wane_config *config)
{
  const char *source = getenv("WANE_TEST_NODES");
  const char *memory = getenv("WANE_TEST_MEMORY");
  const char *steal = getenv("WANE_TEST_STEAL");
  if (!source) return;
  numa_model_of(model, source, memory ? memory : "local");
  config->numa = &model->config;
  if (!steal) return;
  model->config.steal = numa_model_steal(steal);
  if (config->workers < 4) config->workers = 4;
  config->stress_workers = 200;
}

// After wane_stop.
static inline void numa_model_close(struct numa_model *model)
{
  if (!model->topology) return;
  wane_placement_free(model->placement);
  wane_topology_close(model->topology);
  *model = (struct numa_model){0};
}

#endif
