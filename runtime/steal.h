// steal.h: from which nodes' lists a worker may take, and in which order.
// SPDX-License-Identifier: MIT
//
// Lists are grouped in *domains*. Under WANE_STEAL_ANY all are in one, and so
// they are where nodes are not looked at; otherwise there is a domain for each
// node, and a last one for whoever was placed nowhere.

#ifndef WANE__STEAL_H
#define WANE__STEAL_H

#include <wane/numa.h>

#define WANE__DOMAINS_MAX (WANE_NODES_MAX + 1)

struct wane__reach {
  uint32_t n, near; // the first `near` are looked at without waiting
  uint8_t domain[WANE__DOMAINS_MAX]; // [0, n), one's own first
};

uint32_t wane__steal_domains(enum wane_steal policy,
                             const struct wane_topology *topology);
// The domain of a thread on `node`.
uint32_t wane__steal_domain(uint32_t domains, uint32_t node);
// For each domain; `workers`: how many workers each has.
void wane__steal_plan(enum wane_steal policy,
                      const struct wane_topology *topology, uint32_t domains,
                      const uint32_t *workers, struct wane__reach *reach);
// The nodes, as bits, to which workers of domain `own` send what is at home
// there: all others that have a worker, if the policy sends at all.
uint64_t wane__steal_peers(enum wane_steal policy, uint32_t domains,
                           const uint32_t *workers, uint32_t own);

#endif
