// late.c: who keeps everybody waiting, or dies.
// SPDX-License-Identifier: MIT
//
// The coordinator reports threads that do not answer it. A callback that does
// not return stops the coordinator itself; then those who wait for it, and
// have nothing else to do, look whether it does what it did a while ago.

#include "late.h"

#include <wane/collector.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static struct {
  _Atomic(const char *) what; // NULL: nothing
  _Atomic uint64_t serial;    // of it: the same serial, still the same
  _Atomic uint64_t reported;  // a serial
} doing;

void wane__late_doing(const char *what)
{
  doing.serial++;
  doing.what = what;
}

// `serial` was under way a while ago.
static void look(uint64_t serial)
{
  const char *what = doing.what;
  uint64_t seen = doing.reported;
  if (!what || seen == serial || serial != doing.serial ||
      !atomic_compare_exchange_strong(&doing.reported, &seen, serial))
    return;
  const struct wane_collector *c = wane__config.collector;
  double seconds = wane__config.poll_timeout_ms / 1e3;
  if (c && !strchr(what, ' '))
    wane__report("collector \"%s\" has not returned from its callback %s for "
                 "%.1f s: the round waits",
                 c->name, what, seconds);
  else
    wane__report("a round has been busy with %s for %.1f s", what, seconds);
}

static struct timespec time_of(uint64_t ns)
{
  return (struct timespec){.tv_sec = (time_t)(ns / 1000000000),
                           .tv_nsec = (long)(ns % 1000000000)};
}

bool wane__late_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock,
                           uint64_t deadline_ns)
{
  uint64_t patience = (uint64_t)wane__config.poll_timeout_ms * 1000000u;
  uint64_t now = wane__now_ns(), until = now + patience;
  if (deadline_ns < until) until = deadline_ns;
  struct timespec then = time_of(until);
  uint64_t serial = doing.serial;
  int error = pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &then);
  if (error != ETIMEDOUT) return true;
  if (until == deadline_ns) return false; // no patience was tried
  look(serial);
  return true;
}

void wane__late_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
  (void)wane__late_wait_until(cond, lock, UINT64_MAX);
}

// --- threads that die --------------------------------------------------------

static void died(void *unused)
{
  (void)unused;
  const struct wane_collector *c = wane__config.collector;
  const char *what = doing.what;
  wane__fatal(__FILE__, __LINE__,
              "a thread of the runtime's was ended (pthread_exit?) with "
              "collector \"%s\", callback %s",
              c ? c->name : "none", what ? what : "none");
}

// A callback must not end the thread it was called on.
static void *guarded(void *run)
{
  void *result;
  pthread_cleanup_push(died, NULL);
  result = ((void *(*)(void *))(uintptr_t)run)(NULL);
  pthread_cleanup_pop(0);
  return result;
}

int wane__spawn(pthread_t *thread, void *(*run)(void *context))
{
  sigset_t all, old; // signals are the program's business
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int error = pthread_create(thread, NULL, guarded, (void *)(uintptr_t)run);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return error;
}
