// case_run.h: what the parts of a running scenario share.
// SPDX-License-Identifier: MIT
//
// Thread k of a case is mutator k of the run. Only one of them acts at a time:
// `thread T` posts T's semaphore and waits, detached, for its own. Finalizers
// and callbacks act on a thread of the runtime's, but only while the acting
// thread waits for them in `collect` (the gate). So every plain field below has
// one user at a time, and semaphores and the gate's lock order them.

#ifndef WANE_CASE_RUN_H
#define WANE_CASE_RUN_H

#include <pthread.h>
#include <semaphore.h>
#include <wane/workload.h>

#include "case.h"
#include "case_cells.h"
#include "case_heap.h"
#include "case_model.h"

struct tally {
  uint64_t held, failed, not_claimed, skipped; // expectations
  uint64_t differs; // hold otherwise, as the runtime's documents say
};

// What `read` found.
struct case_reading {
  bool read, owed; // owed: the runtime promises it
  uint32_t found;  // object, or CASE_NIL
};

// What becomes of a finalizer or callback that the runtime calls.
enum case_gate {
  CASE_SHUT, // it waits
  CASE_OPEN, // its action is taken
  CASE_MUTE, // the case is over: nothing
};

struct case_run {
  struct case_file *file;
  struct case_heap *heap;
  struct case_cells *cells;
  struct case_model *model;
  struct case_reading *readings; // of this case
  uint64_t *calls;               // by action
  uint64_t *strays; // of these: callbacks of weak references that were garbage
  sem_t turn[CASE_THREADS];
  uint32_t n_threads;
  bool special;       // the collector knows weak references and finalizers
  bool partial;       // `collect gen=` was met: it collects all, here
  size_t at;          // case that runs
  size_t step;        // next step of it
  uint32_t thread;    // who acts
  struct tally tally; // of this case
  struct tally total;
  char why[200]; // the first that differs; or why the rest was not run
  bool over;
  int status;
  pthread_mutex_t lock; // of the gate
  pthread_cond_t moved;
  enum case_gate gate;
  uint64_t passed; // finalizers and callbacks that came through it
};

static inline const struct case_one *case_now(const struct case_run *c)
{
  return &c->file->cases[c->at];
}

// --- case_expect.c ---------------------------------------------------------

// An expectation, or a step that cannot be taken, fails.
void case_broken(struct wane_workload_run *run, const struct case_step *step,
                 const char *expected, const char *found);
// "nil" for CASE_NIL.
const char *case_name(const struct case_run *c, uint32_t object);
// Ends the case if garbage has finalizers that the collector does not owe, on
// which the case may rely. False: it has none.
bool case_relies(struct wane_workload_run *run, const struct case_step *step);
// Reads the weak reference; false when that fails. *found: object or CASE_NIL.
bool case_read(struct wane_workload_run *run, struct wane_mutator *m,
               const struct case_step *step, uint32_t *found);
bool case_is_expectation(const struct case_step *step);
void case_expect(struct wane_workload_run *run, struct wane_mutator *m,
                 const struct case_step *step);

// --- case_act.c ------------------------------------------------------------

// Takes a step of the case, on the acting thread. 0 or a positive errno.
int case_take(struct wane_workload_run *run, struct wane_mutator *m,
              const struct case_step *step);
// The case is over: its finalizers run without actions, its cells go.
void case_settle(struct wane_workload_run *run, struct wane_mutator *m);
// Begins a case: actions wait for `collect`.
void case_shut(struct case_run *c, struct wane_mutator *m);
// Hooks of case_heap.h and case_cells.h; `context`: struct wane_workload_run.
void case_finalize(void *context, struct wane_mutator *m, uint32_t object,
                   wane_ref self);
void case_call_back(void *context, struct wane_mutator *m, uint32_t object,
                    wane_ref self);

#endif
