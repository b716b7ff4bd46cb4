// nursery.h: what was handed over in this round: admitted, then looked at once.
// SPDX-License-Identifier: MIT
//
// Coordinator only.

#ifndef WANE__NURSERY_H
#define WANE__NURSERY_H

#include "inbox.h"
#include "release.h"

// Before the first count goes down: the objects are the engine's.
void wane__nursery_admit(struct wane_round *r,
                         const struct wane__young_list *list);
// The plugin looks at them, if it wants to; then those die that have no count.
// `collector` may be NULL; `closers` as for wane_collector.young.
void wane__nursery_release(struct wane_round *r,
                           const struct wane__young_list *list,
                           uint64_t closers,
                           const struct wane_collector *collector, void *state);

#endif
