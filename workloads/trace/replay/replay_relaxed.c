// replay_relaxed.c: all threads of a copy at once, with the waits that matter.
// SPDX-License-Identifier: MIT
//
// A thread executes its events in pieces. A piece ends where the thread must
// wait, where others wait for it (then it raises its gate), and where its next
// births have other numbers. Checkpoints are waits like any other: the thread
// that completes one waits for all the others and they for it.

#include "replay_gate.h"
#include "replay_lives.h"
#include "replay_roots.h"

static uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

// A thread's way through its events: the next of everything.
struct way {
  uint64_t done;
  uint64_t slice_end;
  uint32_t next_slice;
  const struct gct_relax_waits *waits;
  size_t wait; // of these
  const uint64_t *post;
};

static void enter_slice(struct replay_thread *t, struct way *way)
{
  const struct gct_schedule *schedule = &t->plan->schedule;
  struct wane_workload_run *run = t->copy->replay->run;
  if (way->next_slice == GCT_NIL || way->done < way->slice_end) return;
  const struct gct_slice *slice = &schedule->slices[way->next_slice];
  if (t->copy->number == 0)
    run->progress(run, (double)way->next_slice / schedule->n_slices);
  t->input->slice = way->next_slice;
  t->input->birth = slice->birth;
  way->slice_end = way->done + slice->n_events;
  way->next_slice = slice->next;
}

// The event before which the thread waits next.
static uint64_t next_wait(const struct way *way)
{
  return way->wait < way->waits->n ? way->waits->waits[way->wait].at
                                   : UINT64_MAX;
}

static void await_others(struct replay_thread *t, struct way *way)
{
  for (; next_wait(way) == way->done; way->wait++) {
    const struct gct_relax_wait *wait = &way->waits->waits[way->wait];
    replay_gate_await(t, &t->copy->gates[wait->thread], wait->seq,
                      &t->copy->status);
  }
}

static void tell_others(struct replay_thread *t, struct way *way)
{
  if (*way->post != way->done) return;
  replay_gate_raise(&t->copy->gates[t->number], way->done);
  while (*way->post == way->done) way->post++;
}

static void run_all(struct replay_thread *t)
{
  uint64_t n_events = t->plan->info->threads[t->number].n_events;
  struct way way = {.next_slice = t->plan->schedule.first[t->number],
                    .waits = &t->plan->relax.threads[t->number],
                    .post = t->plan->posts[t->number]};
  int status = 0;
  while (way.done < n_events && status == 0) {
    enter_slice(t, &way);
    await_others(t, &way);
    status = atomic_load(&t->copy->status);
    if (status) break;
    uint64_t end = least(least(way.slice_end, *way.post), next_wait(&way));
    status = replay_events(t, end - way.done);
    way.done = end;
    if (status == 0) tell_others(t, &way);
  }
}

// The last one to come here keeps the roots of all, who wait for that even if
// the copy has failed: whoever still runs needs them.
static void end_together(struct replay_thread *t)
{
  struct replay_copy *copy = t->copy;
  struct replay_gate *end = &copy->gates[t->plan->n_mutators];
  if (atomic_fetch_add(&copy->ended, 1) + 1 < t->plan->n_mutators) {
    replay_gate_await(t, end, 1, NULL);
    return;
  }
  if (copy->lives && !atomic_load(&copy->status))
    replay_lives_over(copy->lives);
  copy->end_ns = replay_clock(CLOCK_MONOTONIC);
  if (!atomic_load(&copy->status)) replay_keep_roots(t);
  replay_gate_raise(end, 1);
}

void replay_relaxed(struct replay_thread *t)
{
  int status = replay_dig_grave(t);
  if (t->plan->schedule.first[t->number] == 0)
    t->copy->begin_ns = replay_clock(CLOCK_MONOTONIC);
  if (status == 0) run_all(t);
  end_together(t);
}
