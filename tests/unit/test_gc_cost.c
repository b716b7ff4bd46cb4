// test_gc_cost.c: events to costs, against sums made by hand.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "gc_cost.h"

#include <string.h>

static struct event_log log_of_test;

static struct wane_event *add(const char *thread, int kind, int phase,
                              uint64_t begin, uint64_t end, uint64_t cpu)
{
  struct wane_event e = {.kind = (uint8_t)kind,
                         .phase = (uint8_t)phase,
                         .t_begin_ns = begin,
                         .t_end_ns = end,
                         .cpu_ns = cpu};
  strncpy(e.thread, thread, sizeof e.thread - 1);
  event_log_add(&log_of_test, &e);
  return &log_of_test.events[log_of_test.n - 1];
}

static void phase(int phase, uint64_t begin, uint64_t end, uint64_t cpu)
{
  add("coordinator", WANE_EVENT_PHASE, phase, begin, end, cpu);
}

static struct gc_cost cost(uint64_t begin, uint64_t end)
{
  static const uint32_t bodies[] = {4, 7};
  const struct gc_cost_run run = {begin, end, bodies, 2};
  struct gc_cost c;
  assert_int_equal(gc_cost_of(&log_of_test, &run, &c), 0);
  return c;
}

static int forget(void **state)
{
  (void)state;
  event_log_free(&log_of_test);
  return 0;
}

static void nothing_costs_nothing(void **state)
{
  (void)state;
  const struct gc_cost none = {0}, c = cost(0, 1000);
  assert_memory_equal(&c, &none, sizeof c);
}

static void marking_is_taken_off_the_plugins_part(void **state)
{
  (void)state;
  // As the rings are drained: what ends first comes first.
  phase(WANE_PHASE_HANDSHAKE, 100, 110, 3);
  phase(WANE_PHASE_DECREMENT, 110, 150, 40);
  phase(WANE_PHASE_RELEASE, 150, 160, 10);
  phase(WANE_PHASE_YOUNG, 160, 200, 60);
  phase(WANE_PHASE_MARK, 205, 260, 100); // two workers
  phase(WANE_PHASE_SWEEP, 260, 290, 50);
  phase(WANE_PHASE_COLLECT, 200, 300, 170);
  add("coordinator", WANE_EVENT_CYCLE, 0, 100, 300, 283);
  phase(WANE_PHASE_HANDSHAKE, 1000, 1010, 7); // after the run
  struct gc_cost c = cost(0, 1000);
  assert_int_equal(c.phase_ns[WANE_PHASE_HANDSHAKE], 3);
  assert_int_equal(c.phase_ns[WANE_PHASE_DECREMENT], 40);
  assert_int_equal(c.phase_ns[WANE_PHASE_RELEASE], 10);
  assert_int_equal(c.phase_ns[WANE_PHASE_YOUNG], 60);
  assert_int_equal(c.phase_ns[WANE_PHASE_MARK], 100);
  assert_int_equal(c.phase_ns[WANE_PHASE_SWEEP], 50);
  assert_int_equal(c.phase_ns[WANE_PHASE_COLLECT], 20);
  uint64_t sum = 0;
  for (int i = 0; i < GC_COST_PHASES; i++) sum += c.phase_ns[i];
  assert_int_equal(sum, 283);
}

static void clocks_that_disagree_make_no_negative_time(void **state)
{
  (void)state;
  phase(WANE_PHASE_MARK, 201, 299, 101);
  phase(WANE_PHASE_COLLECT, 200, 300, 100);
  struct gc_cost c = cost(0, 1000);
  assert_int_equal(c.phase_ns[WANE_PHASE_MARK], 101);
  assert_int_equal(c.phase_ns[WANE_PHASE_COLLECT], 0);
}

static void mutator(const char *name, uint32_t owner, int kind, uint64_t begin,
                    uint64_t end, uint64_t cpu)
{
  add(name, kind, 0, begin, end, cpu)->owner = owner;
}

static void a_pause_in_a_stall_counts_once(void **state)
{
  (void)state;
  mutator("mutator-0", 4, WANE_EVENT_PAUSE, 20, 30, 4);
  mutator("mutator-0", 4, WANE_EVENT_STALL, 10, 40, 9);
  mutator("mutator-0", 4, WANE_EVENT_PAUSE, 50, 55, 5);
  // At the same time, but elsewhere.
  mutator("mutator-1", 7, WANE_EVENT_ASSIST, 20, 30, 10);
  mutator("mutator-1", 7, WANE_EVENT_PAUSE, 30, 31, 1);
  struct gc_cost c = cost(0, 1000);
  assert_int_equal(c.pause_ns, 10);
  assert_int_equal(c.stall_ns, 5);
  assert_int_equal(c.assist_ns, 10);
}

static void threads_of_one_name_are_two(void **state)
{
  (void)state;
  mutator("m", 4, WANE_EVENT_STALL, 10, 40, 9);
  mutator("m", 7, WANE_EVENT_PAUSE, 20, 30, 4);
  struct gc_cost c = cost(0, 1000);
  assert_int_equal(c.stall_ns, 9);
  assert_int_equal(c.pause_ns, 4);
}

// A finalizer's, the host's, those of threads that a body has started.
static void what_others_wait_is_not_taken_off_bodies(void **state)
{
  (void)state;
  mutator("finalizer", 2, WANE_EVENT_PAUSE, 20, 30, 4);
  mutator("mutator-0", 9, WANE_EVENT_STALL, 20, 30, 4);
  mutator("mutator-0", 7, WANE_EVENT_STALL, 20, 30, 3);
  struct gc_cost c = cost(0, 1000);
  assert_int_equal(c.pause_ns, 0);
  assert_int_equal(c.stall_ns, 3);
}

static void only_what_lies_in_the_run_counts(void **state)
{
  (void)state;
  phase(WANE_PHASE_MARK, 10, 90, 80);      // before it
  phase(WANE_PHASE_MARK, 60, 100, 80);     // up to it
  phase(WANE_PHASE_SWEEP, 80, 120, 40);    // half of it
  phase(WANE_PHASE_MARK, 480, 520, 10);    // half, in a quarter
  phase(WANE_PHASE_COLLECT, 475, 575, 60); // a quarter
  mutator("mutator-0", 4, WANE_EVENT_PAUSE, 90, 110, 5);
  mutator("mutator-0", 4, WANE_EVENT_PAUSE, 100, 100, 2); // at its begin
  mutator("mutator-0", 4, WANE_EVENT_STALL, 100, 900, 16);
  struct gc_cost c = cost(100, 500);
  assert_int_equal(c.phase_ns[WANE_PHASE_SWEEP], 20);
  assert_int_equal(c.phase_ns[WANE_PHASE_MARK], 5);
  assert_int_equal(c.phase_ns[WANE_PHASE_COLLECT], 10);
  assert_int_equal(c.pause_ns, 4);
  assert_int_equal(c.stall_ns, 4);
}

static void stops_are_a_union_within_the_run(void **state)
{
  (void)state;
  phase(WANE_PHASE_STOPPED, 90, 120, 50);    // 20 of it in the run
  phase(WANE_PHASE_STOPPED, 110, 130, 20);   // 10 more
  phase(WANE_PHASE_STOPPED, 112, 115, 1);    // none
  phase(WANE_PHASE_STOPPED, 200, 250, 60);   // 50
  phase(WANE_PHASE_STOPPED, 490, 600, 200);  // 10
  phase(WANE_PHASE_STOPPED, 600, 700, 1000); // after it
  struct gc_cost c = cost(100, 500);
  assert_int_equal(c.stw_wall_ns, 20 + 10 + 50 + 10);
  assert_int_equal(c.stw_cpu_ns, 33 + 20 + 1 + 60 + 18); // 50*20/30, 200/11
  assert_int_equal(c.phase_ns[WANE_PHASE_STOPPED], 0);
}

static void handshake(uint64_t begin, bool stw)
{
  struct wane_event *e = add("coordinator", WANE_EVENT_PHASE,
                             WANE_PHASE_HANDSHAKE, begin, begin + 5, 1);
  e->stw = stw;
}

static void apply(uint64_t begin, uint64_t end, uint64_t items)
{
  add("coordinator", WANE_EVENT_PHASE, WANE_PHASE_DECREMENT, begin, end, 1)
      ->items = items;
}

static void decrements_wait_since_the_handshake_before(void **state)
{
  (void)state;
  const struct gc_cost_run run = {10, 1000, NULL, 0};
  struct gc_cost_queue q;
  apply(2, 8, 50); // before the run
  handshake(100, false); // takes what was logged since 10
  apply(105, 106, 0);
  handshake(200, false);
  apply(205, 220, 7); // logged since 10
  handshake(300, false);
  apply(305, 330, 5); // logged since 100
  handshake(400, true);
  apply(405, 440, 9); // those since 200 are the oldest
  handshake(500, true);
  apply(505, 560, 2); // since 400: the stop has applied all before
  handshake(2000, false);
  apply(2005, 2010, 100); // after the run
  assert_int_equal(gc_cost_queue_of(&log_of_test, &run, &q), 0);
  assert_int_equal(q.depth.count, 4);
  assert_int_equal(q.depth.total_ns, 7 + 5 + 9 + 2);
  assert_int_equal(q.depth.max_ns, 9);
  assert_int_equal(q.age_ns.count, 4);
  assert_int_equal(q.age_ns.total_ns, 210 + 230 + 240 + 160);
  assert_int_equal(q.age_ns.p50, 210); // 160 210 230 240: rank 4-1-2
  assert_int_equal(q.age_ns.max_ns, 240);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(nothing_costs_nothing, forget),
      cmocka_unit_test_teardown(marking_is_taken_off_the_plugins_part, forget),
      cmocka_unit_test_teardown(clocks_that_disagree_make_no_negative_time,
                                forget),
      cmocka_unit_test_teardown(a_pause_in_a_stall_counts_once, forget),
      cmocka_unit_test_teardown(threads_of_one_name_are_two, forget),
      cmocka_unit_test_teardown(what_others_wait_is_not_taken_off_bodies,
                                forget),
      cmocka_unit_test_teardown(only_what_lies_in_the_run_counts, forget),
      cmocka_unit_test_teardown(stops_are_a_union_within_the_run, forget),
      cmocka_unit_test_teardown(decrements_wait_since_the_handshake_before,
                                forget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
