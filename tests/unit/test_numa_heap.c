// test_numa_heap.c: runtime/numa_heap.c: who was born where, who refers where.
// SPDX-License-Identifier: MIT

#include "nodes_fixture.h"

#include "log.h"

#include <sched.h>

#define MIB ((uint64_t)1 << 20)
#define PAGE 4096

// --- threads on nodes --------------------------------------------------------

struct visitor {
  pthread_t thread;
  uint32_t node;
  void (*body)(struct wane_mutator *m, void *argument);
  void *argument;
};

static void *visit(void *argument)
{
  struct visitor *v = argument;
  char error[256];
  if (v->node != WANE_NODE_ANY)
    CHECK_EQ(&world_log, wane_place(v->node, error, sizeof error), 0);
  struct wane_mutator *m = wane_thread_start("visitor");
  if (!CHECK(&world_log, m != NULL)) return NULL;
  v->body(m, v->argument);
  wane_thread_exit(m);
  return NULL;
}

static void start_on(struct visitor *v, uint32_t node,
                     void (*body)(struct wane_mutator *m, void *argument),
                     void *argument)
{
  *v = (struct visitor){.node = node, .body = body, .argument = argument};
  assert_int_equal(pthread_create(&v->thread, NULL, visit, v), 0);
}

// The body runs as a mutator on that node, and has exited.
static void run_on(uint32_t node,
                   void (*body)(struct wane_mutator *m, void *argument),
                   void *argument)
{
  struct visitor v;
  start_on(&v, node, body, argument);
  pthread_join(v.thread, NULL);
}

// --- births ------------------------------------------------------------------

// The test's own matrices: it looks at where each object is when it is born.
struct births {
  uint64_t bytes[9][9], objects[9][9];
  uint32_t from;
  uint64_t seed;
};

static uint32_t row_of(uint32_t node)
{
  return node == WANE_NODE_ANY ? wane_numa_rows() - 1 : node;
}

static void count_birth(struct births *b, wane_ref o)
{
  char *p = (char *)o, *end = p + wane_cell_bytes(o);
  b->objects[b->from][row_of(wane_numa_home(o))]++;
  while (p < end) {
    char *page = (char *)(((uintptr_t)p | (PAGE - 1)) + 1);
    size_t bytes = (size_t)((page < end ? page : end) - p);
    b->bytes[b->from][row_of(wane_numa_home((wane_ref)(void *)p))] += bytes;
    p += bytes;
  }
}

static void make_many(struct wane_mutator *m, void *argument)
{
  struct births *b = argument;
  struct check_random random = {b->seed + b->from};
  WANE_ROOTS(m, r, 4);
  for (uint64_t i = 0; i < world_scaled(24000); i++) {
    uint64_t kind = check_below(&random, 100);
    uint32_t slots = (uint32_t)check_below(&random, kind ? 200 : 20000);
    wane_ref o = kind < 10 ? world_need(m, THING_WIDE, slots)
                           : world_need(m, THING_PAIR, 0);
    count_birth(b, o);
    if (kind < 40) r[i % 4] = o;
  }
}

static void compare_births(const struct births *b)
{
  for (uint32_t x = 0; x < wane_numa_rows(); x++)
    for (uint32_t y = 0; y < wane_numa_rows(); y++) {
      assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, x, y),
                       b->objects[x][y]);
      assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_BYTES, x, y),
                       b->bytes[x][y]);
    }
}

static void births_are_counted_exactly(void **state)
{
  static const char *const policies[] = {
      "os-default", "first-touch", "local",     "bind:1",    "bind:0-1",
      "preferred:0", "interleave", "next-node", "interleave:1"};
  static struct births births;
  for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++)
    for (uint32_t n = 2; n <= 8; n *= 2) {
      births = (struct births){.seed = *(const uint64_t *)*state};
      nodes_open(n, policies[p]);
      nodes_start(256 * MIB);
      for (uint32_t i = 0; i <= n; i++) {
        births.from = i;
        run_on(i < n ? i : WANE_NODE_ANY, make_many, &births);
      }
      wane_collect_foreign();
      compare_births(&births);
      wane_numa_reset();
      assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 0, 0), 0);
      nodes_stop();
    }
}

// What a claimed thread had allocated is counted for its node, not for the
// coordinator's.
static _Atomic int step;

static void await_step(int n)
{
  while (atomic_load(&step) < n) sched_yield();
}

static void make_three_and_wait(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (int i = 0; i < 3; i++) world_need(m, THING_PAIR, 0);
  wane_detach(m);
  atomic_store(&step, 1);
  await_step(2);
  wane_attach(m);
}

static void a_thread_that_waits_is_counted_for_its_node(void **state)
{
  (void)state;
  struct visitor v;
  atomic_store(&step, 0);
  nodes_open(4, "next-node");
  nodes_start(64 * MIB);
  start_on(&v, 2, make_three_and_wait, NULL);
  await_step(1);
  wane_collect_foreign();
  assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 2, 3), 3);
  atomic_store(&step, 2);
  pthread_join(v.thread, NULL);
  assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 2, 3), 3);
  nodes_stop();
}

static void nothing_is_counted_unasked(void **state)
{
  (void)state;
  static struct births births;
  uint64_t cells[9];
  nodes_open(2, "local");
  nodes.config.model = nodes.config.count = false;
  nodes.config.placement = NULL;
  nodes_start(64 * MIB);
  run_on(WANE_NODE_ANY, make_many, &births);
  wane_numa_edges();
  assert_false(wane_numa_matrix(WANE_NUMA_ALLOC_BYTES, cells));
  nodes_stop();
}

// --- from one node to another ------------------------------------------------

struct hand {
  struct wane_root_set set;
  uint64_t turns;
};

// --- edges -------------------------------------------------------------------

static wane_ref kept[4];

static void make_one(struct wane_mutator *m, void *argument)
{
  uint32_t node = *(const uint32_t *)argument;
  kept[node] = world_need(m, node == 3 ? THING_WIDE : THING_TRACED, 10);
  wane_handle_new(m, kept[node]);
}

static void point(struct wane_mutator *m, void *argument)
{
  (void)argument;
  wane_store(m, kept[0], thing_slot(kept[0], 0), kept[1]);
  wane_store(m, kept[0], thing_slot(kept[0], 1), kept[1]);
  wane_store(m, kept[0], thing_slot(kept[0], 2), kept[2]);
  wane_store(m, kept[1], thing_slot(kept[1], 0), kept[1]);
  for (uint32_t i = 0; i < 10; i++)
    wane_store(m, kept[3], thing_slot(kept[3], i), kept[i % 4]);
}

static void drop_some(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (uint32_t i = 0; i < 10; i++)
    wane_store(m, kept[3], thing_slot(kept[3], i), NULL);
}

static void expect_edges(const uint64_t expected[4][4])
{
  wane_numa_edges();
  for (uint32_t x = 0; x < 4; x++)
    for (uint32_t y = 0; y < 4; y++)
      assert_int_equal(nodes_cell(WANE_NUMA_EDGES, x, y), expected[x][y]);
}

static void edges_are_counted_as_they_are(void **state)
{
  (void)state;
  nodes_open(4, "local");
  nodes_start(64 * MIB);
  for (uint32_t i = 0; i < 4; i++) run_on(i, make_one, &i);
  run_on(2, point, NULL);
  static const uint64_t full[4][4] = {
      {0, 2, 1, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {3, 3, 2, 2}};
  static const uint64_t some[4][4] = {
      {0, 2, 1, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
  expect_edges(full);
  expect_edges(full); // not twice
  run_on(1, drop_some, NULL);
  expect_edges(some);
  wane_stop();
  check_assert_none(&world_log);
  wane_placement_free(nodes.placement);
  wane_topology_close(nodes.topology);
}

int main(void)
{
  static uint64_t seed;
  seed = check_seed(90125);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(births_are_counted_exactly, &seed),
      cmocka_unit_test(a_thread_that_waits_is_counted_for_its_node),
      cmocka_unit_test(nothing_is_counted_unasked),
      cmocka_unit_test(edges_are_counted_as_they_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
