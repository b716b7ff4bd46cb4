// replay.h: the parts of a running replay: plan, copies, threads, objects.
// SPDX-License-Identifier: MIT
//
// Strict order: the recorded threads of one copy run one at a time, in the
// order of the plan's slices; who runs holds the copy's *baton*. The baton is
// passed by posting the next thread's semaphore, so every plain field of a
// copy and of its threads has one user at a time and is ordered by the
// semaphores. Copies share the plan, which is constant, and nothing else.
//
// A handle of the trace is a weak slot: `replay_handle.ref` is cleared by the
// type's death hook, on a collector thread. What keeps objects alive is the
// graph itself, and the root sets of replay_roots.h.

#ifndef WANE_REPLAY_H
#define WANE_REPLAY_H

#include <semaphore.h>
#include <time.h>
#include <wane/workload.h>

#include "gct.h"
#include "gct_order.h"

#define REPLAY_MAX_COPIES 64u

// What is known of the trace before it runs; constant afterwards.
struct replay_plan {
  const char *path;
  struct gct_file *file;
  const struct gct_info *info;
  struct gct_schedule schedule;
  struct gct_oracle final;       // after the last event
  uint32_t *slots;               // by birth: slots the object ever needs
  uint32_t *handle;              // by birth
  uint16_t *type;                // by birth: index into info->types
  bool *passed;                  // by birth: see count_use
  bool *settles;                 // by type: see replay_settles
  bool *leaf;                    // by type: no instance ever has a slot
  bool *weakable;                // by type: weak references to some
  size_t roots[GCT_MAX_THREADS]; // most roots a thread's set ever holds
  size_t limbo[GCT_MAX_THREADS]; // and its limbo
};

// Every object of a trace; `slots` slots follow, then bytes up to the
// recorded size. All but the slots is constant from birth.
struct replay_object {
  struct wane_array head; // aux: birth number
  uint32_t words;         // recorded size / 8: what the oracle counts
  uint16_t type;          // index into info->types
  uint16_t copy;
};

// One entry of a copy's handle table. The baton's holder writes all of it;
// collector threads write NULL to `ref`.
struct replay_handle {
  // Note [weak handle]: relaxed. The batons order the mutators' accesses. The
  // death hook's compare-exchange cannot hit a new object: a cell is not given
  // out again before the hook has returned. A mutator that still sees the old
  // value of an object it may use has found no bug yet, and will.
  _Atomic(wane_ref) ref;
  uint32_t birth;
  uint32_t index; // in the holder's set, if roots != 0
  uint32_t slice; // in which it was put there
  uint16_t roots; // how often it is rooted
  uint8_t thread; // holder, if roots != 0
  uint8_t flags;  // REPLAY_*
};
enum {
  REPLAY_LEAF = 1,       // has no slots
  REPLAY_REGISTERED = 2, // one of its roots is the finaliser registry's
  REPLAY_WEAK = 4        // is a weak reference, or was one
};

// By the handle of a weak reference; while it refers to something it has a
// cell. The baton's holder's.
struct replay_weak {
  struct wane_weak *cell;
  uint32_t target, birth; // what it refers to: a handle, and who had it
  bool calls;             // it has a callback
  bool gone;              // gave NULL once
};

struct replay_thread {
  // Roots of this mutator (replay_roots.h): root_handle[i] is the handle at
  // roots.refs[i], GCT_NIL in a hole; holes[] are indices somebody cleared.
  struct wane_root_set roots, limbo;
  uint32_t *root_handle, *holes;
  size_t n_holes;
  wane_ref *grave; // a rooted object with one slot

  struct wane_mutator *m;
  struct replay_copy *copy;
  struct gct_stream *stream;
  struct gct_event last; // of the batch before this one
  uint32_t thread;       // of the trace
  uint32_t slice;        // that it executes
  uint64_t birth;        // number of its next ALLOC
  uint64_t births, waits, cpu_ns;
  sem_t turn;
};

struct replay_copy {
  struct replay_handle *handles; // max_handles
  struct replay_weak *weak;      // likewise; NULL: the trace has none
  struct replay_thread *threads; // n_threads of the trace
  struct replay *replay;
  struct wane_handle *kept; // an array of all rooted objects, at the end
  uint32_t number;
  uint32_t arrived;     // threads that have met the checkpoint so far
  uint64_t checkpoints; // compared
  uint64_t begin_ns, end_ns;
  uint64_t verify_ns, verify_cpu_ns; // of these, in checkpoints
  uint64_t births;                   // of all iterations but this one
  uint64_t left_before;              // objects that earlier iterations left
  // Note [deaths]: relaxed; read after wane_collect, which orders it after
  // the hooks.
  _Atomic uint64_t deaths;   // of all iterations; collector threads
  uint64_t cells, callbacks; // weak cells made; of these, with a callback
  _Atomic uint64_t called;   // callbacks; the finalizer thread
  uint32_t *stack;           // of the traversal: max_handles
  uint64_t *marks;           // a bit per handle
  int status;                // 0 or what the bodies return
  bool over;
};

struct replay {
  struct replay_plan plan;
  struct wane_workload_run *run;
  const struct wane_type **types; // by index into info->types
  const struct wane_type *keeper; // arrays of roots, graves
  bool weak;                      // the collector knows weak references
  uint32_t n_copies;
  struct replay_copy *copies;
  // Note [stop]: relaxed; why some copy gave up, or 0: the others soon do too.
  _Atomic int stop;
};

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
                     struct replay_plan *plan);
void replay_plan_free(struct replay_plan *plan);

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

// replay_thread.c: the events of one recorded thread, on its mutator. 0, or
// what the workload's body is to return.
int replay_thread_run(struct replay_thread *t, struct wane_mutator *m);

// replay_verify.c. Compares everything that the copy's roots reach with the
// oracle. The caller holds the baton, or the copy has ended; no safepoint.
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
