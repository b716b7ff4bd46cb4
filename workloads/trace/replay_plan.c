// replay_plan.c: reads a trace, proves it sound, and learns what replay needs.
// SPDX-License-Identifier: MIT
//
// A file that is wrong in meaning must not look like a collector's bug, so the
// whole trace is executed on the checker's own graph first (gct_verify); that
// also gives the state after the last event. Then one more walk finds, per
// object, its handle and type, and whether another thread gets at it through no
// slot, and, per thread, how many roots it holds at most, so that the replay
// itself allocates nothing.

#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gct_verify.h"

static int refuse(struct wane_workload_run *run, const char *path,
                  const struct gct_error *error)
{
  run->fail(run, "%s:%llu:%s: %s", path, (unsigned long long)error->offset,
            error->chunk, error->reason);
  return EBADMSG;
}

// What this replayer cannot do, in one sentence each.
static int check_features(struct wane_workload_run *run,
                          const struct replay_plan *plan)
{
  const struct gct_info *info = plan->info;
  if (info->by_op[GCT_PIN])
    run->fail(run, "%s: %llu events pin objects, which the runtime cannot do",
              plan->path, (unsigned long long)info->by_op[GCT_PIN]);
  else if (info->n_births >= UINT32_MAX)
    run->fail(run, "%s: more than 2^32 - 2 births", plan->path);
  else if (info->n_types > UINT16_MAX - 16)
    run->fail(run, "%s: more than %d types", plan->path, UINT16_MAX - 16);
  else
    return 0;
  return ENOTSUP;
}

// What is known of a handle while the trace is walked through.
struct census_handle {
  uint32_t roots, type, birth;
  uint8_t holder, maker; // threads
  bool registered;       // one root is the finaliser registry's
  bool shown;            // was in a slot, or will be passed on
};

// Roots and limbo of each thread, now and at most, as replay_roots.h does it.
struct census {
  struct replay_plan *plan;
  struct census_handle *handles;
  size_t now[GCT_MAX_THREADS], limbo[GCT_MAX_THREADS];
  struct gct_event before[GCT_MAX_THREADS];
  uint32_t births;
};

static void raise_to(size_t *most, size_t n)
{
  if (*most < n) *most = n;
}

// Counts one root of `handle` by `thread`; false when it has too many.
static bool count_root(struct census *c, uint32_t handle, uint32_t thread)
{
  struct census_handle *h = &c->handles[handle];
  if (h->roots++ == 0) {
    h->holder = (uint8_t)thread;
    raise_to(&c->plan->roots[thread], ++c->now[thread]);
  }
  return h->roots < UINT16_MAX;
}

// A set shrinks only when its owner runs, so a root that another thread takes
// away still counts as held: an upper bound is all that is needed.
static void count_unroot(struct census *c, uint32_t handle, uint32_t thread)
{
  struct census_handle *h = &c->handles[handle];
  if (--h->roots == 0 && h->holder == thread) c->now[thread]--;
}

// Threads may hand references to each other through slots and handles only
// (P6, runtime/DESIGN.md). In the recorded program that was so: in memory the
// recorder does not see, a thread's stack. So what one thread made, and another
// uses before it was in any slot, is passed on by its maker at birth
// (replay_thread.c).
static void count_use(struct census *c, uint32_t handle, uint32_t thread)
{
  if (handle == GCT_NIL) return;
  struct census_handle *h = &c->handles[handle];
  if (h->shown || h->maker == thread) return;
  c->plan->passed[h->birth] = h->shown = true;
}

static void count_uses(struct census *c, const struct gct_event *event,
                       uint32_t thread)
{
  switch (event->op) {
  case GCT_WRITE:
    count_use(c, event->handle, thread);
    count_use(c, event->target, thread);
    if (event->target != GCT_NIL) c->handles[event->target].shown = true;
    return;
  case GCT_WEAK:
    count_use(c, event->target, thread);
    __attribute__((fallthrough));
  case GCT_ROOT:
  case GCT_UNROOT:
  case GCT_DROP:
  case GCT_FREE:
  case GCT_FINALIZER: count_use(c, event->handle, thread); return;
  default: return;
  }
}

// In the end one thread stores whatever is rooted (keep_roots).
static void count_kept(struct census *c)
{
  const struct gct_info *info = c->plan->info;
  if (info->n_threads < 2) return;
  for (uint32_t i = 0; i < info->max_handles; i++)
    if (c->handles[i].roots && !c->handles[i].shown)
      c->plan->passed[c->handles[i].birth] = true;
}

static bool count_birth(struct census *c, const struct gct_event *event,
                        uint32_t thread)
{
  struct replay_plan *plan = c->plan;
  uint32_t birth = c->births++;
  plan->handle[birth] = event->handle;
  plan->type[birth] = (uint16_t)event->type;
  struct census_handle *h = &c->handles[event->handle];
  h->type = event->type;
  h->birth = birth;
  h->maker = (uint8_t)thread;
  h->shown = false;
  if (plan->slots[birth]) plan->leaf[event->type] = false;
  return count_root(c, event->handle, thread);
}

// The registry's root: taken at most once, given back at the end of the life.
static bool count_registry(struct census *c, const struct gct_event *event,
                           uint32_t thread)
{
  bool *registered = &c->handles[event->handle].registered;
  bool begins = event->op == GCT_FINALIZER && !(event->flags & GCT_ENDS);
  if (*registered == begins) return true;
  *registered = begins;
  if (begins) return count_root(c, event->handle, thread);
  count_unroot(c, event->handle, thread);
  return true;
}

static bool count_event(struct census *c, const struct gct_event *event,
                        uint32_t thread)
{
  struct replay_plan *plan = c->plan;
  bool good = true;
  if (replay_settles(plan, event, &c->before[thread])) c->limbo[thread] = 0;
  count_uses(c, event, thread);
  switch (event->op) {
  case GCT_ALLOC:
    good = count_birth(c, event, thread);
    break;
  case GCT_ROOT:
    good = count_root(c, event->handle, thread);
    break;
  case GCT_UNROOT:
    count_unroot(c, event->handle, thread);
    break;
  case GCT_DROP:
    count_unroot(c, event->handle, thread);
    good = count_registry(c, event, thread);
    break;
  case GCT_FREE:
  case GCT_FINALIZER:
    good = count_registry(c, event, thread);
    break;
  case GCT_WRITE:
    break;
  case GCT_WEAK:
    if (event->target != GCT_NIL)
      plan->weakable[c->handles[event->target].type] = true;
    c->before[thread] = *event;
    return true;
  default:
    c->before[thread] = *event;
    return true;
  }
  c->limbo[thread] += 2; // at most
  raise_to(&plan->limbo[thread], c->limbo[thread]);
  c->before[thread] = *event;
  return good;
}

static int take_census(struct wane_workload_run *run, struct census *c)
{
  struct gct_error error = {0};
  struct gct_walk *walk = gct_walk_open(c->plan->file, &error);
  if (!walk) return refuse(run, c->plan->path, &error);
  int status = 0;
  uint32_t thread;
  for (const struct gct_event *e;
       status == 0 && (e = gct_walk_next(walk, &thread));) {
    if (count_event(c, e, thread)) continue;
    gct_walk_fail(walk, &error, "more than 65534 roots of one object");
    status = refuse(run, c->plan->path, &error);
  }
  gct_walk_close(walk);
  count_kept(c);
  return status;
}

static int count_all(struct wane_workload_run *run, struct replay_plan *plan)
{
  size_t n = plan->info->max_handles + 1u;
  struct census *c = calloc(1, sizeof *c);
  int status = ENOMEM;
  if (c) {
    c->plan = plan;
    c->handles = calloc(n, sizeof *c->handles);
    if (c->handles)
      status = take_census(run, c);
    else
      run->fail(run, "%s: out of memory", plan->path);
    free(c->handles);
  }
  free(c);
  return status;
}

// A type settles when the recorded collector tracks it; in a trace without
// tracked types (written by hand), every birth does.
static int make_tables(struct wane_workload_run *run, struct replay_plan *plan)
{
  const struct gct_info *info = plan->info;
  bool any = false;
  plan->handle = calloc(info->n_births + 1, sizeof *plan->handle);
  plan->type = calloc(info->n_births + 1, sizeof *plan->type);
  plan->passed = calloc(info->n_births + 1, sizeof *plan->passed);
  plan->settles = calloc(info->n_types + 1u, sizeof *plan->settles);
  plan->leaf = calloc(info->n_types + 1u, sizeof *plan->leaf);
  plan->weakable = calloc(info->n_types + 1u, sizeof *plan->weakable);
  if (!plan->handle || !plan->type || !plan->passed || !plan->settles ||
      !plan->leaf || !plan->weakable) {
    run->fail(run, "%s: out of memory", plan->path);
    return ENOMEM;
  }
  for (uint32_t i = 0; i < info->n_types; i++)
    any |= (info->types[i].flags & GCT_TYPE_TRACKED) != 0;
  for (uint32_t i = 0; i < info->n_types; i++) {
    plan->settles[i] = !any || (info->types[i].flags & GCT_TYPE_TRACKED);
    plan->leaf[i] = true;
  }
  return 0;
}

static int make(struct wane_workload_run *run, struct replay_plan *plan)
{
  struct gct_error error = {0};
  struct gct_report report;
  if (gct_open(plan->path, &plan->file, &error))
    return refuse(run, plan->path, &error);
  plan->info = gct_info(plan->file);
  int status = check_features(run, plan);
  if (status) return status;
  if (gct_verify(plan->file, NULL, NULL, &report, &error) ||
      gct_schedule_make(plan->file, &plan->schedule, &error) ||
      gct_slots_needed(plan->file, &plan->slots, &error))
    return refuse(run, plan->path, &error);
  plan->final = report.final;
  status = make_tables(run, plan);
  return status ? status : count_all(run, plan);
}

int replay_plan_make(struct wane_workload_run *run, const char *path,
                     struct replay_plan *plan)
{
  *plan = (struct replay_plan){.path = path};
  int status = make(run, plan);
  if (status) replay_plan_free(plan);
  return status;
}

void replay_plan_free(struct replay_plan *plan)
{
  gct_schedule_free(&plan->schedule);
  free(plan->slots);
  free(plan->handle);
  free(plan->type);
  free(plan->passed);
  free(plan->settles);
  free(plan->leaf);
  free(plan->weakable);
  gct_close(plan->file);
  *plan = (struct replay_plan){0};
}
