// replay_copy.c: what one copy of a trace has, made, made new, and freed.
// SPDX-License-Identifier: MIT
//
// All memory of a replay is taken before it begins.

#include "replay_lives.h"
#include "replay_roots.h"

#include <errno.h>
#include <stdlib.h>

static bool set_new(struct replay_set *set, size_t room)
{
  set->set.refs = calloc(room + 1, sizeof *set->set.refs);
  set->handle = calloc(room + 1, sizeof *set->handle);
  return set->set.refs && set->handle;
}

static bool thread_new(struct replay_copy *copy, uint32_t number)
{
  const struct replay_plan *plan = &copy->replay->plan;
  struct replay_thread *t = &copy->threads[number];
  t->copy = copy;
  t->plan = plan;
  t->handles = copy->handles;
  t->input = &copy->inputs[number];
  t->number = number;
  // Under relaxed order nobody could say how many there are at a moment.
  t->counts = copy->weak && plan->order != REPLAY_RELAXED;
  if (plan->batches) {
    t->limbo.refs = calloc(plan->limbo[number] + 1, sizeof *t->limbo.refs);
    if (!t->limbo.refs) return false;
  }
  return set_new(&t->roots, plan->roots[number]) &&
         set_new(&t->registry, plan->registry[number]) &&
         sem_init(&t->turn, 0, 0) == 0;
}

bool replay_copy_new(struct replay *replay, uint32_t number)
{
  const struct replay_plan *plan = &replay->plan;
  struct replay_copy *copy = &replay->copies[number];
  size_t handles = plan->info->max_handles;
  copy->replay = replay;
  copy->number = number;
  copy->handles = calloc(handles + 1, sizeof *copy->handles);
  copy->inputs = calloc(plan->info->n_threads + 1u, sizeof *copy->inputs);
  copy->threads = calloc(plan->n_mutators + 1u, sizeof *copy->threads);
  copy->stack = calloc(handles + 1, sizeof *copy->stack);
  copy->marks = calloc(handles / 64 + 1, sizeof *copy->marks);
  bool good = copy->handles && copy->inputs && copy->threads && copy->stack &&
              copy->marks;
  if (plan->info->by_op[GCT_WEAK]) {
    copy->weak = calloc(handles + 1, sizeof *copy->weak);
    good = good && copy->weak;
  }
  for (uint32_t t = 0; good && t < plan->n_mutators; t++)
    good = thread_new(copy, t);
  if (good && plan->order == REPLAY_RELAXED) good = !replay_gates_new(copy);
  return good;
}

static void set_free(struct replay_set *set)
{
  free(set->set.refs);
  free(set->handle);
}

void replay_copy_free(struct replay_copy *copy)
{
  const struct replay_plan *plan = &copy->replay->plan;
  for (uint32_t i = 0; copy->threads && i < plan->n_mutators; i++) {
    struct replay_thread *t = &copy->threads[i];
    set_free(&t->roots);
    set_free(&t->registry);
    free(t->limbo.refs);
    if (t->copy) sem_destroy(&t->turn);
  }
  for (uint32_t i = 0; copy->inputs && i < plan->info->n_threads; i++)
    gct_stream_close(copy->inputs[i].stream);
  replay_gates_free(copy);
  free(copy->handles);
  free(copy->weak);
  free(copy->inputs);
  free(copy->threads);
  free(copy->stack);
  free(copy->marks);
}

static uint64_t births_of(const struct replay_copy *copy)
{
  uint64_t births = copy->births;
  for (uint32_t i = 0; i < copy->replay->plan.info->n_threads; i++)
    births += copy->inputs[i].births;
  return births;
}

uint64_t replay_left(const struct replay_copy *copy)
{
  // Note [deaths]
  uint64_t deaths = atomic_load_explicit(&copy->deaths, memory_order_relaxed);
  return births_of(copy) - deaths;
}

static void set_reset(struct replay_set *set, size_t room)
{
  replay_set_resize(&set->set, 0);
  // Note [own set]
  for (size_t i = 0; i < room; i++)
    atomic_store_explicit(&set->set.refs[i], NULL, memory_order_relaxed);
}

static void thread_reset(struct replay_thread *t)
{
  set_reset(&t->roots, t->plan->roots[t->number]);
  set_reset(&t->registry, t->plan->registry[t->number]);
  replay_set_resize(&t->limbo, 0);
  t->cpu_ns = 0;
  while (sem_trywait(&t->turn) == 0) continue; // posts nobody waited for
}

static int input_reset(struct replay_copy *copy, uint32_t thread)
{
  const struct replay_plan *plan = &copy->replay->plan;
  struct replay_input *input = &copy->inputs[thread];
  struct gct_error error;
  gct_stream_close(input->stream);
  *input = (struct replay_input){.last = {.op = GCT_WAIT},
                                 .step = plan->steps[thread].steps,
                                 .thread = thread};
  input->stream = gct_stream_open(plan->file, thread, &error);
  return input->stream ? 0 : ENOMEM;
}

int replay_copy_reset(struct replay_copy *copy, struct wane_mutator *m)
{
  const struct replay_plan *plan = &copy->replay->plan;
  int status = 0;
  copy->left_before = replay_left(copy);
  copy->births = births_of(copy);
  copy->tag = (uint16_t)(copy->number +
                         REPLAY_MAX_COPIES * copy->replay->run->iteration);
  for (uint32_t i = 0; i < plan->info->max_handles; i++) // Note [weak handle]
    atomic_store_explicit(&copy->handles[i].ref, NULL, memory_order_relaxed);
  for (uint32_t i = 0; i < plan->n_mutators; i++)
    thread_reset(&copy->threads[i]);
  for (uint32_t i = 0; i < plan->info->n_threads && status == 0; i++)
    status = input_reset(copy, i);
  if (copy->gates) replay_gates_reset(copy);
  if (copy->lives) replay_lives_reset(copy->lives, copy->tag);
  atomic_store(&copy->arrived, 0);
  atomic_store(&copy->ended, 0);
  atomic_store(&copy->cells, 0);
  atomic_store(&copy->callbacks, 0);
  atomic_store(&copy->called, 0);
  copy->checkpoints = copy->verify_ns = copy->verify_cpu_ns = 0;
  copy->begin_ns = copy->end_ns = 0;
  atomic_store(&copy->status, 0);
  copy->over = false;
  copy->kept = wane_handle_new(m, NULL);
  return copy->kept ? status : ENOMEM;
}
