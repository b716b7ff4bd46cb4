// test_event_log.c: events: exact percentiles and rows.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "companion.h"
#include "event_log.h"

#include <string.h>

static void add(struct event_log *log, int kind, int phase, uint64_t begin,
                uint64_t ns)
{
  struct wane_event event = {.kind = (uint8_t)kind,
                             .phase = (uint8_t)phase,
                             .t_begin_ns = begin,
                             .t_end_ns = begin + ns,
                             .thread = "m,1"};
  event_log_add(log, &event);
}

static void percentiles_are_elements_at_their_rank(void **state)
{
  (void)state;
  struct event_log log = {0};
  struct event_spread spread;
  // 1 .. 20000 ns, in an order that is not sorted (7919 is prime).
  for (uint64_t i = 0; i < 20000; i++)
    add(&log, WANE_EVENT_PAUSE, 0, i, 1 + i * 7919 % 20000);
  assert_int_equal(event_log_spread(&log, WANE_EVENT_PAUSE, WANE_PHASE_NONE,
                                    0, UINT64_MAX, &spread),
                   0);
  // rank n-1-floor(n*q), values are rank + 1
  assert_int_equal(spread.count, 20000);
  assert_int_equal(spread.total_ns, 200010000);
  assert_int_equal(spread.p50, 10000);
  assert_int_equal(spread.p90, 18000);
  assert_int_equal(spread.p99, 19800);
  assert_int_equal(spread.p99_9, 19980);
  assert_int_equal(spread.p99_99, 19998);
  assert_int_equal(spread.max_ns, 20000);
  event_log_free(&log);
}

static void few_events_have_high_percentiles_too(void **state)
{
  (void)state;
  struct event_log log = {0};
  struct event_spread spread;
  add(&log, WANE_EVENT_STALL, 0, 0, 42);
  assert_int_equal(
      event_log_spread(&log, WANE_EVENT_STALL, WANE_PHASE_NONE, 0, 1, &spread),
      0);
  assert_int_equal(spread.p50, 42);
  assert_int_equal(spread.p99_99, 42);
  event_log_free(&log);
}

static void only_what_was_asked_for_counts(void **state)
{
  (void)state;
  struct event_log log = {0};
  struct event_spread spread;
  add(&log, WANE_EVENT_PHASE, WANE_PHASE_HANDSHAKE, 10, 5);
  add(&log, WANE_EVENT_PHASE, WANE_PHASE_COLLECT, 10, 50);
  add(&log, WANE_EVENT_CYCLE, WANE_PHASE_NONE, 10, 500);
  add(&log, WANE_EVENT_PHASE, WANE_PHASE_HANDSHAKE, 20, 7);
  (void)event_log_spread(&log, WANE_EVENT_PHASE, WANE_PHASE_HANDSHAKE, 0, 20,
                         &spread);
  assert_int_equal(spread.count, 1);
  assert_int_equal(spread.max_ns, 5);
  (void)event_log_spread(&log, WANE_EVENT_PAUSE, WANE_PHASE_NONE, 0, 100,
                         &spread);
  assert_int_equal(spread.count, 0);
  // What reaches into the run is of it, and whole; what ended before is not.
  (void)event_log_spread(&log, WANE_EVENT_PHASE, WANE_PHASE_HANDSHAKE, 15, 30,
                         &spread);
  assert_int_equal(spread.count, 1);
  assert_int_equal(spread.max_ns, 7);
  (void)event_log_spread(&log, WANE_EVENT_PHASE, WANE_PHASE_HANDSHAKE, 14, 30,
                         &spread);
  assert_int_equal(spread.count, 2);
  assert_int_equal(spread.total_ns, 12);
  event_log_free(&log);
}

struct rows {
  size_t n;
  char text[8][256];
};

static void take(const char *text, void *context)
{
  struct rows *rows = context;
  assert_true(rows->n < 8);
  snprintf(rows->text[rows->n++], 256, "%s", text);
}

static size_t cells(const char *row)
{
  size_t n = 1;
  bool quoted = false;
  for (; *row; row++) {
    if (*row == '"') quoted = !quoted;
    n += *row == ',' && !quoted;
  }
  return n;
}

static void rows_are_sorted_relative_and_as_wide_as_the_header(void **state)
{
  (void)state;
  struct event_log log = {.lost = 3};
  struct rows rows = {0};
  const char *header = companion_kind(COMPANION_EVENTS)->header;
  add(&log, WANE_EVENT_PAUSE, 0, 1500, 5);
  add(&log, WANE_EVENT_PHASE, WANE_PHASE_YOUNG, 900, 200);
  assert_int_equal(event_log_rows(&log, 2, 1000, 2000, take, &rows), 0);
  assert_int_equal(rows.n, 5);
  for (size_t i = 0; i < rows.n; i++) // without invocation_id
    assert_int_equal(cells(rows.text[i]), cells(header) - 1);
  assert_non_null(strstr(rows.text[0], "2,0,NA,marker,harness_begin"));
  assert_non_null(strstr(rows.text[0], ",0,0,"));
  assert_non_null(strstr(rows.text[1], ",1000,1000,"));
  assert_non_null(strstr(rows.text[2], "phase,young,NA,\"m,1\",mutator"));
  assert_non_null(strstr(rows.text[2], ",NA,-100,100,"));
  assert_non_null(strstr(rows.text[3], "2,3,0,pause,NA,"));
  assert_non_null(strstr(rows.text[3], ",500,505,"));
  assert_non_null(strstr(rows.text[4], "2,4,NA,drop,ring_full"));
  assert_non_null(strstr(rows.text[4], ",3,NA"));
  event_log_free(&log);
}

static void threads_of_one_name_are_told_apart(void **state)
{
  (void)state;
  struct event_log log = {0};
  struct rows rows = {0};
  static const uint32_t owners[] = {5, 3, 5, 9};
  for (size_t i = 0; i < 4; i++) {
    add(&log, WANE_EVENT_PAUSE, 0, 1 + i, 1);
    log.events[i].owner = owners[i];
  }
  assert_int_equal(event_log_rows(&log, 1, 0, 9, take, &rows), 0);
  assert_int_equal(rows.n, 6);
  assert_non_null(strstr(rows.text[2], "NA,\"m,1\",mutator"));
  assert_non_null(strstr(rows.text[3], "NA,\"m,1#2\",mutator"));
  assert_non_null(strstr(rows.text[4], "NA,\"m,1\",mutator"));
  assert_non_null(strstr(rows.text[5], "NA,\"m,1#3\",mutator"));
  event_log_free(&log);
}

static void a_processor_has_its_node(void **state)
{
  (void)state;
  char error[256];
  struct wane_topology *topology = wane_topology_open(
      "synthetic:numa:2 core:2 pu:1", error, sizeof error);
  struct event_log log = {.topology = topology};
  struct rows rows = {0};
  struct wane_event e = {.kind = WANE_EVENT_PAUSE, .t_begin_ns = 1};
  static const uint16_t cpus[] = {1, 2, 65535};
  assert_non_null(topology);
  for (size_t i = 0; i < 3; i++) {
    e.cpu = cpus[i];
    e.t_begin_ns++;
    event_log_add(&log, &e);
  }
  assert_int_equal(event_log_rows(&log, 1, 0, 9, take, &rows), 0);
  assert_int_equal(rows.n, 5);
  assert_non_null(strstr(rows.text[2], ",1,0,0,"));
  assert_non_null(strstr(rows.text[3], ",2,1,0,"));
  assert_non_null(strstr(rows.text[4], ",65535,NA,0,")); // not known
  event_log_free(&log);
  wane_topology_close(topology);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(percentiles_are_elements_at_their_rank),
      cmocka_unit_test(few_events_have_high_percentiles_too),
      cmocka_unit_test(only_what_was_asked_for_counts),
      cmocka_unit_test(rows_are_sorted_relative_and_as_wide_as_the_header),
      cmocka_unit_test(threads_of_one_name_are_told_apart),
      cmocka_unit_test(a_processor_has_its_node),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
