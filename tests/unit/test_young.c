// test_young.c: one round frees just what nothing reaches, whatever its shape.
// SPDX-License-Identifier: MIT
//
// Random graphs of objects without death hooks (which is what the fast paths
// of runtime/walk.c and release.c are for; things of torture/world.h have
// one), young and old, small and large, in every order of birth. A graph
// beside the heap says what is reachable. No slot is written twice, so nothing
// is logged and no decrement waits: after one round the counted objects that
// are left are those that are reachable, no more and no fewer.

#include <check.h>

#include <wane/collector.h>
#include <wane/wane.h>

#include "one_round.h"

#define NODES 600  // alive or new, at the most
#define SLOTS 3    // that are used, of any object
#define KEPT 24    // roots that survive a round, at the most
#define NEVER 1000000000

struct shape {
  struct wane_type_spec spec;
  const struct wane_type *type;
  uint32_t length;           // slots of an array
  uint32_t offset[SLOTS];    // of the slots that are used, 0: none
};

static void a_death_hook(wane_ref o)
{
  (void)o;
}

static const uint32_t row[] = {16, 24, 32}, gaps[] = {24, 48, 64};
static struct shape shapes[] = {
    {{.name = "row", .size = 40, .n_refs = 3, .ref_offsets = row},
     .offset = {16, 24, 32}},
    {{.name = "wide_row", .size = 2048, .n_refs = 3, .ref_offsets = row},
     .offset = {16, 24, 32}},
    {{.name = "gaps", .size = 72, .n_refs = 3, .ref_offsets = gaps},
     .offset = {24, 48, 64}},
    {{.name = "hook",
      .size = 40,
      .n_refs = 3,
      .ref_offsets = row,
      .death = a_death_hook},
     .offset = {16, 24, 32}},
    {{.name = "array", .size = 24, .array_offset = 24},
     .length = 9,
     .offset = {24, 56, 88}},
    {{.name = "large", .size = 24, .array_offset = 24},
     .length = 6000,
     .offset = {24, 24000, 48000}},
    {{.name = "none", .size = 16, .acyclic = true}, .offset = {0}},
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

struct node {
  wane_ref o;
  const struct shape *shape;
  uint64_t rank; // references go to higher ranks only, unless cycles may be
  int to[SLOTS]; // -1: NULL
  bool stored, reachable;
};

struct graph {
  struct wane_mutator *m;
  wane_ref *roots; // NODES of them; node i is held by roots[i]
  struct node node[NODES];
  int n;
  struct check_random random;
  bool cyclic;
};

static int below(struct graph *g, int n)
{
  return (int)check_below(&g->random, (uint64_t)n);
}

static struct wane_slot *slot(const struct node *node, int s)
{
  return (struct wane_slot *)(void *)((char *)node->o +
                                      node->shape->offset[s]);
}

static void make(struct graph *g)
{
  // One in 64 is large, one in 16 acyclic; the others as they come.
  size_t shape = check_below(&g->random, 64);
  shape = shape == 0 ? SHAPES - 2
                     : shape < 5 ? SHAPES - 1 : shape % (SHAPES - 2);
  struct node *node = &g->node[g->n];
  *node = (struct node){.shape = &shapes[shape],
                        .rank = check_next(&g->random),
                        .to = {-1, -1, -1}};
  node->o = node->shape->length ? wane_alloc_array(g->m, node->shape->type,
                                                   node->shape->length, 0)
                                : wane_alloc(g->m, node->shape->type);
  assert_non_null(node->o);
  g->roots[g->n++] = node->o;
}

static void refer(struct graph *g)
{
  struct node *from = &g->node[below(g, g->n)];
  int to = below(g, g->n), s = below(g, SLOTS);
  if (!from->shape->offset[s] || from->to[s] >= 0) return;
  if (!g->cyclic && from->rank >= g->node[to].rank) return;
  if (from->stored || &g->node[to] == from || below(g, 2))
    wane_store(g->m, from->o, slot(from, s), g->node[to].o);
  else
    wane_init(g->m, from->o, slot(from, s), g->node[to].o);
  g->node[to].stored = true;
  from->to[s] = to;
}

static void reach(struct graph *g, int i)
{
  if (g->node[i].reachable) return;
  g->node[i].reachable = true;
  for (int s = 0; s < SLOTS; s++)
    if (g->node[i].to[s] >= 0) reach(g, g->node[i].to[s]);
}

static int compare(const void *a, const void *b)
{
  wane_ref x = *(const wane_ref *)a, y = *(const wane_ref *)b;
  return (x > y) - (x < y);
}

struct found {
  wane_ref o[NODES];
  int n;
};

static void find(wane_ref o, size_t bytes, void *context)
{
  struct found *found = context;
  (void)bytes;
  assert_true(found->n < NODES);
  found->o[found->n++] = o;
}

// What is left: every reachable object, and nothing else if `exact`.
static void expect_left(struct graph *g, bool exact)
{
  static struct found found;
  found.n = 0;
  wane_heap_walk(find, &found);
  qsort(found.o, (size_t)found.n, sizeof found.o[0], compare);
  int reachable = 0;
  for (int i = 0; i < g->n; i++) {
    struct node *node = &g->node[i];
    if (!node->reachable) continue;
    reachable++;
    assert_non_null(bsearch(&node->o, found.o, (size_t)found.n,
                            sizeof found.o[0], compare));
    for (int s = 0; s < SLOTS; s++)
      if (node->to[s] >= 0)
        assert_ptr_equal(wane_load(slot(node, s)), g->node[node->to[s]].o);
  }
  if (exact) assert_int_equal(found.n, reachable);
}

// Takes the dead out of the graph; the living move to the front, with their
// roots.
static void forget_the_dead(struct graph *g)
{
  static int moved[NODES];
  int n = 0;
  for (int i = 0; i < g->n; i++) {
    moved[i] = n;
    if (!g->node[i].reachable) continue;
    wane_ref root = g->roots[i];
    g->roots[i] = NULL;
    g->roots[n] = root;
    g->node[n++] = g->node[i];
  }
  for (int i = 0; i < n; i++) {
    g->node[i].reachable = false;
    for (int s = 0; s < SLOTS; s++)
      if (g->node[i].to[s] >= 0) g->node[i].to[s] = moved[g->node[i].to[s]];
  }
  g->n = n;
}

static void one_generation(struct graph *g)
{
  int born = 1 + below(g, NODES - g->n);
  for (int i = 0; i < born; i++) {
    make(g);
    for (int k = below(g, 4); k; k--) refer(g);
  }
  for (int k = below(g, 200); k; k--) refer(g);
  // Who keeps a root? The others have to be held by someone.
  int keep = below(g, KEPT);
  for (int i = 0; i < g->n; i++)
    if (below(g, g->n) >= keep) g->roots[i] = NULL;
  for (int i = 0; i < g->n; i++)
    if (g->roots[i]) reach(g, i);
  wane_detach(g->m); // so the heap may be walked, and no round needs an answer
  one_round();
  expect_left(g, !g->cyclic);
  if (g->cyclic) {
    wane_collect_foreign();
    expect_left(g, true);
  }
  wane_attach(g->m);
  forget_the_dead(g);
  // A crowd would leave no room for the next generation.
  for (int i = 0; i < g->n && g->n > NODES / 2; i++) g->roots[i] = NULL;
}

static void start(const char *collector, const char *options,
                  uint64_t young_bytes)
{
  char error[256];
  struct wane_config config = {.verify = UINT32_MAX, // no round but ours
                               .collector_options = options,
                               .young_bytes = young_bytes,
                               .round_ms = NEVER,
                               .heap_limit = (uint64_t)1 << 30};
  if (collector) {
    config.collector = wane_collector_open(collector, error, sizeof error);
    if (!config.collector) fail_msg("%s", error);
  }
  if (wane_start(&config, error, sizeof error)) fail_msg("%s", error);
  for (size_t i = 0; i < SHAPES; i++)
    assert_int_equal(wane_type_register(&shapes[i].spec, &shapes[i].type), 0);
}

static void play(const char *collector, const char *options, bool cyclic)
{
  start(collector, options, NEVER);
  static struct graph graph;
  struct graph *g = &graph;
  *g = (struct graph){.m = wane_thread_start("main"),
                      .random = {check_seed(1)},
                      .cyclic = cyclic};
  assert_non_null(g->m);
  {
    WANE_ROOTS(g->m, roots, NODES);
    g->roots = roots;
    for (int i = 0; i < 300; i++) one_generation(g);
  }
  wane_collect(g->m);
  wane_thread_exit(g->m);
  wane_stop();
}

static void counting_alone_frees_what_is_acyclic(void **state)
{
  (void)state;
  play(NULL, NULL, false);
}

static void the_nursery_frees_what_is_acyclic(void **state)
{
  (void)state;
  play("trial_deletion", "nursery=0", false);
}

static void a_collection_frees_what_the_nursery_left(void **state)
{
  (void)state;
  play("trial_deletion", "nursery=0", true);
}

static void no_nursery_at_all(void **state)
{
  (void)state;
  play("trial_deletion", "nursery=2", true);
}

static void a_plugin_that_enters_all_of_them_frees_what_is_left(void **state)
{
  (void)state;
  play("cpython", NULL, false);
  play("cpython", NULL, true);
  play("cpython", "threshold0=5,threshold1=2,threshold2=1", true);
}

// The program takes the blocks of large objects that died before their own
// turn came, while the round goes on: for a sanitizer to watch.
static void large_ones_die_with_what_held_them(void **state)
{
  (void)state;
  start("trial_deletion", "nursery=0", 4 << 20);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  const struct wane_type *row_type = shapes[0].type;
  const struct wane_type *large = shapes[SHAPES - 2].type;
  for (int i = 0; i < 6000; i++) {
    WANE_ROOTS(m, r, 2);
    struct node node[2];
    for (int k = 0; k < 2; k++) {
      r[k] = wane_alloc(m, row_type);
      assert_non_null(r[k]);
      node[k] = (struct node){.o = r[k], .shape = &shapes[0]};
    }
    for (int k = 0; k < 2; k++)
      wane_store(m, r[k], slot(&node[k], 0), r[!k]);
    wane_ref held = wane_alloc_array(m, large, 9000, 0);
    assert_non_null(held);
    wane_store(m, r[0], slot(&node[0], 1), held);
  }
  wane_collect(m);
  struct wane_stats stats;
  wane_stats_read(&stats);
  assert_int_equal(stats.live_objects, 0);
  wane_thread_exit(m);
  wane_stop();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counting_alone_frees_what_is_acyclic),
      cmocka_unit_test(the_nursery_frees_what_is_acyclic),
      cmocka_unit_test(a_collection_frees_what_the_nursery_left),
      cmocka_unit_test(no_nursery_at_all),
      cmocka_unit_test(a_plugin_that_enters_all_of_them_frees_what_is_left),
      cmocka_unit_test(large_ones_die_with_what_held_them),
  };
  return cmocka_run_group_tests_name("the young", tests, NULL, NULL);
}
