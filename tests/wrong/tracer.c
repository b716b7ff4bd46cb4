// tracer.c: a collector that traces in slices, with a place for mistakes.
// SPDX-License-Identifier: MIT
//
// Right when WRONG is 80. The others (wrong.txt) do not mind what the tracing
// services answer, or take a trace for the proof of more than it is.

#include <wane/collector.h>

#include <string.h>

#define BUG(n) (WRONG == (n))
#define TEXT(n) #n
#define NAME(n) "wrong_" TEXT(n)

enum phase { IDLE, BEGIN, MARK, SWEEP };

static struct {
  enum phase phase;
  bool demanded, again; // somebody waits for this trace; for the next one
} t;

static int start(const union wane_value *values, void **state)
{
  (void)values;
  (void)state;
  memset(&t, 0, sizeof t);
  return 0;
}

static bool due(void *state)
{
  (void)state;
  return t.phase != IDLE;
}

static void end(void)
{
  t.phase = t.again ? BEGIN : IDLE;
  t.demanded = t.again;
  t.again = false;
}

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state;
  if (full && (t.phase <= BEGIN || BUG(84))) t.demanded = true;
  if (full && !t.demanded) t.again = true;
  if (t.phase <= BEGIN)
    t.phase = wane_gc_mark_begin(round) || BUG(81) ? MARK : BEGIN;
  if (t.phase == MARK && (wane_gc_mark(round) || BUG(82))) t.phase = SWEEP;
  if (t.phase == SWEEP && (wane_gc_sweep(round) || BUG(83))) end();
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = NAME(WRONG),
    .help = "a trace in slices for tests, right or wrong",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_MARKS,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .start = start,
    .due = due,
    .collect = collect,
};
