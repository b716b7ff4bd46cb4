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
// Reports what is known of an object that something is wrong with: its birth,
// counts, and how it died. `o` may be anything. Coordinator.
void wane__verify_tell(wane_ref o);

#endif
