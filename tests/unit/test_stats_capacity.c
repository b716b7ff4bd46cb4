// test_stats_capacity.c: utilisation where a part of the machine is taken.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "stats.h"

#include <math.h>

static void near(double a, double b)
{
  if (!(fabs(a - b) < 1e-9)) fail_msg("%.12f is not %.12f", a, b);
}

// All or nothing: what spans give.
static void the_golden_vector_of_spans(void **state)
{
  (void)state;
  static const struct stats_step steps[] = {{0, 0},   {100, 1}, {110, 0},
                                            {115, 1}, {125, 0}, {600, 1},
                                            {640, 0}};
  static const struct {
    uint64_t window;
    double mmu, bmu;
  } golden[] = {{40, 0, 0},        {50, 0.2, 0.2},
                {100, 0.6, 0.6},   {200, 0.8, 0.8},
                {500, 0.92, 0.8888888888888888}, {1000, 0.94, 0.94}};
  for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
    near(stats_capacity_mmu(steps, 7, 1000, golden[i].window), golden[i].mmu);
    near(stats_capacity_bmu(steps, 7, 1000, golden[i].window), golden[i].bmu);
  }
  assert_true(isnan(stats_capacity_mmu(steps, 7, 1000, 1001)));
  assert_true(isnan(stats_capacity_bmu(steps, 7, 1000, 0)));
}

static void half_a_machine(void **state)
{
  (void)state;
  static const struct stats_step steps[] = {{10, 0.5}, {30, 0.25}, {50, 0}};
  near(stats_capacity_mmu(steps, 3, 100, 20), 0.5);
  near(stats_capacity_mmu(steps, 3, 100, 40), 1 - 15.0 / 40);
  near(stats_capacity_mmu(steps, 3, 100, 100), 1 - 15.0 / 100);
  near(stats_capacity_mmu(NULL, 0, 100, 50), 1);
  near(stats_capacity_bmu(NULL, 0, 100, 50), 1);
}

// Against every interval there is, in steps of 1.
static void every_interval(void **state)
{
  (void)state;
  enum { RUN = 40 };
  struct check_random dice = {.state = check_seed(1)};
  for (int round = 0; round < 300; round++) {
    struct stats_step steps[8];
    double sum[RUN + 1] = {0};
    size_t n = check_below(&dice, 8), k = 0;
    uint64_t at = check_below(&dice, 4);
    for (size_t i = 0; i < n; i++) {
      steps[i] = (struct stats_step){at, (double)check_below(&dice, 5) / 4};
      at += 1 + check_below(&dice, 12); // some lie behind the run
    }
    for (uint64_t t = 0; t < RUN; t++) {
      while (k < n && steps[k].from_ns <= t) k++;
      sum[t + 1] = sum[t] + (k ? steps[k - 1].taken : 0);
    }
    double bmu = 1;
    for (uint64_t w = RUN; w >= 1; w--) {
      double mmu = 1;
      for (uint64_t t = 0; t + w <= RUN; t++)
        mmu = fmin(mmu, 1 - (sum[t + w] - sum[t]) / (double)w);
      bmu = fmin(bmu, mmu);
      near(stats_capacity_mmu(steps, n, RUN, w), mmu);
      near(stats_capacity_bmu(steps, n, RUN, w), bmu);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_golden_vector_of_spans),
      cmocka_unit_test(half_a_machine),
      cmocka_unit_test(every_interval),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
