// test_pool.c: runtime/pool.c: parallel_for does everything, once.
// SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "numa.h"
#include "pool.h"

#include <wane/collector.h>

#include <pthread.h>
#include <sched.h>

#define MOST 1000

static _Atomic uint32_t visits[MOST];

static void visit(void *context, size_t begin, size_t end)
{
  (void)context;
  for (size_t i = begin; i < end; i++) atomic_fetch_add(&visits[i], 1);
}

static void check(size_t n, size_t grain)
{
  memset(visits, 0, sizeof visits);
  wane_gc_parallel_for(n, grain, visit, NULL);
  for (size_t i = 0; i < MOST; i++)
    assert_int_equal(atomic_load(&visits[i]), i < n);
}

static char error[256];

static void every_piece_runs_exactly_once(void **state)
{
  (void)state;
  static const size_t sizes[] = {0, 1, 2, 63, 64, 65, MOST};
  static const size_t grains[] = {1, 7, 64, 2000};
  for (uint32_t workers = 1; workers <= 4; workers++) {
    assert_int_equal(wane__pool_start(workers, error, sizeof error), 0);
    assert_int_equal(wane_gc_workers(), workers);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
      for (size_t g = 0; g < sizeof grains / sizeof *grains; g++)
        check(sizes[s], grains[g]);
    wane__pool_stop();
  }
}

static void many_small_jobs_lose_none(void **state)
{
  (void)state;
  assert_int_equal(wane__pool_start(3, error, sizeof error), 0);
  for (int i = 0; i < 2000; i++) check(17, 1);
  wane__pool_stop();
}

// --- who takes what ----------------------------------------------------------
//
// No piece ends before all have begun, so each thread has one: the one that it
// takes first.

#define WORKERS 4

static _Atomic uint32_t begun;
static pthread_t runner[WORKERS]; // of each piece, in this job
static uint32_t node_of_runner[WORKERS];

static void meet(void *context, size_t begin, size_t end)
{
  (void)context;
  assert_int_equal(end, begin + 1);
  runner[begin] = pthread_self();
  node_of_runner[begin] = wane__numa_here();
  atomic_fetch_add(&begun, 1);
  while (atomic_load(&begun) < WORKERS) sched_yield();
}

static void a_thread_begins_with_its_own_piece(void **state)
{
  (void)state;
  pthread_t first[WORKERS];
  assert_int_equal(wane__pool_start(WORKERS, error, sizeof error), 0);
  for (int turn = 0; turn < 50; turn++) {
    atomic_store(&begun, 0);
    wane_gc_parallel_for(WORKERS, 1, meet, NULL);
    assert_true(pthread_equal(runner[0], pthread_self()));
    if (!turn) memcpy(first, runner, sizeof first);
    for (int i = 0; i < WORKERS; i++)
      assert_true(pthread_equal(runner[i], first[i]));
  }
  wane__pool_stop();
}

// On the nodes of a model in turn; the pieces the other way round.
static uint32_t home_of(void *context, size_t begin)
{
  (void)context;
  return (uint32_t)(WORKERS - 1 - begin);
}

static void a_thread_begins_with_a_piece_of_its_node(void **state)
{
  (void)state;
  struct wane_topology *topology = wane_topology_open(
      "synthetic:numa:4 pu:1", error, sizeof error);
  assert_non_null(topology);
  struct wane_placement *placement = wane_placement_plan(
      topology, "per-node", 1, WORKERS, error, sizeof error);
  assert_non_null(placement);
  struct wane_numa_config config = {
      .topology = topology, .placement = placement, .model = true};
  assert_int_equal(wane__numa_start(&config, error, sizeof error), 0);
  assert_int_equal(
      wane__numa_place(WANE_PLACE_WORKER, 0, error, sizeof error), 0);
  assert_int_equal(wane__pool_start(WORKERS, error, sizeof error), 0);
  for (int turn = 0; turn < 50; turn++) {
    atomic_store(&begun, 0);
    wane__pool_near(WORKERS, 1, meet, home_of, NULL);
    for (uint32_t i = 0; i < WORKERS; i++)
      assert_int_equal(node_of_runner[i], home_of(NULL, i));
  }
  // And none is left out if there is nobody on its node, or there are many.
  for (size_t n = 0; n < MOST; n += 97) {
    memset(visits, 0, sizeof visits);
    wane__pool_near(n, 3, visit, home_of, NULL);
    for (size_t i = 0; i < MOST; i++)
      assert_int_equal(atomic_load(&visits[i]), i < n);
  }
  wane__pool_stop();
  wane__numa_stop();
  wane_placement_free(placement);
  wane_topology_close(topology);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_piece_runs_exactly_once),
      cmocka_unit_test(many_small_jobs_lose_none),
      cmocka_unit_test(a_thread_begins_with_its_own_piece),
      cmocka_unit_test(a_thread_begins_with_a_piece_of_its_node),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
