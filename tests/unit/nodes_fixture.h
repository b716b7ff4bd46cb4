// nodes_fixture.h: runtimes on a model of a machine with nodes.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_NODES_FIXTURE_H
#define WANE_TESTS_NODES_FIXTURE_H

#include <torture/world.h>

#include "heap.h"
#include "numa.h"
#include "space.h"

#include <string.h>

#define NEVER_MS 3600000 // rounds only when they are asked for

static struct {
  struct wane_topology *topology;
  struct wane_placement *placement;
  struct wane_numa_config config;
} nodes;

// The next runtime's: `n` nodes of one processor each, thread i on node i mod
// n; `memory` is the policy of all spaces.
__attribute__((unused)) static void nodes_open_source(const char *source,
                                                      const char *memory)
{
  char error[512];
  struct wane_numa_config *c = &nodes.config;
  nodes.topology = wane_topology_open(source, error, sizeof error);
  if (!nodes.topology) fail_msg("%s", error);
  nodes.placement = wane_placement_plan(nodes.topology, "per-node", 64, 1,
                                        error, sizeof error);
  if (!nodes.placement) fail_msg("%s", error);
  *c = (struct wane_numa_config){.topology = nodes.topology,
                                 .placement = nodes.placement,
                                 .model = true,
                                 .count = true};
  if (wane_memory_parse(nodes.topology, memory, &c->objects, error,
                        sizeof error))
    fail_msg("%s", error);
  c->metadata = c->logs = c->objects;
}

__attribute__((unused)) static void nodes_open(uint32_t n, const char *memory)
{
  char source[64];
  snprintf(source, sizeof source, "synthetic:numa:%u pu:1", n);
  nodes_open_source(source, memory);
}

__attribute__((unused)) static void nodes_start(uint64_t heap_limit)
{
  struct world_setup setup = {
      .collector = "trial_deletion",
      .config = {.numa = &nodes.config,
                 .heap_limit = heap_limit,
                 .round_ms = NEVER_MS}};
  world_start(&setup);
}

__attribute__((unused)) static void nodes_stop(void)
{
  world_stop();
  wane_placement_free(nodes.placement);
  wane_topology_close(nodes.topology);
}

__attribute__((unused)) static uint64_t nodes_cell(enum wane_numa_kind kind,
                                                   uint32_t from, uint32_t to)
{
  static uint64_t cells[(WANE_NODES_MAX + 1) * (WANE_NODES_MAX + 1)];
  assert_true(wane_numa_matrix(kind, cells));
  return cells[from * wane_numa_rows() + to];
}

#endif
