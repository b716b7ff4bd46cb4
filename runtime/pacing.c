// pacing.c: when a tracing cycle starts, and how much a thread must help it.
// SPDX-License-Identifier: MIT
//
// A policy (pace_policy.c) says at how many bytes a cycle should be over: the
// goal. From there this file goes back by what the heap is expected to grow
// while the cycle marks; that is the trigger. While it marks, marked bytes
// must keep above a straight line from (bytes at the start, 0) to (goal,
// expected work); a thread that allocates below the line marks its share of
// what is left. So marking is over at the goal whatever the rates are, and in
// a steady state nobody helps. After Go's pacer (proposal 44167).
//
// Formulas are in doubles, which neither overflow nor wrap. What comes in is
// taken as 2^63 bytes at the most; what goes out is 0 .. 1.5 x 2^63, so that a
// trigger can lie above all that there is.

#include "pacing.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

// Threads tell what they allocated in pieces of so many bytes, so nothing
// smaller can be told apart.
#define GRAIN 0x1p16
#define BYTES_MAX ((uint64_t)1 << 63)
// The next goal is lowered when counting has freed an eighth of what the last
// cycle left: rounds are frequent, and small changes do not matter.
#define FALLEN (7.0 / 8)

struct wane__pacing {
  const struct wane__pace_policy *policy;
  bool concurrent;
  // Note [pacing]: written by the coordinator, read by every thread, relaxed
  // at both ends. They are numbers to compare with and order nothing: who
  // reads an old one asks or helps a moment too late or too much, once. Any
  // mixture of old and new gives a finite answer.
  _Atomic uint64_t trigger, goal;
  struct {
    _Atomic uint64_t expected; // work; 0: no thread must help
    _Atomic uint64_t start;    // bytes when it began
    _Atomic uint64_t soft;     // bytes when it should be over, ...
    _Atomic uint64_t hard;     // ... and if all that was there is alive
  } run;
  // The rest is the coordinator's alone.
  struct wane__pace_view view;
  struct wane__pace_ratio ratio;
  uint64_t work;   // bytes that the last cycle marked
  uint64_t base;   // what it left, or less after counting
  uint64_t lowest; // least since it was over
  uint64_t end_ns; // when it was over; 0: there was none
  struct wane__pace_start started;
  bool running;
};

// --- bytes -----------------------------------------------------------------

static uint64_t to_bytes(double bytes)
{
  if (!(bytes > 0)) return 0;
  return bytes >= 0x1.8p63 ? (uint64_t)3 << 62 : (uint64_t)bytes;
}

static uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
  uint64_t bytes;
  if (__builtin_add_overflow(a, b, &bytes)) return BYTES_MAX;
  return least(bytes, BYTES_MAX);
}

static uint64_t above(uint64_t a, uint64_t b) // max(a - b, 0)
{
  return a > b ? a - b : 0;
}

static void set(_Atomic uint64_t *number, uint64_t value)
{
  // Note [pacing]
  atomic_store_explicit(number, value, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *number)
{
  // Note [pacing]
  return atomic_load_explicit(number, memory_order_relaxed);
}

// --- goal and trigger ------------------------------------------------------

static uint64_t goal_for(const struct wane__pacing *p, uint64_t live)
{
  double goal = p->policy->goal(&p->view, (double)live);
  uint64_t bytes = isinf(goal) ? WANE__PACE_NEVER : to_bytes(goal);
  return p->view.limit ? least(bytes, p->view.limit) : bytes;
}

// Where a cycle must start to have marked everything at `goal`. Before the
// first measurement as early as the options let it.
static double early(const struct wane__pacing *p, double live, double goal)
{
  const struct wane__pace_settings *settings = &p->view.settings;
  double first = live + settings->earliest * (goal - live);
  double last = live + settings->latest * (goal - live);
  if (!p->ratio.known) return first;
  double growth = p->ratio.value * (double)least(p->work, p->base);
  double start = goal - (1 + settings->margin) * growth;
  return fmin(fmax(start, first), last);
}

static uint64_t trigger_for(const struct wane__pacing *p, uint64_t goal)
{
  if (p->policy->starts == WANE__PACE_ASKED) return WANE__PACE_NEVER;
  double live = (double)p->base, at = (double)goal;
  // What is live does not fit: a cycle for each step, else it would be one
  // for each grain.
  if (goal <= p->base)
    at = live + (double)p->view.settings.step;
  else if (p->policy->starts == WANE__PACE_EARLY && p->concurrent)
    at = early(p, live, at);
  return to_bytes(fmax(at, live + GRAIN));
}

static void plan(struct wane__pacing *p)
{
  uint64_t goal = goal_for(p, p->base);
  set(&p->goal, goal);
  set(&p->trigger, trigger_for(p, goal));
}

bool wane__pacing_should_start(const struct wane__pacing *p,
                               uint64_t used_bytes, uint64_t external_bytes)
{
  return sum(used_bytes, external_bytes) >= get(&p->trigger);
}

uint64_t wane__pacing_goal(const struct wane__pacing *p)
{
  return get(&p->goal);
}

uint64_t wane__pacing_trigger(const struct wane__pacing *p)
{
  return get(&p->trigger);
}

const char *wane__pacing_name(const struct wane__pacing *p)
{
  return p->policy->public.name;
}

// --- a cycle ---------------------------------------------------------------

// The line that marking must keep above.
static void plan_run(struct wane__pacing *p, uint64_t start, uint64_t used)
{
  uint64_t goal = get(&p->goal);
  // Started past its goal, because what is live does not fit or because the
  // goal was lowered: give it a step. The heap limit itself stands.
  if (goal <= start)
    goal = to_bytes((double)start + (double)p->view.settings.step);
  uint64_t hard = goal_for(p, start);
  set(&p->run.start, start);
  set(&p->run.soft, goal);
  set(&p->run.hard, hard > goal ? hard : goal);
  // The first cycle expects the most there can be.
  set(&p->run.expected, p->work ? least(p->work, used) : used);
}

void wane__pacing_cycle_started(struct wane__pacing *p,
                                const struct wane__pace_start *start)
{
  const struct wane__pace_now *now = &start->now;
  uint64_t bytes = sum(now->used_bytes, now->external_bytes);
  set(&p->trigger, WANE__PACE_NEVER);
  p->started = *start;
  p->running = true;
  p->lowest = least(p->lowest, bytes);
  if (p->policy->starts == WANE__PACE_EARLY && p->concurrent)
    plan_run(p, bytes, now->used_bytes);
}

// How fast the heap grew since the last cycle was over, and what this one
// cost. A program that is stopped while the cycle runs grows only before it.
static void learn_rates(struct wane__pacing *p,
                        const struct wane__pace_cycle *cycle, uint64_t start)
{
  const struct wane__pace_settings *settings = &p->view.settings;
  uint64_t begin_ns = p->started.now_ns;
  uint64_t until = p->concurrent ? cycle->marked_ns : begin_ns;
  uint64_t peak = p->concurrent ? cycle->peak_bytes : start;
  if (p->end_ns)
    wane__pace_rate_add(&p->view.growth, settings->keep_growth,
                        above(peak, p->lowest), above(until, p->end_ns));
  uint64_t cost = cycle->gc_cpu_ns;
  if (!cost) cost = above(cycle->marked_ns, begin_ns);
  if (cycle->live_bytes)
    wane__pace_rate_add(&p->view.collect, settings->keep_collect,
                        cycle->live_bytes, cost);
}

static void learn_ratio(struct wane__pacing *p,
                        const struct wane__pace_cycle *cycle, uint64_t start)
{
  const struct wane__pace_settings *settings = &p->view.settings;
  if (!p->concurrent || p->started.forced || !cycle->marked_bytes) return;
  double wall = (double)above(cycle->marked_ns, p->started.now_ns);
  struct wane__pace_sample sample = {
      .grown_bytes = above(cycle->peak_bytes, start),
      .marked_bytes = cycle->marked_bytes,
      .assisted_bytes = cycle->assisted_bytes,
      .assist_ns = cycle->assist_ns,
      .mutator_ns = to_bytes(wall * cycle->mutators)};
  wane__pace_ratio_add(&p->ratio, settings->kp, settings->ki,
                       wane__pace_sample_ratio(&sample));
}

void wane__pacing_cycle_ended(struct wane__pacing *p,
                              const struct wane__pace_cycle *cycle)
{
  const struct wane__pace_now *begin = &p->started.now;
  uint64_t start = sum(begin->used_bytes, begin->external_bytes);
  set(&p->run.expected, 0);
  learn_rates(p, cycle, start);
  learn_ratio(p, cycle, start);
  p->view.roots = cycle->root_bytes;
  p->work = cycle->marked_bytes;
  p->base = p->lowest = cycle->live_bytes;
  p->end_ns = cycle->end_ns;
  p->running = false;
  plan(p);
}

void wane__pacing_round_ended(struct wane__pacing *p, uint64_t used_bytes,
                              uint64_t external_bytes)
{
  uint64_t bytes = sum(used_bytes, external_bytes);
  if (p->running) return;
  p->lowest = least(p->lowest, bytes);
  if ((double)bytes >= FALLEN * (double)p->base) return;
  p->base = bytes;
  plan(p);
}

// --- help ------------------------------------------------------------------

// The line from (start, 0) to (goal, work).
struct line {
  double start, goal, work;
};

// What was expected, while it may be so. A cycle that has marked more has met
// a heap that grew: it keeps the slope, up to all there can be, and gets the
// room that the next goal would give it anyway. Past all room, everything
// there can be is due.
static struct line line_of(const struct wane__pacing *p,
                           const struct wane__pace_now *now, double expected)
{
  double start = (double)get(&p->run.start), soft = (double)get(&p->run.soft);
  double hard = (double)get(&p->run.hard), most = (double)now->used_bytes;
  double bytes = most + (double)now->external_bytes;
  struct line line = {start, soft, expected};
  if ((double)now->marked_bytes >= expected) {
    line.goal = fmin(start + (soft - start) / expected * most, hard);
    line.work = most;
  }
  if (bytes >= line.goal) {
    line.goal = bytes;
    line.work = most;
  }
  return line;
}

uint64_t wane__pacing_assist_bytes(const struct wane__pacing *p,
                                   const struct wane__pace_now *now,
                                   uint64_t allocated)
{
  double expected = (double)get(&p->run.expected);
  if (expected == 0 || allocated == 0) return 0;
  struct line line = line_of(p, now, expected);
  double bytes = (double)now->used_bytes + (double)now->external_bytes;
  double left = line.work - (double)now->marked_bytes;
  if (left <= 0) return 0;
  if (bytes >= line.goal) return to_bytes(left);
  double due = line.work * (bytes - line.start) / (line.goal - line.start);
  if ((double)now->marked_bytes >= due) return 0;
  double owed = left / (line.goal - bytes) * (double)allocated;
  return to_bytes(ceil(fmin(owed, left)));
}

double wane__pacing_overrun(const struct wane__pacing *p, uint64_t used_bytes,
                            uint64_t external_bytes)
{
  double room = (double)get(&p->run.hard);
  if (!get(&p->run.expected) || room == 0) return 0;
  return (double)sum(used_bytes, external_bytes) / room;
}

// --- begin and end ---------------------------------------------------------

int wane__pacing_open(const char *text, uint64_t limit, bool concurrent,
                      struct wane__pacing **pacing, char *error,
                      size_t error_size)
{
  struct wane__pacing *p = calloc(1, sizeof *p);
  *pacing = NULL;
  if (!p) {
    snprintf(error, error_size, "no memory for the pacing");
    return -ENOMEM;
  }
  int status = wane__pace_policy_parse(text, &p->policy, &p->view.settings,
                                       NULL, 0, error, error_size);
  if (status) {
    free(p);
    return status;
  }
  p->concurrent = concurrent;
  p->view.limit = limit;
  plan(p);
  *pacing = p;
  return 0;
}

void wane__pacing_close(struct wane__pacing *p)
{
  free(p);
}
