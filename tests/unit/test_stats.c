// test_stats.c: golden vectors of the arithmetic of papers.
// SPDX-License-Identifier: MIT
//
// Every formula against numbers that were not computed by this code: those of
// the papers, of tables, by hand, or of a slow and obvious program.

#include "check.h"

#include "stats.h"

#include <math.h>
#include <string.h>

static struct check_random dice;

// Equal to `digits` places behind the point.
#define ASSERT_NEAR(found, expected, digits)                                   \
  assert_near((found), (expected), (digits), #found, __LINE__)

static void assert_near(double found, double expected, int digits,
                        const char *what, int line)
{
  if (fabs(found - expected) <= 0.5000001 * pow(10, -digits)) return;
  print_error("%s is %.12g, expected %.12g\n", what, found, expected);
  _fail(__FILE__, line);
}

// --- heap factors ----------------------------------------------------------

static void heap_factors_are_those_of_running_ng(void **state)
{
  (void)state;
  static const double golden[] = {1.0,   1.417, 1.893, 2.429, 3.024,
                                  3.679, 4.393, 5.167, 6.0};
  for (unsigned i = 0; i <= 8; i++)
    ASSERT_NEAR(stats_heap_factor(i, 8, 6, 1), golden[i], 3);
  for (unsigned i = 0; i <= 8; i++) // spread 0: evenly
    ASSERT_NEAR(stats_heap_factor(i, 8, 5, 0), 1 + i * 0.5, 12);
  // Its own example: spread 1 puts 3 of 8 at 3 + 3/7 of 12.
  ASSERT_NEAR(stats_heap_factor(3, 8, 13, 1), 1 + 3 + 3 / 7.0, 12);
  assert_true(stats_heap_factor(0, 1, 6, 1) == 1);
  assert_true(stats_heap_factor(1, 1, 6, 1) == 6);
  assert_true(stats_heap_factor(4, 4, 1.1, 3) == 1.1);
  assert_true(isnan(stats_heap_factor(0, 0, 6, 1)));
  assert_true(isnan(stats_heap_factor(9, 8, 6, 1)));
  assert_true(isnan(stats_heap_factor(1, 8, NAN, 1)));
}

static void heap_factors_grow_and_so_do_their_gaps(void **state)
{
  (void)state;
  for (unsigned spread = 0; spread < 5; spread++)
    for (unsigned i = 1; i < 32; i++) {
      double before = stats_heap_factor(i - 1, 32, 6, spread);
      double here = stats_heap_factor(i, 32, 6, spread);
      double behind = stats_heap_factor(i + 1, 32, 6, spread);
      assert_true(before < here && here < behind);
      assert_true(behind - here > here - before - 1e-12);
    }
}

static void factors_are_filled_in_from_coarse_to_fine(void **state)
{
  (void)state;
  static const unsigned golden[] = {0, 4, 8, 2, 6, 1, 3, 5, 7};
  static const unsigned levels[] = {0, 0, 0, 1, 1, 2, 2, 2, 2};
  unsigned order[65], level[65];
  assert_int_equal(stats_fill_in(8, order, level), 3);
  assert_memory_equal(order, golden, sizeof golden);
  assert_memory_equal(level, levels, sizeof levels);
  assert_int_equal(stats_fill_in(1, order, level), 1);
  assert_int_equal(order[1], 1);
  assert_int_equal(stats_fill_in(2, order, level), 1);
  assert_int_equal(order[1], 1);
  assert_int_equal(stats_fill_in(0, order, level), 0);
  assert_int_equal(stats_fill_in(6, order, level), 0);
}

static void every_factor_is_filled_in_once(void **state)
{
  (void)state;
  for (unsigned n = 1; n <= 64; n *= 2) {
    unsigned order[65], level[65], seen[65] = {0};
    unsigned levels = stats_fill_in(n, order, level);
    for (unsigned i = 0; i <= n; i++) seen[order[i]]++;
    for (unsigned i = 0; i <= n; i++) assert_int_equal(seen[i], 1);
    for (unsigned i = 1; i <= n; i++) assert_true(level[i] >= level[i - 1]);
    assert_int_equal(level[n], levels - 1);
  }
}

// --- percentiles -----------------------------------------------------------

static void ranks_are_those_of_dacapo(void **state)
{
  (void)state;
  // length - 1 - length * numerator / denominator, in integers.
  for (size_t n = 1; n < 30000; n += 1 + n / 9) {
    assert_int_equal(stats_rank(n, 0.5), n - 1 - n * 50 / 100);
    assert_int_equal(stats_rank(n, 0.9), n - 1 - n / 10);
    assert_int_equal(stats_rank(n, 0.99), n - 1 - n / 100);
    assert_int_equal(stats_rank(n, 0.999), n - 1 - n / 1000);
    assert_int_equal(stats_rank(n, 0.9999), n - 1 - n / 10000);
    assert_int_equal(stats_rank(n, 1), n - 1);
    assert_int_equal(stats_rank(n, 0), 0);
  }
  assert_int_equal(stats_rank(1, 0.5), 0);
  assert_int_equal(stats_rank(SIZE_MAX, 1), SIZE_MAX - 1);
  assert_int_equal(stats_rank(SIZE_MAX, 0.5), SIZE_MAX - 1 - SIZE_MAX / 2);
}

static void tails_need_many_values(void **state)
{
  (void)state;
  assert_true(stats_enough(1000000, 0.9999));
  assert_false(stats_enough(999999, 0.9999));
  assert_true(stats_enough(10000, 0.99));
  assert_false(stats_enough(9999, 0.99));
  assert_true(stats_enough(200, 0.5));
  assert_false(stats_enough(199, 0.5));
  assert_true(stats_enough(334, 0.7));
  assert_false(stats_enough(333, 0.7));
  assert_false(stats_enough(SIZE_MAX, 1));
  assert_true(stats_enough(100, 0));
  assert_false(stats_enough(0, 0.5));
}

// --- requests --------------------------------------------------------------

enum { US = 1000, REQUESTS = 10 };

static void put_golden(struct stats_request requests[REQUESTS])
{
  for (unsigned i = 0; i < REQUESTS; i++) {
    uint64_t start = i < 5 ? i * 1000 : 15000 + (i - 5) * 1000;
    uint64_t end = i == 4 ? 14200 : start + 200;
    requests[i] = (struct stats_request){0, start * US, end * US};
  }
}

static void metered_latency_is_dacapos(void **state)
{
  (void)state;
  struct stats_request requests[REQUESTS];
  uint64_t latency[REQUESTS];
  put_golden(requests);
  stats_metered(requests, REQUESTS, UINT64_MAX, latency);
  static const uint64_t golden[] = {200,  200,  200,  200,  10200,
                                    4644, 3533, 2422, 1311, 200};
  for (unsigned i = 0; i < REQUESTS; i++)
    assert_int_equal(latency[i] / US, golden[i]);
  // What DaCapo calls full: ten times the run.
  uint64_t again[REQUESTS];
  stats_metered(requests, REQUESTS, UINT64_C(192000) * US, again);
  assert_memory_equal(again, latency, sizeof again);
  // The trap: no window of 4 ms sees an arrival missing.
  stats_metered(requests, REQUESTS, 4000 * US, latency);
  for (unsigned i = 0; i < REQUESTS; i++)
    assert_int_equal(latency[i], requests[i].end_ns - requests[i].start_ns);
}

static void few_requests_have_their_own_latency(void **state)
{
  (void)state;
  struct stats_request one = {0, 5, 12};
  struct stats_request same[] = {{0, 5, 12}, {0, 5, 6}, {0, 5, 5}};
  uint64_t latency[3] = {1, 1, 1};
  stats_metered(&one, 0, 7, latency);
  assert_int_equal(latency[0], 1);
  stats_metered(&one, 1, UINT64_MAX, latency);
  assert_int_equal(latency[0], 7);
  stats_metered(same, 3, UINT64_MAX, latency);
  assert_int_equal(latency[0], 7);
  assert_int_equal(latency[1], 1);
  assert_int_equal(latency[2], 0);
  stats_metered(same, 3, 0, latency);
  assert_int_equal(latency[0], 7);
}

static int by_start(const void *a, const void *b)
{
  const struct stats_request *x = a, *y = b;
  return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

// Every window from the definition, searched anew for each request.
static double slow_metered(const struct stats_request *r, size_t n, size_t i,
                           double window)
{
  size_t s = 0, e = 0;
  while (s + 1 < n &&
         (double)r[s].start_ns < (double)r[i].start_ns - window / 2)
    s++;
  while (e + 1 < n &&
         (double)r[e].start_ns < (double)r[i].start_ns + window / 2)
    e++;
  double from = (double)r[s].start_ns, to = (double)r[e].start_ns;
  double smooth = e > s
                      ? from + (double)(i - s) * ((to - from) / (double)(e - s))
                      : (double)r[i].start_ns;
  double end = (double)r[i].end_ns;
  return fmax(end - smooth, end - (double)r[i].start_ns);
}

static void metered_latency_is_its_definition(void **state)
{
  (void)state;
  enum { MOST = 60 };
  for (int round = 0; round < 300; round++) {
    struct stats_request requests[MOST];
    uint64_t latency[MOST];
    size_t n = 1 + check_below(&dice, MOST);
    uint64_t window = 2 * check_below(&dice, 6000);
    for (size_t i = 0; i < n; i++) {
      requests[i].start_ns = check_below(&dice, 10000);
      requests[i].end_ns = requests[i].start_ns + check_below(&dice, 3000);
    }
    qsort(requests, n, sizeof *requests, by_start);
    stats_metered(requests, n, window, latency);
    for (size_t i = 0; i < n; i++) {
      double slow = slow_metered(requests, n, i, (double)window);
      assert_true(fabs((double)latency[i] - floor(slow + 1e-6)) < 1e-3);
    }
  }
}

int main(void)
{
  dice.state = check_seed(1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(heap_factors_are_those_of_running_ng),
      cmocka_unit_test(heap_factors_grow_and_so_do_their_gaps),
      cmocka_unit_test(factors_are_filled_in_from_coarse_to_fine),
      cmocka_unit_test(every_factor_is_filled_in_once),
      cmocka_unit_test(ranks_are_those_of_dacapo),
      cmocka_unit_test(tails_need_many_values),
      cmocka_unit_test(metered_latency_is_dacapos),
      cmocka_unit_test(few_requests_have_their_own_latency),
      cmocka_unit_test(metered_latency_is_its_definition),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
