// gct_revive.c: which births are revived, from one walk over the events.
// SPDX-License-Identifier: MIT
#include "gct_revive.h"
#include "gct_format.h"

#include <errno.h>
#include <stdlib.h>

int gct__revivals_open(struct gct__revivals *revivals,
                       const struct gct_info *info)
{
  *revivals = (struct gct__revivals){0};
  if (!info->by_op[GCT_EXT]) return 0;
  revivals->times = calloc(info->n_births + 1, 1);
  revivals->birth = calloc(info->max_handles + 1u, sizeof *revivals->birth);
  if (revivals->times && revivals->birth) return 0;
  gct__revivals_close(revivals);
  return -ENOMEM;
}

void gct__revivals_close(struct gct__revivals *revivals)
{
  free(revivals->times);
  free(revivals->birth);
  *revivals = (struct gct__revivals){0};
}

uint32_t gct__revived(const struct gct_walk *walk, const struct gct_info *info,
                      const struct gct_event *event)
{
  if (event->op != GCT_EXT || event->number != GCT_EXT_REVIVED ||
      event->length != 4)
    return GCT_NIL;
  uint32_t handle = gct__get32(gct_walk_bytes(walk));
  return handle < info->max_handles ? handle : GCT_NIL;
}

void gct__revivals_note(struct gct__revivals *revivals,
                        const struct gct_walk *walk,
                        const struct gct_info *info,
                        const struct gct_event *event)
{
  if (!revivals->times) return;
  if (event->op == GCT_ALLOC)
    revivals->birth[event->handle] = (uint32_t)revivals->births++;
  uint32_t handle = gct__revived(walk, info, event);
  if (handle == GCT_NIL) return;
  uint8_t *times = &revivals->times[revivals->birth[handle]];
  *times += *times < UINT8_MAX;
}
