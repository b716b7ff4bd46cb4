// sched.h: one thread at a time: the deterministic scheduler.
// SPDX-License-Identifier: MIT
//
// Every thread of the process is a real thread, and all but one of them wait
// for their turn. The running one comes here before each atomic operation and
// at each call that may block (tsan.c, wrap.c); here it is decided who goes on.
// Nothing blocks for real: locks, condition variables, joins, sleeps and the
// clock are modelled, so a deadlock is seen at once, and the same decisions
// give the same run. What is explored is sequential consistency.

#ifndef WANE_EXPLORE_SCHED_H
#define WANE_EXPLORE_SCHED_H

#include "strategy.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define SCHED_DECISIONS 8192 // recorded, at most
#define SCHED_HOPS 512       // of a printed run, at most

// Where a run stands when another thread takes over.
struct sched_hop {
  uint8_t from, to;
  bool forced, ended;  // `from` could not go on; or is over
  uint32_t anchor;     // of `from`: its operation, or its wake-ups so far
  const void *place;   // the code address where it stands
  const void *resumes; // where `to` stands: NULL, at its beginning
};

enum sched_outcome {
  SCHED_RUNNING, // still so at the end: crashed, or killed
  SCHED_PASSED,
  SCHED_FAILED,   // a check of the program or of the runtime
  SCHED_DEADLOCK, // nobody can go on
  SCHED_STUCK,    // too many steps, or nothing but timeouts
};

// What a run leaves behind, in memory that its parent shares.
struct sched_record {
  enum sched_outcome outcome;
  char why[1024];
  uint64_t hash;  // of all events, in their order
  uint64_t steps; // points passed
  uint32_t current;
  uint32_t n_decisions;
  struct strategy_decision decisions[SCHED_DECISIONS];
  uint32_t n_hops;
  struct sched_hop hops[SCHED_HOPS];
  uint32_t n_threads;
  const void *entries[STRATEGY_THREADS]; // where each thread begins
  struct strategy_profile profile; // of the points where the strategy was heard
};

struct sched_setup {
  struct strategy strategy;
  uint64_t tick_ns;   // the clock moves so much at each point
  uint64_t most_steps;
  struct sched_record *record;
};

// The calling thread is the first, thread 0.
void sched_start(const struct sched_setup *setup);
// From now on the strategy decides (or, again, does not: then the running
// thread goes on until it blocks, and its successor follows).
void sched_arm(bool on);
// Between the two the calling thread has the process to itself and passes no
// points: the verifier, for which the world is stopped.
void sched_alone(bool on);
// The calling thread begins operation `number`: decisions are named by it, so
// that they keep their place when other operations are taken away.
void sched_anchor(uint32_t number);
// A point where another thread may take over. `kind`: a letter, for the hash.
void sched_point(char kind, const void *place);
// The same before an atomic operation on `word`.
void sched_touch(char kind, const volatile void *word, bool writes,
                 const void *place);
// Ends the run.
_Noreturn void sched_fail(enum sched_outcome outcome, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void sched_pass(void);

// --- the model of what blocks (wrap.c) ---------------------------------------

int sched_create(pthread_t *thread, const pthread_attr_t *attributes,
                 void *(*run)(void *), void *argument);
// The next thread that is created begins there, for people.
void sched_entry(void *(*run)(void *));
int sched_join(pthread_t thread, void **result);
// The owner is kept in the first word of the mutex itself, which is zero when
// nobody has it: as PTHREAD_MUTEX_INITIALIZER leaves it.
void sched_lock(void *mutex);
bool sched_trylock(void *mutex);
void sched_unlock(void *mutex);
// 0, or ETIMEDOUT. `deadline`: of the model's clock.
#define SCHED_NEVER UINT64_MAX
int sched_wait(void *condition, void *mutex, uint64_t deadline);
void sched_wake(void *condition, bool all);
void sched_sleep(uint64_t ns);
void sched_yield_turn(void);
uint64_t sched_now(void);

#endif
