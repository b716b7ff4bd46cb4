// test_gct_nominal.c: histograms, nominal statistics, ranks and scores.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

#include <math.h>

#include "gct_nominal.h"

static void near(double value, double expected)
{
  if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) < 1e-9))
    fail_msg("%.12g, expected %.12g", value, expected);
}

// ---- histograms

static void every_value_has_its_bin(void **state)
{
  (void)state;
  assert_int_equal(gct_histogram_bin(0), 0);
  assert_int_equal(gct_histogram_bin(31), 31);
  assert_int_equal(gct_histogram_bin(32), 32);
  assert_int_equal(gct_histogram_bin(33), 32);
  assert_int_equal(gct_histogram_bin(63), 47);
  assert_int_equal(gct_histogram_bin(64), 48);
  assert_int_equal(gct_histogram_bin(UINT64_MAX), GCT_HISTOGRAM_BINS - 1);
  for (uint32_t bin = 0; bin < GCT_HISTOGRAM_BINS; bin++) {
    uint64_t from = gct_histogram_from(bin), to = gct_histogram_to(bin);
    assert_int_equal(gct_histogram_bin(from), bin);
    assert_int_equal(gct_histogram_bin(to), bin);
    assert_true(to - from <= from / 16);
    if (bin > 0) assert_int_equal(gct_histogram_to(bin - 1) + 1, from);
  }
}

static void quantiles_and_shares_are_right(void **state)
{
  struct gct_histogram h = {0};
  (void)state;
  near(gct_histogram_quantile(&h, 0.5), NAN);
  near(gct_histogram_mean(&h), NAN);
  near(gct_histogram_below(&h, 4), NAN);
  gct_histogram_add(&h, 3, 1);
  gct_histogram_add(&h, 8, 2);
  gct_histogram_add(&h, 100, 1);
  gct_histogram_add(&h, 7, 0); // counts for nothing
  assert_int_equal(h.weight, 4);
  assert_int_equal(h.min, 3);
  assert_int_equal(h.max, 100);
  near(gct_histogram_mean(&h), 119 / 4.0);
  near(gct_histogram_quantile(&h, 0), 3);
  near(gct_histogram_quantile(&h, 0.25), 3);
  near(gct_histogram_quantile(&h, 0.26), 8);
  near(gct_histogram_quantile(&h, 0.75), 8);
  near(gct_histogram_quantile(&h, 0.9), 100); // not the end of its bin, 103
  near(gct_histogram_below(&h, 3), 0);
  near(gct_histogram_below(&h, 4), 0.25);
  near(gct_histogram_below(&h, 64), 0.75);
  near(gct_histogram_below(&h, 128), 1);
  gct_histogram_add(&h, 97, 4); // the bin of 96 .. 99
  near(gct_histogram_quantile(&h, 0.8), 99);
}

// ---- nominal statistics

// 4 births; the first two before the mark. Samples after births 1 to 3 and at
// the end; those after 3 and at the end count.
static const char story[] =
    "#!gct 1\ntype 1 flags=3 name=node\ntype 2 flags=0 name=leaf\n"
    "T0: alloc 0 type=1 bytes=32 slots=2\n"
    "T0: alloc 1 type=1 bytes=32 slots=2\n"
    "T0: mark 1\n"
    "T0: write 0.0 1\n"
    "T0: write 1.0 1\n"
    "T0: unroot 1\n"
    "T0: alloc 2 type=2 bytes=16 slots=0\n" // sample: 0 -> 1 -> 1, 2
    "T0: weak 0 2\n"
    "T0: drop 2\n"
    "T0: write 0.0 nil\n"                    // 1 is garbage, a cycle
    "T0: alloc 2 type=1 bytes=160 slots=0\n" // 2 is held
    "T1: wait T0 11\n"
    "T1: root 2\n"
    "T1: resize 2 bytes=200\n";

static const struct {
  int key;
  double value;
} golden[] = {
    {GCT_ABI, 4},
    {GCT_ABY, 240},
    {GCT_AST, 50},
    {GCT_AOA, 60},
    {GCT_AOS, 16},
    {GCT_AOM, 32},
    {GCT_AOL, 160},
    {GCT_AOX, 160},
    {GCT_ABM, 160},
    {GCT_ATY, 2},
    {GCT_ATM, 75},
    {GCT_LOM, 0},
    {GCT_LOL, 0},
    {GCT_LBM, 0},
    {GCT_LBL, 0},
    {GCT_LY4, 100},
    {GCT_LYK, 100},
    {GCT_LYB, 100},
    {GCT_DRC, 25},
    {GCT_DCY, 0},
    {GCT_DLV, 50},
    {GCT_DGB, 25},
    {GCT_DCB, 0},
    {GCT_DCA, NAN}, // nothing was freed by a cycle collection
    {GCT_DSG, 25},
    {GCT_CLV, 100 * 1 / 5.0}, // of 3 and 2 reachable, 1 and none
    {GCT_CLX, 1},
    {GCT_CGC, 100},
    {GCT_EIA, 2 / 4.0},
    {GCT_EIN, 75},
    {GCT_EIX, 2},
    {GCT_EOA, 2 / 5.0},
    {GCT_MWF, 2 / 4.0},
    {GCT_MWL, 1 / 4.0},
    {GCT_MWN, 100 / 3.0},
    {GCT_MRT, 1 / 4.0},
    {GCT_MLD, 0},
    {GCT_MRS, 250},
    {GCT_ROM, 2}, // 0 and 2, both times
    {GCT_ROP, 100 * 4 / 5.0},
    {GCT_ROX, 2},
    {GCT_WRS, 250},
    {GCT_WRC, 0},
    {GCT_WFT, 75},
    {GCT_WFR, 0},
    {GCT_WFX, 0},
    {GCT_TTH, 2},
    {GCT_THO, 1000 / 14.0},
    {GCT_TSH, 25},
    {GCT_TFT, 200 / 15.0}, // ROOT and RESIZE, of 15 touches
    {GCT_TTR, 100 / 15.0},
    {GCT_TFD, 0},
    {GCT_PWT, 1},
    {GCT_PTO, 1},
    {GCT_PSU, 1},
    {GCT_PBW, 1000 / 13.0},
    {GCT_HPO, 3},
    {GCT_HPB, 224},
    {GCT_HTO, 240 / 224.0},
    {GCT_HFG, 100 * 1 / 6.0}, // none of 3, 1 of 3
    {GCT_HFX, 100 / 3.0},
    {GCT_HEV, 14 / 4.0},
};

static void every_key_has_its_golden_value(void **state)
{
  struct gct_stats_options options = {.samples = 4};
  struct gct_file *file = fixture_text(story);
  struct gct_error error;
  struct gct_stats stats;
  double values[GCT_NOMINALS];
  (void)state;
  assert_int_equal(sizeof golden / sizeof *golden, GCT_NOMINALS);
  assert_int_equal(gct_stats_make(file, &options, NULL, NULL, &stats, &error),
                   0);
  gct_nominal_values(&stats, values);
  for (int i = 0; i < GCT_NOMINALS; i++) {
    assert_int_equal(golden[i].key, i);
    if (isnan(golden[i].value) ? !isnan(values[i])
                               : !(fabs(values[i] - golden[i].value) < 1e-9))
      fail_msg("%s is %.12g, expected %.12g", gct_nominals[i].key, values[i],
               golden[i].value);
  }
  gct_stats_free(&stats);
  gct_close(file);
}

static void empty_trace_has_no_nonsense(void **state)
{
  struct gct_stats_options options = {.samples = 4};
  struct gct_file *file = fixture_text("#!gct 1\nT0: gc 0\n");
  struct gct_error error;
  struct gct_stats stats;
  double values[GCT_NOMINALS];
  (void)state;
  assert_int_equal(gct_stats_make(file, &options, NULL, NULL, &stats, &error),
                   0);
  gct_nominal_values(&stats, values);
  for (int i = 0; i < GCT_NOMINALS; i++) assert_false(isinf(values[i]));
  near(values[GCT_ABI], 0);
  near(values[GCT_AOA], NAN);
  near(values[GCT_EIN], NAN);
  gct_stats_free(&stats);
  gct_close(file);
}

static void keys_are_unlike_and_explained(void **state)
{
  const char *source = getenv("WANE_SOURCE_DIR");
  char path[1024], line[256];
  (void)state;
  assert_non_null(source);
  snprintf(path, sizeof path, "%s/workloads/trace/stats/README.md", source);
  struct bytes readme = fixture_load(path);
  readme.at[readme.n] = 0;
  for (int i = 0; i < GCT_NOMINALS; i++) {
    const struct gct_nominal *nominal = &gct_nominals[i];
    assert_int_equal(strlen(nominal->key), 3);
    for (int k = 0; k < i; k++)
      assert_string_not_equal(nominal->key, gct_nominals[k].key);
    snprintf(line, sizeof line, "\n| `%s` | %s | %s |\n", nominal->key,
             nominal->unit, nominal->meaning);
    if (!strstr((char *)readme.at, line))
      fail_msg("README.md has no line '%s'", line + 1);
  }
  free(readme.at);
}

static void values_are_ranked_and_scored(void **state)
{
  const double values[] = {7, 40, NAN, 7, 10};
  const struct {
    unsigned rank;
    int score;
  } expected[] = {{3, 3}, {1, 10}, {0, -1}, {3, 3}, {2, 7}};
  struct gct_standing standing;
  (void)state;
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(gct_nominal_standing(values, 5, i, &standing), 0);
    assert_int_equal(standing.rank, expected[i].rank);
    assert_int_equal(standing.score, expected[i].score);
    assert_int_equal(standing.of, 4);
    near(standing.min, 7);
    near(standing.median, 8.5);
    near(standing.max, 40);
  }
  assert_int_equal(gct_nominal_standing(values, 1, 0, &standing), 0);
  assert_int_equal(standing.rank, 1);
  assert_int_equal(standing.score, -1);
  near(standing.median, 7);
  assert_int_equal(gct_nominal_standing(values + 2, 1, 0, &standing), 0);
  assert_int_equal(standing.of, 0);
  near(standing.max, NAN);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_value_has_its_bin),
      cmocka_unit_test(quantiles_and_shares_are_right),
      cmocka_unit_test(every_key_has_its_golden_value),
      cmocka_unit_test(empty_trace_has_no_nonsense),
      cmocka_unit_test(keys_are_unlike_and_explained),
      cmocka_unit_test(values_are_ranked_and_scored),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
