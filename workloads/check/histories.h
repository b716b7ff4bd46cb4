// histories.h: one history while it runs: its threads, its model, its state.
// SPDX-License-Identifier: MIT

#ifndef WANE_CHECK_HISTORIES_H
#define WANE_CHECK_HISTORIES_H

#include "model.h"
#include "program.h"
#include "things.h"

#include <pthread.h>

struct history {
  struct wane_workload_run *run;
  struct program program;
  bool turns; // one thread acts at a time, and the model knows everything
  struct wane_handle *handle[PROGRAM_HANDLES];
  struct wane_weak *cell[PROGRAM_CELLS];
  // In turns only; whoever has the turn owns them.
  struct model model;
  uint32_t cell_id[PROGRAM_CELLS]; // what it was made for
  bool cell_gone[PROGRAM_CELLS];   // NULL was read
  size_t next;                     // operation
  pthread_mutex_t lock;            // of the following
  pthread_cond_t passed;
  uint32_t turn;          // a thread; as many as there are: nobody's
  uint32_t entered, left; // threads that have begun, and ended
};

// One thread's part of it.
struct actor {
  struct history *h;
  struct wane_mutator *m;
  uint32_t index;
  wane_ref *stack;
  struct wane_root_set set;
  _Atomic(wane_ref) refs[PROGRAM_SET];
  const struct operation *operation;
};

// Does one operation (operate.c). False: it could not be done, no memory.
bool history_operate(struct actor *a, const struct operation *o);

// Compares the model with what died. `collected`: after wane_collect, so that
// what is garbage must be gone. In turns.
void history_judge(struct history *h, bool collected, const char *when);

void actor_set(struct actor *a, uint32_t i, wane_ref o);
wane_ref actor_get(struct actor *a, uint32_t i);

#endif
