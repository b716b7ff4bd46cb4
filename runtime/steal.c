// steal.c: from which nodes' lists a worker may take, and in which order.
// SPDX-License-Identifier: MIT
//
// Every list must be in somebody's reach, or a run would not end: a domain
// that has workers is in theirs, and one that has none is in everybody's.

#include "steal.h"

uint32_t wane__steal_domains(enum wane_steal policy,
                             const struct wane_topology *topology)
{
  if (!topology || policy == WANE_STEAL_ANY) return 1;
  return wane_topology_nodes(topology) + 1;
}

uint32_t wane__steal_domain(uint32_t domains, uint32_t node)
{
  return node < domains - 1 ? node : domains - 1;
}

// Who was placed nowhere is far from everybody.
static uint32_t distance(const struct wane_topology *topology,
                         uint32_t domains, uint32_t from, uint32_t to)
{
  if (from == to) return 0;
  if (from == domains - 1 || to == domains - 1) return UINT32_MAX;
  return wane_topology_distance(topology, from, to);
}

static bool may_take(enum wane_steal policy, const uint32_t *workers,
                     uint32_t from, uint32_t to)
{
  return from == to || policy != WANE_STEAL_LOCAL_ONLY || !workers[to];
}

// Nearest first; of two that are equally far the one that comes next after
// `own`, so that not all go to the same.
static void plan_one(enum wane_steal policy,
                     const struct wane_topology *topology, uint32_t domains,
                     const uint32_t *workers, uint32_t own,
                     struct wane__reach *r)
{
  uint32_t far[WANE__DOMAINS_MAX];
  r->n = 0;
  for (uint32_t i = 0; i < domains; i++) {
    uint32_t to = (own + i) % domains, place = r->n;
    if (!may_take(policy, workers, own, to)) continue;
    uint32_t d = distance(topology, domains, own, to);
    for (; place && far[place - 1] > d; place--) {
      far[place] = far[place - 1];
      r->domain[place] = r->domain[place - 1];
    }
    far[place] = d;
    r->domain[place] = (uint8_t)to;
    r->n++;
  }
  r->near = policy == WANE_STEAL_OWNER ? 1 : r->n;
}

void wane__steal_plan(enum wane_steal policy,
                      const struct wane_topology *topology, uint32_t domains,
                      const uint32_t *workers, struct wane__reach *reach)
{
  for (uint32_t own = 0; own < domains; own++)
    plan_one(policy, topology, domains, workers, own, &reach[own]);
}

uint64_t wane__steal_peers(enum wane_steal policy, uint32_t domains,
                           const uint32_t *workers, uint32_t own)
{
  uint64_t peers = 0;
  if (policy != WANE_STEAL_OWNER && policy != WANE_STEAL_LOCAL_ONLY) return 0;
  for (uint32_t node = 0; node + 1 < domains; node++)
    if (node != own && workers[node]) peers |= (uint64_t)1 << node;
  return peers;
}
