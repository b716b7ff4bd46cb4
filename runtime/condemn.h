// condemn.h: garbage that is looked at twice before it goes.
// SPDX-License-Identifier: MIT
//
// One thread at a time: the coordinator, inside a round, but for what says so.

#ifndef WANE__CONDEMN_H
#define WANE__CONDEMN_H

#include "release.h"

#include <wane/event.h>

// After the handshake. `stopped`: the world is, and one look is enough.
void wane__condemn_begin(bool stopped);
// An object of a special type whose count is zero and that no root holds.
// False: it may die like any other; true: it was condemned, with what would
// die along, or somebody reaches it again.
bool wane__condemn_zero(wane_ref o);
// After this round's decrements were applied: the sets of the last round are
// looked at again, and freed, given to the finalizers or let go.
void wane__condemn_decide(struct wane_round *r);
// With the world stopped: decides what was condemned in this round, too, until
// nothing is left. Otherwise nothing.
void wane__condemn_settle(struct wane_round *r);
// Closers in sets that live on, for the plugin to hear of; the caller empties
// it. Some may have died since.
struct wane__vector *wane__condemn_again(void);

bool wane__condemn_waiting(void); // any thread: is anything condemned?
// For wane_collect. An old set has a member that got its first weak reference
// before the number `age` (wane__weak_newest). Did one go in the last round?
bool wane__condemn_gone(uint64_t age);
// And is there another, or one that is to be finalized?
bool wane__condemn_older(uint64_t age);
// Did one go in the last round that referred to what may be part of a cycle
// outside it?
bool wane__condemn_left_cycles(uint64_t age);

// What is condemned now; a number for the statistics.
void wane__condemn_each(void (*each)(wane_ref o, void *context), void *context);
void wane__condemn_count_cleared(uint64_t cells);

// A record, PENDING. Given back when it stands in no cell any more; freed when
// another handshake has passed. Makes it DEAD: false, a reader was first.
struct wane__record;
struct wane__record *wane__record_new(bool finalizes);
void wane__record_retire(struct wane__record *record); // NULL: nothing
bool wane__record_kill(struct wane__record *record);

void wane__condemn_add_stats(struct wane_stats *stats);
void wane__condemn_reset_stats(void);
void wane__condemn_stop(void);

#endif
