// test_stats_run.c: lower-bound overhead, minimum and bounded utilisation.
// SPDX-License-Identifier: MIT
//
// The vectors of the papers, and every window of small random runs.

#include "check.h"

#include "stats.h"

#include <math.h>

static struct check_random dice;

static double mdc_of(const struct stats_cost *costs, size_t n)
{
  size_t at = stats_mdc(costs, n);
  return at < n ? stats_distilled(costs[at]) : NAN;
}

static void assert_near(double found, double expected, double within)
{
  if (fabs(found - expected) <= within) return;
  fail_msg("found %.12g, expected %.12g", found, expected);
}

// --- lower-bound overhead --------------------------------------------------

// Tables II to IV of the paper, in 10^9 cycles; they print three digits.
static void overheads_are_those_of_the_paper(void **state)
{
  (void)state;
  static const struct stats_cost costs[] = {
      {108.33, 4.46}, {108.12, 2.75}, {218.72, 0.03}};
  static const double golden[] = {1.043, 1.041, 2.106};
  static const double absolute[] = {4.46, 4.25, 114.85};
  assert_int_equal(stats_mdc(costs, 3), 0);
  double mdc = mdc_of(costs, 3);
  assert_near(mdc, 103.87, 1e-9);
  for (int i = 0; i < 3; i++) {
    assert_near(stats_lbo(costs[i], mdc), golden[i], 0.00051);
    assert_near(costs[i].total - mdc, absolute[i], 1e-9);
  }
}

static void overheads_need_costs(void **state)
{
  (void)state;
  static const struct stats_cost early[] = {{5, 1}, {NAN, 0}}, one = {7, 2};
  static const struct stats_cost late[] = {{NAN, 0}, {5, 1}};
  static const struct stats_cost none[] = {{NAN, 0}, {3, NAN}};
  static const struct stats_cost same[] = {{8, 2}, {7, 2}, {6, 1}};
  assert_int_equal(stats_mdc(early, 0), 0);
  assert_int_equal(stats_mdc(early, 2), 0);
  assert_int_equal(stats_mdc(late, 2), 1);
  assert_int_equal(stats_mdc(none, 2), 2);
  assert_int_equal(stats_mdc(same, 3), 1);
  assert_true(mdc_of(&one, 1) == 5);
  assert_true(stats_lbo(one, 5) == 1.4);
  assert_true(isnan(stats_lbo(one, 0)));
  assert_true(isnan(stats_lbo(one, -5)));
  assert_true(isnan(stats_lbo(one, NAN)));
}

// None is below 1, and another configuration can only raise them.
static void overheads_are_bounds_from_below(void **state)
{
  (void)state;
  for (int round = 0; round < 500; round++) {
    struct stats_cost costs[12];
    for (int i = 0; i < 12; i++) {
      costs[i].total = 100 + (double)check_below(&dice, 100);
      costs[i].explicit = (double)check_below(&dice, 50);
    }
    double some = mdc_of(costs, 6), all = mdc_of(costs, 12);
    assert_true(all <= some);
    for (int i = 0; i < 12; i++) {
      assert_true(stats_lbo(costs[i], all) >= 1);
      assert_true(stats_lbo(costs[i], all) >= stats_lbo(costs[i], some));
    }
  }
}

// --- utilisation -----------------------------------------------------------

static void utilisation_of_the_golden_run(void **state)
{
  (void)state;
  static const struct stats_span spans[] = {{100, 110}, {115, 125}, {600, 640}};
  static const struct {
    uint64_t window;
    double mmu, bmu;
  } golden[] = {
      {40, 0, 0},      {50, 0.2, 0.2},       {100, 0.6, 0.6},
      {200, 0.8, 0.8}, {500, 0.92, 0.88889}, {1000, 0.94, 0.94},
  };
  for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
    assert_near(stats_mmu(spans, 3, 1000, golden[i].window), golden[i].mmu,
                1e-12);
    assert_near(stats_bmu(spans, 3, 1000, golden[i].window), golden[i].bmu,
                0.5e-5);
  }
}

static void edges_of_runs_and_windows(void **state)
{
  (void)state;
  static const struct stats_span whole = {0, 100}, late = {90, 500};
  static const struct stats_span beyond = {200, 300}, none = {50, 50};
  static const struct stats_span nested[] = {
      {10, 50}, {20, 30}, {40, 60}, {60, 70}};
  assert_true(stats_mmu(NULL, 0, 100, 10) == 1);
  assert_true(stats_bmu(NULL, 0, 100, 10) == 1);
  assert_true(stats_mmu(&whole, 1, 100, 10) == 0);
  assert_true(stats_bmu(&whole, 1, 100, 100) == 0);
  assert_near(stats_mmu(&late, 1, 100, 20), 0.5, 1e-12); // cut to the run
  assert_near(stats_bmu(&late, 1, 100, 100), 0.9, 1e-12);
  assert_true(stats_mmu(&beyond, 1, 100, 10) == 1);
  assert_true(stats_mmu(&none, 1, 100, 10) == 1);
  assert_true(stats_mmu(nested, 4, 100, 60) == 0); // one of 60
  assert_near(stats_mmu(nested, 4, 100, 80), 0.25, 1e-12);
  assert_true(isnan(stats_mmu(&whole, 1, 100, 0)));
  assert_true(isnan(stats_mmu(&whole, 1, 100, 101)));
  assert_true(isnan(stats_bmu(&whole, 1, 100, 0)));
  assert_true(isnan(stats_bmu(&whole, 1, 100, 101)));
  assert_true(isnan(stats_mmu(&whole, 1, 0, 0)));
}

// --- against every window --------------------------------------------------

enum { LONGEST = 48, SPANS = 8 };

static size_t draw_spans(struct stats_span spans[SPANS], uint64_t run)
{
  size_t n = check_below(&dice, SPANS + 1);
  uint64_t begin = 0, most = 1 + check_below(&dice, 2 * run / SPANS + 1);
  for (size_t i = 0; i < n; i++) {
    begin += check_below(&dice, most);
    spans[i] =
        (struct stats_span){begin, begin + check_below(&dice, run / 3 + 1)};
  }
  return n;
}

static double slow_mmu(const bool *stopped, uint64_t run, uint64_t window)
{
  double worst = 1;
  for (uint64_t from = 0; from + window <= run; from++) {
    uint64_t in = 0;
    for (uint64_t t = from; t < from + window; t++) in += stopped[t];
    worst = fmin(worst, 1 - (double)in / (double)window);
  }
  return worst;
}

static void utilisation_is_its_definition(void **state)
{
  (void)state;
  for (int round = 0; round < 400; round++) {
    struct stats_span spans[SPANS];
    bool stopped[LONGEST] = {false};
    uint64_t run = 1 + check_below(&dice, LONGEST);
    size_t n = draw_spans(spans, run);
    for (size_t i = 0; i < n; i++)
      for (uint64_t t = spans[i].begin_ns; t < spans[i].end_ns && t < run; t++)
        stopped[t] = true;
    double bound = 1;
    for (uint64_t window = run; window > 0; window--) {
      double mmu = slow_mmu(stopped, run, window);
      bound = fmin(bound, mmu);
      assert_near(stats_mmu(spans, n, run, window), mmu, 1e-12);
      assert_near(stats_bmu(spans, n, run, window), bound, 1e-12);
    }
  }
}

// Long runs, as they are in nanoseconds: what must hold of any run.
static void utilisation_of_long_runs(void **state)
{
  (void)state;
  enum { MANY = 3000 };
  static struct stats_span spans[MANY];
  uint64_t run = 0, paused = 0, longest = 0;
  for (size_t i = 0; i < MANY; i++) {
    uint64_t length = 1 + check_below(&dice, UINT64_C(50000000));
    run += 1 + check_below(&dice, UINT64_C(2000000000));
    spans[i] = (struct stats_span){run, run + length};
    run += length;
    paused += length;
    if (length > longest) longest = length;
  }
  double before = 0;
  for (uint64_t window = 1000; window < run; window *= 3) {
    double mmu = stats_mmu(spans, MANY, run, window);
    double bmu = stats_bmu(spans, MANY, run, window);
    assert_true(bmu <= mmu && bmu >= before);
    if (window <= longest) assert_true(mmu == 0);
    if (window > longest) assert_true(bmu > 0); // it is where BMU begins
    before = bmu;
  }
  assert_near(stats_bmu(spans, MANY, run, run),
              1 - (double)paused / (double)run, 1e-12);
}

int main(void)
{
  dice.state = check_seed(1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(overheads_are_those_of_the_paper),
      cmocka_unit_test(overheads_need_costs),
      cmocka_unit_test(overheads_are_bounds_from_below),
      cmocka_unit_test(utilisation_of_the_golden_run),
      cmocka_unit_test(edges_of_runs_and_windows),
      cmocka_unit_test(utilisation_is_its_definition),
      cmocka_unit_test(utilisation_of_long_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
