// late.h: who keeps everybody waiting, or dies.
// SPDX-License-Identifier: MIT

#ifndef WANE__LATE_H
#define WANE__LATE_H

#include "config.h"

#include <pthread.h>

// No callback of the collector's, but perhaps one of a type's.
#define WANE__ENGINE "counting, or a type's trace or death callback"

// Coordinator: what it is about to do; NULL: nothing that can take for ever. A
// name without spaces is a callback of the collector's. A constant.
void wane__late_doing(const char *what);

// As pthread_cond_wait, but it also returns after poll_timeout_ms, and has then
// said what the coordinator has been doing all that time, once. By whoever
// waits for the coordinator.
void wane__late_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
// The same up to `deadline`, of wane__now_ns. Returns false when that is over.
bool wane__late_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock,
                           uint64_t deadline_ns);

// A thread of the runtime's own, with all signals blocked. If a callback ends
// it, so does the process, which says so. 0 or an errno.
int wane__spawn(pthread_t *thread, void *(*run)(void *context));

#endif
