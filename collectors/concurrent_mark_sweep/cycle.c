// cycle.c: the phases of a concurrent mark-sweep cycle.
// SPDX-License-Identifier: MIT
//
// Idle, until the host says that it is time. Then a trace begins at a
// handshake, goes on in slices between rounds, is over when a whole round has
// named nothing new, and its garbage is swept, in slices again. No mutator
// waits for any of it but for the handshakes (Doligez and Leroy, POPL 1993, for
// the handshakes; Yuasa 1990 for the snapshot).

#include "cycle.h"

#include <errno.h>
#include <stdlib.h>

enum phase { IDLE, BEGIN, MARK, SWEEP };

struct cycle {
  enum phase phase;
  bool demanded; // the cycle under way began after somebody asked for it
  bool again;    // somebody asked too late for the cycle under way
};

int cycle_start(const union wane_value *values, void **state)
{
  (void)values;
  *state = calloc(1, sizeof(struct cycle));
  return *state ? 0 : -ENOMEM;
}

void cycle_stop(void *state)
{
  free(state);
}

bool cycle_due(void *state)
{
  const struct cycle *c = state;
  return c->phase != IDLE;
}

// What became garbage after the trace began is left for the next.
static void demand(struct cycle *c)
{
  if (c->phase == MARK || c->phase == SWEEP)
    c->again = !c->demanded;
  else
    c->demanded = true;
}

static void end(struct cycle *c)
{
  c->phase = c->again ? BEGIN : IDLE;
  c->demanded = c->again;
  c->again = false;
}

void cycle_collect(void *state, struct wane_round *round, bool full)
{
  struct cycle *c = state;
  if (full) demand(c);
  switch (c->phase) {
  case IDLE:
  case BEGIN:
    c->phase = BEGIN;
    if (!wane_gc_mark_begin(round)) return;
    c->phase = MARK;
    __attribute__((fallthrough));
  case MARK:
    if (!wane_gc_mark(round)) return;
    c->phase = SWEEP;
    __attribute__((fallthrough));
  case SWEEP:
    if (wane_gc_sweep(round)) end(c);
  }
}
