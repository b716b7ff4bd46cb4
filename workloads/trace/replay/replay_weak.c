// replay_weak.c: the weak references of a trace, as weak cells of the runtime.
// SPDX-License-Identifier: MIT
//
// A weak reference of a trace is an object; as long as it lives and refers to
// something, that has a weak cell. With --verify a cell is read when it is
// given up, at each checkpoint and at the end: it may give the right object or
// NULL, and must give the object if that can be reached (when it is given up:
// if the object is a root); at the end, on a collector that frees all garbage,
// it must be NULL for everything else.
//
// Between checkpoints other threads may change what they find under the
// target's handle, if the order is relaxed: then it is not looked at. No
// safepoint.

#include "replay.h"

#include <errno.h>
#include <inttypes.h>

// Runs on the finalizer thread.
static void on_callback(struct wane_mutator *m, struct wane_weak *cell,
                        void *context)
{
  struct replay_copy *copy = context;
  (void)m, (void)cell;
  atomic_fetch_add(&copy->called, 1);
}

// Note [weak handle]
static wane_ref ref_of(const struct replay_copy *copy, uint32_t handle)
{
  return atomic_load_explicit(&copy->handles[handle].ref, memory_order_relaxed);
}

// May a thread that executes an event look at any handle?
static bool is_alone(const struct replay_copy *copy)
{
  return copy->replay->plan.order != REPLAY_RELAXED;
}

// NULL, or what is wrong with what the cell gives. `reached`: something holds
// its target; `owed`: nothing does, and it must have died; `alone`: see above.
static const char *fault_of(const struct replay_copy *copy,
                            struct replay_weak *weak, wane_ref o, bool reached,
                            bool owed, bool alone)
{
  const struct replay_plan *plan = &copy->replay->plan;
  const struct replay_object *object = (const struct replay_object *)(void *)o;
  bool gone = weak->gone;
  weak->gone = !o;
  if (!o) return reached ? "gives NULL for an object that is used" : NULL;
  if (gone) return "gives something after it gave NULL";
  if (object->head.aux != weak->birth || object->tag != copy->tag ||
      object->type != plan->type[weak->birth])
    return "gives another object";
  // The handle may have been given to a later object.
  if (alone && copy->handles[weak->target].birth == weak->birth &&
      ref_of(copy, weak->target) != o)
    return "gives an object that was freed";
  return owed ? "gives an object that should be gone" : NULL;
}

static bool check_one(struct replay_copy *copy, struct wane_mutator *m,
                      uint32_t handle, const char *when, bool reached,
                      bool owed, bool alone)
{
  struct replay_weak *weak = &copy->weak[handle];
  struct wane_workload_run *run = copy->replay->run;
  const struct replay_plan *plan = &copy->replay->plan;
  const char *fault =
      fault_of(copy, weak, wane_weak_get(m, weak->cell), reached, owed, alone);
  if (fault)
    run->fail(run,
              "%s, copy %u: the weak reference %u to object %u (type %s, born "
              "as no. %" PRIu32 ") %s",
              when, copy->number, handle, weak->target,
              plan->info->types[plan->type[weak->birth]].name, weak->birth,
              fault);
  return !fault;
}

// Is the target still the object of its handle?
static bool is_current(const struct replay_copy *copy,
                       const struct replay_weak *weak)
{
  return copy->handles[weak->target].birth == weak->birth;
}

bool replay_weak_drop(struct replay_copy *copy, struct wane_mutator *m,
                      uint32_t handle)
{
  struct replay_weak *weak = &copy->weak[handle];
  if (!weak->cell) return true;
  bool alone = is_alone(copy);
  bool rooted = alone && is_current(copy, weak) &&
                copy->handles[weak->target].roots != 0;
  bool good =
      !copy->replay->run->verify ||
      check_one(copy, m, handle, "end of its life", rooted, false, alone);
  wane_weak_free(m, weak->cell);
  weak->cell = NULL;
  return good;
}

int replay_weak_set(struct replay_copy *copy, struct wane_mutator *m,
                    const struct gct_event *event)
{
  struct replay_weak *weak = &copy->weak[event->handle];
  if (!replay_weak_drop(copy, m, event->handle)) return EPROTO;
  copy->handles[event->handle].weak = true;
  if (event->target == GCT_NIL) return 0;
  bool calls = event->flags & GCT_WITH_CALLBACK;
  *weak = (struct replay_weak){.target = event->target,
                               .birth = copy->handles[event->target].birth,
                               .calls = calls};
  weak->cell = wane_weak_new(m, ref_of(copy, event->target),
                             calls ? on_callback : NULL, copy);
  atomic_fetch_add(&copy->cells, 1);
  atomic_fetch_add(&copy->callbacks, calls);
  return weak->cell ? 0 : ENOMEM;
}

bool replay_weak_verify(struct replay_copy *copy, struct wane_mutator *m,
                        const char *when, bool settled)
{
  uint32_t n = copy->replay->plan.info->max_handles;
  for (uint32_t i = 0; copy->weak && i < n; i++) {
    struct replay_weak *weak = &copy->weak[i];
    if (!weak->cell) continue;
    bool reached = is_current(copy, weak) &&
                   copy->marks[weak->target >> 6] >> (weak->target & 63) & 1;
    if (!check_one(copy, m, i, when, reached, settled && !reached, true))
      return false;
  }
  return true;
}

bool replay_weak_check_calls(struct replay_copy *copy)
{
  struct wane_workload_run *run = copy->replay->run;
  uint32_t n = copy->replay->plan.info->max_handles;
  uint64_t due = 0, called = atomic_load(&copy->called);
  for (uint32_t i = 0; copy->weak && i < n; i++) {
    const struct replay_weak *weak = &copy->weak[i];
    due += weak->cell && weak->calls && weak->gone;
  }
  if (called >= due && called <= atomic_load(&copy->callbacks)) return true;
  run->fail(run,
            "copy %u: %" PRIu64 " callbacks ran, of %" PRIu64
            " weak references, %" PRIu64 " of which are NULL",
            copy->number, called, atomic_load(&copy->callbacks), due);
  return false;
}

uint64_t replay_weak_nulls(const struct replay_copy *copy)
{
  uint32_t n = copy->replay->plan.info->max_handles;
  uint64_t nulls = 0;
  for (uint32_t i = 0; copy->weak && i < n; i++)
    nulls += copy->weak[i].cell && copy->weak[i].gone;
  return nulls;
}

void replay_weak_forget(struct replay_copy *copy, struct wane_mutator *m)
{
  uint32_t n = copy->replay->plan.info->max_handles;
  for (uint32_t i = 0; copy->weak && i < n; i++) {
    wane_weak_free(m, copy->weak[i].cell);
    copy->weak[i].cell = NULL;
  }
}
