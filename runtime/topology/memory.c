// memory.c: policies for memory: read, written, asked of the system.
// SPDX-License-Identifier: MIT

#include "topology.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char *name;
  bool takes_nodes;
} kinds[] = {
    [WANE_MEMORY_OS_DEFAULT] = {"os-default", false},
    [WANE_MEMORY_FIRST_TOUCH] = {"first-touch", false},
    [WANE_MEMORY_LOCAL] = {"local", false},
    [WANE_MEMORY_BIND] = {"bind", true},
    [WANE_MEMORY_INTERLEAVE] = {"interleave", true},
    [WANE_MEMORY_PREFERRED] = {"preferred", true},
    [WANE_MEMORY_NEXT_NODE] = {"next-node", false},
    [WANE_MEMORY_WORST] = {"worst", false},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static uint64_t all_nodes(const struct wane_topology *t)
{
  return t->nodes == 64 ? UINT64_MAX : ((uint64_t)1 << t->nodes) - 1;
}

static int check_nodes(const struct wane_topology *t, const char *text,
                       const struct wane_memory_policy *policy, char *error,
                       size_t error_size)
{
  uint64_t n = policy->nodes;
  bool one = policy->kind == WANE_MEMORY_PREFERRED;
  if (n && !(one && n & (n - 1))) return 0;
  snprintf(error, error_size,
           "memory policy " WANE__QUOTE ": expected %s out of 0-%u%s", text,
           one ? "one node" : "nodes", t->nodes - 1,
           one ? "" : ", such as \"0-1,3\"");
  return -EINVAL;
}

int wane_memory_parse(const struct wane_topology *t, const char *text,
                      struct wane_memory_policy *policy, char *error,
                      size_t error_size)
{
  size_t length = strcspn(text, ":");
  const char *nodes = text[length] ? text + length + 1 : NULL;
  for (int i = 0; i < N_KINDS; i++) {
    if (strlen(kinds[i].name) != length || strncmp(text, kinds[i].name, length))
      continue;
    *policy = (struct wane_memory_policy){.kind = (enum wane_memory_kind)i};
    if (!kinds[i].takes_nodes && !nodes) return 0;
    if (kinds[i].takes_nodes) {
      if (nodes)
        policy->nodes = wane__list_nodes(t, nodes, strlen(nodes));
      else if (i == WANE_MEMORY_INTERLEAVE)
        policy->nodes = all_nodes(t);
      return check_nodes(t, text, policy, error, error_size);
    }
  }
  snprintf(error, error_size,
           "memory policy " WANE__QUOTE
           ": expected os-default, first-touch, local, "
           "bind:NODES, interleave[:NODES], preferred:NODE, next-node or worst",
           text);
  return -EINVAL;
}

int wane_memory_print(const struct wane_memory_policy *policy, char *text,
                      size_t size)
{
  const char *name = kinds[policy->kind].name;
  char list[WANE__NODES_TEXT];
  if (!kinds[policy->kind].takes_nodes) return snprintf(text, size, "%s", name);
  wane__list_of_nodes(policy->nodes, list);
  return snprintf(text, size, "%s:%s", name, list);
}

// Among the nodes that have PUs: the farthest, or the next. `of` itself where
// there is no other.
static uint32_t other_node(const struct wane_topology *t, uint32_t of,
                           bool farthest)
{
  uint32_t best = of;
  for (uint32_t i = 1; i < t->nodes; i++) {
    uint32_t node = (of + i) % t->nodes;
    if (hwloc_bitmap_iszero(t->local[node])) continue;
    if (!farthest) return node;
    if (best == of || t->distance[of][node] > t->distance[of][best])
      best = node;
  }
  return best;
}

uint32_t wane_memory_target(const struct wane_topology *t,
                            const struct wane_memory_policy *policy,
                            uint32_t of)
{
  uint64_t n = policy->nodes;
  switch (policy->kind) {
  case WANE_MEMORY_LOCAL:
  case WANE_MEMORY_FIRST_TOUCH:
    return of;
  case WANE_MEMORY_NEXT_NODE:
  case WANE_MEMORY_WORST:
    if (of >= t->nodes) return WANE_NODE_ANY;
    return other_node(t, of, policy->kind == WANE_MEMORY_WORST);
  case WANE_MEMORY_BIND:
  case WANE_MEMORY_PREFERRED:
  case WANE_MEMORY_INTERLEAVE:
    return !n || n & (n - 1) ? WANE_NODE_ANY : (uint32_t)__builtin_ctzl(n);
  default:
    return WANE_NODE_ANY;
  }
}

static hwloc_nodeset_t nodeset_of(const struct wane_topology *t, uint64_t nodes)
{
  hwloc_nodeset_t set = hwloc_bitmap_alloc();
  for (uint32_t i = 0; set && i < t->nodes; i++)
    if (nodes >> i & 1) hwloc_bitmap_set(set, t->node[i]->os_index);
  return set;
}

int wane_memory_bind(const struct wane_topology *t,
                     const struct wane_memory_policy *policy, uint32_t target,
                     void *begin, size_t bytes)
{
  uint64_t nodes = policy->nodes;
  hwloc_membind_policy_t how = HWLOC_MEMBIND_BIND;
  // MIGRATE: nobody has touched it, but a neighbour may have been, and a huge
  // page reaches as far as the mapping does.
  int flags = HWLOC_MEMBIND_BYNODESET | HWLOC_MEMBIND_MIGRATE;
  if (t->mode != WANE_TOPOLOGY_REAL) return -ENOTSUP;
  switch (policy->kind) {
  case WANE_MEMORY_OS_DEFAULT:
    return 0;
  case WANE_MEMORY_FIRST_TOUCH: // takes all nodes, or refuses
    how = HWLOC_MEMBIND_FIRSTTOUCH;
    flags = HWLOC_MEMBIND_BYNODESET;
    nodes = all_nodes(t);
    break;
  case WANE_MEMORY_INTERLEAVE:
    how = HWLOC_MEMBIND_INTERLEAVE;
    break;
  case WANE_MEMORY_BIND:
    flags |= HWLOC_MEMBIND_STRICT;
    break;
  case WANE_MEMORY_PREFERRED: // without STRICT it may spill over
    break;
  default:
    if (target >= t->nodes) return 0; // a thread of no node in particular
    nodes = (uint64_t)1 << target;
  }
  hwloc_nodeset_t set = nodeset_of(t, nodes);
  if (!set) return -ENOMEM;
  int status = hwloc_set_area_membind(t->hwloc, begin, bytes, set, how, flags);
  int error = errno;
  hwloc_bitmap_free(set);
  return status ? -error : 0;
}

#define BATCH 512
#define PAGE 4096

int wane_memory_where(const struct wane_topology *t, void *const *pages,
                      size_t n, uint32_t *node)
{
  int status[BATCH];
  if (t->mode == WANE_TOPOLOGY_PLAN_ONLY) return -ENOTSUP;
  for (size_t done = 0; done < n; done += BATCH) {
    size_t some = n - done < BATCH ? n - done : BATCH;
    // Not through hwloc: it is the kernel's word that we want.
    if (syscall(SYS_move_pages, 0, some, pages + done, NULL, status, 0) < 0)
      return -errno;
    for (size_t i = 0; i < some; i++)
      node[done + i] = status[i] < 0
                           ? WANE_NODE_ANY
                           : wane_topology_node_of_os(t, (uint32_t)status[i]);
  }
  return 0;
}

// --- the order of interleaved pages -----------------------------------------

// The kernel goes by its own numbers, upwards, which ours need not follow.
static uint32_t by_os_index(const struct wane_topology *t, uint64_t nodes,
                            uint32_t order[WANE_NODES_MAX])
{
  uint32_t n = 0;
  for (uint32_t node = 0; node < t->nodes; node++) {
    if (!(nodes >> node & 1)) continue;
    uint32_t i = n++;
    for (; i && t->node[order[i - 1]]->os_index > t->node[node]->os_index; i--)
      order[i] = order[i - 1];
    order[i] = node;
  }
  return n;
}

// Linux up to 6.6 drops the upper half of a page's number before it divides:
// if the number of nodes is no power of two, its round begins elsewhere, once
// and for all within 16 TiB.
static uint32_t shift_of(const struct wane_topology *t,
                         const uint32_t order[WANE_NODES_MAX], uint32_t n,
                         void *page)
{
  uint32_t where;
  atomic_fetch_or((_Atomic unsigned char *)page, 0); // touched, not changed
  if (wane_memory_where(t, &page, 1, &where)) return 0;
  for (uint32_t i = 0; i < n; i++)
    if (order[i] == where)
      return (uint32_t)((i + n - (uintptr_t)page / PAGE % n) % n);
  return 0; // it had no room there
}

uint32_t wane_memory_order(const struct wane_topology *t,
                           const struct wane_memory_policy *policy, void *page,
                           uint32_t order[WANE_NODES_MAX])
{
  uint32_t sorted[WANE_NODES_MAX], shift = 0;
  if (policy->kind != WANE_MEMORY_INTERLEAVE) return 0;
  uint32_t n = by_os_index(t, policy->nodes, sorted);
  if (page && t->mode == WANE_TOPOLOGY_REAL)
    shift = shift_of(t, sorted, n, page);
  for (uint32_t i = 0; i < n; i++) order[i] = sorted[(i + shift) % n];
  return n;
}
