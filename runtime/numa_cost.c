// numa_cost.c: the model of remote memory: its sum, and its waiting.
// SPDX-License-Identifier: MIT

#include "numa_cost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL 10          // distance of a node to itself
#define QUANTUM_NS 2000.0 // debts below it are not waited for yet

// How many accesses to the object's memory each count stands for. One, or it
// is not about accesses: ALLOC_BYTES counts the births again, EDGES what is
// there and not what is done, STEALS and SENT lists of references, which lie in
// memory whose home nobody keeps.
static const uint8_t weights[WANE_NUMA_KINDS] = {
    [WANE_NUMA_ALLOC_OBJECTS] = 1, // its header is written
    [WANE_NUMA_STORES] = 1,        // the slot is
    [WANE_NUMA_LOADS] = 1,         // a field is read
    [WANE_NUMA_INCREMENTS] = 1,    // the count of what is stored
    [WANE_NUMA_DECREMENTS] = 1,    // the count of what was overwritten
    [WANE_NUMA_MARKED] = 1,        // its slots are read
    [WANE_NUMA_FREED_OBJECTS] = 1, // its slots are read, its cell given back
};

static struct {
  struct wane__numa_far far;
  uint32_t *distances; // behind `far`
  double *excess;      // of one access, nodes * nodes, for those in a hurry
  _Atomic uint64_t waited_ns;
} cost;

// --- the sum ----------------------------------------------------------------

double wane__numa_excess(const struct wane__numa_far *far,
                         enum wane_numa_kind kind, uint32_t from, uint32_t to)
{
  if (from >= far->nodes || to >= far->nodes) return 0;
  uint32_t distance = far->distances[(size_t)from * far->nodes + to];
  if (distance <= LOCAL) return 0;
  return weights[kind] * far->local_ns * (distance - LOCAL) / LOCAL;
}

struct wane__numa_sum wane__numa_sum_of(const struct wane__numa_far *far,
                                        const uint64_t *cells)
{
  struct wane__numa_sum sum = {0};
  uint32_t rows = far->nodes + 1;
  for (uint32_t kind = 0; kind < WANE_NUMA_KINDS; kind++)
    for (uint32_t from = 0; from < rows; from++)
      for (uint32_t to = 0; to < rows; to++) {
        uint64_t n = *cells++;
        if (!weights[kind]) continue;
        sum.ns += (double)n * wane__numa_excess(far, kind, from, to);
        sum.accesses += n * weights[kind];
        if (from == far->nodes || to == far->nodes)
          sum.uncovered += n * weights[kind];
      }
  return sum;
}

// The books of mutators, or of collector threads: all of them, and the one
// that costs most. Added up as whole numbers, so that it does not matter in
// which order threads began.
struct side {
  uint64_t *all;
  double most;
};

struct sides {
  struct side mutators, collectors;
};

static void add_book(enum wane_place_role role, const uint64_t *cells,
                     void *context)
{
  struct sides *sides = context;
  // Finalizers are the program's code.
  struct side *side =
      role == WANE_PLACE_WORKER ? &sides->collectors : &sides->mutators;
  for (size_t i = 0; i < wane__numa_cells(); i++) side->all[i] += cells[i];
  double ns = wane__numa_sum_of(&cost.far, cells).ns;
  if (ns > side->most) side->most = ns;
}

struct wane_numa_cost wane_numa_cost(void)
{
  if (!wane__numa.count) return (struct wane_numa_cost){0};
  size_t n = wane__numa_cells();
  uint64_t *cells = wane__table_alloc(NULL, 2 * n * sizeof *cells);
  memset(cells, 0, 2 * n * sizeof *cells);
  struct sides sides = {.mutators = {.all = cells},
                        .collectors = {.all = cells + n}};
  wane__numa_each_book(add_book, &sides);
  struct wane__numa_sum m = wane__numa_sum_of(&cost.far, sides.mutators.all);
  struct wane__numa_sum c = wane__numa_sum_of(&cost.far, sides.collectors.all);
  free(cells);
  return (struct wane_numa_cost){
      .mutators_ns = m.ns,
      .mutator_most_ns = sides.mutators.most,
      .collectors_ns = c.ns,
      .collector_most_ns = sides.collectors.most,
      .waited_ns = (double)atomic_load(&cost.waited_ns),
      .accesses = m.accesses + c.accesses,
      .uncovered = m.uncovered + c.uncovered,
  };
}

// --- waiting ----------------------------------------------------------------

// Looks at the clock once per debt and not once per access: what an access
// costs less than that could not be waited for.
void wane__numa_charge(wane__numa_cell *book, enum wane_numa_kind kind,
                       uint32_t from, uint32_t to, uint64_t n)
{
  if (from >= cost.far.nodes || to >= cost.far.nodes || !weights[kind]) return;
  double excess = cost.excess[(size_t)from * cost.far.nodes + to];
  if (excess == 0) return;
  double *debt = wane__numa_debt(book);
  *debt += (double)n * weights[kind] * excess;
  if (*debt < QUANTUM_NS) return;
  uint64_t ns = (uint64_t)*debt, begin = wane__now_ns();
  while (wane__now_ns() - begin < ns) continue;
  *debt -= (double)ns;
  atomic_fetch_add(&cost.waited_ns, ns);
}

// --- life -------------------------------------------------------------------

int wane__numa_cost_start(const struct wane_numa_config *config)
{
  uint32_t n = wane_topology_nodes(config->topology);
  double local_ns = config->local_ns > 0 ? config->local_ns : 90;
  cost.distances = calloc((size_t)n * n, sizeof *cost.distances);
  cost.excess = calloc((size_t)n * n, sizeof *cost.excess);
  if (!cost.distances || !cost.excess) {
    wane__numa_cost_stop();
    return -ENOMEM;
  }
  cost.far = (struct wane__numa_far){n, cost.distances, local_ns};
  for (uint32_t from = 0; from < n; from++)
    for (uint32_t to = 0; to < n; to++) {
      size_t i = (size_t)from * n + to;
      cost.distances[i] = wane_topology_distance(config->topology, from, to);
      cost.excess[i] =
          wane__numa_excess(&cost.far, WANE_NUMA_STORES, from, to);
    }
  wane__numa_cost_reset();
  return 0;
}

void wane__numa_cost_stop(void)
{
  free(cost.distances);
  free(cost.excess);
  cost.distances = NULL;
  cost.excess = NULL;
  cost.far = (struct wane__numa_far){0};
}

void wane__numa_cost_reset(void)
{
  atomic_store(&cost.waited_ns, 0);
}
