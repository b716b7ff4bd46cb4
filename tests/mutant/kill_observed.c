// kill_observed.c: stores that are counted by node, while a collector marks.
// SPDX-License-Identifier: MIT
//
// Mutant 66. What an observed store does to the heap it does unobserved, too:
// for that, other scenarios are played with WANE_TEST_NODES (mutants 67, 68).

#include "stage_trace.h"

#include "../numa_model.h"

#include <string.h>

static struct numa_model nodes;
static uint64_t counted[3]; // before a trace, in it, after it

static uint64_t all_stores(void)
{
  uint64_t cells[9], sum = 0;
  if (!wane_numa_matrix(WANE_NUMA_STORES, cells)) fail("nobody counts stores");
  for (int i = 0; i < 9; i++) sum += cells[i];
  return sum;
}

static void store_thrice(struct puppet *p, uint64_t *n)
{
  wane_ref o = p->root[0];
  uint64_t before = all_stores();
  wane_store(p->m, o, &node(o)->a, o);
  (void)wane_exchange(p->m, o, &node(o)->b, o);
  wane_store(p->m, o, &node(o)->a, NULL);
  *n = all_stores() - before;
  wane_store(p->m, o, &node(o)->b, NULL);
}

static void before(struct puppet *p)
{
  make_node(p, 0, "o");
  store_thrice(p, &counted[0]);
}

static void during(struct puppet *p)
{
  store_thrice(p, &counted[1]);
}

static void after(struct puppet *p)
{
  store_thrice(p, &counted[2]);
}

static void alice_stores(void)
{
  puppet_call(alice, during);
}

static void
play_what_is_stored_while_marking_is_counted(const struct wane_collector *c)
{
  numa_model_open(&nodes, 2);
  start_tracing(
      &(struct wane_config){.collector = c, .numa = &nodes.config});
  puppet_call(alice, before);
  settle();
  at_round[BEGIN] = alice_stores;
  trace();
  settle();
  puppet_call(alice, after);
  for (int i = 0; i < 3; i++)
    if (counted[i] != 3)
      fail("of 3 stores %llu were counted %s", (unsigned long long)counted[i],
           (const char *[]){"before", "while it marked", "after"}[i]);
  finish();
  numa_model_close(&nodes);
}
ON_BOTH(what_is_stored_while_marking_is_counted)

const struct scenario kill_observed[] = {
    BOTH(what_is_stored_while_marking_is_counted),
    {NULL, NULL},
};
