// topo_view.h: a topology, and what is planned on it, as text and as picture.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_TOPO_VIEW_H
#define WANE_HARNESS_TOPO_VIEW_H

#include <wane/topology.h>

#include <stdio.h>

struct topo_view {
  const struct wane_topology *topology;
  const struct wane_placement *placement;  // NULL: threads are not asked for
  const struct wane_memory_policy *memory; // NULL: memory is not
  uint32_t mutators, workers;              // of the placement
};

// Returns 0, or -ENOMEM when some of it is missing.
int topo_print(const struct topo_view *view, FILE *out);

// An SVG, which the caller frees. 0 or -ENOMEM.
int topo_picture(const struct topo_view *view, char **text, size_t *n);

#endif
