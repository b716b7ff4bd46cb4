// test_numa_cost.c: runtime/numa_cost.c: sums by hand, and debts that are paid.
// SPDX-License-Identifier: MIT

#include <check.h>
#include <numa_model.h>

#include "numa_cost.h"

#include <string.h>
#include <wane/wane.h>

// Node 2 hears of node 0 over node 1; the way back is shorter.
enum { NODES = 3, ROWS = NODES + 1 };
static const uint32_t distances[NODES * NODES] = {
    10, 21, 35, //
    17, 10, 21, //
    28, 12, 10,
};
static const struct wane__numa_far far = {NODES, distances, 100};

static uint64_t cells[WANE_NUMA_KINDS][ROWS][ROWS];

static int begin(void **state)
{
  (void)state;
  memset(cells, 0, sizeof cells);
  return 0;
}

static struct wane__numa_sum sum(void)
{
  return wane__numa_sum_of(&far, &cells[0][0][0]);
}

#define assert_ns(found, expected)                                             \
  do {                                                                         \
    double f_ = (found), e_ = (expected);                                      \
    if (f_ < e_ - 1e-6 || f_ > e_ + 1e-6)                                      \
      fail_msg("%s is %.9g, not %.9g", #found, f_, e_);                        \
  } while (0)

static void an_access_costs_what_its_way_is_longer(void **state)
{
  (void)state;
  static const double excess[NODES][NODES] = {
      {0, 110, 250},
      {70, 0, 110},
      {180, 20, 0},
  };
  for (uint32_t from = 0; from < NODES; from++)
    for (uint32_t to = 0; to < NODES; to++)
      assert_ns(wane__numa_excess(&far, WANE_NUMA_LOADS, from, to),
                excess[from][to]);
}

static void what_is_local_is_free(void **state)
{
  (void)state;
  for (uint32_t kind = 0; kind < WANE_NUMA_KINDS; kind++)
    for (uint32_t node = 0; node < NODES; node++)
      cells[kind][node][node] = 1000000007;
  assert_ns(sum().ns, 0);
  assert_int_equal(sum().uncovered, 0);
  assert_int_equal(sum().accesses, UINT64_C(7) * 3 * 1000000007);
}

// Which kinds are accesses, and that each is one.
static void only_accesses_cost(void **state)
{
  (void)state;
  static const enum wane_numa_kind accesses[] = {
      WANE_NUMA_ALLOC_OBJECTS, WANE_NUMA_STORES, WANE_NUMA_LOADS,
      WANE_NUMA_INCREMENTS,    WANE_NUMA_MARKED, WANE_NUMA_DECREMENTS,
      WANE_NUMA_FREED_OBJECTS};
  for (uint32_t kind = 0; kind < WANE_NUMA_KINDS; kind++) {
    bool is_access = false;
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++)
      is_access = is_access || accesses[i] == kind;
    begin(NULL);
    cells[kind][0][2] = 3;
    assert_ns(sum().ns, is_access ? 750 : 0);
    assert_int_equal(sum().accesses, is_access ? 3 : 0);
  }
}

static void directions_are_kept_apart(void **state)
{
  (void)state;
  cells[WANE_NUMA_STORES][0][1] = 10;
  cells[WANE_NUMA_STORES][1][0] = 100;
  cells[WANE_NUMA_LOADS][2][1] = 1000;
  cells[WANE_NUMA_MARKED][1][2] = 10000;
  cells[WANE_NUMA_EDGES][2][0] = 1 << 30;
  assert_ns(sum().ns, 10 * 110. + 100 * 70. + 1000 * 20. + 10000 * 110.);
  assert_int_equal(sum().accesses, 11110);
}

static void what_nobody_knows_is_free_and_reported(void **state)
{
  (void)state;
  cells[WANE_NUMA_STORES][NODES][1] = 2;
  cells[WANE_NUMA_STORES][0][NODES] = 3;
  cells[WANE_NUMA_LOADS][NODES][NODES] = 5;
  cells[WANE_NUMA_STEALS][NODES][0] = 7; // no access
  assert_ns(sum().ns, 0);
  assert_int_equal(sum().uncovered, 10);
  assert_int_equal(sum().accesses, 10);
}

static void nothing_is_nearer_than_local(void **state)
{
  (void)state;
  static const uint32_t odd[4] = {11, 9, 0, 10};
  static const struct wane__numa_far f = {2, odd, 100};
  assert_ns(wane__numa_excess(&f, WANE_NUMA_LOADS, 0, 0), 10);
  assert_ns(wane__numa_excess(&f, WANE_NUMA_LOADS, 0, 1), 0);
  assert_ns(wane__numa_excess(&f, WANE_NUMA_LOADS, 1, 0), 0);
}

// --- in a runtime -----------------------------------------------------------

// A thread of its own: role, node, what it did. Books are by thread.
struct doer {
  enum wane_place_role role;
  uint32_t index;
  enum wane_numa_kind kind;
  uint32_t to;
  uint64_t n, times;
};

static void *act(void *argument)
{
  const struct doer *d = argument;
  char error[256];
  if (wane__numa_place(d->role, d->index, error, sizeof error)) abort();
  wane__numa_cell *book = wane__numa_book();
  for (uint64_t i = 0; i < d->times; i++)
    wane__numa_add(book, d->kind, wane__numa_here(), d->to, d->n);
  return NULL;
}

static void let(struct doer d)
{
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, act, &d), 0);
  pthread_join(thread, NULL);
}

// Two nodes 20 apart: an access costs as much again, 90 ns.
static void start(struct numa_model *model, bool inject)
{
  char error[256];
  numa_model_open(model, 2);
  model->config.inject = inject;
  struct wane_config config = {.numa = &model->config};
  if (wane_start(&config, error, sizeof error)) fail_msg("%s", error);
  wane_numa_reset(); // of what the runtime's own threads have done
}

static void stop(struct numa_model *model)
{
  wane_stop();
  numa_model_close(model);
}

static void threads_are_summed_by_their_role(void **state)
{
  (void)state;
  struct numa_model model;
  start(&model, false);
  let((struct doer){WANE_PLACE_MUTATOR, 0, WANE_NUMA_STORES, 1, 5, 2});
  let((struct doer){WANE_PLACE_MUTATOR, 1, WANE_NUMA_LOADS, 0, 7, 1});
  let((struct doer){WANE_PLACE_MUTATOR, 3, WANE_NUMA_LOADS, 1, 1000, 1});
  let((struct doer){WANE_PLACE_FINALIZER, 0, WANE_NUMA_STORES, WANE_NODE_ANY,
                    3, 1});
  struct wane_numa_cost c = wane_numa_cost();
  assert_ns(c.mutators_ns, 17 * 90.);
  assert_ns(c.mutator_most_ns, 10 * 90.);
  assert_ns(c.collectors_ns, 0);
  assert_int_equal(c.accesses, 1020);
  assert_int_equal(c.uncovered, 3);
  uint32_t worker_node =
      wane_placement_node(model.placement, WANE_PLACE_WORKER, 1);
  let((struct doer){WANE_PLACE_WORKER, 1, WANE_NUMA_MARKED, 1 - worker_node, 11,
                    1});
  let((struct doer){WANE_PLACE_WORKER, 1, WANE_NUMA_FREED_OBJECTS,
                    1 - worker_node, 13, 1});
  c = wane_numa_cost();
  assert_ns(c.mutators_ns, 17 * 90.);
  assert_ns(c.collectors_ns, 24 * 90.);
  assert_ns(c.collector_most_ns, 13 * 90.);
  assert_ns(c.waited_ns, 0);
  wane_numa_reset();
  c = wane_numa_cost();
  assert_ns(c.mutators_ns + c.collectors_ns, 0);
  assert_int_equal(c.accesses + c.uncovered, 0);
  stop(&model);
  assert_int_equal(wane_numa_cost().accesses, 0);
}

// A debt is waited for as soon as it is 2 us, and to the last ns.
static void a_debt_is_waited_for(void **state)
{
  (void)state;
  struct numa_model model;
  start(&model, true);
  let((struct doer){WANE_PLACE_MUTATOR, 0, WANE_NUMA_STORES, 1, 1, 22});
  assert_ns(wane_numa_cost().waited_ns, 0); // 1980 ns
  let((struct doer){WANE_PLACE_MUTATOR, 0, WANE_NUMA_STORES, 1, 1, 23});
  assert_ns(wane_numa_cost().waited_ns, 2070);
  let((struct doer){WANE_PLACE_MUTATOR, 0, WANE_NUMA_STORES, 0, 1, 100000});
  assert_ns(wane_numa_cost().waited_ns, 2070);
  uint64_t begin = wane__now_ns();
  let((struct doer){WANE_PLACE_MUTATOR, 1, WANE_NUMA_LOADS, 0, 20000, 2});
  assert_true(wane__now_ns() - begin >= 2 * 20000 * 90);
  assert_ns(wane_numa_cost().waited_ns, 2070 + 2 * 20000 * 90.);
  assert_ns(wane_numa_cost().mutators_ns, 45 * 90. + 2 * 20000 * 90.);
  stop(&model);
}

static void waiting_needs_a_model(void **state)
{
  (void)state;
  struct numa_model model;
  char error[256];
  numa_model_open(&model, 2);
  model.config.model = false;
  model.config.inject = true;
  model.config.placement = NULL;
  struct wane_config config = {.numa = &model.config};
  assert_int_equal(wane_start(&config, error, sizeof error), -EINVAL);
  assert_non_null(strstr(error, "in a model only"));
  numa_model_close(&model);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_access_costs_what_its_way_is_longer),
      cmocka_unit_test_setup(what_is_local_is_free, begin),
      cmocka_unit_test_setup(only_accesses_cost, begin),
      cmocka_unit_test_setup(directions_are_kept_apart, begin),
      cmocka_unit_test_setup(what_nobody_knows_is_free_and_reported, begin),
      cmocka_unit_test(nothing_is_nearer_than_local),
      cmocka_unit_test(threads_are_summed_by_their_role),
      cmocka_unit_test(a_debt_is_waited_for),
      cmocka_unit_test(waiting_needs_a_model),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
