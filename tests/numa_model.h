// numa_model.h: a model of several nodes for tests that are about other things.
// SPDX-License-Identifier: MIT
//
// WANE_TEST_NUMA=4 runs any test that starts its runtime through
// torture/world.h, unit/drive_workload.h or mutant/stage.h on four modelled
// nodes, where everything is counted: every store then takes the observed way.
// Mutator i is on node i mod 4, memory is its maker's.

#ifndef WANE_TESTS_NUMA_MODEL_H
#define WANE_TESTS_NUMA_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <wane/numa.h>

#define NUMA_MODEL_MUTATORS 64

struct numa_model {
  struct wane_topology *topology; // NULL: none is open
  struct wane_placement *placement;
  struct wane_numa_config config;
};

static inline _Noreturn void numa_model_fails(const char *why)
{
  fprintf(stderr, "WANE_TEST_NUMA: %s\n", why);
  exit(3);
}

// Nodes that all are 20 from each other, two PUs each.
static inline void numa_model_open(struct numa_model *model, uint32_t nodes)
{
  char error[256], source[64];
  const struct wane_memory_policy local = {.kind = WANE_MEMORY_LOCAL};
  snprintf(source, sizeof source, "synthetic:NUMANode:%u PU:2", nodes);
  model->topology = wane_topology_open(source, error, sizeof error);
  if (!model->topology) numa_model_fails(error);
  model->placement =
      wane_placement_plan(model->topology, "per-node", NUMA_MODEL_MUTATORS, 16,
                          error, sizeof error);
  if (!model->placement) numa_model_fails(error);
  model->config = (struct wane_numa_config){.topology = model->topology,
                                            .placement = model->placement,
                                            .objects = local,
                                            .metadata = local,
                                            .logs = local,
                                            .model = true,
                                            .count = true};
}

// What WANE_TEST_NUMA asks for, or NULL.
static inline const struct wane_numa_config *
numa_model_wanted(struct numa_model *model)
{
  const char *text = getenv("WANE_TEST_NUMA");
  if (!text) return NULL;
  unsigned long nodes = strtoul(text, NULL, 10);
  if (nodes < 1 || nodes > WANE_NODES_MAX)
    numa_model_fails("a number of nodes is expected, from 1 to 64");
  numa_model_open(model, (uint32_t)nodes);
  return &model->config;
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
