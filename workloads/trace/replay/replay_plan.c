// replay_plan.c: reads a trace, proves it sound, and learns what replay needs.
// SPDX-License-Identifier: MIT
//
// A file that is wrong in meaning must not look like a collector's bug, so the
// whole trace is executed on the checker's own graph first (gct_verify); that
// also gives the state after the last event. Then one more walk
// (replay_census.c) settles whatever can be settled before the replay, so that
// the replay itself allocates nothing.

#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gct_verify.h"
#include "replay_census.h"

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

// A type settles when the recorded collector tracks it; in a trace without
// tracked types (written by hand), every birth does.
static bool make_tables(struct replay_plan *plan)
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
      !plan->leaf || !plan->weakable)
    return false;
  for (uint32_t i = 0; i < info->n_types; i++)
    any |= (info->types[i].flags & GCT_TYPE_TRACKED) != 0;
  for (uint32_t i = 0; i < info->n_types; i++) {
    plan->settles[i] = !any || (info->types[i].flags & GCT_TYPE_TRACKED);
    plan->leaf[i] = true;
  }
  return true;
}

static int compare_places(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

// Where a thread has to tell the others how far it is: what they wait for.
static bool make_posts(struct replay_plan *plan, const struct gct_relax *relax)
{
  size_t room[GCT_MAX_THREADS] = {0};
  for (uint32_t i = 0; i < relax->n_threads; i++)
    for (size_t j = 0; j < relax->threads[i].n; j++)
      room[relax->threads[i].waits[j].thread]++;
  for (uint32_t i = 0; i < relax->n_threads; i++) {
    plan->posts[i] = calloc(room[i] + 1, sizeof *plan->posts[i]);
    if (!plan->posts[i]) return false;
    room[i] = 0;
  }
  for (uint32_t i = 0; i < relax->n_threads; i++)
    for (size_t j = 0; j < relax->threads[i].n; j++) {
      const struct gct_relax_wait *wait = &relax->threads[i].waits[j];
      plan->posts[wait->thread][room[wait->thread]++] = wait->seq;
    }
  for (uint32_t i = 0; i < relax->n_threads; i++) {
    qsort(plan->posts[i], room[i], sizeof **plan->posts, compare_places);
    plan->posts[i][room[i]] = UINT64_MAX;
  }
  return true;
}

static int make_census(struct replay_plan *plan, struct gct_error *error)
{
  bool relaxed = plan->order == REPLAY_RELAXED;
  int status = 0;
  if (relaxed)
    status = -gct_relax_make(plan->file, 0, NULL, NULL, &plan->relax, error);
  if (status == 0 && relaxed && !make_posts(plan, &plan->relax))
    status = ENOMEM;
  plan->batches = !relaxed || plan->relax.unwitnessed;
  if (status == 0)
    status = replay_census(plan, relaxed ? &plan->relax : NULL, error);
  return status;
}

static int make(struct wane_workload_run *run, struct replay_plan *plan)
{
  struct gct_error error = {0};
  struct gct_report report;
  if (gct_open(plan->path, &plan->file, &error))
    return refuse(run, plan->path, &error);
  plan->info = gct_info(plan->file);
  plan->n_mutators = plan->order == REPLAY_SERIAL ? 1 : plan->info->n_threads;
  int status = check_features(run, plan);
  if (status) return status;
  if (gct_verify(plan->file, NULL, NULL, &report, &error) ||
      gct_schedule_make(plan->file, &plan->schedule, &error) ||
      gct_slots_needed(plan->file, &plan->slots, &error))
    return refuse(run, plan->path, &error);
  plan->final = report.final;
  status = make_tables(plan) ? make_census(plan, &error) : ENOMEM;
  if (status == ENOMEM) run->fail(run, "%s: out of memory", plan->path);
  return status && status != ENOMEM ? refuse(run, plan->path, &error) : status;
}

int replay_plan_make(struct wane_workload_run *run, const char *path,
                     enum replay_order order, struct replay_plan *plan)
{
  *plan = (struct replay_plan){.path = path, .order = order};
  int status = make(run, plan);
  if (status) replay_plan_free(plan);
  return status;
}

void replay_plan_free(struct replay_plan *plan)
{
  gct_schedule_free(&plan->schedule);
  gct_relax_free(&plan->relax);
  for (uint32_t i = 0; i < GCT_MAX_THREADS; i++) {
    free(plan->steps[i].steps);
    free(plan->posts[i]);
  }
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
