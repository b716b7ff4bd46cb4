// wrap.c: what blocks or tells the time: the linker puts these in its place.
// SPDX-License-Identifier: MIT
//
// Linked with -Wl,--wrap=NAME for each name below (explore.cmake), so all
// calls from the runtime, the collectors and the program come here, and libc's
// own do not. Before sched_start, in the parent, none of them is called.

#include "sched.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#define HERE __builtin_return_address(0)

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);
int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_init(pthread_cond_t *condition,
                             const pthread_condattr_t *attributes);
int __wrap_pthread_cond_destroy(pthread_cond_t *condition);
int __wrap_pthread_cond_wait(pthread_cond_t *condition,
                             pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_clockwait(pthread_cond_t *condition,
                                  pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until);
int __wrap_pthread_cond_signal(pthread_cond_t *condition);
int __wrap_pthread_cond_broadcast(pthread_cond_t *condition);
int __wrap_pthread_once(pthread_once_t *once, void (*run)(void));
int __wrap_pthread_getcpuclockid(pthread_t thread, clockid_t *clock);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);
int __wrap_sched_yield(void);
int __wrap_sched_getcpu(void);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __real_wane__spawn(pthread_t *thread, void *(*run)(void *context));
int __wrap_wane__spawn(pthread_t *thread, void *(*run)(void *context));
struct wane_round;
void __real_wane__verify(const struct wane_round *round);
void __wrap_wane__verify(const struct wane_round *round);

static uint64_t ns_of(const struct timespec *t)
{
  return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument)
{
  int error = sched_create(thread, attributes, run, argument);
  sched_point('c', HERE);
  return error;
}

// It gives its threads a beginning in common.
int __wrap_wane__spawn(pthread_t *thread, void *(*run)(void *context))
{
  sched_entry(run);
  return __real_wane__spawn(thread, run);
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
  sched_point('j', HERE);
  return sched_join(thread, result);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex,
                              const pthread_mutexattr_t *attributes)
{
  (void)attributes;
  memset(mutex, 0, sizeof *mutex);
  return 0;
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
  (void)mutex;
  return 0;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
  sched_touch('m', mutex, true, HERE);
  sched_lock(mutex);
  return 0;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
  sched_touch('t', mutex, true, HERE);
  return sched_trylock(mutex) ? 0 : EBUSY;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
  sched_unlock(mutex);
  sched_touch('u', mutex, true, HERE);
  return 0;
}

int __wrap_pthread_cond_init(pthread_cond_t *condition,
                             const pthread_condattr_t *attributes)
{
  (void)attributes;
  memset(condition, 0, sizeof *condition);
  return 0;
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition)
{
  (void)condition;
  return 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition,
                             pthread_mutex_t *mutex)
{
  sched_touch('w', condition, true, HERE);
  return sched_wait(condition, mutex, SCHED_NEVER);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition,
                                  pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
  sched_touch('w', condition, true, HERE);
  return sched_wait(condition, mutex, ns_of(until));
}

int __wrap_pthread_cond_clockwait(pthread_cond_t *condition,
                                  pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *until)
{
  (void)clock; // there is one
  sched_touch('w', condition, true, HERE);
  return sched_wait(condition, mutex, ns_of(until));
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition)
{
  sched_touch('s', condition, true, HERE);
  sched_wake(condition, false);
  return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
  sched_touch('b', condition, true, HERE);
  sched_wake(condition, true);
  return 0;
}

// In one piece: nothing that the runtime runs once comes to a point.
int __wrap_pthread_once(pthread_once_t *once, void (*run)(void))
{
  if (*once) return 0;
  *once = 1;
  run();
  return 0;
}

int __wrap_pthread_getcpuclockid(pthread_t thread, clockid_t *clock)
{
  (void)thread;
  *clock = CLOCK_MONOTONIC;
  return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
  (void)rest;
  sched_point('n', HERE);
  sched_sleep(ns_of(time));
  return 0;
}

int __wrap_sched_yield(void)
{
  sched_point('y', HERE);
  sched_yield_turn();
  return 0;
}

int __wrap_sched_getcpu(void)
{
  return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
  (void)clock; // one clock, and it moves with the points
  uint64_t now = sched_now();
  *time = (struct timespec){.tv_sec = (time_t)(now / 1000000000),
                            .tv_nsec = (long)(now % 1000000000)};
  return 0;
}

void __wrap_wane__verify(const struct wane_round *round)
{
  sched_alone(true);
  __real_wane__verify(round);
  sched_alone(false);
}
