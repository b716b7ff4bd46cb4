// test_utilisation.c: when mutators could not run, by events made up.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "utilisation.h"

#include <math.h>

static struct utilisation *u;

static void add(const char *event, const char *kind, const char *thread,
                uint64_t stw, int64_t begin, int64_t end, uint64_t cpu_ns)
{
  struct companion_event e = {.event = event,
                              .kind = kind,
                              .thread = thread,
                              .stw = stw,
                              .t_begin_ns = begin,
                              .t_end_ns = end,
                              .cpu_ns = cpu_ns};
  assert_int_equal(utilisation_add(u, &e), 0);
}

static void event(const char *name, const char *thread, uint64_t stw,
                  int64_t begin, int64_t end)
{
  add(name, NULL, thread, stw, begin, end, COMPANION_NO_COUNT);
}

static void begin(unsigned processors)
{
  u = utilisation_open(processors);
  assert_non_null(u);
  add("marker", "harness_end", "harness", COMPANION_NO_COUNT, 1000, 1000,
      COMPANION_NO_COUNT);
}

static void is(enum utilisation_series series, uint64_t window, double mmu,
               double bmu)
{
  double m = utilisation_mmu(u, series, window);
  double b = utilisation_bmu(u, series, window);
  if (!(fabs(m - mmu) < 1e-9) || !(fabs(b - bmu) < 1e-9))
    fail_msg("series %d, window %d: %.6f and %.6f, not %.6f and %.6f", series,
             (int)window, m, b, mmu, bmu);
}

// As Cheng and Blelloch have it: everything stops at once.
static void stopped_worlds(void **state)
{
  (void)state;
  begin(2);
  event("pause", "a", 1, 600, 640); // in any order
  event("pause", "a", 1, 100, 110);
  event("pause", "b", 1, 102, 109);
  event("pause", "b", 1, 115, 125);
  event("pause", "b", 1, 990, 2000);  // cut at the end of the run
  event("pause", "b", 1, -90, -10);   // before it
  event("stall", "b", 0, 1500, 1600); // in the drain
  assert_int_equal(utilisation_ready(u), 0);
  assert_true(utilisation_run_ns(u) == 1000);
  is(UTILISATION_STW, 40, 0, 0);
  is(UTILISATION_STW, 50, 0.2, 0.2);
  is(UTILISATION_STW, 1000, 0.93, 0.93);
  is(UTILISATION_CAPACITY, 40, 0, 0);
  is(UTILISATION_CAPACITY, 1000, 0.93, 0.93);
  is(UTILISATION_WORST, 50, 0.2, 0.2);
  is(UTILISATION_WORST, 1000, 0.95, 0.95); // of a, not of both
  assert_true(isnan(utilisation_mmu(u, UTILISATION_STW, 1001)));
  utilisation_free(u);
}

// Nobody may have been there to pause.
static void stops_are_the_coordinators_where_it_told_them(void **state)
{
  (void)state;
  begin(2);
  event("pause", "a", 1, 90, 145);
  add("phase", "stopped", "coordinator", 1, 100, 140, 40);
  add("phase", "stopped", "coordinator", 1, 500, 560, 60); // all were detached
  assert_int_equal(utilisation_ready(u), 0);
  is(UTILISATION_STW, 60, 0, 0);
  is(UTILISATION_STW, 1000, 0.9, 0.9);
  is(UTILISATION_WORST, 1000, 0.945, 0.945);
  is(UTILISATION_CAPACITY, 60, 0, 0);
  is(UTILISATION_CAPACITY, 1000, 0.885, 0.885);
  utilisation_free(u);
}

static void beside_mutators(void **state)
{
  (void)state;
  begin(4);
  event("cycle", "coordinator", 0, 100, 300);
  // 3 workers for 50 ns, one of them the coordinator.
  add("phase", "mark", "coordinator", 0, 200, 250, 150);
  event("pause", "a", 0, 100, 101);
  event("assist", "a", 0, 400, 500);
  event("stall", "a", 0, 450, 520); // while it assists
  event("assist", "b", 0, 450, 500);
  assert_int_equal(utilisation_ready(u), 0);
  is(UTILISATION_STW, 10, 1, 1);
  is(UTILISATION_WORST, 10, 0, 0);
  is(UTILISATION_WORST, 200, 1 - 120.0 / 200, 1 - 120.0 / 200);
  is(UTILISATION_CAPACITY, 50, 0.25, 0.25); // 450 to 500, and 200 to 250
  is(UTILISATION_CAPACITY, 1000,
     1 - (200 + 2 * 50 + 1 + 100 + 70 + 50) / 4000.0,
     1 - (200 + 2 * 50 + 1 + 100 + 70 + 50) / 4000.0);
  utilisation_free(u);
}

static void nothing_happened(void **state)
{
  (void)state;
  begin(0);
  assert_int_equal(utilisation_ready(u), 0);
  for (int i = 0; i < UTILISATION_SERIES; i++)
    is((enum utilisation_series)i, 10, 1, 1);
  utilisation_free(u);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stopped_worlds),
      cmocka_unit_test(stops_are_the_coordinators_where_it_told_them),
      cmocka_unit_test(beside_mutators),
      cmocka_unit_test(nothing_happened),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
