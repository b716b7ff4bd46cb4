// round.c: one round after another, from request to the last free.
// SPDX-License-Identifier: MIT
//
// The coordinator sleeps until bytes, a person or the clock ask for a round.
// A round is: ask all threads, wait for their packets, let the engine work on
// them. Rounds never overlap. A collection on demand takes two: the first
// gathers every decrement that exists at the call, the second applies them and
// looks for cycles; a trace takes as many more as it needs, back to back, and
// so does what weak references or finalizers may bring back.

#include "round.h"

#include "condemn.h"
#include "engine.h"
#include "heap.h"
#include "late.h"
#include "mark.h"
#include "numa.h"
#include "pressure.h"
#include "thread.h"
#include "verify.h"
#include "weak.h"

#include <wane/collector.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct walk {
  void (*fn)(void *context);
  void *context;
  struct walk *next;
  bool done;
};

static struct {
  pthread_mutex_t lock;
  pthread_cond_t work;        // the coordinator waits here
  pthread_cond_t round_ended; // those who wait for rounds wait here
  pthread_t thread;
  bool running, quit;
  bool placed;       // the coordinator is where it should be, or not:
  int place_error;   // why
  char error[256];   // and in a sentence
  const struct wane_collector *collector;
  uint64_t collect_wanted, collect_done; // tickets
  enum wane_cause collect_cause;
  struct walk *walks;
  uint64_t stop_ended_ns, stop_took_ns; // the last stop of the world
  pthread_mutex_t fork_gate;
  struct walk hold; // of a fork: holds the world while `holding`
  bool holding;
  struct wane__ring *ring;
  // Note [round state]: `asked` is a hint that saves a lock (seq_cst, once per
  // 64 KiB); `ended` and `busy` are counters for people in a hurry; `stopping`
  // is written before hs_req is (Note [dekker]) and read after.
  _Atomic uint32_t asked; // enum wane_cause, 0: nobody
  _Atomic uint64_t ended;
  _Atomic uint32_t busy;
  _Atomic uint64_t epoch, stopping;
  _Atomic bool closers_lost, log_lost; // Note [round state]
  _Atomic bool marking; // as `stopping`: before any hs_req, read at acks
  _Atomic bool urgent;  // somebody waits for more than an ordinary round
} rounds = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .fork_gate = PTHREAD_MUTEX_INITIALIZER,
            .work = PTHREAD_COND_INITIALIZER,
            .round_ended = PTHREAD_COND_INITIALIZER};

uint32_t wane__round_barrier(void)
{
  return rounds.collector ? rounds.collector->barrier : WANE_BARRIER_RC_LOG;
}

bool wane__round_wants_closers(void)
{
  return rounds.collector && (rounds.collector->needs & WANE_NEED_CLOSERS);
}

void wane__round_closer_lost(void)
{
  atomic_store(&rounds.closers_lost, true); // Note [round state]
}

bool wane__round_closers_lost(void)
{
  return atomic_exchange(&rounds.closers_lost, false); // Note [round state]
}

void wane__round_log_lost(void)
{
  atomic_store(&rounds.log_lost, true); // Note [round state]
}

bool wane__round_log_lost_once(void)
{
  return atomic_exchange(&rounds.log_lost, false); // Note [round state]
}

bool wane__round_counts(void)
{
  return wane__round_barrier() == WANE_BARRIER_RC_LOG;
}

static bool traces(void)
{
  return rounds.collector && (rounds.collector->needs & WANE_NEED_MARKS);
}

bool wane__round_possible(void)
{
  return wane__round_counts() || traces();
}

bool wane__round_marking(void)
{
  return atomic_load(&rounds.marking); // Note [round state]
}

bool wane__round_wanted(void)
{
  return atomic_load(&rounds.asked) != WANE_CAUSE_NONE ||
         atomic_load(&rounds.urgent); // Note [round state]
}

bool wane__round_stopping(uint64_t epoch)
{
  return atomic_load(&rounds.stopping) == epoch; // Note [round state]
}

uint64_t wane__round_ended(void)
{
  return atomic_load(&rounds.ended); // Note [round state]
}

bool wane__round_busy(void)
{
  return atomic_load(&rounds.busy); // Note [round state]
}

uint64_t wane__round_epoch(void)
{
  return atomic_load(&rounds.epoch);
}

uint64_t wane__round_cpu_ns(void)
{
  return rounds.running ? wane__cpu_ns_of(rounds.thread) : 0;
}

// --- asking ------------------------------------------------------------------

void wane__round_request(enum wane_cause cause)
{
  uint32_t nobody = WANE_CAUSE_NONE;
  // Note [round state]
  if (!atomic_compare_exchange_strong(&rounds.asked, &nobody, cause)) return;
  pthread_mutex_lock(&rounds.lock);
  pthread_cond_signal(&rounds.work);
  pthread_mutex_unlock(&rounds.lock);
}

// A time of wane__now_ns plus `ns`.
static struct timespec time_of(uint64_t now, uint64_t ns)
{
  return (struct timespec){.tv_sec = (time_t)((now + ns) / 1000000000),
                           .tv_nsec = (long)((now + ns) % 1000000000)};
}

bool wane__round_wait(enum wane_cause cause, uint64_t until, uint64_t most_ns)
{
  uint64_t deadline = wane__now_ns() + most_ns;
  pthread_mutex_lock(&rounds.lock);
  uint64_t seen = wane__round_ended();
  bool early = true;
  while (wane__round_ended() < until && wane__round_ended() == seen &&
         !rounds.quit && early) {
    uint32_t nobody = WANE_CAUSE_NONE;
    if (atomic_compare_exchange_strong(&rounds.asked, &nobody, cause))
      pthread_cond_signal(&rounds.work);
    early = wane__late_wait_until(&rounds.round_ended, &rounds.lock, deadline);
  }
  bool go_on = !rounds.quit && early;
  pthread_mutex_unlock(&rounds.lock);
  return go_on;
}

void wane__round_collect(enum wane_cause cause)
{
  if (!wane__round_possible()) return;
  pthread_mutex_lock(&rounds.lock);
  uint64_t ticket = ++rounds.collect_wanted;
  rounds.collect_cause = cause;
  atomic_store(&rounds.urgent, true); // Note [round state]
  pthread_cond_signal(&rounds.work);
  while (rounds.collect_done < ticket)
    wane__late_wait(&rounds.round_ended, &rounds.lock);
  pthread_mutex_unlock(&rounds.lock);
}

void wane_collect(struct wane_mutator *m)
{
  wane_detach(m);
  wane__round_collect(WANE_CAUSE_USER);
  wane_attach(m);
}

void wane_collect_foreign(void)
{
  wane__round_collect(WANE_CAUSE_USER);
}

void wane__round_with_world_stopped(void (*fn)(void *context), void *context)
{
  struct walk walk = {.fn = fn, .context = context};
  pthread_mutex_lock(&rounds.lock);
  walk.next = rounds.walks;
  rounds.walks = &walk;
  atomic_store(&rounds.urgent, true); // Note [round state]
  pthread_cond_signal(&rounds.work);
  while (!walk.done) wane__late_wait(&rounds.round_ended, &rounds.lock);
  pthread_mutex_unlock(&rounds.lock);
}

// --- running -----------------------------------------------------------------

static void record(struct wane_event *e, int kind, int phase)
{
  e->kind = (uint8_t)kind;
  e->phase = (uint8_t)phase;
  e->role = WANE_ROLE_COORDINATOR;
  wane__ring_put(rounds.ring, e);
}

// Mutators get as long to run as the last stop took, 10 ms at most: stops back
// to back would starve them.
static void leave_a_gap(void)
{
  uint64_t gap = rounds.stop_took_ns;
  if (gap > 10000000) gap = 10000000;
  uint64_t since = wane__now_ns() - rounds.stop_ended_ns;
  if (since >= gap) return;
  struct timespec rest = {.tv_nsec = (long)(gap - since)};
  nanosleep(&rest, NULL);
}

static void tell_of_stop(bool stopped)
{
  const struct wane_config *config = &wane__config;
  if (config->on_stop) config->on_stop(stopped, config->on_stop_context);
}

// The world is stopped: from here on all that the process does is the
// collector's.
static void stop_begins(struct wane_event *e)
{
  e->t_begin_ns = e->t_end_ns;
  e->cpu_ns = wane__process_cpu_ns();
  tell_of_stop(true);
}

static void stop_ends(struct wane_event *e)
{
  tell_of_stop(false);
  e->cpu_ns = wane__process_cpu_ns() - e->cpu_ns;
  e->t_end_ns = wane__now_ns();
  wane__threads_resume();
  record(e, WANE_EVENT_PHASE, WANE_PHASE_STOPPED);
}

static void run_round(enum wane_cause cause, bool stop, bool collect,
                      bool full, struct walk *walks)
{
  if (stop) leave_a_gap();
  uint64_t epoch = atomic_load(&rounds.epoch) + 1;
  struct wane_event e = {.t_request_ns = wane__now_ns(),
                         .gc_id = epoch,
                         .cause = (uint8_t)cause,
                         .stw = stop};
  uint64_t cpu = wane__engine_cpu_ns();
  atomic_store(&rounds.busy, 1);
  // Note [round state], Note [dekker]: before any hs_req.
  atomic_store(&rounds.epoch, epoch);
  if (stop) atomic_store(&rounds.stopping, epoch);
  if (collect || !stop) // a stop for another reason changes no phase
    atomic_store(&rounds.marking,
                 traces() && (wane__mark_active() || (collect && !stop)));
  wane__pressure_round_begins();
  e.t_begin_ns = wane__now_ns();
  wane__threads_request(epoch, stop);
  wane__threads_await(epoch, stop);
  e.t_end_ns = wane__now_ns();
  struct wane_event stopped = e;
  if (stop) stop_begins(&stopped);
  wane__engine_handshake_took(e.t_end_ns - e.t_begin_ns);
  e.cpu_ns = wane__engine_cpu_ns() - cpu;
  record(&e, WANE_EVENT_PHASE, WANE_PHASE_HANDSHAKE);
  e.cpu_ns += cpu; // where the next phase begins
  wane__engine_round(epoch, stop, collect, full, rounds.ring, &e);
  for (; walks; walks = walks->next) walks->fn(walks->context);
  if (stop) stop_ends(&stopped);
  e.t_end_ns = wane__now_ns();
  if (stop) {
    rounds.stop_ended_ns = e.t_end_ns;
    rounds.stop_took_ns = e.t_end_ns - e.t_begin_ns;
  }
  e.cpu_ns = wane__engine_cpu_ns() - cpu;
  record(&e, WANE_EVENT_CYCLE, WANE_PHASE_NONE);
  atomic_store(&rounds.busy, 0);
  pthread_mutex_lock(&rounds.lock);
  atomic_fetch_add(&rounds.ended, 1);
  pthread_cond_broadcast(&rounds.round_ended);
  pthread_mutex_unlock(&rounds.lock);
}

static bool stops_world(void)
{
  return rounds.collector && (rounds.collector->needs & WANE_NEED_WORLD_STOP);
}

// Now and then the verifier looks at what a collection has left.
static bool verify_round(bool collected)
{
  struct walk look = {.fn = wane__engine_verify};
  bool due = wane__verify_due(collected);
  if (due) run_round(WANE_CAUSE_USER, true, false, false, &look);
  return due;
}

// A trace takes what is condemned for a root: if such a set goes while it runs,
// cycles that only the set held are for another trace. False: there may be
// some. The verifier's round decides all sets and collects nothing: where
// nobody traces, what they held is for another collecting round.
static bool run_collection(enum wane_cause cause, bool stop, uint64_t age)
{
  bool more = true, left = false, anew = true;
  for (bool first = true; more; first = false) {
    bool collect = first || !traces() || wane__engine_due();
    run_round(cause, stop && collect, collect, true, NULL);
    left |= !first && wane__condemn_left_cycles(age);
    more = (traces() ? collect : anew) ? wane__condemn_waiting()
                                       : wane__condemn_older(age);
    bool verified = verify_round(true);
    anew = verified && wane__condemn_gone(age);
    left |= verified && wane__condemn_left_cycles(age);
    more |= traces() ? wane__engine_due() : anew;
  }
  return !(left && traces() && wane__round_counts());
}

// Everything that is garbage now: see the head of this file; what finalizers
// are still to see stays until they have run. With the world stopped one round
// is enough, since all decrements are applied in it. Where nothing was logged
// before, the first of the two is superfluous. What was condemned is decided a
// round later, and may have held more: weak references made since the call do
// not keep this from ending, nor do those that are read again and again.
static void run_full(enum wane_cause cause)
{
  bool stop = stops_world();
  uint64_t age = wane__weak_newest();
  if (!stop && (wane__round_counts() || wane__round_marking()))
    run_round(cause, false, false, false, NULL);
  while (!run_collection(cause, stop, age)) continue;
}

// A round that was asked for, or that follows because a cycle is under way.
static void run_ordinary(enum wane_cause cause)
{
  bool due = wane__engine_due() ||
             (traces() && (cause == WANE_CAUSE_STRESS ||
                           wane__pressure_cycle_due()));
  run_round(cause, due && stops_world(), due, false, NULL);
  verify_round(due);
  // Another one, too, to tell threads that nobody marks any more.
  if (traces() && (wane__engine_due() ||
                   (!wane__round_counts() && wane__round_marking())))
    wane__round_request(WANE_CAUSE_CYCLE);
}

static void finish_walks(struct walk *walks)
{
  pthread_mutex_lock(&rounds.lock);
  while (walks) {
    struct walk *next = walks->next;
    walks->done = true; // its frame may be gone after the unlock
    walks = next;
  }
  pthread_cond_broadcast(&rounds.round_ended);
  pthread_mutex_unlock(&rounds.lock);
}

// Waits for something to do; false: stop. Called and returns locked.
static bool wait_for_work_locked(void)
{
  uint64_t ms = wane__config.round_ms;
  uint64_t ns = ms < WANE__NEVER_NS / 1000000 ? ms * 1000000 : WANE__NEVER_NS;
  struct timespec until = time_of(wane__now_ns(), ns);
  int error = 0;
  while (!rounds.quit && !error && !atomic_load(&rounds.asked) &&
         rounds.collect_wanted == rounds.collect_done && !rounds.walks)
    error = pthread_cond_clockwait(&rounds.work, &rounds.lock,
                                   CLOCK_MONOTONIC, &until);
  return !rounds.quit;
}

static void serve_locked(void)
{
  struct walk *walks = rounds.walks;
  uint64_t ticket = rounds.collect_wanted;
  bool full = ticket != rounds.collect_done;
  enum wane_cause cause = full ? rounds.collect_cause
                               : (enum wane_cause)atomic_load(&rounds.asked);
  rounds.walks = NULL;
  atomic_store(&rounds.asked, WANE_CAUSE_NONE); // Note [round state]
  atomic_store(&rounds.urgent, false);
  pthread_mutex_unlock(&rounds.lock);
  if (full) run_full(cause);
  if (walks) {
    run_round(WANE_CAUSE_USER, true, false, false, walks);
    finish_walks(walks);
  }
  // A walk is no answer to who asked: a cycle that is under way goes on.
  if (!full && wane__round_possible() &&
      (cause != WANE_CAUSE_NONE ||
       (!walks && (wane__pressure_anything() || wane__condemn_waiting()))))
    run_ordinary(cause);
  pthread_mutex_lock(&rounds.lock);
  rounds.collect_done = ticket;
  pthread_cond_broadcast(&rounds.round_ended);
}

static void *coordinator(void *unused)
{
  (void)unused;
  int error = wane__numa_place(WANE_PLACE_WORKER, 0, rounds.error,
                               sizeof rounds.error);
  pthread_mutex_lock(&rounds.lock);
  rounds.place_error = error;
  rounds.placed = true;
  pthread_cond_broadcast(&rounds.round_ended);
  while (wait_for_work_locked()) serve_locked();
  pthread_mutex_unlock(&rounds.lock);
  return NULL;
}

// Returns when the coordinator is where it should be, or cannot be.
static int spawn(void)
{
  rounds.placed = false;
  *rounds.error = '\0';
  int error = wane__spawn(&rounds.thread, coordinator);
  rounds.running = !error;
  if (error) return -error;
  pthread_mutex_lock(&rounds.lock);
  while (!rounds.placed) pthread_cond_wait(&rounds.round_ended, &rounds.lock);
  pthread_mutex_unlock(&rounds.lock);
  return rounds.place_error;
}

int wane__round_start(const struct wane_collector *collector, char *error,
                      size_t error_size)
{
  rounds.collector = collector;
  rounds.quit = false;
  rounds.collect_wanted = rounds.collect_done = 0;
  rounds.walks = NULL;
  atomic_store(&rounds.asked, WANE_CAUSE_NONE);
  atomic_store(&rounds.ended, 0);
  atomic_store(&rounds.busy, 0);
  atomic_store(&rounds.epoch, 0);
  atomic_store(&rounds.stopping, 0);
  atomic_store(&rounds.closers_lost, false);
  atomic_store(&rounds.log_lost, false);
  atomic_store(&rounds.marking, false);
  atomic_store(&rounds.urgent, false);
  rounds.ring = wane__ring_take("coordinator");
  if (!rounds.ring) return -ENOMEM;
  int status = spawn();
  if (rounds.running && status) {
    if (*rounds.error)
      snprintf(error, error_size, "the coordinator: %s", rounds.error);
    wane__round_stop();
  }
  return status;
}

void wane__round_stop(void)
{
  if (!rounds.running) return;
  pthread_mutex_lock(&rounds.lock);
  rounds.quit = true;
  atomic_store(&rounds.urgent, true); // Note [round state]
  pthread_cond_broadcast(&rounds.work);
  pthread_cond_broadcast(&rounds.round_ended);
  pthread_mutex_unlock(&rounds.lock);
  pthread_join(rounds.thread, NULL);
  rounds.running = false;
  wane__ring_give(rounds.ring);
}

// --- fork --------------------------------------------------------------------

static void hold_world(void *unused)
{
  (void)unused;
  pthread_mutex_lock(&rounds.lock);
  rounds.holding = true;
  pthread_cond_broadcast(&rounds.round_ended);
  while (rounds.holding) pthread_cond_wait(&rounds.work, &rounds.lock);
  pthread_mutex_unlock(&rounds.lock);
}

void wane__round_fork_begin(void)
{
  pthread_mutex_lock(&rounds.fork_gate); // one fork at a time
  pthread_mutex_lock(&rounds.lock);
  rounds.hold = (struct walk){.fn = hold_world, .next = rounds.walks};
  rounds.walks = &rounds.hold;
  atomic_store(&rounds.urgent, true); // Note [round state]
  pthread_cond_broadcast(&rounds.work);
  while (!rounds.holding) wane__late_wait(&rounds.round_ended, &rounds.lock);
}

void wane__round_fork_parent(void)
{
  rounds.holding = false;
  pthread_cond_broadcast(&rounds.work);
  while (!rounds.hold.done)
    pthread_cond_wait(&rounds.round_ended, &rounds.lock);
  pthread_mutex_unlock(&rounds.lock);
  pthread_mutex_unlock(&rounds.fork_gate);
}

void wane__round_fork_child(void)
{
  pthread_mutex_init(&rounds.lock, NULL);
  pthread_mutex_init(&rounds.fork_gate, NULL);
  pthread_cond_init(&rounds.work, NULL);
  pthread_cond_init(&rounds.round_ended, NULL);
  rounds.walks = NULL;
  rounds.holding = false;
  rounds.collect_done = rounds.collect_wanted;
  atomic_store(&rounds.asked, WANE_CAUSE_NONE);
  atomic_store(&rounds.busy, 0);
  int status = spawn();
  if (rounds.running && status)
    wane__fatal(__FILE__, __LINE__, "after fork: the coordinator: %s",
                rounds.error);
  if (status)
    wane__no_memory(__FILE__, __LINE__, "the coordinator after fork");
}
