// verify.h: the oracle: what is reachable, found with the world stopped.
// SPDX-License-Identifier: MIT
//
// Freed cells are held back until it has looked (heap.h, wane__verify_hold).

#ifndef WANE__VERIFY_H
#define WANE__VERIFY_H

#include "release.h"

void wane__verify_start(void);
void wane__verify_stop(void);
// After a round: is it time to look? Coordinator.
bool wane__verify_due(bool collected);
// Coordinator, at the end of a round that stopped the world: ends the process
// with a sentence if anything is wrong; then the cells held go back.
void wane__verify(const struct wane_round *r);
// Coordinator: reports what is known of the object at a cell of the heap, or of
// the one that was freed there: type, maker, counts, and when and why it went.
void wane__verify_tell_life(wane_ref o);

#endif
