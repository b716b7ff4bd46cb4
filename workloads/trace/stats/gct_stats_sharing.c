// gct_stats_sharing.c: which objects more than one thread touches.
// SPDX-License-Identifier: MIT
//
// Per handle: the thread that gave birth, the one that touched it last, and
// whether there was another one at all.
#include "gct_stats_part.h"

#include <stdlib.h>

struct touched {
  uint8_t birth, last; // threads; GCT_MAX_THREADS is 256
  bool shared;
};

struct gct__sharing {
  uint32_t current; // thread of the last event; GCT_NIL at the beginning
  struct touched objects[];
};

struct gct__sharing *gct__sharing_open(uint32_t max_handles)
{
  struct gct__sharing *sharing =
      calloc(1, sizeof *sharing + max_handles * sizeof *sharing->objects);
  if (sharing) sharing->current = GCT_NIL;
  return sharing;
}

void gct__sharing_close(struct gct__sharing *sharing)
{
  free(sharing);
}

static void touch(struct touched *object, uint32_t thread,
                  struct gct_sharing *result)
{
  result->touches++;
  result->foreign += thread != object->birth;
  result->transfers += thread != object->last;
  if (thread != object->birth && !object->shared) {
    object->shared = true;
    result->shared++;
  }
  object->last = (uint8_t)thread;
}

void gct__sharing_step(struct gct__sharing *sharing,
                       const struct gct__step *step, struct gct_sharing *result)
{
  uint32_t handles[2], thread = step->thread;
  unsigned n = gct__touched(step->event, handles);
  if (sharing->current != GCT_NIL && thread != sharing->current)
    result->hand_overs++;
  sharing->current = thread;
  if (step->event->op == GCT_ALLOC)
    sharing->objects[handles[0]] =
        (struct touched){(uint8_t)thread, (uint8_t)thread, false};
  for (unsigned i = 0; i < n; i++)
    touch(&sharing->objects[handles[i]], thread, result);
  if (gct__step_frees(step))
    result->foreign_deaths += thread != sharing->objects[handles[0]].birth;
}
