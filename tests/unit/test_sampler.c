// test_sampler.c: samples of the heap: taken, added up, written.
// SPDX-License-Identifier: MIT
#include <tests/check.h>

#include "sampler.h"

#include <math.h>
#include <string.h>
#include <time.h>

static struct heap_sample samples[] = {
    {100, {10, 100, 1}, 1000},
    {200, {30, 100, 1}, 0},
    {400, {50, 200, 2}, 2000},
};
static const struct sampler made = {.samples = samples, .n = 3};

static bool is_near(double x, double y)
{
  return fabs(x - y) <= 1e-12 * fabs(y);
}

static void the_area_is_under_straight_lines(void **state)
{
  (void)state;
  assert_true(is_near(sampler_auc(&made, 100, 400), (2000 + 8000) * 1e-9));
  // From 150 (20) to 200 (30), to 300 (40).
  assert_true(is_near(sampler_auc(&made, 150, 300), (1250 + 3500) * 1e-9));
  // Beyond the samples: as the nearest one.
  assert_true(
      is_near(sampler_auc(&made, 0, 500), (1000 + 10000 + 5000) * 1e-9));
  assert_true(sampler_auc(&made, 200, 200) == 0);
  const struct sampler none = {0};
  assert_true(isnan(sampler_auc(&none, 0, 1)));
  struct sampler holed = made;
  holed.lost = 1;
  assert_true(isnan(sampler_auc(&holed, 100, 400)));
  holed = made;
  holed.blind = true;
  assert_true(isnan(sampler_auc(&holed, 100, 400)));
}

static void append(const char *text, void *context)
{
  strcat(context, text);
  strcat(context, "\n");
}

static void rows_have_what_lives_if_that_is_known(void **state)
{
  static const struct wane_live live[] = {{150, 7}, {400, 9}};
  static const struct wane_lives lives = {1, 0, 2, NULL, live};
  char text[512] = "";
  (void)state;
  assert_int_equal(sampler_rows(&made, 2, 150, &lives, append, text), 0);
  assert_string_equal(text, "2,-50,all,10,100,1,1000,0\n"
                            "2,50,all,30,100,1,NA,7\n"
                            "2,250,all,50,200,2,2000,9\n");
  *text = '\0';
  assert_int_equal(sampler_rows(&made, 2, 150, NULL, append, text), 0);
  assert_string_equal(text, "2,-50,all,10,100,1,1000,NA\n"
                            "2,50,all,30,100,1,NA,NA\n"
                            "2,250,all,50,200,2,2000,NA\n");
}

static void the_thread_takes_more_than_first_and_last(void **state)
{
  struct sampler s;
  const struct timespec while_ = {0, 5000000};
  (void)state;
  sampler_open(&s, 100000);
  size_t most = 0;
  // On a machine that is busy with something else the thread may not have run.
  for (int i = 0; i < 100 && most < 3; i++) {
    assert_int_equal(sampler_begin(&s), 0);
    nanosleep(&while_, NULL);
    sampler_end(&s);
    assert_true(s.n >= 2 && s.lost == 0);
    for (size_t k = 1; k < s.n; k++)
      assert_true(s.samples[k].t_ns >= s.samples[k - 1].t_ns);
    assert_true(s.samples[0].rss_bytes > 0);
    most = s.n > most ? s.n : most;
  }
  assert_true(most >= 3);
  size_t before = s.n;
  sampler_take(&s);
  assert_int_equal(s.n, before + 1);
  sampler_close(&s);
}

static void without_a_period_nothing_is_taken(void **state)
{
  struct sampler s;
  (void)state;
  sampler_open(&s, 0);
  assert_int_equal(sampler_begin(&s), 0);
  sampler_end(&s);
  sampler_take(&s);
  assert_int_equal(s.n, 0);
  sampler_close(&s);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_area_is_under_straight_lines),
      cmocka_unit_test(rows_have_what_lives_if_that_is_known),
      cmocka_unit_test(the_thread_takes_more_than_first_and_last),
      cmocka_unit_test(without_a_period_nothing_is_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
