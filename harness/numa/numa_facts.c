// numa_facts.c: what run.json says of nodes.
// SPDX-License-Identifier: MIT
//
// Said also of runs that do not look at nodes: what the machine was like is
// asked later. Main thread of the parent.
#include "numa_facts.h"

#include "numa_kernel.h"

#include <stdlib.h>

static void put(json_t *object, const char *key, json_t *value)
{
  json_object_set_new(object, key, value ? value : json_null());
}

// An allocated text, which is freed.
static json_t *taken(char *text)
{
  json_t *string = text ? json_string(text) : NULL;
  free(text);
  return string;
}

static json_t *node_of(const struct wane_topology *t, uint32_t i)
{
  struct wane_topology_node node = wane_topology_node(t, i);
  json_t *o = json_object();
  put(o, "os_index", json_integer(node.os_index));
  put(o, "bytes", node.bytes ? json_integer((json_int_t)node.bytes) : NULL);
  put(o, "cpus", taken(wane_topology_node_cpus(t, i)));
  put(o, "memory_only", json_boolean(node.memory_only));
  return o;
}

// Rows of the matrix; null where firmware tells none.
static json_t *distances_of(const struct wane_topology *t)
{
  if (!wane_topology_has_distances(t)) return NULL;
  uint32_t n = wane_topology_nodes(t);
  json_t *rows = json_array();
  for (uint32_t i = 0; i < n; i++) {
    json_t *row = json_array();
    for (uint32_t j = 0; j < n; j++)
      json_array_append_new(row, json_integer(wane_topology_distance(t, i, j)));
    json_array_append_new(rows, row);
  }
  return rows;
}

static void put_topology(json_t *o, const struct numa_setup *setup)
{
  const struct wane_topology *t = setup->topology;
  json_t *nodes = json_array();
  put(o, "source", json_string(wane_topology_source(t)));
  put(o, "mode", json_string(wane_topology_mode_name(wane_topology_mode(t))));
  put(o, "why", json_string(wane_topology_why(t)));
  put(o, "summary", taken(wane_topology_summary(t)));
  put(o, "id", json_string(setup->id));
  put(o, "pus", json_integer(wane_topology_pus(t)));
  for (uint32_t i = 0; i < wane_topology_nodes(t); i++)
    json_array_append_new(nodes, node_of(t, i));
  put(o, "nodes", nodes);
  put(o, "distances", distances_of(t));
  put(o, "file", json_string("topology.xml"));
}

json_t *numa_facts(const struct numa_setup *setup)
{
  json_t *o = json_object();
  char thp[32], why[128];
  int balancing = numa_kernel_balancing();
  numa_kernel_thp(thp);
  put(o, "hwloc", json_string(wane_topology_library()));
  put(o, "thp", *thp ? json_string(thp) : NULL);
  put(o, "numa_balancing", balancing < 0 ? NULL : json_integer(balancing));
  put(o, "emulated", numa_kernel_emulated(why) ? json_string(why) : NULL);
  if (setup->topology)
    put_topology(o, setup);
  else
    put(o, "why", json_string(setup->why));
  return o;
}

json_t *numa_settings(const struct numa_setup *setup)
{
  json_t *o = json_object();
  put(o, "mode", json_string(numa_mode_name(setup->mode)));
  if (setup->mode == NUMA_OFF) return o;
  put(o, "memory", json_string(setup->memory));
  put(o, "place", json_string(setup->place));
  put(o, "steal", json_string(numa_steal_name(setup->config.steal)));
  put(o, "strict", json_boolean(setup->config.strict));
  if (setup->mode != NUMA_MODEL) return o;
  put(o, "local_ns", json_real(setup->config.local_ns));
  put(o, "inject", json_boolean(setup->config.inject));
  return o;
}
