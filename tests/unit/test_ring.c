// test_ring.c: runtime/ring.c: event rings count what they lose.
// SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ring.h"

#ifndef WANE_BARE
#define WANE_BARE 0
#endif
#define CAPACITY 16

struct seen {
  uint64_t n, sum;
  char thread[16];
};

static void see(const struct wane_event *e, void *context)
{
  struct seen *seen = context;
  seen->n++;
  seen->sum += e->items;
  memcpy(seen->thread, e->thread, sizeof seen->thread);
}

static int begin(void **state)
{
  (void)state;
  wane__config.event_ring = CAPACITY;
  return 0;
}

static int end(void **state)
{
  (void)state;
  wane__ring_stop();
  return 0;
}

static void put(struct wane__ring *ring, uint64_t items)
{
  struct wane_event e = {.kind = WANE_EVENT_PHASE, .items = items};
  wane__ring_put(ring, &e);
}

static void what_is_put_is_drained_once(void **state)
{
  (void)state;
  struct wane__ring *ring = wane__ring_take("writer");
  struct seen seen = {0};
  for (uint64_t i = 1; i <= 10; i++) put(ring, i);
  assert_int_equal(wane_events_drain(see, &seen), 0);
  assert_int_equal(seen.n, WANE_BARE ? 0 : 10);
  assert_int_equal(seen.sum, WANE_BARE ? 0 : 55);
  if (!WANE_BARE) assert_string_equal(seen.thread, "writer");
  assert_int_equal(wane_events_drain(see, &seen), 0);
  assert_int_equal(seen.n, WANE_BARE ? 0 : 10);
}

static void a_full_ring_keeps_the_first_and_counts_the_rest(void **state)
{
  (void)state;
  struct wane__ring *ring = wane__ring_take("writer");
  struct seen seen = {0};
  for (uint64_t i = 1; i <= CAPACITY + 5; i++) put(ring, i);
  assert_int_equal(wane_events_drain(see, &seen), WANE_BARE ? 0 : 5);
  assert_int_equal(seen.n, WANE_BARE ? 0 : CAPACITY);
  assert_int_equal(seen.sum, WANE_BARE ? 0 : CAPACITY * (CAPACITY + 1) / 2);
  put(ring, 7); // there is room again
  assert_int_equal(wane_events_drain(see, &seen), 0);
  assert_int_equal(seen.n, WANE_BARE ? 0 : CAPACITY + 1);
}

static void a_ring_that_was_given_back_serves_again(void **state)
{
  (void)state;
  struct wane__ring *first = wane__ring_take("one");
  put(first, 1);
  wane__ring_give(first);
  struct wane__ring *second = wane__ring_take("two");
  assert_ptr_equal(first, second);
  put(second, 2);
  struct seen seen = {0};
  wane_events_drain(see, &seen);
  assert_int_equal(seen.sum, WANE_BARE ? 0 : 3); // nothing of "one" is lost
}

static void every_code_has_a_name(void **state)
{
  (void)state;
  assert_string_equal(wane_event_kind_name(WANE_EVENT_TRIGGER), "trigger");
  assert_string_equal(wane_event_phase_name(WANE_PHASE_COLLECT), "collect");
  assert_string_equal(wane_event_phase_name(WANE_PHASE_SWEEP), "sweep");
  assert_string_equal(wane_event_phase_name(WANE_PHASE_STOPPED), "stopped");
  assert_string_equal(wane_event_role_name(WANE_ROLE_WORKER), "conc_worker");
  assert_string_equal(wane_cause_name(WANE_CAUSE_DRAIN), "drain");
  assert_string_equal(wane_cause_name(99), "unknown");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_put_is_drained_once, begin, end),
      cmocka_unit_test_setup_teardown(
          a_full_ring_keeps_the_first_and_counts_the_rest, begin, end),
      cmocka_unit_test_setup_teardown(a_ring_that_was_given_back_serves_again,
                                      begin, end),
      cmocka_unit_test(every_code_has_a_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
