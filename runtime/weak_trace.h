// weak_trace.h: what a trace makes of weak cells and finalizers.
// SPDX-License-Identifier: MIT
//
// One thread: the coordinator, inside a round.

#ifndef WANE__WEAK_TRACE_H
#define WANE__WEAK_TRACE_H

#include "release.h"

enum wane__weak_step {
  WANE__WEAK_DONE, // what is unmarked is garbage that nobody can reach
  WANE__WEAK_WAIT, // look again after another handshake
  WANE__WEAK_MORE, // something became grey, or may have: mark on
};

// Nothing is grey, and this round's log named nothing new: may the rest go?
enum wane__weak_step wane__weak_trace_step(const struct wane_round *r);
// This round's log did name something: the verdict is put off.
void wane__weak_trace_withdraw(void);

// Before the dead are freed, and after their references were taken back: the
// cells that lead to them are cleared.
void wane__weak_trace_clear(void);

// Roots of a trace: what waits for finalizers, and what is condemned.
void wane__weak_trace_roots(void (*each)(wane_ref o, void *context),
                            void *context);
void wane__weak_trace_stop(void);

#endif
