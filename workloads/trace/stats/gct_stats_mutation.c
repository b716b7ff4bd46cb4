// gct_stats_mutation.c: how often mutators write, root, resize, and so on.
// SPDX-License-Identifier: MIT
#include "gct_stats_part.h"

static void count_write(const struct gct__step *step,
                        struct gct_mutation *mutation)
{
  mutation->first_writes += step->first;
  mutation->later_writes += !step->first;
  mutation->nil_writes += step->event->target == GCT_NIL;
}

static void count_weak(const struct gct_event *event,
                       struct gct_mutation *mutation)
{
  bool set = event->target != GCT_NIL;
  mutation->weak_set += set;
  mutation->weak_cleared += !set;
  mutation->weak_callbacks += set && (event->flags & GCT_WITH_CALLBACK);
}

void gct__mutation_step(const struct gct_info *info,
                        const struct gct__step *step,
                        struct gct_mutation *mutation)
{
  const struct gct_event *event = step->event;
  bool ends = event->flags & GCT_ENDS;
  switch (event->op) {
  case GCT_ALLOC:
    mutation->finalizable +=
        (info->types[event->type].flags & GCT_TYPE_FINALIZABLE) != 0;
    break;
  case GCT_WRITE:
    count_write(step, mutation);
    break;
  case GCT_ROOT:
    mutation->roots++;
    mutation->loads += (event->flags & GCT_LOADED) != 0;
    break;
  case GCT_UNROOT:
  case GCT_DROP:
    mutation->unroots++;
    break;
  case GCT_WEAK:
    count_weak(event, mutation);
    break;
  case GCT_RESIZE:
    mutation->resizes++;
    break;
  case GCT_FINALIZER:
    mutation->finalizers += !ends;
    mutation->finalizers_ran += ends;
    break;
  case GCT_PIN:
    mutation->pins += !ends;
    break;
  default:
    break;
  }
}
