// tracer.c: tracing collectors for tests, and oracles of marks and counts.
// SPDX-License-Identifier: MIT

#include "tracer.h"

#include "heap.h"
#include "mark.h"

#include <string.h>

struct tracer tracer;

// --- the collectors ----------------------------------------------------------

static enum { IDLE, WANTED, MARKING, SWEEPING } phase;

static int start(const union wane_value *values, void **state)
{
  (void)values;
  (void)state;
  phase = IDLE;
  tracer = (struct tracer){0};
  return 0;
}

static bool due(void *state)
{
  (void)state;
  return phase != IDLE;
}

static bool begin(struct wane_round *round)
{
  phase = WANTED;
  if (!wane_gc_mark_begin(round)) return false;
  phase = MARKING;
  tracer.begins++;
  if (tracer.after_begin) tracer.after_begin();
  return true;
}

static bool mark(struct wane_round *round)
{
  bool over = wane_gc_mark(round);
  tracer.slices++;
  if (tracer.after_slice) tracer.after_slice(over);
  if (!over) return false;
  phase = SWEEPING;
  if (tracer.marked) tracer.marked();
  return true;
}

static void sweep(struct wane_round *round)
{
  bool over = wane_gc_sweep(round);
  tracer.sweeps++;
  if (over) phase = IDLE;
  if (tracer.after_sweep) tracer.after_sweep(over);
  if (over) tracer.cycles++; // last: who has seen it may change the callbacks
}

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state;
  if (phase == IDLE && !full && !tracer.eager) return;
  if (phase <= WANTED && !begin(round)) return;
  if (phase == MARKING && !mark(round)) return;
  sweep(round);
}

#define TRACER(symbol, kernel, more)                                           \
  const struct wane_collector symbol = {                                       \
      .size = sizeof(struct wane_collector),                                   \
      .abi = WANE_COLLECTOR_ABI,                                               \
      .name = #symbol,                                                         \
      .help = "a test's own",                                                  \
      .barrier = kernel,                                                       \
      .needs = WANE_NEED_MARKS | (more),                                       \
      .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE,                      \
      .start = start,                                                          \
      .due = due,                                                              \
      .collect = collect,                                                      \
  }

TRACER(tracer_counts, WANE_BARRIER_RC_LOG, 0);
TRACER(tracer_logs, WANE_BARRIER_LOG, 0);
TRACER(tracer_stops, WANE_BARRIER_NONE, WANE_NEED_WORLD_STOP);

// --- oracles -----------------------------------------------------------------
//
// Scratch is free for them: no plugin of these uses it.

static struct {
  wane_ref *items;
  size_t n, capacity;
} stack;

static void reach(wane_ref o)
{
  if (!o || *wane_gc_scratch(o)) return;
  *wane_gc_scratch(o) = 1;
  if (stack.n == stack.capacity) {
    stack.capacity = stack.capacity ? stack.capacity * 2 : 1024;
    stack.items = realloc(stack.items, stack.capacity * sizeof *stack.items);
    if (!stack.items) abort();
  }
  stack.items[stack.n++] = o;
}

static void reach_slot(struct wane_slot *slot, void *context)
{
  (void)context;
  reach(wane_load(slot));
}

static void compare_mark(wane_ref o, size_t bytes, void *context)
{
  (void)bytes;
  uint64_t *reached = context;
  uint32_t *scratch = wane_gc_scratch(o);
  *reached += *scratch;
  if (wane_gc_marked(o) != (*scratch != 0))
    check_record(&world_log, __FILE__, __LINE__,
                 "object %" PRIu64 " is %smarked, but %sreachable",
                 thing_of(o)->id, *scratch ? "not " : "",
                 *scratch ? "" : "not ");
  *scratch = 0;
}

uint64_t tracer_judge_marks(const wane_ref *held, size_t n)
{
  uint64_t reached = 0;
  for (size_t i = 0; i < n; i++) reach(held[i]);
  while (stack.n) {
    wane_ref o = stack.items[--stack.n];
    wane_each_slot(o, wane_gc_type(o), reach_slot, NULL);
  }
  wane__heap_each_used(compare_mark, &reached);
  free(stack.items);
  stack.items = NULL;
  stack.capacity = 0;
  return reached;
}

static void count_slot(struct wane_slot *slot, void *context)
{
  (void)context;
  wane_ref o = wane_load(slot);
  if (o) ++*wane_gc_scratch(o);
}

static void count_slots(wane_ref o, size_t bytes, void *context)
{
  (void)bytes;
  wane_each_slot(o, wane_gc_type(o), count_slot, context);
}

static void compare_count(wane_ref o, size_t bytes, void *context)
{
  (void)bytes;
  (void)context;
  uint32_t *scratch = wane_gc_scratch(o);
  bool immortal = atomic_load(&o->own) & WANE_IMMORTAL;
  if (!immortal && wane_gc_count(o) != *scratch)
    check_record(&world_log, __FILE__, __LINE__,
                 "object %" PRIu64 " has count %" PRId64 ", and %u references",
                 thing_of(o)->id, wane_gc_count(o), *scratch);
  *scratch = 0;
}

void tracer_judge_counts(const wane_ref *counted, size_t n)
{
  wane__heap_each_used(count_slots, NULL);
  for (size_t i = 0; i < n; i++)
    if (counted[i]) ++*wane_gc_scratch(counted[i]);
  wane__heap_each_used(compare_count, NULL);
}

void tracer_judge_no_marks(void)
{
  uint64_t words = 0;
  for (uint32_t i = 0; i < wane__heap_blocks_ever(); i++)
    for (uint32_t k = 0; k < WANE__CELLS_MAX / 64; k++)
      words += atomic_load(&wane__mark_words(i)[k]) != 0;
  CHECK_EQ(&world_log, words, 0);
}

// --- a test ------------------------------------------------------------------

const struct wane_collector *const tracers[TRACERS] = {
    &tracer_counts, &tracer_logs, &tracer_stops};

struct wane_mutator *tracer_start(const struct wane_collector *collector,
                                  const struct wane_config *more)
{
  struct world_setup setup = {.config = *more};
  setup.config.collector = collector;
  setup.config.round_ms = 1000000;
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

void tracer_end(struct wane_mutator *m)
{
  tracer.after_begin = tracer.marked = NULL;
  tracer.after_slice = tracer.after_sweep = NULL;
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  assert_int_equal(world_born(), world_died());
  tracer_judge_no_marks();
  world_stop();
}

bool tracer_is_bare(void)
{
  return !strcmp(wane_variety(), "bare");
}
