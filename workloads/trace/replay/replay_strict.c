// replay_strict.c: one event of a copy after the other, in the recorded order.
// SPDX-License-Identifier: MIT
//
// Strict: each slice on the mutator of its thread, which passes the baton on.
// All threads of a copy share a core: only one of them can run anyway, and a
// thread on a core that has gone idle takes ten times as long to wake.
// Serial: all slices on one mutator; what strict order is measured against.

#include "replay_lives.h"

#include <sched.h>
#include <wane/numa.h>

static int run_slice(struct replay_thread *t, uint32_t number)
{
  const struct replay_copy *copy = t->copy;
  const struct gct_schedule *schedule = &t->plan->schedule;
  const struct gct_slice *slice = &schedule->slices[number];
  struct wane_workload_run *run = copy->replay->run;
  if (copy->number == 0)
    run->progress(run, (double)number / schedule->n_slices);
  t->input->slice = number;
  t->input->birth = slice->birth;
  return replay_events(t, slice->n_events);
}

// Waits until this thread has the baton, or the copy is over.
static void await_baton(struct replay_thread *t)
{
  if (sem_trywait(&t->turn) == 0) return;
  wane_detach(t->m);
  while (sem_wait(&t->turn) != 0) continue; // a signal
  wane_attach(t->m);
}

static void end_copy(struct replay_thread *t, int status)
{
  if (status == 0 && t->copy->lives) replay_lives_over(t->copy->lives);
  t->copy->end_ns = replay_clock(CLOCK_MONOTONIC);
  if (status == 0) replay_keep_roots(t);
  t->copy->over = true;
}

// After a slice: passes the baton on and returns true, or ends the copy.
static bool pass_baton(struct replay_thread *t, uint32_t next, int status)
{
  struct replay_copy *copy = t->copy;
  const struct gct_schedule *schedule = &t->plan->schedule;
  if (status == 0 && next < schedule->n_slices) {
    sem_post(&copy->threads[schedule->slices[next].thread].turn);
    return true;
  }
  end_copy(t, status);
  for (uint32_t i = 0; i < t->plan->n_mutators; i++)
    if (i != t->number) sem_post(&copy->threads[i].turn);
  return false;
}

// Moves the calling thread to the copy's core, for good: it ends with the run.
// Not if somebody has placed it.
static void share_a_core(const struct replay_thread *t)
{
  if (wane_numa_rows() > 1) return; // nodes are looked at

  cpu_set_t allowed, mine;
  int cpu = 0;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) return;
  int nth = (int)t->copy->number % CPU_COUNT(&allowed);
  while (!CPU_ISSET(cpu, &allowed) || nth-- > 0) cpu++;
  CPU_ZERO(&mine);
  CPU_SET(cpu, &mine);
  (void)sched_setaffinity(0, sizeof mine, &mine); // it is only faster
}

void replay_strict(struct replay_thread *t)
{
  if (t->plan->n_mutators > 1) share_a_core(t);
  const struct gct_schedule *schedule = &t->plan->schedule;
  uint32_t slice = schedule->first[t->number];
  int status = 0;
  if (slice == 0) t->copy->begin_ns = replay_clock(CLOCK_MONOTONIC);
  for (; slice != GCT_NIL; slice = schedule->slices[slice].next) {
    if (slice != 0) await_baton(t);
    if (t->copy->over) return;
    if (!*t->grave) status = replay_dig_grave(t);
    if (status == 0) status = run_slice(t, slice);
    if (!pass_baton(t, slice + 1, status)) return;
  }
  await_baton(t);
}

void replay_serial(struct replay_thread *t)
{
  const struct gct_schedule *schedule = &t->plan->schedule;
  t->copy->begin_ns = replay_clock(CLOCK_MONOTONIC);
  int status = 0;
  for (uint32_t i = 0; i < schedule->n_slices && status == 0; i++) {
    t->input = &t->copy->inputs[schedule->slices[i].thread];
    status = run_slice(t, i);
  }
  end_copy(t, status);
}
