// replay_gate.h: a number that rises, and threads that wait for it.
// SPDX-License-Identifier: MIT

#ifndef WANE_REPLAY_GATE_H
#define WANE_REPLAY_GATE_H

#include "replay.h"

struct replay_gate {
  // Note [gate]: seq_cst stores, which release what its owner did before; an
  // acquire is enough to go on. To sleep takes more: the owner stores `done`
  // and then reads `sleepers`, a sleeper does it the other way round, all
  // seq_cst, so one of them sees the other.
  _Alignas(64) _Atomic uint64_t done; // written by its owner
  _Atomic uint32_t sleepers;          // under the lock
  pthread_mutex_t lock;
  pthread_cond_t risen;
};

// Its owner is so far. Cheap while nobody sleeps.
void replay_gate_raise(struct replay_gate *gate, uint64_t done);

// Returns when it is, or when *status is set (NULL: never mind). A safepoint;
// sleeps detached.
void replay_gate_await(struct replay_thread *t, struct replay_gate *gate,
                       uint64_t done, _Atomic int *status);

#endif
