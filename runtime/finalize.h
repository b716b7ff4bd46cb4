// finalize.h: the queue of callbacks and finalizers, and its thread.
// SPDX-License-Identifier: MIT

#ifndef WANE__FINALIZE_H
#define WANE__FINALIZE_H

#include "weak.h"

// Coordinator. The callbacks of cleared cells, in the order of `next`.
void wane__finalize_callbacks(struct wane_weak *cleared);
// Coordinator. Garbage that lives until its finalizers have run: each object
// has one counted unit, which the queue takes back then. Those at the front,
// `n_finalize` of them, have a finalizer to run. Copied.
void wane__finalize_batch(const wane_ref *objects, size_t n, size_t n_finalize);
// Coordinator: what waits in the queue, each object with its unit.
void wane__finalize_each(void (*each)(wane_ref o, void *context),
                         void *context);
// The program frees a cell with a callback: true if nobody needs it any more;
// otherwise the queue will free it.
bool wane__finalize_lets_go(struct wane_weak *cell);

uint64_t wane__finalize_count(void); // finalizers that have run
void wane__finalize_count_reset(void);

void wane__finalize_start(void);
// Runs what is queued, ends the thread; from then on nothing runs.
void wane__finalize_stop(void);
void wane__finalize_end(void); // after the last round: forgets the rest

void wane__finalize_lock(void); // around fork
void wane__finalize_unlock(void);
void wane__finalize_forked(void); // in the child

#endif
