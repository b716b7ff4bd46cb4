// walk.h: once through the young, for those that nobody counts.
// SPDX-License-Identifier: MIT
//
// One thread at a time: the coordinator, inside a round.

#ifndef WANE__WALK_H
#define WANE__WALK_H

#include "release.h"

// The cells of a span are used from now on. `will_walk`: wane__walk_span will
// come to them in this round.
void wane__walk_admit(const struct wane_gc_span *span, bool will_walk);
// Frees those of them that nobody counts, with what dies along. `forward`:
// oldest first.
void wane__walk_span(struct wane_round *r, const struct wane_gc_span *span,
                     bool forward);

#endif
