// test_pacing_sim.c: the pacing policies over many cycles of made-up programs.
// SPDX-License-Identifier: MIT
//
// One thread allocates in pieces of 64 KiB at some rate, one worker marks at
// another; time is what these take. What is live at a moment is a function of
// it; what a cycle leaves is that, and what was allocated while it marked.
// Nothing here looks at a clock: a seed gives the same numbers everywhere.

#include "check.h"

#include "pacing.h"

#include <math.h>
#include <string.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define PIECE (64 * KIB)
#define CYCLES 200

// A program, and a collector for it. Rates in bytes per second.
struct program {
  double allocates, marks;
  double burst;     // every tenth tenth of a second, times so fast; 0: never
  double live;      // bytes at the beginning
  double live_then; // bytes after `step_s`
  double step_s;
  double drift; // bytes per second by which live grows or shrinks
  uint64_t external;
};

struct sim {
  struct wane__pacing *pacing;
  const struct program *program;
  uint64_t limit;
  double now; // seconds
  double used;
  // The cycle under way.
  bool marking;
  double begin, start, work, marked, assisted, assist_s;
  // All of them.
  unsigned cycles, forced;
  struct {
    double start, peak, goal, left, assisted, marked, end_s;
  } seen[CYCLES];
};

static double live_at(const struct sim *s, double t)
{
  const struct program *p = s->program;
  double live = p->step_s > 0 && t >= p->step_s ? p->live_then : p->live;
  return fmax(live + p->drift * t, 0);
}

static uint64_t ns(double seconds)
{
  return (uint64_t)(seconds * 1e9) + 1;
}

static struct wane__pace_now now_of(const struct sim *s)
{
  return (struct wane__pace_now){.used_bytes = (uint64_t)s->used,
                                 .external_bytes = s->program->external,
                                 .marked_bytes = (uint64_t)s->marked};
}

static void begin_cycle(struct sim *s, bool forced)
{
  const struct wane__pace_start start = {
      .now_ns = ns(s->now), .now = now_of(s), .forced = forced};
  s->marking = true;
  s->begin = s->now;
  s->start = s->used;
  s->work = fmin(live_at(s, s->now), s->used);
  s->marked = s->assisted = s->assist_s = 0;
  s->forced += forced;
  wane__pacing_cycle_started(s->pacing, &start);
}

static void end_cycle(struct sim *s)
{
  double external = (double)s->program->external;
  double live = fmin(live_at(s, s->begin), s->start) + s->used - s->start;
  double peak = s->used;
  if (s->cycles < CYCLES) {
    s->seen[s->cycles].start = s->start + external;
    s->seen[s->cycles].peak = peak + external;
    s->seen[s->cycles].goal = (double)wane__pacing_goal(s->pacing);
    s->seen[s->cycles].left = live + external;
    s->seen[s->cycles].assisted = s->assisted;
    s->seen[s->cycles].marked = s->work;
    s->seen[s->cycles].end_s = s->now;
  }
  s->cycles++;
  s->used = live;
  s->marking = false;
  const struct wane__pace_cycle cycle = {
      .marked_ns = ns(s->now),
      .end_ns = ns(s->now),
      .peak_bytes = (uint64_t)(peak + external),
      .live_bytes = (uint64_t)(live + external),
      .marked_bytes = (uint64_t)s->work,
      .assisted_bytes = (uint64_t)s->assisted,
      .assist_ns = (uint64_t)(s->assist_s * 1e9),
      .gc_cpu_ns = ns(s->now - s->begin + s->assist_s),
      .mutators = 1};
  wane__pacing_cycle_ended(s->pacing, &cycle);
  // The same bytes start no second cycle.
  assert_false(wane__pacing_should_start(s->pacing, (uint64_t)s->used,
                                         s->program->external));
}

// Lets `seconds` pass: the worker marks.
static void pass(struct sim *s, double seconds)
{
  double left = s->work - s->marked;
  double needs = left / s->program->marks;
  if (s->marking && needs <= seconds) {
    s->now += needs;
    s->marked = s->work;
    end_cycle(s);
    s->now += seconds - needs;
    return;
  }
  s->now += seconds;
  if (s->marking) s->marked += s->program->marks * seconds;
}

// The thread marks what it owes, as fast as the worker does.
static void help(struct sim *s)
{
  struct wane__pace_now now = now_of(s);
  double owed = (double)wane__pacing_assist_bytes(s->pacing, &now, PIECE);
  // The two of them share what is left.
  owed = fmin(owed, (s->work - s->marked) / 2);
  if (owed <= 0) return;
  double seconds = owed / s->program->marks;
  s->assisted += owed;
  s->assist_s += seconds;
  s->marked += owed;
  pass(s, seconds);
}

static double rate_at(const struct sim *s)
{
  const struct program *p = s->program;
  bool burst = p->burst > 0 && (uint64_t)(s->now * 10) % 10 == 0;
  return burst ? p->allocates * p->burst : p->allocates;
}

// A piece that does not fit waits for a cycle, and at most for a second one.
// False: the program needs more than there is.
static bool make_room(struct sim *s)
{
  for (int turn = 0; s->limit && s->used + PIECE > (double)s->limit; turn++) {
    if (turn == 2) return false;
    if (!s->marking) begin_cycle(s, true);
    pass(s, (s->work - s->marked) / s->program->marks + 1e-6);
  }
  return true;
}

// No program gets past its goal without a cycle, but for a step where the goal
// is below what is live.
static void check_due(const struct sim *s)
{
  double external = (double)s->program->external;
  double left = s->program->live + external;
  if (s->cycles) left = s->seen[(s->cycles - 1) % CYCLES].left;
  double goal = fmax((double)wane__pacing_goal(s->pacing), left + MIB);
  assert_true(s->used + external <= goal + 2 * PIECE);
}

static bool allocate(struct sim *s)
{
  pass(s, PIECE / rate_at(s));
  if (!make_room(s)) return false;
  s->used += PIECE;
  if (!s->marking) check_due(s);
  if (s->marking)
    help(s);
  else if (wane__pacing_should_start(s->pacing, (uint64_t)s->used,
                                     s->program->external))
    begin_cycle(s, false);
  return true;
}

// Runs until there were `cycles`, or the program has allocated 128 GiB.
static void run(struct sim *s, const char *text, uint64_t limit,
                const struct program *program, unsigned cycles)
{
  char error[256];
  *s = (struct sim){.program = program, .limit = limit, .used = program->live};
  assert_int_equal(
      wane__pacing_open(text, limit, true, &s->pacing, error, sizeof error), 0);
  for (uint64_t pieces = (uint64_t)1 << 21; pieces && s->cycles < cycles;
       pieces--)
    if (!allocate(s)) break;
  wane__pacing_close(s->pacing);
}

// --- a steady state --------------------------------------------------------

static const char *const starters[] = {"go", "balance", "go,gogc=50",
                                       "balance,keep_growth=0.5"};
enum { N_STARTERS = sizeof starters / sizeof *starters };

// From the tenth cycle on, nobody has to help, and marking is over before the
// goal, but not long before: a goal that is never needed is memory that was
// paid for and not used.
static void steady_programs_end_before_the_goal_without_help(void **state)
{
  (void)state;
  static const double speeds[] = {0.01, 0.03, 0.1, 0.2};
  for (int i = 0; i < N_STARTERS; i++)
    for (int k = 0; k < 4; k++) {
      struct program program = {
          .allocates = 2e9 * speeds[k], .marks = 2e9, .live = 200 * MIB};
      struct sim s;
      run(&s, starters[i], 0, &program, 40);
      assert_int_equal(s.cycles, 40);
      for (int n = 10; n < 40; n++) {
        double room = s.seen[n].goal - s.seen[n - 1].left;
        if (s.seen[n].peak > s.seen[n].goal || s.seen[n].assisted > 0 ||
            s.seen[n].peak < s.seen[n].goal - room / 8)
          fail_msg(
              "%s at %g, cycle %d: from %.0f to %.0f, goal %.0f, help %.0f",
              starters[i], speeds[k], n, s.seen[n].start, s.seen[n].peak,
              s.seen[n].goal, s.seen[n].assisted);
      }
    }
}

// A marker that is no faster than the program cannot do it alone; with help it
// is over before the goal all the same, and the heap does not run away.
static void slow_marking_is_helped_to_the_goal(void **state)
{
  (void)state;
  static const double speeds[] = {0.5, 1, 2, 10};
  for (int i = 0; i < N_STARTERS; i++)
    for (int k = 0; k < 4; k++) {
      struct program program = {
          .allocates = 1e9 * speeds[k], .marks = 1e9, .live = 100 * MIB};
      struct sim s;
      run(&s, starters[i], 0, &program, 60);
      assert_int_equal(s.cycles, 60);
      for (int n = 10; n < 60; n++)
        if (s.seen[n].peak > s.seen[n].goal + 2 * PIECE)
          fail_msg("%s at %g, cycle %d: from %.0f to %.0f, goal %.0f",
                   starters[i], speeds[k], n, s.seen[n].start, s.seen[n].peak,
                   s.seen[n].goal);
    }
}

// --- changes ---------------------------------------------------------------

static void goals_settle_after_a_step_of_live(void **state)
{
  (void)state;
  static const double then[] = {400 * (double)MIB, 25 * (double)MIB};
  for (int i = 0; i < N_STARTERS; i++)
    for (int k = 0; k < 2; k++) {
      struct program program = {.allocates = 2e8,
                                .marks = 2e9,
                                .live = 100 * MIB,
                                .live_then = then[k],
                                .step_s = 20};
      struct sim s;
      run(&s, starters[i], 0, &program, CYCLES);
      assert_int_equal(s.cycles, CYCLES);
      assert_true(s.seen[CYCLES - 40].end_s > program.step_s);
      // What the same program with that from the beginning comes to.
      struct program steady = program;
      struct sim other;
      steady.live = then[k], steady.step_s = 0;
      run(&other, starters[i], 0, &steady, CYCLES);
      double goal = s.seen[CYCLES - 1].goal;
      double wanted = other.seen[CYCLES - 1].goal;
      if (fabs(goal - wanted) > wanted / 20)
        fail_msg("%s, live %.0f: goal %.0f, expected %.0f", starters[i],
                 then[k], goal, wanted);
      for (int n = CYCLES - 10; n < CYCLES; n++) {
        assert_true(s.seen[n].peak <= s.seen[n].goal);
        assert_true(s.seen[n].assisted == 0);
      }
    }
}

// How long the prediction takes after the program became 5 times as fast.
static void the_prediction_settles_within_ten_cycles(void **state)
{
  (void)state;
  struct wane__pace_ratio ratio = {0};
  for (int i = 0; i < 10; i++) wane__pace_ratio_add(&ratio, 0.4, 0.49, 0.1);
  assert_true(fabs(ratio.value - 0.1) < 1e-12);
  double most = 0;
  for (int i = 0; i < 10; i++) {
    wane__pace_ratio_add(&ratio, 0.4, 0.49, 0.5);
    most = fmax(most, ratio.value);
    if (i == 4) assert_true(fabs(ratio.value - 0.5) < 0.05 * 0.4);
  }
  assert_true(fabs(ratio.value - 0.5) < 0.001);
  assert_true(most < 0.5 * 1.1);
}

static void growing_and_shrinking_heaps_keep_to_their_goals(void **state)
{
  (void)state;
  static const double drifts[] = {50e6, 10e6, -1e6, -10e6};
  for (int i = 0; i < N_STARTERS; i++)
    for (int k = 0; k < 4; k++) {
      struct program program = {.allocates = 4e8,
                                .marks = 2e9,
                                .live = 300 * MIB,
                                .drift = drifts[k]};
      struct sim s;
      run(&s, starters[i], 0, &program, 60);
      // A heap that grows in proportion has fewer cycles before it is huge.
      assert_true(s.cycles >= 30);
      for (unsigned n = 10; n < s.cycles; n++) {
        // At worst the room that the next goal gives anyway.
        double hard = s.seen[n].goal + s.seen[n].start;
        assert_true(s.seen[n].peak <= hard);
        assert_true(s.seen[n].start <= s.seen[n].goal);
      }
    }
}

static void bursts_are_held_by_help(void **state)
{
  (void)state;
  for (int i = 0; i < N_STARTERS; i++) {
    struct program program = {
        .allocates = 5e7, .marks = 5e8, .burst = 100, .live = 100 * MIB};
    struct sim s;
    double help = 0;
    run(&s, starters[i], 0, &program, CYCLES);
    assert_int_equal(s.cycles, CYCLES);
    for (int n = 10; n < CYCLES; n++) {
      assert_true(s.seen[n].peak <= s.seen[n].goal + 2 * PIECE);
      help += s.seen[n].assisted;
    }
    assert_true(help > 0); // else there was nothing to hold
  }
}

// --- limits ----------------------------------------------------------------

// Any program that fits into a limit ends, and no cycle of its own starts or
// goal lies above it. (That nothing is used beyond is the heap's doing, and
// make_room's here.)
static void programs_that_fit_run_in_their_limit(void **state)
{
  (void)state;
  struct check_random random = {check_seed(5)};
  static const char *const texts[] = {
      "go", "balance", "fixed", "explicit", "fixed,start=0.5", "go,gogc=1000"};
  unsigned starts = 0;
  for (int round = 0; round < 120; round++) {
    double live = (double)((1 + check_below(&random, 64)) * MIB);
    struct program program = {
        .allocates = 1e7 * (double)(1 + check_below(&random, 200)),
        .marks = 1e8 * (double)(1 + check_below(&random, 20)),
        .burst = (double)check_below(&random, 20),
        .live = live,
        .live_then = live / (double)(1 + check_below(&random, 4)),
        .step_s = (double)check_below(&random, 3)};
    // Room for what is live and for what is allocated in two cycles.
    uint64_t limit = (uint64_t)(live * (2 + (double)(round % 3))) + MIB;
    struct sim s;
    run(&s, texts[round % 6], limit, &program, 30);
    if (s.cycles != 30)
      fail_msg("round %d, %s: %u cycles", round, texts[round % 6], s.cycles);
    for (int n = 0; n < 30; n++) {
      assert_true(s.seen[n].goal <= (double)limit);
      assert_true(s.seen[n].peak <= (double)limit);
    }
    starts += s.cycles - s.forced;
  }
  assert_true(starts > 120 * 30 / 3); // most of them were the policy's own
}

// With early starts and help a heap is never full, so nobody waits.
static void go_and_balance_do_not_fill_a_limit_that_fits(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++)
    for (int k = 1; k <= 4; k++) {
      struct program program = {
          .allocates = 2e8 * k, .marks = 2e9, .live = 100 * MIB};
      struct sim s;
      run(&s, starters[i], 180 * MIB, &program, 60);
      assert_int_equal(s.cycles, 60);
      assert_int_equal(s.forced, 0);
    }
}

// External bytes beyond the limit, which the heap does not refuse: cycles
// come a step apart, not one for each piece.
static void a_limit_below_what_is_live_does_not_thrash(void **state)
{
  (void)state;
  static const char *const texts[] = {"go", "balance", "fixed"};
  for (int i = 0; i < 3; i++) {
    struct program program = {.allocates = 1e8,
                              .marks = 2e9,
                              .live = 20 * MIB,
                              .external = 200 * MIB};
    struct sim s;
    run(&s, texts[i], 100 * MIB, &program, 50);
    assert_int_equal(s.cycles, 50);
    assert_int_equal(s.forced, 0);
    for (int n = 10; n < 50; n++)
      assert_true(s.seen[n].start - s.seen[n - 1].left >= (double)MIB);
  }
}

// --- never twice, never not ------------------------------------------------

static void random_programs_are_collected_before_their_goals(void **state)
{
  (void)state;
  struct check_random random = {check_seed(6)};
  static const char *const texts[] = {"go", "balance", "fixed",
                                      "go,gogc=20,least=64k"};
  for (int round = 0; round < 100; round++) {
    struct program program = {
        .allocates = pow(10, 6 + (double)check_below(&random, 4)),
        .marks = pow(10, 7 + (double)check_below(&random, 4)),
        .burst = (double)check_below(&random, 30),
        .live = (double)check_below(&random, 100) * (double)MIB,
        .live_then = (double)check_below(&random, 100) * (double)MIB,
        .step_s = (double)check_below(&random, 2),
        .drift = ((double)check_below(&random, 3) - 1) * 1e6,
        .external = check_below(&random, 2) * 50 * MIB};
    struct sim s;
    run(&s, texts[round % 4], 0, &program, 40);
    assert_true(s.cycles > 0);
    for (unsigned n = 1; n < s.cycles; n++) {
      // Each cycle after more bytes than the last one left, and before the
      // goal.
      assert_true(s.seen[n].start >= s.seen[n - 1].left + (double)PIECE);
      assert_true(s.seen[n].start <= s.seen[n].goal + (double)PIECE);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steady_programs_end_before_the_goal_without_help),
      cmocka_unit_test(slow_marking_is_helped_to_the_goal),
      cmocka_unit_test(goals_settle_after_a_step_of_live),
      cmocka_unit_test(the_prediction_settles_within_ten_cycles),
      cmocka_unit_test(growing_and_shrinking_heaps_keep_to_their_goals),
      cmocka_unit_test(bursts_are_held_by_help),
      cmocka_unit_test(programs_that_fit_run_in_their_limit),
      cmocka_unit_test(go_and_balance_do_not_fill_a_limit_that_fits),
      cmocka_unit_test(a_limit_below_what_is_live_does_not_thrash),
      cmocka_unit_test(random_programs_are_collected_before_their_goals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
