// dead_chains.c: chains of dead cycles, each held by the one before.
// SPDX-License-Identifier: MIT
//
// A collector that finds one dead cycle at a time, or goes on into what a
// candidate refers to, looks at the rest of the chain for each of its cycles:
// quadratic work (Lins). The objects that it looked at (cycle.traversed) and
// the time of a request, which is a chain from the first object to the end of
// a collection, say how much. A chain is made from its beginning, from its
// end, or linked in a random order.

#include "crew.h"
#include "sealed.h"

#include <stdlib.h>
#include <string.h>

enum { CYCLES, NODES, CHAINS, ORDER, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [CYCLES] = {.name = "cycles",
                .type = WANE_OPTION_INT,
                .value = "200k",
                .help = "cycles of a chain",
                .min = 1,
                .max = 1 << 28},
    [NODES] = {.name = "nodes",
               .type = WANE_OPTION_INT,
               .value = "2",
               .help = "objects of a cycle",
               .min = 1,
               .max = 1 << 20},
    [CHAINS] = {.name = "chains",
                .type = WANE_OPTION_INT,
                .value = "4",
                .help = "chains that each mutator makes and drops",
                .min = 1,
                .max = 1e9},
    [ORDER] = {.name = "order",
               .type = WANE_OPTION_STRING,
               .value = "shuffled",
               .help = "in which it is linked",
               .choices = "forward|backward|shuffled"},
};
enum { NEXT, CHAIN }; // slots of a node

static const struct wane_type *node_type, *table_type;

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

// The i-th link that is made is the one out of cycle order[i].
static void shuffle(uint32_t *order, uint64_t n, uint64_t random)
{
  for (uint64_t i = 0; i < n; i++) order[i] = (uint32_t)i;
  for (uint64_t i = n - 1; i > 0; i--) {
    uint64_t other = random_below(&random, i + 1);
    uint32_t kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
}

// Makes a chain; r[0] holds its first cycle, r[1] is the array of all, which
// is needed no longer.
static int build(struct wane_workload_run *run, struct wane_mutator *m,
                 wane_ref *r, uint64_t first, uint32_t *order)
{
  uint64_t n = option(run, CYCLES), nodes = option(run, NODES);
  bool backward = strcmp(run->options[ORDER].string, "backward") == 0;
  r[1] = wane_alloc_array(m, table_type, (uint32_t)n, 0);
  if (!r[1]) return ENOMEM;
  for (uint64_t i = 0; i < n; i++) {
    uint64_t at = backward ? n - 1 - i : i;
    if (!sealed_ring(m, node_type, nodes, first + at * nodes, r)) return ENOMEM;
    wane_store(m, r[1], &array_slots(r[1])[at], r[0]);
  }
  for (uint64_t i = 0; i < n; i++) {
    uint64_t at = order[backward ? n - 1 - i : i];
    if (at + 1 == n) continue;
    wane_ref next = wane_load(&array_slots(r[1])[at + 1]);
    sealed_store(m, wane_load(&array_slots(r[1])[at]), CHAIN, next);
    wane_safepoint(m);
  }
  r[0] = wane_load(array_slots(r[1]));
  r[1] = NULL;
  return 0;
}

// Goes along the chain in r[0] and drops it as a whole.
static int drop(struct wane_workload_run *run, struct wane_mutator *m,
                struct crew_share *share, wane_ref *r, uint64_t first)
{
  uint64_t n = option(run, CYCLES), nodes = option(run, NODES);
  r[1] = r[0];
  for (uint64_t i = 0; i < n; i++) {
    if (!sealed_ring_is(r[1], nodes, first + i * nodes))
      return crew_fail(run,
                       "dead_chains: cycle %" PRIu64 " of the chain of "
                       "object %" PRIu64 " is not whole",
                       i, first);
    share->seen += sealed_sum(first + i * nodes, nodes);
    r[1] = sealed_load(r[1], CHAIN);
    wane_safepoint(m);
  }
  r[0] = NULL;
  return 0;
}

static int chains(struct wane_workload_run *run, struct wane_mutator *m,
                  uint32_t index, uint32_t *order)
{
  struct crew_share *share = &crew_of(run)->share[index];
  uint64_t n = option(run, CHAINS);
  uint64_t size = option(run, CYCLES) * option(run, NODES);
  WANE_ROOTS(m, r, 2);
  for (uint64_t i = 0; i < n; i++) {
    uint64_t first = (index * n + i) * size, start = now_ns();
    int result = build(run, m, r, first, order);
    if (result) return result;
    share->built += sealed_sum(first, size);
    result = drop(run, m, share, r, first);
    if (result) return result;
    wane_collect(m);
    crew_request(run, share, start, now_ns());
    if (index == 0) run->progress(run, (double)(i + 1) / (double)n);
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  uint64_t n = option(run, CYCLES);
  uint32_t *order = calloc(n, sizeof *order);
  if (!order) return crew_end(run, ENOMEM);
  if (strcmp(run->options[ORDER].string, "shuffled") == 0)
    shuffle(order, n, run->seed + index);
  else
    for (uint64_t i = 0; i < n; i++) order[i] = (uint32_t)i;
  int result = chains(run, m, index, order);
  free(order);
  return crew_end(run, result);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  const struct wane_type_spec spec = {.name = "chained"};
  (void)m;
  crew_begin(run);
  int result = sealed_array_type(run, &table_type);
  return result ? result : sealed_type(run, &spec, 2, 0, &node_type);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  return crew_check(run);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "dead_chains",
    .help = "chains of cycles, dropped as a whole",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = crew_prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .dispose = crew_dispose,
};
