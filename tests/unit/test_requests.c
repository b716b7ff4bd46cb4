// test_requests.c: requests to latencies and rows, against numbers by hand.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "requests.h"

#include <errno.h>
#include <math.h>

static struct requests requests;
static struct requests_all all;

static int forget(void **state)
{
  (void)state;
  requests_all_free(&all);
  requests_close(&requests);
  return 0;
}

static void add(uint32_t thread, uint64_t intended, uint64_t start,
                uint64_t end)
{
  const struct stats_request times = {intended, start, end};
  assert_true(requests_add(&requests, thread, &times));
}

static struct requests_latency latency(enum requests_kind kind, uint64_t window)
{
  struct requests_latency l;
  assert_int_equal(requests_latency(&all, kind, window, &l), 0);
  return l;
}

// Ten requests, one of which stops the world for the five after it: simple
// latency sees one long one, metered latency the queue behind it.
static void a_stall_is_one_request_or_a_queue(void **state)
{
  (void)state;
  static const uint64_t us[10][2] = {
      {0, 200},       {1000, 1200},   {2000, 2200},   {3000, 3200},
      {4000, 14200},  {15000, 15200}, {16000, 16200}, {17000, 17200},
      {18000, 18200}, {19000, 19200}};
  assert_int_equal(requests_open(&requests, 2, 8), 0);
  for (int i = 9; i >= 0; i--) // in no order, on two mutators
    add(i % 2, 0, us[i][0] * 1000 + 7, us[i][1] * 1000 + 7);
  assert_int_equal(requests_take(&requests, &all), 0);
  assert_int_equal(all.n, 10);
  assert_int_equal(all.count, 10);
  struct requests_latency l = latency(REQUESTS_SIMPLE, 0);
  assert_true(l.count == 10 && l.min == 200e3 && l.max == 10200e3);
  assert_true(l.p50 == 200e3 && l.p90 == 200e3 && l.p99 == 10200e3);
  assert_true(l.total == 9 * 200e3 + 10200e3 && l.mean == l.total / 10);
  assert_true(isnan(l.p99_99));
  // Metered, full: 200 200 200 200 10200 4644.4 3533.3 2422.2 1311.1 200 us.
  l = latency(REQUESTS_METERED, UINT64_MAX);
  assert_true(l.min == 200e3 && l.max == 10200e3 && l.p50 == 200e3);
  assert_true(l.p90 == 4644444 && l.p99 == 10200e3);
  assert_true(l.total ==
              5 * 200e3 + 1311111 + 2422222 + 3533333 + 4644444 + 10200e3);
  l = latency(REQUESTS_METERED, 4000000); // as if there had been none
  assert_true(l.total == 9 * 200e3 + 10200e3);
  l = latency(REQUESTS_INTENDED, 0);
  assert_true(l.count == 0 && isnan(l.p50) && isnan(l.max) && isnan(l.total));
}

static void a_schedule_counts_from_when_it_should_have_begun(void **state)
{
  (void)state;
  assert_int_equal(requests_open(&requests, 1, 3), 0);
  add(0, 100, 100, 150);
  add(0, 200, 400, 410); // 200 late
  add(0, 300, 410, 420);
  assert_int_equal(requests_take(&requests, &all), 0);
  struct requests_latency l = latency(REQUESTS_INTENDED, 0);
  assert_true(l.count == 3 && l.min == 50 && l.max == 210 && l.p50 == 120);
  char row[160];
  requests_row(row, sizeof row, &all, 1, 2, 150);
  assert_string_equal(row, "2,1,0,50,250,260");
}

static void requests_past_the_room_still_count(void **state)
{
  (void)state;
  assert_int_equal(requests_open(&requests, 2, 100), 0);
  for (uint64_t i = 0; i < 150; i++) add(0, 0, i, i + 20);
  add(1, 0, 5, 105);
  assert_int_equal(requests_take(&requests, &all), 0);
  assert_int_equal(all.n, 101);
  assert_int_equal(all.count, 151);
  struct requests_latency l = latency(REQUESTS_SIMPLE, 0);
  assert_true(l.count == 151 && l.p50 == 20 && l.min == 20 && l.max == 100);
  assert_true(l.total == 150 * 20 + 100);
  l = latency(REQUESTS_METERED, UINT64_MAX);
  assert_true(isnan(l.count) && isnan(l.p50) && isnan(l.max));
  l = latency(REQUESTS_INTENDED, 0);
  assert_true(isnan(l.count));
  requests_all_free(&all);
  requests_clear(&requests);
  add(0, 0, 1, 2);
  assert_int_equal(requests_take(&requests, &all), 0);
  assert_int_equal(all.count, 1);
  assert_null(all.all);
}

static void nobody_reports_for_others(void **state)
{
  (void)state;
  const struct stats_request times = {0, 1, 2};
  assert_int_equal(requests_open(&requests, 2, 0), 0);
  assert_false(requests_add(&requests, 2, &times));
  assert_true(requests_add(&requests, 1, &times)); // not announced
  assert_int_equal(requests_take(&requests, &all), 0);
  assert_int_equal(all.n, 0);
  assert_int_equal(all.count, 1);
  forget(NULL);
  assert_int_equal(requests_open(&requests, 2, UINT64_MAX), -ENOMEM);
}

static void one_in_ten_thousand_needs_a_million(void **state)
{
  (void)state;
  assert_int_equal(requests_open(&requests, 1, 1000000), 0);
  for (uint64_t i = 0; i < 1000000; i++) add(0, 0, i, 2 * i + 1);
  assert_int_equal(requests_take(&requests, &all), 0);
  struct requests_latency l = latency(REQUESTS_SIMPLE, 0); // 1 .. 1000000
  assert_true(l.p50 == 500000 && l.p99_99 == 999900 && l.max == 1000000);
  assert_true(l.p99 == 990000 && l.p99_9 == 999000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(a_stall_is_one_request_or_a_queue, forget),
      cmocka_unit_test_teardown(
          a_schedule_counts_from_when_it_should_have_begun, forget),
      cmocka_unit_test_teardown(requests_past_the_room_still_count, forget),
      cmocka_unit_test_teardown(nobody_reports_for_others, forget),
      cmocka_unit_test_teardown(one_in_ten_thousand_needs_a_million, forget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
