// crew.h: the mutators of an adversarial workload and what they add up.
// SPDX-License-Identifier: MIT
//
// Every object that is built adds its number to `built`, and to `seen` when
// its last holder has found it whole. So that the sums are equal says that
// nothing was lost, freed too early, or handed out twice, and the sum is the
// same for every collector and every schedule.
//
// A mutator that fails stops the crew: who waits for it is woken up.

#ifndef WORKLOAD_CREW_H
#define WORKLOAD_CREW_H

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <wane/workload.h>

// One mutator's, written by it alone until its body has returned.
struct crew_share {
  uint64_t built, seen; // sums of numbers
};

struct crew {
  uint32_t n;
  pthread_mutex_t lock; // guards the next two
  pthread_cond_t changed;
  uint32_t arrived;
  uint64_t meetings;
  _Atomic int stop; // nonzero: the errno all bodies end with
  struct wane_handle *array; // see crew_array_new; else NULL
  struct crew_share share[];
};

static inline struct crew *crew_of(const struct wane_workload_run *run)
{
  return run->state;
}

// `prepare` and `dispose` of a workload: run->state is a struct crew.
int crew_prepare(struct wane_workload_run *run);
void crew_dispose(struct wane_workload_run *run);

// In `setup`: all sums are zero.
void crew_begin(struct wane_workload_run *run);

// In `setup`: makes the array of n references that all bodies share, until
// crew_finish, which is then the `finish` of the workload. 0 or ENOMEM.
int crew_array_new(struct wane_workload_run *run, struct wane_mutator *m,
                   const struct wane_type *type, uint64_t n);
int crew_finish(struct wane_workload_run *run, struct wane_mutator *m);

static inline wane_ref crew_array(const struct wane_workload_run *run)
{
  return wane_handle_get(crew_of(run)->array);
}

// Waits, detached, for all the others. Nonzero: the crew has stopped.
int crew_meet(struct wane_workload_run *run, struct wane_mutator *m);

// Stops the crew and returns `why`; 0 does nothing. A body ends with it.
int crew_end(struct wane_workload_run *run, int why);

// The same with a sentence; returns EINVAL.
int crew_fail(struct wane_workload_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline int crew_stopped(const struct wane_workload_run *run)
{
  return atomic_load(&crew_of(run)->stop);
}

// Has no count saturated? Such an object is never freed, nor what it holds.
bool crew_counts_right(void);

// A request of that mutator is over.
static inline void crew_request(struct wane_workload_run *run,
                                const struct crew_share *share,
                                uint64_t start_ns, uint64_t end_ns)
{
  uint32_t index = (uint32_t)(share - crew_of(run)->share);
  run->request(run, index, 0, start_ns, end_ns);
}

// In `check`: compares the sums and notes the checksum.
int crew_check(struct wane_workload_run *run);

#endif
