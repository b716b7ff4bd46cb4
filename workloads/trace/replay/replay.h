// replay.h: the parts of a running replay: plan, copies, threads, objects.
// SPDX-License-Identifier: MIT
//
// Strict order: the recorded threads of one copy run one at a time, in the
// order of the plan's slices; who runs holds the copy's *baton*. The baton is
// passed by posting the next thread's semaphore, so every plain field of a
// copy and of its threads has one user at a time and is ordered by the
// semaphores. Serial: one mutator executes all slices, and there is no baton.
// Relaxed order: all threads run, and wait for each other where the plan says
// (gct_relax.h); these waits order whatever two of them touch, and so the plain
// fields of a handle too. Copies share the plan, which is constant, and nothing
// else.
//
// A handle of the trace is a weak slot: `replay_handle.ref` is cleared by the
// type's death hook, on a collector thread. What keeps objects alive is the
// graph itself, and the root sets of replay_roots.h.

#ifndef WANE_REPLAY_H
#define WANE_REPLAY_H

#include <pthread.h>
#include <semaphore.h>
#include <time.h>
#include <wane/numa.h>
#include <wane/workload.h>

#include "gct.h"
#include "gct_order.h"
#include "gct_relax.h"

#define REPLAY_MAX_COPIES 64u

enum replay_order { REPLAY_STRICT, REPLAY_RELAXED, REPLAY_SERIAL };

// One step (replay_census.c): the entry of a root set that an event fills or
// clears, bits 24 to 31 saying whose set it is.
enum {
  REPLAY_INDEX = (1 << 23) - 1,
  REPLAY_BURY = 1 << 23 // given up the counted way, see replay_roots.h
};
struct replay_steps {
  uint32_t *steps;
  size_t n;
};

// What is known of the trace before it runs; constant afterwards.
struct replay_plan {
  const char *path;
  enum replay_order order;
  uint32_t n_mutators; // of one copy
  struct gct_file *file;
  const struct gct_info *info;
  struct gct_schedule schedule;
  struct gct_oracle final;       // after the last event
  uint32_t *slots;               // by birth: slots the object ever needs
  uint32_t *handle;              // by birth
  uint16_t *type;                // by birth: index into info->types
  bool *passed;                  // by birth: see replay_census.c
  bool *settles;                 // by type: see replay_settles
  bool *leaf;                    // by type: no instance ever has a slot
  bool *weakable;                // by type: weak references to some
  bool batches; // there may be any that need a limbo (replay_roots.h)
  struct replay_steps steps[GCT_MAX_THREADS]; // by recorded thread
  // By mutator: how many entries its root sets have at most.
  size_t roots[GCT_MAX_THREADS], registry[GCT_MAX_THREADS];
  size_t limbo[GCT_MAX_THREADS];
  // Relaxed order: the waits, and per thread how far the others wait for it to
  // be, rising, UINT64_MAX at the end.
  struct gct_relax relax;
  uint64_t *posts[GCT_MAX_THREADS];
};

// Every object of a trace; `slots` slots follow, then bytes up to the
// recorded size. All but the slots is constant from birth.
struct replay_object {
  struct wane_array head; // aux: birth number
  uint32_t words;         // recorded size / 8: what the oracle counts
  uint16_t type;          // index into info->types
  uint16_t tag;           // of the copy, in its iteration
};

// One entry of a copy's handle table. Whoever may use the object reads it; the
// maker writes it at birth, before all that. Collector threads write NULL to
// `ref`.
struct replay_handle {
  // Note [weak handle]: relaxed. The order of the replay orders the mutators'
  // accesses. The death hook's compare-exchange cannot hit a new object: a cell
  // is not given out again before the hook has returned. A mutator that still
  // sees the old value of an object it may use has found no bug yet, and will.
  _Atomic(wane_ref) ref;
  uint32_t birth;
  uint32_t roots;  // how many; kept only where weak cells are checked
  bool leaf;       // has no slots
  bool weak;       // is a weak reference, or was one
  bool registered; // the finaliser registry has a root
};

// By the handle of a weak reference; while it refers to something it has a
// cell. Written by the weak reference's own events, which have one order.
struct replay_weak {
  struct wane_weak *cell;
  uint32_t target, birth; // what it refers to: a handle, and who had it
  bool calls;             // it has a callback
  bool gone;              // gave NULL once
};

// A recorded thread: what it has still to do.
struct replay_input {
  struct gct_stream *stream;
  struct gct_event last;  // of the batch before this one
  const uint32_t *step;   // its next one
  uint32_t thread, slice; // slice: that it executes
  uint64_t birth;         // number of its next ALLOC
  uint64_t births, waits;
};

// A root set of a mutator, and the handle of each entry that is not NULL.
struct replay_set {
  struct wane_root_set set;
  uint32_t *handle;
};

// A mutator.
struct replay_thread {
  struct wane_mutator *m;
  struct replay_handle *handles; // the copy's
  const struct replay_plan *plan;
  struct replay_input *input; // serial: that of the slice
  struct replay_set roots, registry;
  struct wane_root_set limbo;
  wane_ref *grave; // a rooted object with one slot
  struct replay_copy *copy;
  uint32_t number; // of the copy's mutators
  bool counts;     // the roots of a handle, for replay_weak_drop
  uint64_t cpu_ns;
  sem_t turn; // strict order: the baton
};

struct replay_copy {
  struct replay_handle *handles; // max_handles
  struct replay_weak *weak;      // likewise; NULL: the trace has none
  struct replay_input *inputs;   // n_threads of the trace
  struct replay_thread *threads; // n_mutators
  struct replay_gate *gates;     // n_mutators, and one for the end
  struct replay_lives *lives;    // NULL: nobody asks when its objects died
  struct replay *replay;
  struct wane_handle *kept; // an array of all rooted objects, at the end
  uint32_t number;
  uint16_t tag; // number + REPLAY_MAX_COPIES * iteration, modulo 65536
  _Atomic uint32_t arrived; // threads that have met the checkpoint so far
  _Atomic uint32_t ended;   // relaxed order: threads that are done
  uint64_t checkpoints;     // compared
  uint64_t begin_ns, end_ns;
  uint64_t verify_ns, verify_cpu_ns; // of these, in checkpoints
  uint64_t births;                   // of all iterations but this one
  uint64_t left_before;              // objects that earlier iterations left
  // Note [deaths]: relaxed; read after wane_collect, which orders it after
  // the hooks.
  _Atomic uint64_t deaths; // of all iterations; collector threads
  _Atomic uint64_t cells, callbacks; // weak cells made; of these, with callback
  _Atomic uint64_t called;           // callbacks; the finalizer thread
  uint32_t *stack;                   // of the traversal: max_handles
  uint64_t *marks;                   // a bit per handle
  _Atomic int status;                // 0 or what the bodies return
  bool over;
};

// What replay_lives_gather gives.
struct replay_gathered {
  struct wane_lives all;
  struct wane_life *lives;
  struct wane_live *live;
};

struct replay {
  struct replay_plan plan;
  struct wane_workload_run *run;
  const struct wane_type **types; // by index into info->types
  const struct wane_type *keeper; // arrays of roots, graves
  bool weak;                      // the collector knows weak references
  uint32_t n_copies;
  struct replay_copy *copies;
  uint32_t *place; // by mutator; NULL: each has its own number
  struct replay_marks *marks; // NULL: as `lives` of a copy
  struct replay_gathered gathered;
  // Note [stop]: relaxed; why some copy gave up, or 0: the others soon do too.
  _Atomic int stop;
};

// Bytes of an object with so many slots and of that recorded size.
static inline size_t replay_size(uint32_t slots, uint32_t words)
{
  size_t size = sizeof(struct replay_object) + slots * sizeof(wane_ref);
  size_t recorded = (size_t)words * 8;
  return recorded > size ? recorded : size;
}

static inline struct wane_slot *replay_slots(wane_ref o)
{
  return (struct wane_slot *)(void *)((struct replay_object *)(void *)o + 1);
}

// Is the recorded state consistent just before `event`? Recorders write the
// changes of roots and slots in batches, at the points where the recorded
// collector could run; inside a batch an object may be out of every root and
// slot and be needed again a few events later. The batches of CPython's end
// before each birth of an object that its collector tracks, when a thread lets
// another one run, and at marks and checkpoints. A birth right after the death
// of the same handle may be a resize, which comes without a batch.
static inline bool replay_settles(const struct replay_plan *plan,
                                  const struct gct_event *event,
                                  const struct gct_event *before)
{
  if (event->op == GCT_ALLOC)
    return plan->settles[event->type] &&
           !((before->op == GCT_DROP || before->op == GCT_FREE) &&
             before->handle == event->handle);
  return event->op == GCT_WAIT || event->op == GCT_CHECKPOINT ||
         event->op == GCT_MARK;
}

// replay_plan.c. 0, or a positive errno after run->fail.
int replay_plan_make(struct wane_workload_run *run, const char *path,
                     enum replay_order order, struct replay_plan *plan);
void replay_plan_free(struct replay_plan *plan);

// replay_copy.c. A copy's memory; false: not enough, to be freed all the same.
bool replay_copy_new(struct replay *replay, uint32_t number);
void replay_copy_free(struct replay_copy *copy);
// Before an iteration. 0 or an errno.
int replay_copy_reset(struct replay_copy *copy, struct wane_mutator *m);
// Objects of the copy that were not freed yet.
uint64_t replay_left(const struct replay_copy *copy);

// replay_object.c. Types, and the death hook's way to its table: one replay
// at a time in a process.
int replay_types_register(struct replay *replay);
void replay_types_forget(void);

// replay_weak.c. Gives up the cell of a weak reference, if it has one. false
// after run->fail: it did not give what it should.
bool replay_weak_drop(struct replay_copy *copy, struct wane_mutator *m,
                      uint32_t handle);
// Carries out a WEAK event whose ends are there. 0 or an errno; EPROTO after
// run->fail.
int replay_weak_set(struct replay_copy *copy, struct wane_mutator *m,
                    const struct gct_event *event);
// After replay_verify, from whose marks it takes what is reachable: reads all
// cells. `settled`: garbage must be gone. false after run->fail.
bool replay_weak_verify(struct replay_copy *copy, struct wane_mutator *m,
                        const char *when, bool settled);
// After that and wane_finalizers_wait: have callbacks run? false after
// run->fail.
bool replay_weak_check_calls(struct replay_copy *copy);
// How many cells gave NULL when they were read last.
uint64_t replay_weak_nulls(const struct replay_copy *copy);
// Frees all cells.
void replay_weak_forget(struct replay_copy *copy, struct wane_mutator *m);

// replay_events.c. Executes the next `n` events of the thread's input; reaches
// a safepoint after each batch and at the end. 0 or a status.
int replay_events(struct replay_thread *t, uint64_t n);

// replay_thread.c: a mutator from its first event to its last. 0, or what the
// workload's body is to return.
int replay_thread_run(struct replay_thread *t, struct wane_mutator *m);
// Ends the copy, and the other copies soon. Returns `status`.
int replay_give_up(struct replay_thread *t, int status);
// Makes what replay_bury needs. Once, before the first event.
int replay_dig_grave(struct replay_thread *t);
// Puts everything that is rooted into one array behind a counted handle, so
// that the threads can go. A safepoint; no other thread of the copy runs.
int replay_keep_roots(struct replay_thread *t);

// replay_strict.c, replay_relaxed.c: all events, and the wait for the copy's
// end.
void replay_strict(struct replay_thread *t);
void replay_serial(struct replay_thread *t);
void replay_relaxed(struct replay_thread *t);
// replay_gate.c: relaxed order's waits. 0 or ENOMEM.
int replay_gates_new(struct replay_copy *copy);
void replay_gates_reset(struct replay_copy *copy);
void replay_gates_free(struct replay_copy *copy);
// Wakes all that sleep: the copy's status is set.
void replay_gates_open(struct replay_copy *copy);

// replay_verify.c. Compares everything that the copy's roots reach with the
// oracle. No other thread of the copy runs, or it has ended; no safepoint.
// false after run->fail; `expected` is NULL: only objects and edges are
// checked. *held: objects reached, those of the finaliser registry included.
bool replay_verify(struct replay_copy *copy, const char *when,
                   const struct gct_oracle *expected, uint64_t *held);
// NULL, or what is wrong with an object that the trace uses as `handle`.
const char *replay_fault(const struct replay_copy *copy, uint32_t handle,
                         wane_ref o);

static inline uint64_t replay_clock(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
