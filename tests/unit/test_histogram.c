// test_histogram.c: runtime/histogram.c against exact quantiles.
// SPDX-License-Identifier: MIT

#include <wane/histogram.h>

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SEED UINT64_C(0x5eed0001)

static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static struct wane_histogram *new_histogram(void)
{
  struct wane_histogram *h = malloc(sizeof *h);
  assert_non_null(h);
  wane_histogram_reset(h);
  return h;
}

static int by_value(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

// The exact quantile at `parts` of 10,000, in integers: the rank is
// n-1-floor(n*(10000-parts)/10000), and not below 0.
static uint64_t exact(const uint64_t *sorted, uint64_t n, uint64_t parts)
{
  uint64_t above = n * (10000 - parts) / 10000;
  return sorted[above < n ? n - 1 - above : 0];
}

// Quantiles of `n` values against the sorted values: never below the exact
// one, and above it by 1/128 at most.
static void compare(uint64_t *values, uint64_t n)
{
  static const uint64_t parts[] = {0,    1,    100,  1000, 2500, 5000, 7500,
                                   9000, 9500, 9900, 9990, 9999, 10000};
  struct wane_histogram *h = new_histogram();
  double sum = 0;
  for (uint64_t i = 0; i < n; i++) {
    wane_histogram_add(h, values[i]);
    sum += (double)values[i];
  }
  qsort(values, n, sizeof *values, by_value);
  assert_int_equal(h->count, n);
  assert_int_equal(h->min, values[0]);
  assert_int_equal(h->max, values[n - 1]);
  assert_true(fabs(h->sum - sum) <= 1e-9 * sum);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    uint64_t want = exact(values, n, parts[i]);
    uint64_t got = wane_histogram_quantile(h, (double)parts[i] / 10000);
    if (got < want || got - want > want / 128)
      fail_msg("seed %" PRIu64 ": n=%" PRIu64 " p=%" PRIu64
               "/10000: expected %" PRIu64 ", found %" PRIu64,
               SEED, n, parts[i], want, got);
  }
  free(h);
}

static void quantiles_agree_with_sorted_values(void **state)
{
  (void)state;
  enum { MOST = 20000 };
  uint64_t random = SEED, *values = calloc(MOST, sizeof *values);
  assert_non_null(values);
  for (uint64_t n = 1; n <= MOST; n = n < 300 ? n + 1 : n * 3 / 2) {
    for (uint64_t i = 0; i < n; i++) // all magnitudes alike
      values[i] = next_random(&random) >> (1 + next_random(&random) % 63);
    compare(values, n);
    for (uint64_t i = 0; i < n; i++) // a few hundred ns, with a long tail
      values[i] = 200 + next_random(&random) % 100 +
                  (next_random(&random) % 1000 == 0 ? 5000000 : 0);
    compare(values, n);
  }
  free(values);
}

static void small_values_are_exact(void **state)
{
  (void)state;
  uint64_t values[256];
  for (uint64_t i = 0; i < 256; i++) values[i] = i;
  struct wane_histogram *h = new_histogram();
  for (uint64_t i = 0; i < 256; i++) wane_histogram_add(h, values[i]);
  for (uint64_t parts = 0; parts <= 10000; parts++)
    assert_int_equal(wane_histogram_quantile(h, (double)parts / 10000),
                     exact(values, 256, parts));
  free(h);
}

static void every_power_of_two_has_its_bucket(void **state)
{
  (void)state;
  struct wane_histogram *h = new_histogram();
  for (unsigned bit = 0; bit < 63; bit++) {
    for (int delta = -1; delta <= 1; delta++) {
      uint64_t value = ((uint64_t)1 << bit) + (uint64_t)(int64_t)delta;
      wane_histogram_reset(h);
      wane_histogram_add(h, value);
      wane_histogram_add(h, INT64_MAX);
      uint64_t low = wane_histogram_quantile(h, 0);
      assert_true(low >= value && low - value <= value / 128);
      assert_int_equal(wane_histogram_quantile(h, 1), INT64_MAX);
    }
  }
  free(h);
}

static void empty_histogram_answers_zero(void **state)
{
  (void)state;
  struct wane_histogram *h = new_histogram();
  assert_int_equal(wane_histogram_quantile(h, 0.5), 0);
  wane_histogram_merge(h, h);
  assert_int_equal(h->count, 0);
  free(h);
}

static void merging_equals_adding_to_one(void **state)
{
  (void)state;
  struct wane_histogram *all = new_histogram(), *sum = new_histogram();
  uint64_t random = SEED;
  for (int part = 0; part < 4; part++) {
    struct wane_histogram *h = new_histogram();
    for (int i = 0; i < part * 1000; i++) { // part 0 stays empty
      uint64_t value = next_random(&random) >> 40;
      wane_histogram_add(h, value);
      wane_histogram_add(all, value);
    }
    wane_histogram_merge(sum, h);
    free(h);
  }
  assert_int_equal(sum->count, all->count);
  assert_int_equal(sum->min, all->min);
  assert_int_equal(sum->max, all->max);
  assert_memory_equal(sum->bucket, all->bucket, sizeof all->bucket);
  free(sum);
  free(all);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quantiles_agree_with_sorted_values),
      cmocka_unit_test(small_values_are_exact),
      cmocka_unit_test(every_power_of_two_has_its_bucket),
      cmocka_unit_test(empty_histogram_answers_zero),
      cmocka_unit_test(merging_equals_adding_to_one),
  };
  printf("seed %" PRIu64 "\n", SEED);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
