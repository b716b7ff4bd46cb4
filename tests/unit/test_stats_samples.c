// test_stats_samples.c: means, ratios, effect sizes, and how sure they are.
// SPDX-License-Identifier: MIT
//
// Golden values are from tables, by hand, or from numeric integration and
// bisection; intervals must also hold what they promise on samples whose mean
// is known.

#include "check.h"

#include "stats.h"

#include <math.h>
#include <string.h>

static struct check_random dice;

#define ASSERT_NEAR(found, expected, digits)                                   \
  assert_near((found), (expected), (digits), #found, __LINE__)

static void assert_near(double found, double expected, int digits,
                        const char *what, int line)
{
  if (fabs(found - expected) <= 0.5000001 * pow(10, -digits)) return;
  print_error("%s is %.12g, expected %.12g\n", what, found, expected);
  _fail(__FILE__, line);
}

// Box and Muller.
static double normal(void)
{
  double u = ((double)(check_next(&dice) >> 11) + 1) * 0x1p-53;
  double v = (double)(check_next(&dice) >> 11) * 0x1p-53;
  return sqrt(-2 * log(u)) * cos(2 * acos(-1) * v);
}

static void fill(double *x, size_t n, double mean, double sd)
{
  for (size_t i = 0; i < n; i++) x[i] = mean + sd * normal();
}

// --- means -----------------------------------------------------------------

// Student's own: hours of sleep gained (Biometrika 6, 1908), as every
// statistics program prints its interval.
static const double sleep_gained[] = {1.2, 2.4, 1.3, 1.3, 0.0,
                                      1.0, 1.8, 0.8, 4.6, 1.4};

static void intervals_of_means_are_students(void **state)
{
  (void)state;
  struct stats_interval i = stats_mean(sleep_gained, 10, 0.95);
  assert_int_equal(i.n, 10);
  ASSERT_NEAR(i.mean, 1.58, 12);
  ASSERT_NEAR(i.sd, 1.229995, 6);
  ASSERT_NEAR(i.low, 0.7001142, 7);
  ASSERT_NEAR(i.high, 2.4598858, 7);
}

// Half the interval of {-1, 1} is t(1 df), of {-1, 0, 1} t(2 df) / sqrt(3).
static void intervals_have_the_quantiles_of_tables(void **state)
{
  (void)state;
  static const double two[] = {-1, 1}, three[] = {-1, 0, 1};
  ASSERT_NEAR(stats_mean(two, 2, 0.95).high, 12.706, 3);
  ASSERT_NEAR(stats_mean(two, 2, 0.99).high, 63.657, 3);
  ASSERT_NEAR(stats_mean(two, 2, 0.5).high, 1, 12);
  ASSERT_NEAR(stats_mean(three, 3, 0.95).high * sqrt(3), 4.303, 3);
  ASSERT_NEAR(stats_mean(three, 3, 0.9).high * sqrt(3), 2.920, 3);
}

// Georges and others take the normal distribution from 30 on: t is near it.
static void many_values_have_nearly_the_normal_interval(void **state)
{
  (void)state;
  enum { N = 20000 };
  static double x[N];
  for (size_t i = 0; i < N; i++) x[i] = i % 2 ? 1 : -1;
  struct stats_interval i = stats_mean(x, N, 0.95);
  ASSERT_NEAR(i.high * sqrt(N), 1.960, 3);
}

static void nothing_is_known_of_too_few(void **state)
{
  (void)state;
  static const double one[] = {7}, bad[] = {1, NAN, 3};
  struct stats_interval i = stats_mean(one, 0, 0.95);
  assert_int_equal(i.n, 0);
  assert_true(isnan(i.mean) && isnan(i.low) && isnan(i.high) && isnan(i.sd));
  i = stats_mean(one, 1, 0.95);
  assert_true(i.mean == 7 && isnan(i.low) && isnan(i.high) && isnan(i.sd));
  i = stats_mean(bad, 3, 0.95);
  assert_true(isnan(i.mean) && isnan(i.low) && isnan(i.sd));
  static const double confidences[] = {0, 1, -1, 2, NAN};
  for (size_t c = 0; c < 5; c++) { // GSL would end the process
    i = stats_mean(sleep_gained, 10, confidences[c]);
    assert_true(fabs(i.mean - 1.58) < 1e-12 && isnan(i.low) && isnan(i.high));
  }
}

static void equal_values_have_no_width(void **state)
{
  (void)state;
  static const double x[] = {3, 3, 3};
  struct stats_interval i = stats_mean(x, 3, 0.95);
  assert_true(i.mean == 3 && i.low == 3 && i.high == 3 && i.sd == 0);
}

// How often the interval of so small a sample holds the mean.
static void means_are_covered(void **state)
{
  (void)state;
  enum { ROUNDS = 4000, N = 5 };
  unsigned held = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double x[N];
    fill(x, N, 100, 15);
    struct stats_interval i = stats_mean(x, N, 0.9);
    held += i.low <= 100 && 100 <= i.high;
  }
  assert_in_range(held, 0.875 * ROUNDS, 0.925 * ROUNDS); // 5 sigma
}

// --- geometric means -------------------------------------------------------

static void geometric_means_are_roots_of_products(void **state)
{
  (void)state;
  static const double x[] = {1, 10, 100}, zero[] = {1, 0}, below[] = {1, -1};
  struct stats_interval i = stats_geomean(x, 3, 0.95);
  ASSERT_NEAR(i.mean, 10, 12);
  ASSERT_NEAR(i.sd, log(10), 12);
  // t(2 df) = 4.302652729750, on logarithms of sd log(10) and n = 3.
  ASSERT_NEAR(log10(i.high), 1 + 4.302652729750 / sqrt(3), 9);
  ASSERT_NEAR(log10(i.low), 1 - 4.302652729750 / sqrt(3), 9);
  assert_true(isnan(stats_geomean(zero, 2, 0.95).mean));
  assert_true(isnan(stats_geomean(below, 2, 0.95).mean));
  assert_true(isnan(stats_geomean(x, 0, 0.95).mean));
  i = stats_geomean(x + 2, 1, 0.95);
  ASSERT_NEAR(i.mean, 100, 9);
  assert_true(isnan(i.low) && isnan(i.high));
}

// The mean of ratios is another one when all are turned over; this is not.
static void geometric_means_turn_over_with_their_ratios(void **state)
{
  (void)state;
  for (int round = 0; round < 100; round++) {
    double x[9], y[9];
    for (int i = 0; i < 9; i++) y[i] = 1 / (x[i] = exp(normal()));
    struct stats_interval a = stats_geomean(x, 9, 0.95);
    struct stats_interval b = stats_geomean(y, 9, 0.95);
    assert_true(fabs(a.mean * b.mean - 1) < 1e-12);
    assert_true(fabs(a.low * b.high - 1) < 1e-12);
  }
}

// --- ratios ----------------------------------------------------------------

// Roots of |a - r b| = t * sqrt(u + r^2 v), found by bisection, with t by
// numeric integration at Welch's degrees of freedom.
static void ratios_have_fiellers_interval(void **state)
{
  (void)state;
  static const double a[] = {9, 10, 11}, b[] = {4, 5, 6};
  static const double c[] = {102, 98, 105, 99, 101, 97};
  static const double d[] = {80, 84, 79, 83};
  struct stats_interval i = stats_ratio(a, 3, b, 3, 0.95);
  ASSERT_NEAR(i.mean, 2, 12);
  ASSERT_NEAR(i.low, 1.3696879369, 9);
  ASSERT_NEAR(i.high, 3.2714303957, 9);
  i = stats_ratio(a, 3, b, 3, 0.9);
  ASSERT_NEAR(i.low, 1.5049573856, 9);
  ASSERT_NEAR(i.high, 2.8196532411, 9);
  i = stats_ratio(c, 6, d, 4, 0.95);
  ASSERT_NEAR(i.mean, 1.2310838446, 9);
  ASSERT_NEAR(i.low, 1.1768712941, 9);
  ASSERT_NEAR(i.high, 1.2883093975, 9);
  assert_int_equal(i.n, 4);
  assert_true(isnan(i.sd));
}

// Without spread below, it is the interval of a mean, divided.
static void a_constant_below_only_scales(void **state)
{
  (void)state;
  static const double four[] = {4, 4, 4};
  struct stats_interval mean = stats_mean(sleep_gained, 10, 0.95);
  struct stats_interval i = stats_ratio(sleep_gained, 10, four, 3, 0.95);
  ASSERT_NEAR(i.low, mean.low / 4, 12);
  ASSERT_NEAR(i.high, mean.high / 4, 12);
  i = stats_ratio(four, 3, four, 2, 0.95); // nor spread above
  assert_true(i.mean == 1 && i.low == 1 && i.high == 1);
}

static void a_ratio_to_what_may_be_nothing_has_no_bounds(void **state)
{
  (void)state;
  static const double a[] = {9, 10, 11}, noisy[] = {-1, 1, 2}, zero[] = {-1, 1};
  struct stats_interval i = stats_ratio(a, 3, noisy, 3, 0.95);
  ASSERT_NEAR(i.mean, 15, 12);
  assert_true(isnan(i.low) && isnan(i.high));
  assert_true(isnan(stats_ratio(a, 3, zero, 2, 0.95).mean));
  i = stats_ratio(a, 3, a, 1, 0.95);
  assert_true(i.mean == 10 / 9.0 && isnan(i.low) && i.n == 1);
  assert_true(isnan(stats_ratio(a, 3, a, 0, 0.95).mean));
  assert_true(isnan(stats_ratio(a, 0, a, 3, 0.95).mean));
  i = stats_ratio(a, 3, a, 3, 1);
  assert_true(i.mean == 1 && isnan(i.low) && isnan(i.high));
}

// 2 * exp(-+ t(0.975, 2) * sqrt(0.005)): each mean has a logarithm of variance
// 0.01, with one degree of freedom, and what is below has none.
static void geometric_means_of_ratios_add_variances(void **state)
{
  (void)state;
  static const double wide[] = {90, 110}, same[] = {50, 50};
  const struct stats_sample a[] = {{wide, 2}, {wide, 2}};
  const struct stats_sample b[] = {{same, 2}, {same, 2}};
  struct stats_interval i = stats_geomean_ratio(a, b, 2, 0.95);
  ASSERT_NEAR(i.mean, 2, 12);
  ASSERT_NEAR(i.low, 1.4753624499, 9);
  ASSERT_NEAR(i.high, 2.7111981875, 9);
  assert_int_equal(i.n, 2);
  i = stats_geomean_ratio(b, a, 2, 0.95);
  ASSERT_NEAR(i.low, 1 / 2.7111981875, 9);
  i = stats_geomean_ratio(b, b, 2, 0.95); // no spread at all
  assert_true(i.mean == 1 && i.low == 1 && i.high == 1);
  assert_true(isnan(stats_geomean_ratio(a, b, 0, 0.95).mean));
  const struct stats_sample one = {wide, 1}, none = {wide, 0};
  i = stats_geomean_ratio(a, &one, 1, 0.95);
  assert_true(isnan(i.low) && i.n == 1);
  ASSERT_NEAR(i.mean, 100 / 90.0, 12);
  assert_true(isnan(stats_geomean_ratio(a, &none, 1, 0.95).mean));
}

static void ratios_turn_over(void **state)
{
  (void)state;
  for (int round = 0; round < 200; round++) {
    double a[6], b[4];
    fill(a, 6, 50, 5);
    fill(b, 4, 20, 1);
    struct stats_interval i = stats_ratio(a, 6, b, 4, 0.95);
    struct stats_interval k = stats_ratio(b, 4, a, 6, 0.95);
    assert_true(i.low < i.mean && i.mean < i.high);
    assert_true(fabs(i.mean * k.mean - 1) < 1e-12);
    assert_true(fabs(i.low * k.high - 1) < 1e-9);
    assert_true(fabs(i.high * k.low - 1) < 1e-9);
  }
}

// Samples of different sizes and spreads, and the true ratio.
static void ratios_are_covered(void **state)
{
  (void)state;
  enum { ROUNDS = 4000 };
  unsigned held = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double a[5], b[9];
    fill(a, 5, 120, 12);
    fill(b, 9, 80, 3);
    struct stats_interval i = stats_ratio(a, 5, b, 9, 0.95);
    held += i.low <= 1.5 && 1.5 <= i.high;
  }
  assert_in_range(held, 0.93 * ROUNDS, 0.97 * ROUNDS);
}

// --- bootstrap -------------------------------------------------------------

static double mean_of(const double *x, size_t n, void *context)
{
  unsigned *calls = context;
  double sum = 0;
  if (calls) ++*calls;
  for (size_t i = 0; i < n; i++) sum += x[i];
  return sum / (double)n;
}

static double least_of(const double *x, size_t n, void *context)
{
  (void)context;
  double least = x[0];
  for (size_t i = 1; i < n; i++) least = fmin(least, x[i]);
  return least;
}

static double nothing_of(const double *x, size_t n, void *context)
{
  (void)context;
  return n > 1 && x[0] == x[1] ? NAN : x[0]; // of some samples
}

static struct stats_interval boot(const double *x, size_t n, uint64_t seed)
{
  struct stats_interval i;
  assert_int_equal(stats_bootstrap(x, n, mean_of, NULL, 1000, seed, 0.95, &i),
                   0);
  return i;
}

static void bootstrap_repeats_itself(void **state)
{
  (void)state;
  struct stats_interval a = boot(sleep_gained, 10, 1);
  struct stats_interval b = boot(sleep_gained, 10, 1);
  struct stats_interval c = boot(sleep_gained, 10, 2);
  assert_memory_equal(&a, &b, sizeof a);
  assert_true(a.low != c.low || a.high != c.high);
  ASSERT_NEAR(a.mean, 1.58, 12);
  assert_true(a.low < 1.2 && a.low > 0.7 && a.high > 2.0 && a.high < 2.7);
  // The standard error of a mean: sd of the population / sqrt(n).
  ASSERT_NEAR(a.sd, 1.229995 * sqrt(0.9) / sqrt(10), 1);
}

// Of {0, 1} a fourth of the samples has mean 0, a half 1/2, a fourth 1.
static void bootstrap_draws_evenly(void **state)
{
  (void)state;
  static const double x[] = {0, 1};
  struct stats_interval i;
  unsigned calls = 0;
  stats_bootstrap(x, 2, mean_of, &calls, 4000, 5, 0.95, &i);
  assert_int_equal(calls, 4001);
  assert_true(i.mean == 0.5 && i.low == 0 && i.high == 1);
  ASSERT_NEAR(i.sd, sqrt(1 / 8.0), 1);
  stats_bootstrap(x, 2, mean_of, NULL, 4000, 5, 0.4, &i); // 30% .. 70%
  assert_true(i.low == 0.5 && i.high == 0.5);
  double y[100]; // a number in a hundred is missed by 36.6% of the samples
  for (size_t k = 0; k < 100; k++) y[k] = k ? 1 : 0;
  stats_bootstrap(y, 100, least_of, NULL, 4000, 5, 0.2, &i); // 40% .. 60%
  assert_true(i.low == 0 && i.high == 0);
  stats_bootstrap(y, 100, least_of, NULL, 4000, 5, 0.5, &i); // 25% .. 75%
  assert_true(i.low == 0 && i.high == 1);
}

static void bootstrap_of_too_little_is_unknown(void **state)
{
  (void)state;
  struct stats_interval i;
  static const double x[] = {3, 4, 5};
  assert_int_equal(stats_bootstrap(x, 0, mean_of, NULL, 9, 1, 0.95, &i), 0);
  assert_true(isnan(i.mean) && isnan(i.low) && i.n == 0);
  assert_int_equal(stats_bootstrap(x, 1, mean_of, NULL, 9, 1, 0.95, &i), 0);
  assert_true(i.mean == 3 && isnan(i.low) && isnan(i.sd));
  assert_int_equal(stats_bootstrap(x, 3, mean_of, NULL, 0, 1, 0.95, &i), 0);
  assert_true(i.mean == 4 && isnan(i.low));
  assert_int_equal(stats_bootstrap(x, 3, mean_of, NULL, 9, 1, 1, &i), 0);
  assert_true(i.mean == 4 && isnan(i.low));
  assert_int_equal(stats_bootstrap(x, 3, nothing_of, NULL, 99, 1, 0.95, &i), 0);
  assert_true(i.mean == 3 && isnan(i.low) && isnan(i.high));
}

// The percentile interval of a mean is a little too narrow in small samples.
static void bootstrap_covers(void **state)
{
  (void)state;
  enum { ROUNDS = 500, N = 20 };
  unsigned held = 0;
  for (unsigned round = 0; round < ROUNDS; round++) {
    double x[N];
    struct stats_interval i;
    fill(x, N, 10, 2);
    stats_bootstrap(x, N, mean_of, NULL, 200, round, 0.95, &i);
    held += i.low <= 10 && 10 <= i.high;
  }
  assert_in_range(held, 0.87 * ROUNDS, 0.97 * ROUNDS);
}

// --- effect sizes ----------------------------------------------------------

// J(4) = 0.7979 is in Hedges' table; d = 2 / sqrt(2.5) by hand.
static void effect_sizes_are_hedges(void **state)
{
  (void)state;
  static const double a[] = {2, 4, 6}, b[] = {1, 2, 3}, pair[] = {0, 2};
  static const double other[] = {4, 6}, flat[] = {1, 1}, high[] = {2, 2};
  ASSERT_NEAR(stats_hedges_g(a, 3, b, 3), 2 / sqrt(2.5) * sqrt(2 / acos(-1)),
              12);
  ASSERT_NEAR(stats_hedges_g(b, 3, a, 3), -stats_hedges_g(a, 3, b, 3), 12);
  // Of 3 and 2: variances 4 and 2, J(3) = 0.7236.
  ASSERT_NEAR(stats_hedges_g(a, 3, pair, 2),
              3 / sqrt((2 * 4 + 2) / 3.0) * 0.7236, 3);
  // J(2) = 0.5642; d = 4 / sqrt(2).
  ASSERT_NEAR(stats_hedges_g(other, 2, pair, 2), 4 / sqrt(2) * 0.5642, 3);
  assert_true(stats_hedges_g(flat, 2, flat, 2) == 0);
  assert_true(isinf(stats_hedges_g(high, 2, flat, 2)));
  assert_true(stats_hedges_g(flat, 2, high, 2) < 0);
  assert_true(isnan(stats_hedges_g(a, 1, b, 3)));
  assert_true(isnan(stats_hedges_g(a, 3, b, 0)));
}

// J makes g right on average where d is too large.
static void effect_sizes_have_no_bias(void **state)
{
  (void)state;
  enum { ROUNDS = 20000 };
  double sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double a[4], b[4];
    fill(a, 4, 1, 1);
    fill(b, 4, 0, 1);
    sum += stats_hedges_g(a, 4, b, 4);
  }
  assert_true(fabs(sum / ROUNDS - 1) < 0.04); // d would say 1.15
}

static void orders_are_counted_with_half_of_ties(void **state)
{
  (void)state;
  static const double low[] = {1, 2, 3}, high[] = {4, 5}, some[] = {2, 2, 9};
  static const double bad[] = {NAN};
  assert_true(stats_a12(high, 2, low, 3) == 1);
  assert_true(stats_a12(low, 3, high, 2) == 0);
  assert_true(stats_a12(low, 3, low, 3) == 0.5);
  // 1, 2, 3 over 2, 2, 9: 0; two ties; two more.
  ASSERT_NEAR(stats_a12(low, 3, some, 3), 3 / 9.0, 12);
  assert_true(isnan(stats_a12(low, 0, high, 2)));
  assert_true(isnan(stats_a12(low, 3, bad, 1)));
}

int main(void)
{
  dice.state = check_seed(1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(intervals_of_means_are_students),
      cmocka_unit_test(intervals_have_the_quantiles_of_tables),
      cmocka_unit_test(many_values_have_nearly_the_normal_interval),
      cmocka_unit_test(nothing_is_known_of_too_few),
      cmocka_unit_test(equal_values_have_no_width),
      cmocka_unit_test(means_are_covered),
      cmocka_unit_test(geometric_means_are_roots_of_products),
      cmocka_unit_test(geometric_means_turn_over_with_their_ratios),
      cmocka_unit_test(ratios_have_fiellers_interval),
      cmocka_unit_test(a_constant_below_only_scales),
      cmocka_unit_test(a_ratio_to_what_may_be_nothing_has_no_bounds),
      cmocka_unit_test(geometric_means_of_ratios_add_variances),
      cmocka_unit_test(ratios_turn_over),
      cmocka_unit_test(ratios_are_covered),
      cmocka_unit_test(bootstrap_repeats_itself),
      cmocka_unit_test(bootstrap_draws_evenly),
      cmocka_unit_test(bootstrap_of_too_little_is_unknown),
      cmocka_unit_test(bootstrap_covers),
      cmocka_unit_test(effect_sizes_are_hedges),
      cmocka_unit_test(effect_sizes_have_no_bias),
      cmocka_unit_test(orders_are_counted_with_half_of_ties),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
