// test_lifetimes.c: promptness and floating garbage of lives made by hand.
// SPDX-License-Identifier: MIT
#include <tests/check.h>

#include "lifetimes.h"

#include <string.h>

static const struct lifetimes_run run = {1000, 2000, 2500};

// object, size, alloc, dead, reclaimed, bytes, by
static const struct wane_life five[] = {
    {0, 32, 1000, 1100, 1200, 64, WANE_FREED_BY_RC},     // 100 ns
    {1, 48, 1010, 1150, 1500, 640, WANE_FREED_BY_CYCLE}, // 350 ns
    {2, 16, 1020, 1500, 2300, 0, WANE_FREED_BY_SWEEP},   // by the drain
    {3, 16, 1030, 1800, 2600, 0, WANE_FREED_BY_SWEEP},   // after it
    {4, 16, 1040, 0, 2600, 0, WANE_FREED_BY_SWEEP},      // in reach to the end
};
static const struct wane_live live[] = {
    {1000, 32}, {1010, 80}, {1010, 96}, {1100, 64}};
static const struct wane_lives lives = {2, 5, 4, five, live};

static void every_death_is_counted_once(void **state)
{
  struct lifetimes_sums sums;
  (void)state;
  assert_int_equal(lifetimes_sum(&lives, &run, &sums), 0);
  assert_int_equal(sums.deaths, 4);
  assert_int_equal(sums.drained, 1);
  assert_int_equal(sums.censored, 1);
  assert_int_equal(sums.ns.count + sums.censored, sums.deaths);
  assert_int_equal(sums.bytes.count, sums.ns.count);
  assert_int_equal(lifetimes_readings(&lives), 5 + 4 + 5);
  assert_int_equal(lifetimes_readings(NULL), 0);
}

static void promptness_is_that_of_what_was_freed(void **state)
{
  struct lifetimes_sums sums;
  (void)state;
  assert_int_equal(lifetimes_sum(&lives, &run, &sums), 0);
  assert_true(sums.ns.total == 100 + 350 + 800);
  // Ranks 3 - 1 - floor(1.5) = 1, and 3 - 1 - floor(0.03) = 2.
  assert_true(sums.ns.p50 == 350 && sums.ns.p99 == 800);
  assert_int_equal(sums.ns.max, 800);
  assert_true(sums.bytes.p50 == 64 && sums.bytes.p99 == 640);
  assert_true(sums.bytes.total == 704);
}

static void what_floats_is_over_the_run_alone(void **state)
{
  struct lifetimes_sums sums;
  (void)state;
  assert_int_equal(lifetimes_sum(&lives, &run, &sums), 0);
  // Twice as much, for one in two is looked at; to 2000 for the last two.
  double auc = 2e-9 * (32 * 100 + 48 * 350 + 16 * 500 + 16 * 200);
  assert_true(sums.floating_auc > auc * (1 - 1e-12) &&
              sums.floating_auc < auc * (1 + 1e-12));
  double mean = sums.floating_mean * 1e-6; // the run is 1 us
  assert_true(mean > auc * (1 - 1e-12) && mean < auc * (1 + 1e-12));
  // 1150 to 1200: 32 + 48. At 1500 one goes as another comes.
  assert_true(sums.floating_max == 2 * 80);
}

static void nothing_died(void **state)
{
  struct lifetimes_sums sums;
  const struct wane_lives alive = {1, 1, 0, &five[4], NULL};
  (void)state;
  assert_int_equal(lifetimes_sum(&alive, &run, &sums), 0);
  assert_int_equal(sums.deaths + sums.censored + sums.ns.count, 0);
  assert_true(sums.floating_auc == 0 && sums.floating_max == 0);
  assert_int_equal(lifetimes_live_at(&alive, 1500), 0);
}

static void the_last_step_before_counts(void **state)
{
  (void)state;
  assert_int_equal(lifetimes_live_at(&lives, 999), 0);
  assert_int_equal(lifetimes_live_at(&lives, 1000), 32);
  assert_int_equal(lifetimes_live_at(&lives, 1010), 96);
  assert_int_equal(lifetimes_live_at(&lives, 1099), 96);
  assert_int_equal(lifetimes_live_at(&lives, 5000), 64);
}

static void append(const char *text, void *context)
{
  strcat(context, text);
  strcat(context, "\n");
}

static void rows_say_what_is_not_known(void **state)
{
  char text[1024] = "";
  (void)state;
  assert_int_equal(lifetimes_rows(&lives, &run, 3, append, text), 0);
  assert_string_equal(text, "3,0,32,0,100,200,64,rc\n"
                            "3,1,48,10,150,500,640,cycle\n"
                            "3,2,16,20,500,1300,0,sweep\n"
                            "3,3,16,30,800,NA,NA,NA\n"
                            "3,4,16,40,NA,NA,NA,NA\n");
  *text = '\0';
  assert_int_equal(lifetimes_rows(NULL, &run, 1, append, text), 0);
  assert_string_equal(text, "");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_death_is_counted_once),
      cmocka_unit_test(promptness_is_that_of_what_was_freed),
      cmocka_unit_test(what_floats_is_over_the_run_alone),
      cmocka_unit_test(nothing_died),
      cmocka_unit_test(the_last_step_before_counts),
      cmocka_unit_test(rows_say_what_is_not_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
