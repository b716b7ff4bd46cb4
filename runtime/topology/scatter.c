// scatter.c: threads as far from each other as it goes.
// SPDX-License-Identifier: MIT
//
// hwloc_distrib goes by weight: of two threads and two nodes, one of which has
// many more PUs, both go to that one. So nodes get their shares here, and
// hwloc spreads within each.

#include "topology.h"

#include <limits.h>
#include <stdlib.h>

// How many of `n` threads each node gets: as many as all others, until its PUs
// are used up; when all are, from the start. What does not go round is spread
// evenly over the nodes' order, in which neighbours are near.
static void share_out(const struct wane_topology *t, uint32_t n, bool reverse,
                      uint32_t count[WANE_NODES_MAX])
{
  uint64_t lap = 1;
  for (uint32_t i = 0; i < t->nodes; i++) count[i] = 0;
  while (n) {
    uint32_t open[WANE_NODES_MAX], n_open = 0;
    for (uint32_t i = 0; i < t->nodes; i++)
      if (count[i] < lap * (uint64_t)hwloc_bitmap_weight(t->local[i]))
        open[n_open++] = i;
    uint32_t now = n < n_open ? n : n_open;
    for (uint32_t i = 0; i < now; i++) {
      uint32_t k = i * n_open / now;
      count[open[reverse ? n_open - 1 - k : k]]++;
    }
    n -= now;
    if (!n_open) lap++;
  }
}

// The first or the last PU of a set, in the machine's order.
static void narrow(const struct wane_topology *t, hwloc_cpuset_t set, bool last)
{
  int n = hwloc_get_nbobjs_inside_cpuset_by_type(t->hwloc, set, HWLOC_OBJ_PU);
  hwloc_obj_t pu = hwloc_get_obj_inside_cpuset_by_type(
      t->hwloc, set, HWLOC_OBJ_PU, last && n > 0 ? (unsigned)n - 1 : 0);
  if (pu) hwloc_bitmap_only(set, pu->os_index);
}

// `n` > 0 threads within one node. `root` has room for all PUs.
static bool within(const struct wane_topology *t, uint32_t node,
                   hwloc_obj_t *root, hwloc_cpuset_t *set, uint32_t n,
                   bool reverse)
{
  int n_roots = hwloc_get_largest_objs_inside_cpuset(t->hwloc, t->local[node],
                                                     root, (int)t->pus);
  if (n_roots < 1 ||
      hwloc_distrib(t->hwloc, root, (unsigned)n_roots, set, n, INT_MAX,
                    reverse ? HWLOC_DISTRIB_FLAG_REVERSE : 0))
    return false;
  for (uint32_t i = 0; i < n; i++) {
    if (!set[i]) return false;
    narrow(t, set[i], reverse);
  }
  return true;
}

bool wane__scatter(const struct wane_topology *t, hwloc_cpuset_t *set,
                   uint32_t n, bool reverse)
{
  uint32_t count[WANE_NODES_MAX];
  hwloc_obj_t *root = calloc(t->pus, sizeof *root);
  bool good = root != NULL;
  share_out(t, n, reverse, count);
  for (uint32_t i = 0; i < t->nodes && good; i++) {
    uint32_t node = reverse ? t->nodes - 1 - i : i;
    if (!count[node]) continue;
    good = within(t, node, root, set, count[node], reverse);
    set += count[node];
  }
  free(root);
  return good;
}
