// test_pacing.c: the pacing policies: texts, formulas, one cycle, extremes.
// SPDX-License-Identifier: MIT
//
// The expected numbers were computed by hand from the formulas of
// runtime/DESIGN.md, "Pacing". What comes of them over many cycles is in
// test_pacing_sim.c.

#include "check.h"

#include "external.h"
#include "pacing.h"

#include <stdatomic.h>
#include <string.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define SECOND UINT64_C(1000000000)

static struct wane__pacing *open_as(const char *text, uint64_t limit,
                                    bool concurrent)
{
  struct wane__pacing *p;
  char error[512] = "";
  int status =
      wane__pacing_open(text, limit, concurrent, &p, error, sizeof error);
  if (status) fail_msg("%s: %s", text, error);
  return p;
}

// A whole cycle: begins with `start` bytes, marks `marked` in a second while
// the heap grows to `peak`, and leaves `live`.
struct cycle {
  uint64_t begin_ns, start, peak, live, marked, roots;
};

static void run_cycle(struct wane__pacing *p, const struct cycle *c)
{
  const struct wane__pace_start start = {.now_ns = c->begin_ns,
                                         .now = {.used_bytes = c->start}};
  const struct wane__pace_cycle cycle = {.marked_ns = c->begin_ns + SECOND,
                                         .end_ns = c->begin_ns + SECOND,
                                         .peak_bytes = c->peak,
                                         .live_bytes = c->live,
                                         .marked_bytes = c->marked,
                                         .root_bytes = c->roots};
  wane__pacing_cycle_started(p, &start);
  wane__pacing_cycle_ended(p, &cycle);
}

static uint64_t abs_difference(uint64_t a, uint64_t b)
{
  return a > b ? a - b : b - a;
}

// Doubles round; 16 bytes are nothing.
#define assert_bytes(found, expected)                                          \
  do {                                                                         \
    uint64_t f_ = (found), e_ = (expected);                                    \
    if (abs_difference(f_, e_) > 16)                                           \
      fail_msg("%s: %" PRIu64 " bytes, expected %" PRIu64, #found, f_, e_);    \
  } while (0)

// --- texts -----------------------------------------------------------------

static void expect_error(const char *text, const char *sentence)
{
  char error[512] = "", effective[512];
  struct wane__pacing *p = (void *)error;
  assert_int_equal(wane__pacing_open(text, 0, true, &p, error, sizeof error),
                   -EINVAL);
  assert_null(p);
  assert_string_equal(error, sentence);
  memset(error, 0, sizeof error);
  assert_int_equal(
      wane_pacing_check(text, effective, sizeof effective, error, sizeof error),
      -EINVAL);
  assert_string_equal(error, sentence);
}

static void expect_effective(const char *text, const char *expected)
{
  char error[512] = "", effective[512] = "";
  int status =
      wane_pacing_check(text, effective, sizeof effective, error, sizeof error);
  if (status) fail_msg("%s: %s", text ? text : "NULL", error);
  assert_string_equal(effective, expected);
}

static void texts_give_a_policy_and_its_options(void **state)
{
  (void)state;
#define EARLY "kp=0.4;latest=0.95;least=8388608;margin=0.1;step=1048576"
  static const char balance[] = "balance;c=0.2;earliest=0.5;keep_collect=0.5;"
                                "keep_growth=0.95;ki=0.49;" EARLY;
  expect_effective(NULL, balance);
  expect_effective("", balance);
  expect_effective("balance", balance);
  expect_effective("go,gogc=50,earliest=0.25",
                   "go;earliest=0.25;gogc=50;ki=0.49;" EARLY);
  expect_effective("fixed,start=0.5,least=1m",
                   "fixed;factor=2;least=1048576;start=0.5;step=1048576");
  expect_effective("explicit", "explicit");
}

static void mistakes_get_the_sentences_of_options(void **state)
{
  (void)state;
#define POLICIES "expected one of balance, go, fixed, explicit"
  expect_error("hold", "pacing: unknown policy \"hold\": " POLICIES);
  expect_error("Go", "pacing: unknown policy \"Go\": " POLICIES);
  expect_error("gogc=50", "pacing: unknown policy \"gogc=50\": " POLICIES);
  expect_error(",gogc=50", "pacing: unknown policy \"\": " POLICIES);
  expect_error("go,gogc=x", "pacing go: option gogc: expected a number from 0 "
                            "to 1000000, found \"x\"");
  expect_error("balance,c=0", "pacing balance: option c: expected a number "
                              "from 1e-06 to 1000000, found \"0\"");
  expect_error("fixed,gogc=1",
               "pacing fixed: unknown option \"gogc\": expected "
               "one of start, factor, least, step");
  expect_error("go,gogc=1,gogc=2", "pacing go: option gogc: expected it once, "
                                   "found it twice");
  expect_error("go,", "pacing go: expected name=value, found nothing between "
                      "commas");
  expect_error("explicit,start=1",
               "pacing explicit: unknown option \"start\": expected none");
  expect_error("go,earliest=0.99",
               "pacing go: option earliest: expected at most latest (0.95), "
               "found 0.99");
}

static void a_short_buffer_is_not_overrun(void **state)
{
  (void)state;
  char text[600], whole[600], error[128];
  assert_int_equal(
      wane_pacing_check("go", whole, sizeof whole, error, sizeof error), 0);
  for (size_t size = 0; size <= strlen(whole); size++) {
    memset(text, 'x', sizeof text);
    assert_int_equal(wane_pacing_check("go", text, size, error, sizeof error),
                     -ENOSPC);
    assert_int_equal(text[size], 'x');
  }
}

static void every_policy_is_listed_once_and_opens(void **state)
{
  (void)state;
  uint32_t n = 0;
  for (const struct wane_pacing_policy *a; (a = wane_pacing_policy(n)); n++) {
    for (uint32_t i = 0; i < n; i++)
      assert_string_not_equal(wane_pacing_policy(i)->name, a->name);
    struct wane__pacing *p = open_as(a->name, 0, true);
    assert_string_equal(wane__pacing_name(p), a->name);
    wane__pacing_close(p);
  }
  assert_int_equal(n, 4);
  assert_null(wane_pacing_policy(n + 1));
  wane__pacing_close(NULL);
}

// --- goals -----------------------------------------------------------------

// The goal after a cycle that left `live` and scanned `roots`.
static uint64_t goal_after(const char *text, uint64_t limit, uint64_t live,
                           uint64_t roots)
{
  struct wane__pacing *p = open_as(text, limit, true);
  run_cycle(p, &(struct cycle){.begin_ns = SECOND,
                               .start = live,
                               .peak = live,
                               .live = live,
                               .marked = live,
                               .roots = roots});
  uint64_t goal = wane__pacing_goal(p);
  wane__pacing_close(p);
  return goal;
}

static void fixed_goals_are_shares_and_multiples(void **state)
{
  (void)state;
  assert_bytes(goal_after("fixed,start=0.75", 100 * MIB, 10 * MIB, 0),
               75 * MIB);
  // 80 is above 75: halfway from 80 to 100.
  assert_bytes(goal_after("fixed,start=0.75", 100 * MIB, 80 * MIB, 0),
               90 * MIB);
  assert_bytes(goal_after("fixed", 0, 100 * MIB, 0), 200 * MIB);
  assert_bytes(goal_after("fixed,factor=1.5", 0, 100 * MIB, 0), 150 * MIB);
  assert_bytes(goal_after("fixed", 0, 1 * MIB, 0), 8 * MIB);
  assert_bytes(goal_after("fixed,factor=1", 0, 100 * MIB, 0), 101 * MIB);
}

static void go_goals_grow_with_live_and_roots(void **state)
{
  (void)state;
  assert_bytes(goal_after("go", 0, 100 * MIB, 0), 200 * MIB);
  // 100 + (100 + 4) * 50 %
  assert_bytes(goal_after("go,gogc=50", 0, 100 * MIB, 4 * MIB), 152 * MIB);
  assert_bytes(goal_after("go", 0, 0, 0), 8 * MIB);
  assert_bytes(goal_after("go,least=1m", 0, 100 * KIB, 0), MIB + 100 * KIB);
  assert_bytes(goal_after("go,gogc=0", 0, 64 * MIB, 0), 65 * MIB);
  assert_bytes(goal_after("go", 150 * MIB, 100 * MIB, 0), 150 * MIB);
  assert_bytes(goal_after("go", 50 * MIB, 100 * MIB, 0), 50 * MIB);
}

// Two cycles: 64 MiB a second grown, 64 MiB marked in 1/16 s of CPU.
static void balance_weighs_growth_against_cost(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("balance,c=0.25", 0, true);
  const uint64_t live = 64 * MIB;
  struct wane__pace_start start = {.now_ns = SECOND, .now.used_bytes = live};
  struct wane__pace_cycle cycle = {.marked_ns = 2 * SECOND,
                                   .end_ns = 2 * SECOND,
                                   .peak_bytes = live,
                                   .live_bytes = live,
                                   .marked_bytes = live,
                                   .gc_cpu_ns = SECOND / 16};
  wane__pacing_cycle_started(p, &start);
  wane__pacing_cycle_ended(p, &cycle);
  assert_bytes(wane__pacing_goal(p), 2 * live); // nothing grew yet: unknown
  start.now_ns = 3 * SECOND;
  start.now.used_bytes = 2 * live;
  cycle.marked_ns = cycle.end_ns = 4 * SECOND;
  cycle.peak_bytes = 3 * live; // 128 MiB in the two seconds since
  wane__pacing_cycle_started(p, &start);
  wane__pacing_cycle_ended(p, &cycle);
  // sqrt(2^26 live * 2^26/s growth / (2^30/s collected * 0.25 / 2^30)) = 2^27
  assert_bytes(wane__pacing_goal(p), live + 128 * MIB);
  // A cycle that grew nothing in 38 s: bytes 0.95 x 128 MiB, time 0.95 x 2 s
  // + 0.05 x 38 s = 3.8 s, so 32 MiB/s. It cost 7 times as much; collected
  // 64 MiB, time (1/16 + 7/16) / 2 = 1/4 s, so 256 MiB/s.
  start.now_ns = 41 * SECOND;
  start.now.used_bytes = live;
  cycle.marked_ns = cycle.end_ns = 42 * SECOND;
  cycle.peak_bytes = live;
  cycle.gc_cpu_ns = SECOND * 7 / 16;
  wane__pacing_cycle_started(p, &start);
  wane__pacing_cycle_ended(p, &cycle);
  // sqrt(2^26 * 2^25 / (2^28 * 2^-32)) = 2^27.5
  assert_bytes(wane__pacing_goal(p), live + 189812531);
  wane__pacing_close(p);
}

static void a_stopped_world_costs_its_pause_and_grows_before_it(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("balance,c=0.25", 0, false);
  const uint64_t live = 64 * MIB;
  run_cycle(p, &(struct cycle){SECOND, live, live, live, live, 0});
  // Ended at 2 s; 64 MiB until 3 s; marked in 1 s.
  run_cycle(p, &(struct cycle){3 * SECOND, 2 * live, 2 * live, live, live, 0});
  // sqrt(2^26 * 2^26 / (2^26 * 2^-32)) = 2^29
  assert_bytes(wane__pacing_goal(p), live + 512 * MIB);
  assert_bytes(wane__pacing_trigger(p), live + 512 * MIB);
  wane__pacing_close(p);
}

static void explicit_starts_nothing(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("explicit", 64 * MIB, true);
  assert_false(wane__pacing_should_start(p, UINT64_MAX - 1, 0));
  assert_false(wane__pacing_should_start(p, UINT64_MAX, UINT64_MAX));
  assert_int_equal(wane__pacing_goal(p), 64 * MIB);
  run_cycle(p, &(struct cycle){SECOND, MIB, MIB, MIB, MIB, 0});
  assert_false(wane__pacing_should_start(p, 65 * MIB, 0));
  wane__pacing_close(p);
  p = open_as("explicit", 0, true);
  assert_true(wane__pacing_goal(p) == WANE__PACE_NEVER);
  wane__pacing_close(p);
}

// --- triggers --------------------------------------------------------------

static void cycles_start_as_early_as_their_marking_is_long(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("go,margin=0.25", 0, true);
  // Nothing is known: half of the way from 0 to 8 MiB.
  assert_bytes(wane__pacing_trigger(p), 4 * MIB);
  assert_false(wane__pacing_should_start(p, 4 * MIB - 1, 0));
  assert_true(wane__pacing_should_start(p, 4 * MIB, 0));
  // Grew by 20 MiB while 100 were marked: the next time 20, and a quarter.
  run_cycle(
      p, &(struct cycle){SECOND, 80 * MIB, 100 * MIB, 100 * MIB, 100 * MIB, 0});
  assert_bytes(wane__pacing_goal(p), 200 * MIB);
  assert_bytes(wane__pacing_trigger(p), 175 * MIB);
  // Now twice as much: e = 0.2, predicted 0.4 e + 0.2 = 0.28; 200 - 35.
  run_cycle(p, &(struct cycle){3 * SECOND, 175 * MIB, 215 * MIB, 100 * MIB,
                               100 * MIB, 0});
  assert_bytes(wane__pacing_trigger(p), 165 * MIB);
  // And again: e = 0.12, integral 0.2 + 0.49 x 0.2 = 0.298, predicted 0.346.
  run_cycle(p, &(struct cycle){5 * SECOND, 165 * MIB, 205 * MIB, 100 * MIB,
                               100 * MIB, 0});
  assert_bytes(wane__pacing_trigger(p), 200 * MIB - 43.25 * MIB);
  wane__pacing_close(p);
}

static void options_bound_the_trigger(void **state)
{
  (void)state;
  static const struct cycle slow = {SECOND,    100 * MIB, 900 * MIB,
                                    100 * MIB, 100 * MIB, 0};
  static const struct cycle fast = {SECOND,    100 * MIB, 100 * MIB,
                                    100 * MIB, 100 * MIB, 0};
  struct wane__pacing *p = open_as("go", 0, true);
  run_cycle(p, &slow);
  assert_bytes(wane__pacing_trigger(p), 150 * MIB);
  wane__pacing_close(p);
  p = open_as("go,earliest=0.25,latest=0.75", 0, true);
  run_cycle(p, &slow);
  assert_bytes(wane__pacing_trigger(p), 125 * MIB);
  wane__pacing_close(p);
  p = open_as("go,earliest=0.25,latest=0.75", 0, true);
  run_cycle(p, &fast);
  assert_bytes(wane__pacing_trigger(p), 175 * MIB);
  wane__pacing_close(p);
  p = open_as("go", 0, false); // nothing grows while the world is stopped
  run_cycle(p, &fast);
  assert_bytes(wane__pacing_trigger(p), 200 * MIB);
  wane__pacing_close(p);
}

static void forced_cycles_teach_no_ratio(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("go", 0, true);
  const struct wane__pace_start start = {
      .now_ns = SECOND, .now.used_bytes = 100 * MIB, .forced = true};
  const struct wane__pace_cycle cycle = {.marked_ns = 2 * SECOND,
                                         .end_ns = 2 * SECOND,
                                         .peak_bytes = 100 * MIB,
                                         .live_bytes = 100 * MIB,
                                         .marked_bytes = 100 * MIB};
  wane__pacing_cycle_started(p, &start);
  wane__pacing_cycle_ended(p, &cycle);
  assert_bytes(wane__pacing_trigger(p), 150 * MIB); // not 195
  wane__pacing_close(p);
}

static void help_does_not_hide_how_slow_marking_is(void **state)
{
  (void)state;
  // Workers marked 50 of 100 MiB and threads half of their time the others:
  // alone the heap would have grown by 4 times what it did.
  const struct wane__pace_sample sample = {.grown_bytes = 10 * MIB,
                                           .marked_bytes = 100 * MIB,
                                           .assisted_bytes = 50 * MIB,
                                           .assist_ns = SECOND,
                                           .mutator_ns = 2 * SECOND};
  assert_true(wane__pace_sample_ratio(&sample) == 0.4);
  const struct wane__pace_sample all_help = {.grown_bytes = 10 * MIB,
                                             .marked_bytes = 10 * MIB,
                                             .assisted_bytes = 10 * MIB,
                                             .assist_ns = SECOND,
                                             .mutator_ns = SECOND};
  assert_true(wane__pace_sample_ratio(&all_help) == 256);
  assert_true(wane__pace_sample_ratio(&(struct wane__pace_sample){0}) == 0);
}

static void no_bytes_start_two_cycles(void **state)
{
  (void)state;
  static const char *const texts[] = {"balance", "go", "fixed", "go,gogc=0"};
  static const uint64_t limits[] = {0, 64 * MIB, 200 * MIB, 1};
  for (size_t i = 0; i < 4; i++)
    for (size_t k = 0; k < 4; k++) {
      struct wane__pacing *p = open_as(texts[i], limits[k], true);
      uint64_t live = 64 * MIB;
      for (int cycle = 1; cycle < 20; cycle++) {
        const struct wane__pace_start start = {.now_ns = cycle * SECOND,
                                               .now.used_bytes = live};
        wane__pacing_cycle_started(p, &start);
        assert_false(wane__pacing_should_start(p, live, 0));
        assert_false(wane__pacing_should_start(p, UINT64_MAX, UINT64_MAX));
        const struct wane__pace_cycle end = {
            .marked_ns = start.now_ns + SECOND / 2,
            .end_ns = start.now_ns + SECOND / 2,
            .peak_bytes = live,
            .live_bytes = live, // freed nothing
            .marked_bytes = live};
        wane__pacing_cycle_ended(p, &end);
        assert_false(wane__pacing_should_start(p, live, 0));
        assert_false(wane__pacing_should_start(p, live + 64 * KIB - 1, 0));
        // Nor never: that much more is enough for each of them.
        assert_true(wane__pacing_should_start(p, 8 * live + 8 * GIB, 0));
        live += wane__pacing_trigger(p) - live;
      }
      wane__pacing_close(p);
    }
}

static void external_bytes_start_cycles_too(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("go", 0, true);
  assert_false(wane__pacing_should_start(p, 3 * MIB, 0));
  assert_true(wane__pacing_should_start(p, 3 * MIB, MIB));
  assert_true(wane__pacing_should_start(p, 0, 4 * MIB));
  wane__pacing_close(p);
}

static void goals_follow_what_counting_frees(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("go", 0, true);
  run_cycle(p, &(struct cycle){SECOND, 100 * MIB, 120 * MIB, 100 * MIB,
                               100 * MIB, 0});
  wane__pacing_round_ended(p, 90 * MIB, 0); // less than an eighth
  assert_bytes(wane__pacing_goal(p), 200 * MIB);
  wane__pacing_round_ended(p, 30 * MIB, 10 * MIB);
  assert_bytes(wane__pacing_goal(p), 80 * MIB);
  wane__pacing_round_ended(p, 300 * MIB, 0); // never up: that is a cycle's
  assert_bytes(wane__pacing_goal(p), 80 * MIB);
  // What is there no more needs no marking: 80 - 1.1 x 0.2 x 40.
  assert_bytes(wane__pacing_trigger(p), 71.2 * MIB);
  wane__pacing_close(p);
}

static void a_round_in_a_cycle_starts_no_other(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("go", 0, true);
  const struct wane__pace_start start = {.now_ns = SECOND,
                                         .now.used_bytes = 100 * MIB};
  run_cycle(p, &(struct cycle){SECOND, 100 * MIB, 100 * MIB, 100 * MIB,
                               100 * MIB, 0});
  wane__pacing_cycle_started(p, &start);
  wane__pacing_round_ended(p, 10 * MIB, 0);
  assert_false(wane__pacing_should_start(p, GIB, 0));
  assert_bytes(wane__pacing_goal(p), 200 * MIB);
  wane__pacing_close(p);
}

// 64 MiB live, a round that left 16, and growth to 80 MiB within a second.
static void growth_is_counted_from_the_lowest(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("balance,c=0.25", 0, false);
  const uint64_t live = 64 * MIB;
  run_cycle(p, &(struct cycle){SECOND, live, live, live, live, 0});
  wane__pacing_round_ended(p, 16 * MIB, 0);
  wane__pacing_round_ended(p, 60 * MIB, 0);
  run_cycle(p, &(struct cycle){3 * SECOND, 80 * MIB, 80 * MIB, live, live, 0});
  // As in a_stopped_world: 64 MiB/s against 64 MiB/s.
  assert_bytes(wane__pacing_goal(p), live + 512 * MIB);
  wane__pacing_close(p);
}

// --- help ------------------------------------------------------------------

// A go pacer after a cycle that marked 60 and left 100 MiB, in a cycle that
// began at 150; its goal is 200.
static struct wane__pacing *marking(void)
{
  struct wane__pacing *p = open_as("go", 0, true);
  run_cycle(
      p, &(struct cycle){SECOND, 100 * MIB, 110 * MIB, 100 * MIB, 60 * MIB, 0});
  const struct wane__pace_start start = {.now_ns = 3 * SECOND,
                                         .now.used_bytes = 150 * MIB};
  wane__pacing_cycle_started(p, &start);
  return p;
}

static uint64_t owes(const struct wane__pacing *p, uint64_t used,
                     uint64_t marked, uint64_t allocated)
{
  const struct wane__pace_now now = {.used_bytes = used,
                                     .marked_bytes = marked};
  return wane__pacing_assist_bytes(p, &now, allocated);
}

static void threads_help_below_the_line_only(void **state)
{
  (void)state;
  struct wane__pacing *p = marking();
  // The line at 175 is 30 MiB.
  assert_int_equal(owes(p, 175 * MIB, 30 * MIB, MIB), 0);
  assert_int_equal(owes(p, 175 * MIB, 59 * MIB, MIB), 0);
  // 40 left of the work, 25 of the room: 1.6 each.
  assert_bytes(owes(p, 175 * MIB, 20 * MIB, MIB), 1.6 * MIB);
  assert_bytes(owes(p, 175 * MIB, 20 * MIB, 10 * MIB), 16 * MIB);
  assert_bytes(owes(p, 175 * MIB, 20 * MIB, 100 * MIB), 40 * MIB);
  assert_int_equal(owes(p, 175 * MIB, 20 * MIB, 0), 0);
  // External bytes use the room up as others do.
  const struct wane__pace_now now = {.used_bytes = 165 * MIB,
                                     .external_bytes = 10 * MIB,
                                     .marked_bytes = 20 * MIB};
  assert_bytes(wane__pacing_assist_bytes(p, &now, MIB), 1.6 * MIB);
  wane__pacing_close(p);
}

// The goal if all of 150 MiB lived: 300.
static void a_cycle_can_be_outrun(void **state)
{
  (void)state;
  struct wane__pacing *p = marking();
  assert_true(wane__pacing_overrun(p, 150 * MIB, 0) == 0.5);
  assert_true(wane__pacing_overrun(p, 250 * MIB, 50 * MIB) == 1);
  assert_true(wane__pacing_overrun(p, 600 * MIB, 0) == 2);
  const struct wane__pace_cycle over = {.marked_ns = 4 * SECOND,
                                        .end_ns = 4 * SECOND,
                                        .peak_bytes = 300 * MIB,
                                        .live_bytes = 150 * MIB,
                                        .marked_bytes = 150 * MIB};
  wane__pacing_cycle_ended(p, &over);
  assert_true(wane__pacing_overrun(p, 600 * MIB, 0) == 0);
  wane__pacing_close(p);
}

static void a_heap_that_grew_keeps_the_slope(void **state)
{
  (void)state;
  struct wane__pacing *p = marking();
  // 60 were expected and are done: the line goes on to 190 MiB of work (all
  // there is) at 150 + 50/60 x 190 = 308.3, but not past 300, the next goal if
  // all is alive. At 190 it is at 40/150 x 190 = 50.7.
  assert_int_equal(owes(p, 190 * MIB, 61 * MIB, MIB), 0);
  // At 220 it is at 70/150 x 220 = 102.7; 159 left and 80 of the room.
  assert_bytes(owes(p, 220 * MIB, 61 * MIB, MIB), (uint64_t)(159.0 / 80 * MIB));
  wane__pacing_close(p);
}

static void past_the_goal_all_that_is_left_is_due(void **state)
{
  (void)state;
  struct wane__pacing *p = marking();
  assert_bytes(owes(p, 200 * MIB, 59 * MIB, 1), 141 * MIB);
  assert_bytes(owes(p, 400 * MIB, 59 * MIB, 64 * KIB), 341 * MIB);
  assert_int_equal(owes(p, 400 * MIB, 400 * MIB, MIB), 0);
  wane__pacing_close(p);
}

static void a_cycle_begun_past_its_goal_gets_a_step(void **state)
{
  (void)state;
  struct wane__pacing *p = open_as("go,step=2m", 50 * MIB, true);
  run_cycle(
      p, &(struct cycle){SECOND, 100 * MIB, 100 * MIB, 100 * MIB, 80 * MIB, 0});
  assert_int_equal(wane__pacing_goal(p), 50 * MIB);
  assert_bytes(wane__pacing_trigger(p), 102 * MIB);
  const struct wane__pace_start start = {.now_ns = 3 * SECOND,
                                         .now.used_bytes = 102 * MIB};
  wane__pacing_cycle_started(p, &start);
  // Its line goes to 80 MiB at 104: 60 left for the 1 MiB of room left.
  assert_bytes(owes(p, 103 * MIB, 20 * MIB, 64 * KIB), 60 * 64 * KIB);
  wane__pacing_close(p);
}

static void nobody_helps_without_a_marker_beside_them(void **state)
{
  (void)state;
  struct wane__pacing *p = marking();
  const struct wane__pace_cycle end = {.marked_ns = 4 * SECOND,
                                       .end_ns = 4 * SECOND,
                                       .peak_bytes = 200 * MIB,
                                       .live_bytes = 100 * MIB,
                                       .marked_bytes = 100 * MIB};
  wane__pacing_cycle_ended(p, &end);
  assert_int_equal(owes(p, 400 * MIB, 0, MIB), 0);
  wane__pacing_close(p);
  static const char *const texts[] = {"go", "fixed", "explicit"};
  for (int i = 0; i < 3; i++) {
    p = open_as(texts[i], 0, i != 0); // "go" with a stopped world
    const struct wane__pace_start start = {.now.used_bytes = 100 * MIB};
    wane__pacing_cycle_started(p, &start);
    assert_int_equal(owes(p, 400 * MIB, 0, MIB), 0);
    wane__pacing_close(p);
  }
}

// --- extremes --------------------------------------------------------------

static const uint64_t extremes[] = {
    0, 1, 65536, 8 << 20, UINT64_C(1) << 40, UINT64_C(1) << 63, UINT64_MAX};
enum { N_EXTREMES = sizeof extremes / sizeof *extremes };

static uint64_t any(struct check_random *random)
{
  return extremes[check_below(random, N_EXTREMES)];
}

// Whatever numbers come: goals stay below the limit, and what a thread owes
// below all there is. UBSan watches the conversions.
static void hostile_numbers_give_finite_answers(void **state)
{
  (void)state;
  struct check_random random = {check_seed(11)};
  static const char *const texts[] = {"balance",
                                      "balance,c=1e-6,least=2^62",
                                      "go",
                                      "go,gogc=1000000,margin=10,kp=1,ki=1",
                                      "fixed",
                                      "fixed,factor=1000,step=2^62",
                                      "go,gogc=0,step=1",
                                      "explicit"};
  for (int round = 0; round < 20000; round++) {
    uint64_t limit = any(&random);
    struct wane__pacing *p = open_as(texts[round % 8], limit, round % 3 != 0);
    for (int cycle = 0; cycle < 8; cycle++) {
      struct wane__pace_start start = {
          .now_ns = any(&random),
          .now = {.used_bytes = any(&random), .external_bytes = any(&random)},
          .forced = cycle % 4 == 3};
      struct wane__pace_cycle end = {.marked_ns = any(&random),
                                     .end_ns = any(&random),
                                     .peak_bytes = any(&random),
                                     .live_bytes = any(&random),
                                     .root_bytes = any(&random),
                                     .marked_bytes = any(&random),
                                     .assisted_bytes = any(&random),
                                     .assist_ns = any(&random),
                                     .gc_cpu_ns = any(&random),
                                     .mutators = (uint32_t)any(&random)};
      wane__pacing_cycle_started(p, &start);
      struct wane__pace_now now = {any(&random), any(&random), any(&random)};
      uint64_t owed = wane__pacing_assist_bytes(p, &now, any(&random));
      assert_true(owed <= now.used_bytes || owed <= start.now.used_bytes);
      wane__pacing_cycle_ended(p, &end);
      if (limit) assert_true(wane__pacing_goal(p) <= limit);
      uint64_t live = end.live_bytes, trigger = wane__pacing_trigger(p);
      if (live > UINT64_C(1) << 63) live = UINT64_C(1) << 63;
      assert_true(trigger >= live + 65536);
      assert_false(wane__pacing_should_start(p, live, 0));
      if (trigger < UINT64_C(1) << 63)
        assert_true(wane__pacing_should_start(p, UINT64_C(1) << 63, 0));
      uint64_t less = any(&random);
      wane__pacing_round_ended(p, less, 0);
      if (limit) assert_true(wane__pacing_goal(p) <= limit);
    }
    wane__pacing_close(p);
  }
}

// --- threads ---------------------------------------------------------------

static struct wane__pacing *shared;
static atomic_bool done;
static struct check_log others = CHECK_LOG_INIT;

// What allocating threads ask while cycles come and go.
static void *ask(void *context)
{
  struct check_random random = {(uintptr_t)context};
  while (!atomic_load(&done)) {
    const struct wane__pace_now now = {
        .used_bytes = check_below(&random, 400 * MIB),
        .marked_bytes = check_below(&random, 200 * MIB)};
    uint64_t owed = wane__pacing_assist_bytes(shared, &now, 64 * KIB);
    CHECK(&others, owed <= 400 * MIB);
    CHECK(&others, wane__pacing_goal(shared) <= 300 * MIB);
    // Far above each trigger there is, but for that of a running cycle.
    if (wane__pacing_should_start(shared, now.used_bytes, GIB))
      CHECK(&others, wane__pacing_trigger(shared) >= 64 * KIB);
  }
  return NULL;
}

static void threads_ask_while_cycles_come_and_go(void **state)
{
  (void)state;
  pthread_t threads[2];
  shared = open_as("go", 300 * MIB, true);
  atomic_store(&done, false);
  for (uintptr_t i = 0; i < 2; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, ask, (void *)(i + 1)),
                     0);
  for (uint64_t i = 1; i < 20000; i++)
    run_cycle(shared,
              &(struct cycle){i * 2 * SECOND, i % 300 * MIB, i % 320 * MIB,
                              i % 200 * MIB, i % 100 * MIB, 0});
  atomic_store(&done, true);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  wane__pacing_close(shared);
  check_assert_none(&others);
}

// --- external bytes --------------------------------------------------------

static void *tell(void *context)
{
  (void)context;
  for (int i = 0; i < 10000; i++) {
    wane_external_bytes(100);
    wane_external_bytes(-60);
  }
  return NULL;
}

static void external_bytes_are_summed_over_threads(void **state)
{
  (void)state;
  pthread_t threads[3];
  wane__external_start();
  for (int i = 0; i < 3; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, tell, NULL), 0);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  assert_int_equal(wane_external_total(), 3 * 10000 * 40);
  wane_external_bytes(-2000000);
  assert_int_equal(wane_external_total(), 0);
  wane_external_bytes(800001);
  assert_int_equal(wane_external_total(), 1);
  wane__external_start();
  assert_int_equal(wane_external_total(), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_give_a_policy_and_its_options),
      cmocka_unit_test(mistakes_get_the_sentences_of_options),
      cmocka_unit_test(a_short_buffer_is_not_overrun),
      cmocka_unit_test(every_policy_is_listed_once_and_opens),
      cmocka_unit_test(fixed_goals_are_shares_and_multiples),
      cmocka_unit_test(go_goals_grow_with_live_and_roots),
      cmocka_unit_test(balance_weighs_growth_against_cost),
      cmocka_unit_test(a_stopped_world_costs_its_pause_and_grows_before_it),
      cmocka_unit_test(explicit_starts_nothing),
      cmocka_unit_test(cycles_start_as_early_as_their_marking_is_long),
      cmocka_unit_test(options_bound_the_trigger),
      cmocka_unit_test(forced_cycles_teach_no_ratio),
      cmocka_unit_test(help_does_not_hide_how_slow_marking_is),
      cmocka_unit_test(no_bytes_start_two_cycles),
      cmocka_unit_test(external_bytes_start_cycles_too),
      cmocka_unit_test(goals_follow_what_counting_frees),
      cmocka_unit_test(a_round_in_a_cycle_starts_no_other),
      cmocka_unit_test(growth_is_counted_from_the_lowest),
      cmocka_unit_test(threads_help_below_the_line_only),
      cmocka_unit_test(a_cycle_can_be_outrun),
      cmocka_unit_test(a_heap_that_grew_keeps_the_slope),
      cmocka_unit_test(past_the_goal_all_that_is_left_is_due),
      cmocka_unit_test(a_cycle_begun_past_its_goal_gets_a_step),
      cmocka_unit_test(nobody_helps_without_a_marker_beside_them),
      cmocka_unit_test(hostile_numbers_give_finite_answers),
      cmocka_unit_test(threads_ask_while_cycles_come_and_go),
      cmocka_unit_test(external_bytes_are_summed_over_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
