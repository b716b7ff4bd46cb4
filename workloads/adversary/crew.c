// crew.c: the mutators of an adversarial workload and what they add up.
// SPDX-License-Identifier: MIT

#include "crew.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int crew_prepare(struct wane_workload_run *run)
{
  struct crew *crew =
      calloc(1, sizeof *crew + run->mutators * sizeof(struct crew_share));
  if (!crew) {
    run->fail(run, "no memory for %u mutators", run->mutators);
    return ENOMEM;
  }
  crew->n = run->mutators;
  pthread_mutex_init(&crew->lock, NULL);
  pthread_cond_init(&crew->changed, NULL);
  run->state = crew;
  run->requests = WANE_REQUESTS_MANY;
  return 0;
}

void crew_dispose(struct wane_workload_run *run)
{
  struct crew *crew = crew_of(run);
  if (!crew) return;
  pthread_mutex_destroy(&crew->lock);
  pthread_cond_destroy(&crew->changed);
  free(crew);
  run->state = NULL;
}

void crew_begin(struct wane_workload_run *run)
{
  struct crew *crew = crew_of(run);
  atomic_store(&crew->stop, 0);
  crew->arrived = 0;
  for (uint32_t i = 0; i < crew->n; i++)
    crew->share[i].built = crew->share[i].seen = 0;
}

int crew_array_new(struct wane_workload_run *run, struct wane_mutator *m,
                   const struct wane_type *type, uint64_t n)
{
  wane_ref o = wane_alloc_array(m, type, (uint32_t)n, 0);
  crew_of(run)->array = o ? wane_handle_new(m, o) : NULL;
  return crew_of(run)->array ? 0 : ENOMEM;
}

int crew_finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct crew *crew = crew_of(run);
  if (crew->array) wane_handle_free(m, crew->array);
  crew->array = NULL;
  return 0;
}

int crew_meet(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct crew *crew = crew_of(run);
  wane_detach(m);
  pthread_mutex_lock(&crew->lock);
  uint64_t meeting = crew->meetings;
  if (++crew->arrived == crew->n) {
    crew->arrived = 0;
    crew->meetings++;
    pthread_cond_broadcast(&crew->changed);
  }
  while (crew->meetings == meeting && !atomic_load(&crew->stop))
    pthread_cond_wait(&crew->changed, &crew->lock);
  pthread_mutex_unlock(&crew->lock);
  wane_attach(m);
  return atomic_load(&crew->stop);
}

int crew_end(struct wane_workload_run *run, int why)
{
  struct crew *crew = crew_of(run);
  int none = 0;
  if (!why) return 0;
  pthread_mutex_lock(&crew->lock);
  (void)atomic_compare_exchange_strong(&crew->stop, &none, why);
  pthread_cond_broadcast(&crew->changed);
  pthread_mutex_unlock(&crew->lock);
  return why;
}

int crew_fail(struct wane_workload_run *run, const char *format, ...)
{
  char sentence[512];
  va_list args;
  va_start(args, format);
  vsnprintf(sentence, sizeof sentence, format, args);
  va_end(args);
  run->fail(run, "%s", sentence);
  return crew_end(run, EINVAL);
}

bool crew_counts_right(void)
{
  struct wane_stats stats;
  wane_stats_read(&stats);
  return stats.mutators.stuck == 0;
}

int crew_check(struct wane_workload_run *run)
{
  struct crew *crew = crew_of(run);
  uint64_t built = 0, seen = 0;
  for (uint32_t i = 0; i < crew->n; i++) {
    built += crew->share[i].built;
    seen += crew->share[i].seen;
  }
  if (built != seen)
    return crew_fail(run,
                     "what was built adds up to %" PRIu64
                     ", what was found whole at its end to %" PRIu64,
                     built, seen);
  run->note(run, "checksum=%" PRIu64, seen);
  return 0;
}
