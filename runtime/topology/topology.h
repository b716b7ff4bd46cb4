// topology.h: what the files of this folder share; hwloc's only door.
// SPDX-License-Identifier: MIT

#ifndef WANE__TOPOLOGY_TOPOLOGY_H
#define WANE__TOPOLOGY_TOPOLOGY_H

#include <wane/topology.h>

#include <hwloc.h>

struct wane_topology {
  hwloc_topology_t hwloc;
  enum wane_topology_mode mode;
  char source[1024], why[1100];
  uint32_t nodes, pus;
  hwloc_obj_t node[WANE_NODES_MAX];     // by logical number
  hwloc_cpuset_t local[WANE_NODES_MAX]; // PUs of which it is the node
  uint32_t distance[WANE_NODES_MAX][WANE_NODES_MAX];
  bool has_distances;
};

#endif
