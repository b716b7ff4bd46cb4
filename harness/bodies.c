// bodies.c: runs a workload's bodies on N mutators and times them.
// SPDX-License-Identifier: MIT
//
// The mutators are started first and wait, detached, at a gate; so neither
// the creation of threads nor their registration is timed. A thread that is
// done waits, detached, until the last one is, so that nobody's exit is timed
// either. The calling thread opens and closes the gate and reads the clocks
// of the process; each mutator reads its own.
#include "bodies.h"

#include "clocks.h"

#include <wane/event.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum gate_state { GATE_CLOSED, GATE_OPEN, GATE_LEAVE };

// All fields under `lock`; `changed` is signalled at every change.
struct gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  enum gate_state state;
  uint32_t waiting; // at the gate, or past the body
};

struct body {
  struct gate *gate;
  struct wane_workload_run *run;
  const struct wane_workload *workload;
  const struct perf *process; // its counters: where none is open, none opens
  uint32_t index;
  uint32_t owner; // as `started`: its number as a mutator
  pthread_t thread;
  bool started; // it is a mutator; written before it waits at the gate
  int placed;   // 0, or -errno: it must not go on
  char where[256]; // why it is not where it should be, or ""
  // Written by the thread, read after its end.
  int result;
  uint64_t begin_ns, end_ns, cpu_ns;
  struct perf_counts counts;
  int counter_error; // a counter of the process did not open here: errno
};

// --- the gate --------------------------------------------------------------

// Counts the caller in, waits while the gate is in `state`, returns the next.
static enum gate_state gate_wait(struct gate *gate, enum gate_state state)
{
  pthread_mutex_lock(&gate->lock);
  gate->waiting++;
  pthread_cond_broadcast(&gate->changed);
  while (gate->state == state) pthread_cond_wait(&gate->changed, &gate->lock);
  state = gate->state;
  pthread_mutex_unlock(&gate->lock);
  return state;
}

// Waits until `n` threads wait.
static void gate_await(struct gate *gate, uint32_t n)
{
  pthread_mutex_lock(&gate->lock);
  while (gate->waiting < n) pthread_cond_wait(&gate->changed, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

static void gate_set(struct gate *gate, enum gate_state state)
{
  pthread_mutex_lock(&gate->lock);
  gate->state = state;
  gate->waiting = 0;
  pthread_cond_broadcast(&gate->changed);
  pthread_mutex_unlock(&gate->lock);
}

// --- a mutator -------------------------------------------------------------

static void run_body(struct body *body, const struct perf *perf,
                     struct wane_mutator *m)
{
  struct perf_reading begin, end;
  perf_read(perf, &begin);
  uint64_t cpu = clocks_thread_ns();
  body->begin_ns = clocks_wall_ns();
  body->result = body->workload->body(body->run, m, body->index);
  body->end_ns = clocks_wall_ns();
  body->cpu_ns = clocks_thread_ns() - cpu;
  perf_read(perf, &end);
  body->counts = perf_between(&begin, &end);
}

static void *body_thread(void *argument)
{
  struct body *body = argument;
  char name[16];
  snprintf(name, sizeof name, "mutator-%u", body->index % 1000000);
  const uint32_t *place = body->run->place;
  // First: what the thread touches from now on is near.
  body->placed = wane_place(place ? place[body->index] : body->index,
                            body->where, sizeof body->where);
  struct perf perf = perf_none;
  if (perf_any(body->process)) {
    perf_open(&perf, false, NULL);
    body->counter_error = perf_lacks(&perf, body->process);
  }
  struct wane_mutator *m = body->placed ? NULL : wane_thread_start(name);
  body->started = m != NULL;
  if (m) body->owner = m->own >> WANE_OWNER_SHIFT;
  if (m) wane_detach(m);
  // GATE_LEAVE at once: some thread or mutator could not be had.
  bool go = gate_wait(body->gate, GATE_CLOSED) == GATE_OPEN;
  if (go && m) {
    wane_attach(m);
    run_body(body, &perf, m);
    wane_detach(m);
  }
  (void)gate_wait(body->gate, GATE_OPEN);
  if (m) {
    wane_attach(m);
    wane_thread_exit(m);
  }
  perf_close(&perf);
  return NULL;
}

// --- all of them -----------------------------------------------------------

// Creates the threads; returns how many there are.
static uint32_t start_all(struct body *bodies, struct gate *gate,
                          struct wane_workload_run *run,
                          const struct wane_workload *workload,
                          const struct perf *perf)
{
  uint32_t n = 0;
  for (; n < run->mutators; n++) {
    bodies[n] = (struct body){gate, run, workload, perf, .index = n};
    int result =
        pthread_create(&bodies[n].thread, NULL, body_thread, &bodies[n]);
    if (result == 0) continue;
    run->fail(run, "thread %u of %u could not be created: %s", n, run->mutators,
              strerror(result));
    break;
  }
  return n;
}

// The first sentence of a thread that is not where it should be. Must none of
// them go on?
static bool all_placed(const struct body *bodies, uint32_t n, char *unplaced,
                       size_t size)
{
  bool all = true;
  for (uint32_t i = 0; i < n; i++) {
    const struct body *body = &bodies[i];
    all = all && !body->placed;
    if (!*unplaced && (body->placed || *body->where))
      snprintf(unplaced, size, "mutator %u: %s", i,
               *body->where ? body->where : strerror(-body->placed));
  }
  return all;
}

// Is each of them a mutator? A workload may let its bodies wait for each other,
// so either all of them run or none.
static bool all_started(const struct body *bodies,
                        struct wane_workload_run *run)
{
  for (uint32_t i = 0; i < run->mutators; i++) {
    if (bodies[i].started) continue;
    run->fail(run, "no memory for mutator %u", i);
    return false;
  }
  return true;
}

static uint64_t collector_ns(void)
{
  struct wane_stats stats;
  wane_stats_read(&stats);
  return stats.collector_cpu_ns;
}

// The collector's clocks are read within the interval of the process: a part
// is not more than the whole.
static void time_all(struct gate *gate, uint32_t n, const struct perf *perf,
                     struct bodies_times *times)
{
  struct perf_reading begin, end;
  perf_read(perf, &begin);
  uint64_t process = clocks_process_ns(), collector = collector_ns();
  gate_set(gate, GATE_OPEN);
  gate_await(gate, n);
  times->collector_cpu_ns = collector_ns() - collector;
  times->process_cpu_ns = clocks_process_ns() - process;
  perf_read(perf, &end);
  times->process = perf_between(&begin, &end);
}

static enum bodies_result judge(struct body *body)
{
  struct wane_workload_run *run = body->run;
  if (body->result == 0) return BODIES_OK;
  if (body->result == ENOMEM) return BODIES_OOM;
  run->fail(run, "mutator %u returned %d", body->index, body->result);
  return BODIES_FAILED;
}

static enum bodies_result sum_up(struct body *bodies, uint32_t n,
                                 struct bodies_times *times)
{
  enum bodies_result worst = BODIES_OK;
  times->begin_ns = bodies[0].begin_ns;
  for (uint32_t i = 0; i < n; i++) {
    enum bodies_result result = judge(&bodies[i]);
    if (result > worst) worst = result;
    if (bodies[i].begin_ns < times->begin_ns)
      times->begin_ns = bodies[i].begin_ns;
    if (bodies[i].end_ns > times->end_ns) times->end_ns = bodies[i].end_ns;
    times->mutator_cpu_ns += bodies[i].cpu_ns;
    times->owners[i] = bodies[i].owner;
    if (bodies[i].counter_error) {
      times->uncounted++;
      times->counter_error = bodies[i].counter_error;
    }
    for (int k = 0; k < PERF_COUNTERS; k++) // one NaN: all
      times->mutators.of[k] += bodies[i].counts.of[k];
  }
  return worst;
}

enum bodies_result bodies_run(struct wane_workload_run *run,
                              const struct wane_workload *workload,
                              const struct perf *perf,
                              struct bodies_times *times, char *unplaced,
                              size_t size)
{
  struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
                      GATE_CLOSED, 0};
  *times = (struct bodies_times){0};
  struct body *bodies = calloc(run->mutators, sizeof *bodies);
  times->owners = calloc(run->mutators, sizeof *times->owners);
  times->n_owners = times->owners ? run->mutators : 0;
  if (!bodies || !times->owners) {
    free(bodies);
    run->fail(run, "no memory for %u threads", run->mutators);
    return BODIES_FAILED;
  }
  uint32_t n = start_all(bodies, &gate, run, workload, perf);
  gate_await(&gate, n);
  bool placed = all_placed(bodies, n, unplaced, size);
  bool all = placed && n == run->mutators && all_started(bodies, run);
  if (all) time_all(&gate, n, perf, times);
  gate_set(&gate, GATE_LEAVE);
  for (uint32_t i = 0; i < n; i++) pthread_join(bodies[i].thread, NULL);
  enum bodies_result result = all ? sum_up(bodies, n, times) : BODIES_FAILED;
  free(bodies);
  return placed ? result : BODIES_UNPLACED;
}
