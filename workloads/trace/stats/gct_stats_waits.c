// gct_stats_waits.c: how long a trace takes when only its WAITs hold it.
// SPDX-License-Identifier: MIT
//
// A WAIT may name an event that its thread executed long ago, so each thread
// remembers when its events were over: as segments in which every event took
// 1, each begun by a WAIT or a checkpoint. The memory grows with those.
#include "gct_stats_waits.h"

#include <stdlib.h>

struct segment {
  uint64_t seq;  // events of the thread before it
  uint64_t time; // when those were over
};

struct thread {
  uint64_t seq, clock;
  struct segment *segments; // the first is 0, 0
  size_t n, room;
};

struct gct__waits {
  uint32_t n_threads;
  struct thread threads[];
};

// The thread's events so far are over now, and not 1 after the one before.
static bool begin_segment(struct thread *thread)
{
  if (thread->n == thread->room) {
    size_t room = 2 * thread->room + 16;
    struct segment *segments =
        realloc(thread->segments, room * sizeof *segments);
    if (!segments) return false;
    thread->segments = segments;
    thread->room = room;
  }
  thread->segments[thread->n++] = (struct segment){thread->seq, thread->clock};
  return true;
}

// When the thread had executed so many events.
static uint64_t time_of(const struct thread *thread, uint64_t seq)
{
  size_t low = 0, high = thread->n;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (thread->segments[middle].seq <= seq)
      low = middle;
    else
      high = middle;
  }
  return thread->segments[low].time + (seq - thread->segments[low].seq);
}

struct gct__waits *gct__waits_open(uint32_t n_threads)
{
  struct gct__waits *waits =
      calloc(1, sizeof *waits + n_threads * sizeof *waits->threads);
  if (!waits) return NULL;
  waits->n_threads = n_threads;
  for (uint32_t i = 0; i < n_threads; i++)
    if (!begin_segment(&waits->threads[i])) {
      gct__waits_close(waits);
      return NULL;
    }
  return waits;
}

void gct__waits_close(struct gct__waits *waits)
{
  if (!waits) return;
  for (uint32_t i = 0; i < waits->n_threads; i++)
    free(waits->threads[i].segments);
  free(waits);
}

uint64_t gct__waits_length(const struct gct__waits *waits)
{
  uint64_t last = 0;
  for (uint32_t i = 0; i < waits->n_threads; i++)
    if (waits->threads[i].clock > last) last = waits->threads[i].clock;
  return last;
}

// All threads have come to the barrier and go on together.
static bool meet(struct gct__waits *waits)
{
  uint64_t last = gct__waits_length(waits);
  bool good = true;
  for (uint32_t i = 0; i < waits->n_threads; i++) {
    waits->threads[i].clock = last;
    good &= begin_segment(&waits->threads[i]);
  }
  return good;
}

bool gct__waits_step(struct gct__waits *waits, const struct gct__step *step)
{
  const struct gct_event *event = step->event;
  struct thread *thread = &waits->threads[step->thread];
  thread->seq++;
  if (event->op == GCT_WAIT) {
    uint64_t time = time_of(&waits->threads[event->thread], event->seq);
    if (time > thread->clock) thread->clock = time;
    return begin_segment(thread);
  }
  if (event->op == GCT_CHECKPOINT)
    return begin_segment(thread) &&
           (!step->checkpoint || step->barrier == 1 || meet(waits));
  thread->clock++;
  return true;
}
