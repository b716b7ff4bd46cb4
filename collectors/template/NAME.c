// NAME.c: reference counting, and a concurrent trace for its cycles.
// SPDX-License-Identifier: MIT
//
// A complete collector to start from. The runtime counts references and frees
// what dies by count: that is asked for below with WANE_BARRIER_RC_LOG. What
// counts cannot free is cycles. This collector finds them by tracing, with the
// runtime's own tracing services, while the program runs.

#include <wane/collector.h> // all that a collector may use of Wane

#include <errno.h>
#include <stdlib.h>

// --- state -------------------------------------------------------------------

// One trace after another. All callbacks run on one collector thread, one at a
// time, so nothing here needs a lock or an atomic.
enum phase { IDLE, BEGIN, MARK, SWEEP };

struct collector {
  enum phase phase;
  bool demanded; // the trace under way began after somebody asked for one
  bool again;    // somebody asked too late for the trace under way
};

// Before the program's first thread. `values`: the options, if there are any.
static int start(const union wane_value *values, void **state)
{
  (void)values;
  *state = calloc(1, sizeof(struct collector));
  return *state ? 0 : -ENOMEM;
}

static void stop(void *state)
{
  free(state);
}

// --- when --------------------------------------------------------------------

// Asked before each round: is a trace under way, that must go on? When a new
// one is worth its cost the host decides (`wane list pacing`).
static bool due(void *state)
{
  const struct collector *c = state;
  return c->phase != IDLE;
}

// --- collect -----------------------------------------------------------------

// Called once in each round from the trace's beginning to its end. A round is
// one handshake with all threads: each hands over its roots and the log of the
// references it has overwritten, and runs on. That log is what lets us mark
// meanwhile: whatever was reachable when the trace began is found, either where
// it was or in a log. `full`: somebody waits for all that is garbage now.
static void collect(void *state, struct wane_round *round, bool full)
{
  struct collector *c = state;
  if (full && c->phase <= BEGIN) c->demanded = true;
  if (full && !c->demanded) c->again = true; // what died since is not found
  // false: not in this round, or not done yet. The next round goes on here.
  if (c->phase <= BEGIN) c->phase = wane_gc_mark_begin(round) ? MARK : BEGIN;
  if (c->phase == MARK && wane_gc_mark(round)) c->phase = SWEEP;
  if (c->phase == SWEEP && wane_gc_sweep(round)) {
    c->phase = c->again ? BEGIN : IDLE;
    c->demanded = c->again;
    c->again = false;
  }
}

// --- what the host is told ---------------------------------------------------

// It lays out memory by what a collector needs, refuses what cannot be had, and
// tests hold the collector to what it claims.
WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "NAME", // as the file: NAME.so
    .help = "reference counting with a concurrent trace for cycles",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_MARKS,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .start = start,
    .stop = stop,
    .due = due,
    .collect = collect,
};
