// test_canary.c: whether a machine stayed the same.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "canary.h"

#include <math.h>
#include <stdbool.h>

static void assert_verdict(const double *ns, size_t n, const char *verdict)
{
  struct canary canary;
  canary_judge(&canary, ns, n);
  assert_string_equal(canary.verdict, verdict);
  assert_int_equal(canary.n, n);
}

static void verdicts(void **state)
{
  (void)state;
  static const double steady[] = {100, 101, 99, 100, 101, 99, 100, 100};
  static const double noisy[] = {100, 130, 80, 120, 70, 125, 110, 90};
  static const double slower[] = {100, 101, 99, 100, 120, 121, 119, 120};
  static const double alike[] = {100, 100, 100, 100};
  assert_verdict(steady, 8, "steady");
  assert_verdict(noisy, 8, "noisy");
  assert_verdict(slower, 8, "drifting");
  assert_verdict(alike, 4, "steady");
  assert_verdict(slower, 3, "too few");
  assert_verdict(NULL, 0, "too few");
}

static void drift_is_the_later_half_over_the_earlier(void **state)
{
  (void)state;
  static const double ns[] = {100, 102, 98, 150, 151, 149};
  struct canary canary;
  canary_judge(&canary, ns, 6);
  assert_true(fabs(canary.drift - 1.5) < 1e-12);
  assert_true(canary.drift_low < 1.5 && canary.drift_high > 1.5);
  assert_true(fabs(canary.mean_ns - 125) < 1e-9);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(verdicts),
      cmocka_unit_test(drift_is_the_later_half_over_the_earlier),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
