// test_pool.c: runtime/pool.c: parallel_for does everything, once.
// SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"

#include <wane/collector.h>

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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_piece_runs_exactly_once),
      cmocka_unit_test(many_small_jobs_lose_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
