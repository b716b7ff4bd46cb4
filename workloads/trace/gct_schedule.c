// gct_schedule.c: the canonical order of a trace, kept as slices.
// SPDX-License-Identifier: MIT
//
// One slice per run of a thread: for a trace recorded under a global lock,
// one per hand-over of the lock (about one per 400 events).
#include "gct_format.h"
#include "gct_order.h"

#include <errno.h>
#include <stdlib.h>

static struct gct_slice *add_slice(struct gct_schedule *schedule,
                                   const struct gct_slice *slice,
                                   uint32_t *last)
{
  uint32_t n = schedule->n_slices;
  if ((n & (n - 1)) == 0) {
    size_t room = n ? 2 * (size_t)n : 1;
    void *grown = realloc(schedule->slices, room * sizeof *slice);
    if (!grown || n == GCT_NIL) return NULL;
    schedule->slices = grown;
  }
  schedule->slices[n] = *slice;
  if (*last == GCT_NIL)
    schedule->first[slice->thread] = n;
  else
    schedule->slices[*last].next = n;
  *last = n;
  schedule->n_slices = n + 1;
  return &schedule->slices[n];
}

int gct_schedule_make(const struct gct_file *file,
                      struct gct_schedule *schedule, struct gct_error *error)
{
  uint64_t done[GCT_MAX_THREADS] = {0}, births = 0;
  uint32_t last[GCT_MAX_THREADS], thread;
  struct gct_slice *slice = NULL;
  *schedule = (struct gct_schedule){0};
  memset(schedule->first, 0xff, sizeof schedule->first);
  memset(last, 0xff, sizeof last);
  struct gct_walk *walk = gct_walk_open(file, error);
  if (!walk) return -ENOMEM;
  int result = 0;
  for (const struct gct_event *e; (e = gct_walk_next(walk, &thread));) {
    if (!slice || slice->thread != thread) {
      struct gct_slice next = {done[thread], 0, births, thread, GCT_NIL};
      slice = add_slice(schedule, &next, &last[thread]);
      if (!slice) {
        result = gct__system(error, ENOMEM);
        break;
      }
    }
    slice->n_events++;
    done[thread]++;
    births += e->op == GCT_ALLOC;
  }
  if (result == 0 && gct_walk_error(walk)) {
    *error = *gct_walk_error(walk);
    result = -EBADMSG;
  }
  schedule->total = gct_walk_total(walk);
  gct_walk_close(walk);
  if (result != 0) gct_schedule_free(schedule);
  return result;
}

void gct_schedule_free(struct gct_schedule *schedule)
{
  free(schedule->slices);
  *schedule = (struct gct_schedule){0};
}
