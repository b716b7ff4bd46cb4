// gct_order.c: topological execution of the streams of a trace.
// SPDX-License-Identifier: MIT
//
// done[t] is how many events of thread t have been given out. A thread can go
// on when its next event is not a WAIT for more than that, and it is not held
// at a barrier. When no thread can go on and some are not at their end, the
// WAITs form a cycle (or ask for events that do not exist): a malformed file,
// found here so that it never becomes a replay that hangs.
#include "gct_order.h"
#include "gct_format.h"

#include <errno.h>
#include <stdlib.h>

struct gct_walk {
  const struct gct_file *file;
  const struct gct_info *info;
  uint32_t current;         // thread of the last event
  uint32_t worker;          // the same, of the last but checkpoints
  uint32_t arrived;         // threads held at the barrier
  uint32_t next_checkpoint; // number of the next one to complete
  bool checkpoint, total;
  const struct gct_event *last;
  struct gct_error error;
  bool held[GCT_MAX_THREADS];
  uint64_t done[GCT_MAX_THREADS];
  uint64_t worked[GCT_MAX_THREADS]; // done after the last but checkpoints
  struct gct_stream *streams[GCT_MAX_THREADS];
};

struct gct_walk *gct_walk_open(const struct gct_file *file,
                               struct gct_error *error)
{
  struct gct_walk *walk = calloc(1, sizeof *walk);
  if (!walk) {
    gct__system(error, ENOMEM);
    return NULL;
  }
  walk->file = file;
  walk->info = gct_info(file);
  walk->total = true;
  for (uint32_t i = 0; i < walk->info->n_threads; i++) {
    walk->streams[i] = gct_stream_open(file, i, error);
    if (walk->streams[i]) continue;
    gct_walk_close(walk);
    return NULL;
  }
  return walk;
}

void gct_walk_close(struct gct_walk *walk)
{
  if (!walk) return;
  for (uint32_t i = 0; i < walk->info->n_threads; i++)
    gct_stream_close(walk->streams[i]);
  free(walk);
}

// The thread's next event, not yet given out. NULL at its end.
static inline const struct gct_event *peek(struct gct_walk *walk,
                                           uint32_t thread)
{
  struct gct_stream *stream = walk->streams[thread];
  if (stream->cursor == stream->limit && gct_fill(stream) == 0) {
    const struct gct_error *broken = gct_stream_error(stream);
    if (broken) walk->error = *broken;
    return NULL;
  }
  return stream->cursor;
}

static inline bool can_go(struct gct_walk *walk, uint32_t thread)
{
  if (walk->held[thread]) return false;
  const struct gct_event *event = peek(walk, thread);
  if (!event) return false;
  return event->op != GCT_WAIT || walk->done[event->thread] >= event->seq;
}

// Says why this thread, which is not at its end, cannot go on.
static void explain(struct gct_walk *walk, uint32_t thread)
{
  const struct gct_thread *threads = walk->info->threads;
  const struct gct_event *event = peek(walk, thread);
  struct gct_error *error = &walk->error;
  char *reason = error->reason;
  size_t n = sizeof error->reason;
  gct_stream_where(walk->streams[thread], error);
  if (walk->held[thread])
    snprintf(reason, n, "thread %u waits at checkpoint %u for ever",
             threads[thread].id, walk->next_checkpoint);
  else if (event && event->seq > threads[event->thread].n_events)
    snprintf(reason, n,
             "event %lu of thread %u: WAIT for event %u of thread %u, which "
             "has %lu",
             (unsigned long)walk->done[thread], threads[thread].id, event->seq,
             threads[event->thread].id,
             (unsigned long)threads[event->thread].n_events);
  else if (event)
    snprintf(reason, n,
             "event %lu of thread %u: WAIT for event %u of thread %u closes "
             "a cycle",
             (unsigned long)walk->done[thread], threads[thread].id, event->seq,
             threads[event->thread].id);
}

// Explains the first thread that is stuck; WAITs beyond an end come first.
static void explain_all(struct gct_walk *walk)
{
  uint32_t n = walk->info->n_threads, stuck = GCT_NIL;
  for (uint32_t i = 0; i < n; i++) {
    const struct gct_event *event = walk->held[i] ? NULL : peek(walk, i);
    if (event && event->seq > walk->info->threads[event->thread].n_events) {
      explain(walk, i);
      return;
    }
    if (event && stuck == GCT_NIL) stuck = i;
  }
  for (uint32_t i = 0; i < n && stuck == GCT_NIL; i++)
    if (walk->held[i]) stuck = i;
  if (stuck != GCT_NIL && !walk->error.reason[0]) explain(walk, stuck);
}

// Moves to the lowest-numbered thread that can go on; false when none can.
static bool switch_thread(struct gct_walk *walk)
{
  for (uint32_t i = 0; i < walk->info->n_threads; i++) {
    if (!can_go(walk, i)) continue;
    walk->current = i;
    return true;
  }
  if (!walk->error.reason[0]) explain_all(walk);
  return false;
}

// A checkpoint in one thread only: all the others must be stopped.
static void check_alone(struct gct_walk *walk, uint32_t number)
{
  for (uint32_t i = 0; i < walk->info->n_threads; i++) {
    if (i == walk->current || !can_go(walk, i)) continue;
    gct_stream_where(walk->streams[walk->current], &walk->error);
    snprintf(walk->error.reason, sizeof walk->error.reason,
             "checkpoint %u stands in thread %u only, and thread %u is not "
             "stopped there",
             number, walk->info->threads[walk->current].id,
             walk->info->threads[i].id);
    return;
  }
}

// Arrives at a checkpoint. Returns false when it is out of order.
static bool meet(struct gct_walk *walk, uint32_t number)
{
  uint32_t n = walk->info->checkpoints[number].threads;
  if (number != walk->next_checkpoint) {
    gct_stream_where(walk->streams[walk->current], &walk->error);
    snprintf(walk->error.reason, sizeof walk->error.reason,
             "thread %u is at checkpoint %u, expected %u",
             walk->info->threads[walk->current].id, number,
             walk->next_checkpoint);
    return false;
  }
  if (n == 1 && walk->info->n_threads > 1) check_alone(walk, number);
  walk->held[walk->current] = true;
  walk->checkpoint = ++walk->arrived == n;
  if (walk->checkpoint) {
    memset(walk->held, 0, sizeof walk->held);
    walk->arrived = 0;
    walk->next_checkpoint++;
  }
  return !walk->error.reason[0];
}

// The order is total if whoever takes over waits for all that the one before
// did, barriers aside. Called after the event was counted in done.
static inline void note_worker(struct gct_walk *walk,
                               const struct gct_event *event)
{
  uint32_t current = walk->current, before = walk->worker;
  if (current != before && walk->worked[before] > 0 &&
      (event->op != GCT_WAIT || event->thread != before ||
       event->seq < walk->worked[before]))
    walk->total = false;
  walk->worker = current;
  walk->worked[current] = walk->done[current];
}

const struct gct_event *gct_walk_next(struct gct_walk *walk, uint32_t *thread)
{
  walk->checkpoint = false;
  if (walk->error.reason[0]) return NULL;
  if (!walk->info->n_threads) return NULL; // an empty trace: nobody is current
  if (!can_go(walk, walk->current) && !switch_thread(walk)) return NULL;
  const struct gct_event *event = peek(walk, walk->current);
  if (!event) return NULL;
  if (event->op == GCT_CHECKPOINT && !meet(walk, event->number)) return NULL;
  walk->last = event;
  walk->streams[walk->current]->cursor++;
  walk->done[walk->current]++;
  if (event->op != GCT_CHECKPOINT) note_worker(walk, event);
  *thread = walk->current;
  return event;
}

bool gct_walk_checkpoint(const struct gct_walk *walk)
{
  return walk->checkpoint;
}

bool gct_walk_total(const struct gct_walk *walk)
{
  return walk->total;
}

const struct gct_error *gct_walk_error(const struct gct_walk *walk)
{
  return walk->error.reason[0] ? &walk->error : NULL;
}

int gct_walk_fail(const struct gct_walk *walk, struct gct_error *error,
                  const char *reason)
{
  gct_stream_where(walk->streams[walk->current], error);
  snprintf(error->reason, sizeof error->reason, "event %lu of thread %u: %s",
           (unsigned long)walk->done[walk->current] - 1,
           walk->info->threads[walk->current].id, reason);
  return -EBADMSG;
}

const uint8_t *gct_walk_bytes(const struct gct_walk *walk)
{
  return gct_stream_bytes(walk->streams[walk->current], walk->last);
}
