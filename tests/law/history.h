// history.h: a random history of heap operations beside its model.
// SPDX-License-Identifier: MIT
//
// Several mutator threads take turns: one acts, the others are detached, so
// the model is exact although objects have different owners and collections
// run at any time.

#ifndef WANE_TESTS_HISTORY_H
#define WANE_TESTS_HISTORY_H

#include "model.h"

#include <torture/world.h>

#define HISTORY_THREADS 4
#define HISTORY_STACK 6 // roots on the shadow stack of a thread
#define HISTORY_SET 3   // and in its root set
#define HISTORY_ROOTS (HISTORY_STACK + HISTORY_SET)
#define HISTORY_HANDLES 5

struct history {
  struct model model;
  struct check_random random;
  uint64_t left; // operations to do
  uint32_t threads;
  struct wane_handle *handle[HISTORY_HANDLES];
  // Whose turn it is. Under `lock`; everything above belongs to whoever has
  // the turn.
  pthread_mutex_t lock;
  pthread_cond_t passed;
  uint32_t turn, entered;
  bool over;
};

// One thread's part of it.
struct history_actor {
  struct history *h;
  uint32_t index;
  struct wane_mutator *m;
  wane_ref *stack;
  struct wane_root_set set;
  _Atomic(wane_ref) refs[HISTORY_SET];
};

// Does `operations` random operations with `threads` threads, the caller
// (attached as `m`) being one of them; checks all the while; at the end drops
// everything and checks what is left. Failures go to world_log.
void history_run(struct wane_mutator *m, uint64_t seed, uint32_t threads,
                 uint64_t operations);

// One operation (history_operations.c); the actor has the turn.
void history_operate(struct history_actor *a);
// All the model says against all the runtime did.
void history_check(struct history_actor *a, bool collected);

// Root `i` of the actor: its place in the model, its value.
static inline uint32_t *history_model_root(struct history_actor *a, uint32_t i)
{
  return &a->h->model.roots[a->index * HISTORY_ROOTS + i];
}
wane_ref history_root(struct history_actor *a, uint32_t i);
void history_set_root(struct history_actor *a, uint32_t i, wane_ref o,
                      uint32_t id);

#endif
