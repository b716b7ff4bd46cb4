// policy.c: which node memory is on, and asking the system for it.
// SPDX-License-Identifier: MIT

#include "policy.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((uintptr_t)1 << WANE__NUMA_PAGE_SHIFT)
#define ROWS (WANE_NODES_MAX + 1)

static struct {
  uint8_t nearest[ROWS][ROWS];
  atomic_bool reported; // that the system refused
} policy;

static const char *const names[WANE__SPACES] = {"objects", "metadata", "logs"};

const struct wane_memory_policy *wane__policy_of(enum wane__space space)
{
  static const struct wane_memory_policy none = {.kind =
                                                     WANE_MEMORY_OS_DEFAULT};
  if (!wane__numa.topology) return &none;
  const struct wane_numa_config *c = wane__config.numa;
  return space == WANE__OBJECTS    ? &c->objects
         : space == WANE__METADATA ? &c->metadata
                                   : &c->logs;
}

bool wane__policy_per_node(enum wane__space space)
{
  switch (wane__policy_of(space)->kind) {
  case WANE_MEMORY_LOCAL:
  case WANE_MEMORY_NEXT_NODE:
  case WANE_MEMORY_WORST:
    return true;
  default:
    return false;
  }
}

bool wane__policy_pages(enum wane__space space)
{
  const struct wane_memory_policy *p = wane__policy_of(space);
  return p->kind == WANE_MEMORY_INTERLEAVE && p->nodes & (p->nodes - 1);
}

uint32_t wane__policy_target(enum wane__space space, uint32_t node)
{
  return wane_memory_target(wane__numa.topology, wane__policy_of(space), node);
}

uint32_t wane__policy_touched(enum wane__space space, uint32_t node)
{
  const struct wane_memory_policy *p = wane__policy_of(space);
  if (p->kind == WANE_MEMORY_OS_DEFAULT) return node;
  if (p->kind != WANE_MEMORY_BIND) return wane__policy_target(space, node);
  // Out of several, the kernel takes the nearest to who touches.
  if (node >= wane__numa.nodes) return wane__policy_target(space, node);
  const uint8_t *near = wane__policy_nearest(node);
  for (uint32_t i = 0; i < wane__numa.nodes; i++)
    if (p->nodes >> near[i] & 1) return near[i];
  return WANE_NODE_ANY;
}

static int ask(enum wane__space space, uint32_t target, char *begin,
               size_t bytes)
{
  // A huge page would be on one node as a whole.
  if (wane__policy_pages(space) && madvise(begin, bytes, MADV_NOHUGEPAGE) &&
      errno != EINVAL) // a kernel without huge pages
    return -errno;
  return wane_memory_bind(wane__numa.topology, wane__policy_of(space), target,
                          begin, bytes);
}

int wane__policy_bind(enum wane__space space, uint32_t target, char *begin,
                      char *end)
{
  if (!wane__numa.topology || wane__numa.model) return 0;
  uintptr_t first = ((uintptr_t)begin + PAGE - 1) & ~(PAGE - 1);
  uintptr_t last = (uintptr_t)end & ~(PAGE - 1);
  if (first >= last) return 0;
  int status = ask(space, target, begin + (first - (uintptr_t)begin),
                   last - first);
  // Where nobody may bind, the topology says so, and that is reported by who
  // opened it.
  if (status && status != -ENOTSUP && !atomic_exchange(&policy.reported, true))
    wane__report("the system does not place memory for %s as it was asked to: "
                 "%s", names[space], strerror(-status));
  return status;
}

// --- distances ---------------------------------------------------------------

const uint8_t *wane__policy_nearest(uint32_t from)
{
  return policy.nearest[from];
}

// Inserts the nodes one after the other: those as far stay in their order.
static void sort_from(uint32_t from)
{
  const struct wane_topology *t = wane__numa.topology;
  uint8_t *row = policy.nearest[from];
  uint32_t nodes = wane__numa.nodes, n = 1;
  row[0] = (uint8_t)from;
  for (uint32_t k = 1; k < nodes; k++) {
    uint32_t node = (from + k) % nodes, i = n++;
    uint32_t far = wane_topology_distance(t, from, node);
    for (; i > 1 && wane_topology_distance(t, from, row[i - 1]) > far; i--)
      row[i] = row[i - 1];
    row[i] = (uint8_t)node;
  }
  row[n] = (uint8_t)nodes;
}

// The kernel leaves out nodes that have no memory.
static uint64_t with_memory(uint64_t nodes)
{
  uint64_t with = 0;
  for (uint32_t i = 0; i < wane__numa.nodes; i++)
    if (wane_topology_node(wane__numa.topology, i).bytes)
      with |= (uint64_t)1 << i;
  return nodes & with ? nodes & with : nodes; // or it is not known
}

void wane__policy_start_spread(void *page)
{
  struct wane_memory_policy p = *wane__policy_of(WANE__OBJECTS);
  uint32_t order[WANE_NODES_MAX];
  if (!wane__policy_pages(WANE__OBJECTS)) return;
  p.nodes = with_memory(p.nodes);
  uint32_t n = wane_memory_order(wane__numa.topology, &p,
                                 wane__numa.model ? NULL : page, order);
  for (uint32_t i = 0; i < n; i++) wane__numa.spread[i] = (uint8_t)order[i];
  wane__numa.spread_n = n;
}

void wane__policy_start(void)
{
  atomic_store(&policy.reported, false);
  if (!wane__numa.topology) return;
  for (uint32_t from = 0; from < wane__numa.nodes; from++) sort_from(from);
  // From no node in particular: in their order.
  uint32_t nodes = wane__numa.nodes;
  policy.nearest[nodes][0] = (uint8_t)nodes;
  for (uint32_t i = 0; i < nodes; i++)
    policy.nearest[nodes][i + 1] = (uint8_t)i;
}
