// distances.c: how far nodes are from each other, as firmware has it.
// SPDX-License-Identifier: MIT

#include "topology.h"

#include <inttypes.h>
#include <stdio.h>

#define LOCAL 10  // firmware's distances
#define REMOTE 20 // where it tells none
#define MOST 65535

static uint32_t index_of(const struct wane_topology *t, hwloc_obj_t node)
{
  for (uint32_t i = 0; i < t->nodes; i++)
    if (t->node[i] == node) return i;
  return WANE_NODE_ANY;
}

// Firmware's own, if it is there; else whatever means a latency. There may be
// others: bandwidths, hops, what somebody measured.
static struct hwloc_distances_s *find(const struct wane_topology *t)
{
  struct hwloc_distances_s *d = NULL;
  unsigned n = 1;
  if (!hwloc_distances_get_by_name(t->hwloc, "NUMALatency", &n, &d, 0) &&
      n >= 1 && d)
    return d;
  n = 1, d = NULL;
  if (!hwloc_distances_get_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, &n, &d,
                                   HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0) &&
      n >= 1 && d)
    return d;
  return NULL;
}

// Rows follow the matrix's own list of nodes, which is in any order and need
// not hold them all.
static bool copy(struct wane_topology *t, const struct hwloc_distances_s *d,
                 char *error, size_t error_size)
{
  for (unsigned i = 0; i < d->nbobjs; i++)
    for (unsigned j = 0; j < d->nbobjs; j++) {
      uint32_t a = index_of(t, d->objs[i]), b = index_of(t, d->objs[j]);
      uint64_t value = d->values[i * d->nbobjs + j];
      if (a == WANE_NODE_ANY || b == WANE_NODE_ANY) continue;
      if (value < 1 || value > MOST) {
        snprintf(error, error_size,
                 "topology " WANE__QUOTE ": node %u is %" PRIu64
                 " away from node %u, expected 1 to %d",
                 t->source, b, value, a, MOST);
        return false;
      }
      t->distance[a][b] = (uint32_t)value;
    }
  return true;
}

bool wane__distances_find(struct wane_topology *t, char *error,
                          size_t error_size)
{
  for (uint32_t i = 0; i < t->nodes; i++)
    for (uint32_t j = 0; j < t->nodes; j++)
      t->distance[i][j] = i == j ? LOCAL : REMOTE;
  struct hwloc_distances_s *d = find(t);
  if (!d) return true;
  bool good = copy(t, d, error, error_size);
  hwloc_distances_release(t->hwloc, d);
  t->has_distances = true;
  return good;
}

uint32_t wane_topology_distance(const struct wane_topology *t, uint32_t from,
                                uint32_t to)
{
  return t->distance[from][to];
}

bool wane_topology_has_distances(const struct wane_topology *t)
{
  return t->has_distances;
}
