// release.h: what dies by count, its children, its cells.
// SPDX-License-Identifier: MIT
//
// One thread at a time: the coordinator, inside a round.

#ifndef WANE__RELEASE_H
#define WANE__RELEASE_H

#include "heap.h"
#include "log.h"
#include "vector.h"

#include <wane/collector.h>

// Where an object is: found once.
struct wane__place {
  struct wane_gc_block *block;
  wane_ref o;
  uint32_t cell;
};
struct wane__places {
  struct wane__place *items;
  size_t n, capacity; // n <= capacity
};

struct wane_round {
  struct wane__places zero; // dead by count: about to be freed
  struct wane__vector zct;  // count zero, rooted: looked at each round
  struct wane__vector purple;
  bool want_purple;
  bool counting; // references are counted: what dies by count goes
  bool stopped;  // the world is, in this round
  bool full;     // somebody waits for all garbage to go
  bool swept;    // a tracing cycle has ended in this round
  bool marking;  // a trace is active and not over: see mark.h
  bool logged;   // all that was overwritten since the last round is in the log
  bool log_lost; // but for something for which there was no room
  const struct wane__vector *roots; // all snapshots of this round
  const struct wane__chunk *log;    // what was overwritten since the last one
  // This round's:
  uint64_t born_objects, born_bytes;   // handed over for the first time
  uint64_t rc_objects, rc_bytes;       // died by count
  uint64_t cycle_objects, cycle_bytes; // freed by the plugin
  uint64_t cascade;                    // decrements of dead parents' children
  uint64_t met, behind; // of those: the walk comes to it; it has passed it
  const struct wane_gc_block *here; // the walk is in it, or NULL
  uint64_t candidates, traced, edges;  // as the plugin reports
  uint64_t traced_before, edges_before; // of a trace, in earlier rounds
  bool forward; // the next walk goes from old to young
  // Over all rounds; this round's are added and taken off at its end.
  uint64_t live_objects, live_bytes;
};

// A count reached zero outside a cascade (log, plugin).
void wane__release_zero(struct wane_round *r, wane_ref o);
// Looks at every object of the zero-count table again.
void wane__release_zct(struct wane_round *r);
// Frees what is in `zero` and everything that dies with it.
void wane__release_drain(struct wane_round *r);

#endif
