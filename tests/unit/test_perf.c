// test_perf.c: hardware counters that open, open in part, or do not.
// SPDX-License-Identifier: MIT
//
// The kernel's part is played here: a counter is a pipe with two readings in
// it.

#include "check.h"

#include "perf.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

// What each says: value, enabled, running; at the begin and at the end.
static const uint64_t readings[PERF_COUNTERS][2][3] = {
    [PERF_CYCLES] = {{1000, 10, 10}, {5000, 30, 30}},
    [PERF_INSTRUCTIONS] = {{7, 10, 5}, {107, 30, 10}}, // a quarter of the time
    [PERF_LLC_MISS] = {{0, 10, 0}, {0, 30, 0}},        // never
    [PERF_DTLB_MISS] = {{4, 10, 10}, {4, 10, 10}},     // nothing happened
};
static const uint64_t configs[] = {PERF_COUNT_HW_CPU_CYCLES,
                                   PERF_COUNT_HW_INSTRUCTIONS,
                                   PERF_COUNT_HW_CACHE_MISSES};
static bool kernel_allowed;
static int error_of[PERF_COUNTERS];
static unsigned asked;

static int counter_of(const struct perf_event_attr *attr)
{
  for (int i = 0; i < PERF_DTLB_MISS; i++)
    if (attr->type == PERF_TYPE_HARDWARE && attr->config == configs[i])
      return i;
  assert_int_equal(attr->type, PERF_TYPE_HW_CACHE);
  return PERF_DTLB_MISS;
}

static int fake(struct perf_event_attr *attr)
{
  int ends[2], counter = counter_of(attr);
  asked++;
  assert_int_equal(attr->size, sizeof *attr);
  assert_false(attr->disabled);
  errno = error_of[counter];
  if (!errno && !kernel_allowed && !attr->exclude_kernel) errno = EACCES;
  if (errno) return -1;
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], readings[counter], sizeof readings[counter]),
                   sizeof readings[counter]);
  close(ends[1]);
  return ends[0];
}

static struct perf_counts count(struct perf *perf)
{
  struct perf_reading begin, end;
  perf_read(perf, &begin);
  perf_read(perf, &end);
  return perf_between(&begin, &end);
}

static int begin(void **state)
{
  (void)state;
  kernel_allowed = true;
  memset(error_of, 0, sizeof error_of);
  asked = 0;
  return 0;
}

static void what_is_read_is_the_difference(void **state)
{
  (void)state;
  struct perf perf;
  char text[512];
  perf_open(&perf, true, fake);
  assert_true(perf_any(&perf));
  assert_int_equal(asked, PERF_COUNTERS);
  struct perf_counts c = count(&perf);
  assert_true(c.of[PERF_CYCLES] == 4000);
  assert_true(c.of[PERF_INSTRUCTIONS] == 400); // 100 in a quarter of the time
  assert_true(isnan(c.of[PERF_LLC_MISS]));
  assert_true(c.of[PERF_DTLB_MISS] == 0);
  perf_describe(&perf, text, sizeof text);
  assert_string_equal(text, "{\"cycles\": {\"counts\": \"user and kernel\"}, "
                            "\"instructions\": {\"counts\": "
                            "\"user and kernel\"}, \"llc_miss\": {\"counts\": "
                            "\"user and kernel\"}, \"dtlb_miss\": {\"counts\": "
                            "\"user and kernel\"}}");
  perf_close(&perf);
  assert_false(perf_any(&perf));
}

static void some_may_be_missing(void **state)
{
  (void)state;
  struct perf perf;
  char text[512];
  error_of[PERF_LLC_MISS] = ENOENT;
  error_of[PERF_DTLB_MISS] = EMFILE;
  perf_open(&perf, false, fake);
  struct perf_counts c = count(&perf);
  assert_true(c.of[PERF_CYCLES] == 4000);
  assert_true(isnan(c.of[PERF_LLC_MISS]) && isnan(c.of[PERF_DTLB_MISS]));
  perf_describe(&perf, text, sizeof text);
  assert_non_null(strstr(text, "\"llc_miss\": {\"counts\": null, \"why\": "
                               "\"the machine does not have it"));
  assert_non_null(strstr(text, strerror(EMFILE)));
  perf_close(&perf);
}

// A process of many threads may have no descriptor left for one.
static void what_a_thread_lacks_is_known(void **state)
{
  (void)state;
  struct perf process, thread;
  error_of[PERF_LLC_MISS] = ENOENT;
  perf_open(&process, true, fake);
  perf_open(&thread, false, fake);
  assert_int_equal(perf_lacks(&thread, &process), 0); // as the process
  perf_close(&thread);
  error_of[PERF_DTLB_MISS] = EMFILE;
  perf_open(&thread, false, fake);
  assert_int_equal(perf_lacks(&thread, &process), EMFILE);
  assert_int_equal(perf_lacks(&thread, &perf_none), 0);
  perf_close(&thread);
  perf_close(&process);
}

static void without_the_kernel_users_instructions_still_count(void **state)
{
  (void)state;
  struct perf perf;
  char text[512];
  kernel_allowed = false;
  perf_open(&perf, false, fake);
  assert_int_equal(asked, 2 * PERF_COUNTERS);
  assert_true(count(&perf).of[PERF_CYCLES] == 4000);
  perf_describe(&perf, text, sizeof text);
  assert_non_null(strstr(text, "{\"cycles\": {\"counts\": \"user\"}"));
  perf_close(&perf);
}

static void a_refusal_is_not_a_zero(void **state)
{
  (void)state;
  struct perf perf;
  char text[512];
  for (int i = 0; i < PERF_COUNTERS; i++) error_of[i] = EPERM;
  perf_open(&perf, true, fake);
  assert_false(perf_any(&perf));
  struct perf_counts c = count(&perf), none = count(&(struct perf){
                                           .fd = {-1, -1, -1, -1}});
  for (int i = 0; i < PERF_COUNTERS; i++)
    assert_true(isnan(c.of[i]) && isnan(none.of[i]));
  perf_describe(&perf, text, sizeof text);
  assert_non_null(strstr(text, "perf_event_paranoid"));
  char tiny[20] = ""; // cut, but whole as far as it goes
  perf_describe(&perf, tiny, sizeof tiny);
  assert_int_equal(strlen(tiny), sizeof tiny - 1);
  perf_close(&perf);
}

static void stops_add_up(void **state)
{
  (void)state;
  struct perf perf;
  struct perf_stops stops;
  error_of[PERF_DTLB_MISS] = ENOENT;
  perf_open(&perf, true, fake);
  perf_stops_open(&stops, &perf);
  perf_stops_clear(&stops);
  assert_true(perf_stops_sum(&stops).of[PERF_CYCLES] == 0);
  perf_stops_on_stop(true, &stops);
  assert_true(perf_stops_sum(&stops).of[PERF_CYCLES] == 0); // not over yet
  perf_stops_on_stop(false, &stops);
  assert_true(perf_stops_sum(&stops).of[PERF_CYCLES] == 4000);
  assert_true(perf_stops_sum(&stops).of[PERF_INSTRUCTIONS] == 400);
  assert_true(isnan(perf_stops_sum(&stops).of[PERF_DTLB_MISS]));
  perf_close(&perf);
}

// Whatever this machine has: what it counts, grows.
static void the_systems_own(void **state)
{
  (void)state;
  struct perf perf;
  struct perf_reading before, after;
  perf_open(&perf, false, NULL);
  perf_read(&perf, &before);
  for (_Atomic int i = 0; i < 100000;) i++;
  perf_read(&perf, &after);
  struct perf_counts c = perf_between(&before, &after);
  for (int i = 0; i < PERF_COUNTERS; i++) {
    assert_true(perf.fd[i] >= 0 || (perf.error[i] && isnan(c.of[i])));
    assert_true(isnan(c.of[i]) || c.of[i] >= 0);
  }
  assert_true(isnan(c.of[PERF_INSTRUCTIONS]) ||
              c.of[PERF_INSTRUCTIONS] > 100000);
  perf_close(&perf);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(what_is_read_is_the_difference, begin),
      cmocka_unit_test_setup(some_may_be_missing, begin),
      cmocka_unit_test_setup(what_a_thread_lacks_is_known, begin),
      cmocka_unit_test_setup(without_the_kernel_users_instructions_still_count,
                             begin),
      cmocka_unit_test_setup(a_refusal_is_not_a_zero, begin),
      cmocka_unit_test_setup(stops_add_up, begin),
      cmocka_unit_test_setup(the_systems_own, begin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
