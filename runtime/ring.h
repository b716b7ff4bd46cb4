// ring.h: the second shelf: one event ring per thread.
// SPDX-License-Identifier: MIT

#ifndef WANE__RING_H
#define WANE__RING_H

#include "config.h"

struct wane__ring;

// A ring for a thread called `name`; kept for the life of the runtime and
// handed to a later thread when this one gives it back. NULL: no memory.
struct wane__ring *wane__ring_take(const char *name);
// The one who has it, before it writes: which mutator it is.
void wane__ring_owner(struct wane__ring *ring, uint32_t owner);
void wane__ring_give(struct wane__ring *ring);
// Writes one record; its owner only. Full: counted as lost.
void wane__ring_put(struct wane__ring *ring, const struct wane_event *event);
// Reports the last `n` records of all rings that are still there, oldest first.
// For the end of a process: nothing is waited for.
void wane__ring_tell_last(unsigned n);
void wane__ring_stop(void);
void wane__ring_lock(void); // around fork
void wane__ring_unlock(void);

#endif
