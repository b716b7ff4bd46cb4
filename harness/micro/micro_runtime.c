// micro_runtime.c: what the micro-benchmarks stand on.
// SPDX-License-Identifier: MIT
//
// Each run of a benchmark of ours starts the runtime anew, so that no run
// inherits another's heap; the baselines' memory is made once and kept. Both
// sides go through their objects in the same order. Main thread, but for what
// helpers call.

#include "micro.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

// --- sets ------------------------------------------------------------------

bool micro_set_alloc(struct micro_set *set, size_t n)
{
  set->n = n;
  set->order = malloc(n * sizeof *set->order);
  return set->order != NULL;
}

// The same order every time: splitmix64 from a fixed seed (Fisher-Yates).
void micro_set_shuffle(struct micro_set *set)
{
  uint64_t seed = 1;
  for (size_t i = set->n - 1; i > 0; i--) {
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    size_t j = (size_t)((z ^ z >> 31) % (i + 1));
    void *other = set->order[j];
    set->order[j] = set->order[i];
    set->order[i] = other;
  }
}

void micro_set_free(struct micro_set *set)
{
  free(set->order);
  set->order = NULL;
}

static bool make_plain(struct micro_set *set, size_t n)
{
  char *cells = aligned_alloc(64, n * MICRO_CELL < 64 ? 64 : n * MICRO_CELL);
  if (!cells || !micro_set_alloc(set, n)) {
    free(cells);
    return false;
  }
  memset(cells, 0, n * MICRO_CELL);
  for (size_t i = 0; i < n; i++) set->order[i] = cells + i * MICRO_CELL;
  micro_set_shuffle(set);
  return true;
}

bool micro_plain_set(struct gbench_state *state, size_t n,
                     struct micro_set *set)
{
  static struct micro_set kept[3];
  struct micro_set *mine = &kept[n == MICRO_HOT ? 0 : n == MICRO_L1 ? 1 : 2];
  if (!mine->order && !make_plain(mine, n)) {
    gbench_skip(state, "no memory for the baseline's objects");
    return false;
  }
  *set = *mine;
  return true;
}

// --- the runtime -----------------------------------------------------------

static bool register_types(struct micro_runtime *runtime)
{
  static const uint32_t slots[] = {sizeof(struct wane_object)};
  struct wane_type_spec node = {.name = "micro_node",
                                .size = MICRO_CELL,
                                .n_refs = 1,
                                .ref_offsets = slots};
  struct wane_type_spec holder = {.name = "micro_holder",
                                  .size = sizeof(struct wane_array),
                                  .array_offset = sizeof(struct wane_array)};
  return wane_type_register(&node, &runtime->node) == 0 &&
         wane_type_register(&holder, &runtime->holder) == 0;
}

bool micro_begin(struct gbench_state *state, struct micro_runtime *runtime,
                 const struct wane_config *config)
{
  char error[512];
  const struct wane_config defaults = {0};
  if (wane_start(config ? config : &defaults, error, sizeof error)) {
    gbench_skip(state, error);
    return false;
  }
  runtime->m = wane_thread_start("micro");
  if (!runtime->m) {
    wane_stop();
    gbench_skip(state, "the runtime has no memory for a mutator");
    return false;
  }
  runtime->roots = wane_roots_push(runtime->m, 4);
  if (register_types(runtime)) return true;
  gbench_skip(state, "the runtime refused a type");
  micro_end(runtime);
  return false;
}

void micro_end(struct micro_runtime *runtime)
{
  wane_roots_pop(runtime->m, runtime->roots);
  wane_thread_exit(runtime->m);
  wane_stop();
}

bool micro_nodes(struct gbench_state *state, struct wane_mutator *m,
                 const struct micro_runtime *runtime, size_t n, wane_ref *root,
                 struct micro_set *set)
{
  wane_ref holder = wane_alloc_array(m, runtime->holder, (uint32_t)n, 0);
  *root = holder;
  if (!holder || !micro_set_alloc(set, n)) {
    gbench_skip(state, "no memory for the objects");
    return false;
  }
  for (size_t i = 0; i < n; i++) {
    wane_ref o = wane_alloc(m, runtime->node);
    if (!o) {
      micro_set_free(set);
      gbench_skip(state, "no memory for the objects");
      return false;
    }
    wane_init(m, holder, &MICRO_ELEMENTS(holder)[i], o);
    set->order[i] = o;
  }
  micro_set_shuffle(set);
  return true;
}

// --- pace ------------------------------------------------------------------

bool micro_begin_paced(struct gbench_state *state,
                       struct micro_runtime *runtime, enum micro_pace pace)
{
  const struct wane_config apart = {.round_ms = 24 * 3600 * 1000};
  return micro_begin(state, runtime, pace == MICRO_APART ? &apart : NULL);
}

void micro_drain_slow(struct gbench_state *state, struct wane_mutator *m)
{
  gbench_pause(state);
  wane_collect(m);
  gbench_resume(state);
}

// --- the meter -------------------------------------------------------------

static uint64_t process_cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t rounds_so_far(void)
{
  struct wane_stats stats;
  wane_stats_read(&stats);
  return stats.rounds;
}

void micro_meter_start(struct micro_meter *meter, struct wane_mutator *m)
{
  if (m) wane_collect(m); // what the set-up left is not this run's
  meter->rounds = m ? rounds_so_far() : 0;
  meter->cpu_ns = process_cpu_ns();
}

void micro_meter_stop(struct micro_meter *meter, struct gbench_state *state,
                      struct wane_mutator *m)
{
  if (m) wane_collect(m); // what this run left is
  double cpu = (double)(process_cpu_ns() - meter->cpu_ns);
  int64_t n = gbench_iterations(state);
  if (gbench_skipped(state) || n <= 0) return;
  gbench_counter(state, "process_ns", cpu / (double)n);
  if (m)
    gbench_counter(state, "rounds", (double)(rounds_so_far() - meter->rounds));
}

// --- a second thread -------------------------------------------------------

void micro_helper_ready(struct micro_helper *helper, bool ok)
{
  pthread_mutex_lock(&helper->lock);
  helper->ready = true;
  helper->failed = !ok;
  pthread_cond_broadcast(&helper->changed);
  pthread_mutex_unlock(&helper->lock);
}

void micro_helper_sleep(struct micro_helper *helper, struct wane_mutator *m)
{
  if (m) wane_detach(m);
  pthread_mutex_lock(&helper->lock);
  while (!helper->stop) pthread_cond_wait(&helper->changed, &helper->lock);
  pthread_mutex_unlock(&helper->lock);
  if (m) wane_attach(m);
}

static void *helper_main(void *argument)
{
  struct micro_helper *helper = argument;
  struct wane_mutator *m = NULL;
  if (helper->mutator && !(m = wane_thread_start("micro helper"))) {
    micro_helper_ready(helper, false);
    return NULL;
  }
  helper->work(helper, m);
  if (m) wane_thread_exit(m);
  return NULL;
}

bool micro_helper_start(struct micro_helper *helper, struct wane_mutator *m)
{
  helper->stop = helper->ready = helper->failed = false;
  pthread_mutex_init(&helper->lock, NULL);
  pthread_cond_init(&helper->changed, NULL);
  if (pthread_create(&helper->thread, NULL, helper_main, helper)) return false;
  if (m) wane_detach(m);
  pthread_mutex_lock(&helper->lock);
  while (!helper->ready) pthread_cond_wait(&helper->changed, &helper->lock);
  bool ok = !helper->failed;
  pthread_mutex_unlock(&helper->lock);
  if (m) wane_attach(m);
  if (!ok) micro_helper_end(helper, m);
  return ok;
}

void micro_helper_end(struct micro_helper *helper, struct wane_mutator *m)
{
  if (m) wane_detach(m);
  pthread_mutex_lock(&helper->lock);
  helper->stop = true;
  pthread_cond_broadcast(&helper->changed);
  pthread_mutex_unlock(&helper->lock);
  pthread_join(helper->thread, NULL);
  pthread_mutex_destroy(&helper->lock);
  pthread_cond_destroy(&helper->changed);
  if (m) wane_attach(m);
}
