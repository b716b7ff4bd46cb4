// replay_thread.c: a mutator of a replay, from its first event to its last.
// SPDX-License-Identifier: MIT

#include "replay.h"
#include "replay_roots.h"

#include <errno.h>

__attribute__((cold)) int replay_give_up(struct replay_thread *t, int status)
{
  atomic_store(&t->copy->status, status);
  // Note [stop]
  atomic_store_explicit(&t->copy->replay->stop, status, memory_order_relaxed);
  if (t->copy->gates) replay_gates_open(t->copy);
  return status;
}

int replay_dig_grave(struct replay_thread *t)
{
  *t->grave = wane_alloc_array(t->m, t->copy->replay->keeper, 1, 0);
  return *t->grave ? 0 : replay_give_up(t, ENOMEM);
}

static uint32_t count_set(const struct replay_set *set)
{
  size_t n = replay_set_count(&set->set);
  uint32_t rooted = 0;
  for (size_t i = 0; i < n; i++) rooted += replay_set_get(&set->set, i) != NULL;
  return rooted;
}

static uint32_t keep_set(struct replay_thread *t, wane_ref array, uint32_t at,
                         const struct replay_set *set)
{
  size_t n = replay_set_count(&set->set);
  for (size_t i = 0; i < n; i++) {
    wane_ref o = replay_set_get(&set->set, i);
    if (o) wane_init(t->m, array, &replay_slots(array)[at++], o);
  }
  return at;
}

int replay_keep_roots(struct replay_thread *t)
{
  struct replay_copy *copy = t->copy;
  uint32_t n = t->plan->n_mutators, rooted = 0, at = 0;
  for (uint32_t i = 0; i < n; i++)
    rooted += count_set(&copy->threads[i].roots) +
              count_set(&copy->threads[i].registry);
  wane_ref array = wane_alloc_array(t->m, copy->replay->keeper, rooted, 0);
  if (!array) return replay_give_up(t, ENOMEM);
  for (uint32_t i = 0; i < n; i++) {
    at = keep_set(t, array, at, &copy->threads[i].roots);
    at = keep_set(t, array, at, &copy->threads[i].registry);
  }
  wane_handle_set(t->m, copy->kept, array);
  return 0;
}

int replay_thread_run(struct replay_thread *t, struct wane_mutator *m)
{
  uint64_t cpu = replay_clock(CLOCK_THREAD_CPUTIME_ID);
  WANE_ROOTS(m, grave, 1);
  t->m = m;
  t->grave = grave;
  wane_root_set_add(m, &t->roots.set);
  wane_root_set_add(m, &t->registry.set);
  if (t->limbo.refs) wane_root_set_add(m, &t->limbo);
  switch (t->plan->order) {
  case REPLAY_STRICT:
    replay_strict(t);
    break;
  case REPLAY_RELAXED:
    replay_relaxed(t);
    break;
  case REPLAY_SERIAL:
    replay_serial(t);
    break;
  }
  // The array behind `kept` has counted all that these held; replay_verify
  // still wants to know what that was.
  if (t->limbo.refs) wane_root_set_remove(m, &t->limbo);
  wane_root_set_remove(m, &t->registry.set);
  wane_root_set_remove(m, &t->roots.set);
  t->cpu_ns = replay_clock(CLOCK_THREAD_CPUTIME_ID) - cpu;
  return atomic_load(&t->copy->status);
}
