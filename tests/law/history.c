// history.c: turns, checks and the end of a random history.
// SPDX-License-Identifier: MIT

#include "history.h"

#include <string.h>

wane_ref history_root(struct history_actor *a, uint32_t i)
{
  wane_ref o = i < HISTORY_STACK
                   ? a->stack[i]
                   : atomic_load(&a->refs[i - HISTORY_STACK]);
  CHECK_EQ(&world_log, world_id(o), *history_model_root(a, i));
  return o;
}

void history_set_root(struct history_actor *a, uint32_t i, wane_ref o,
                      uint32_t id)
{
  if (i < HISTORY_STACK)
    a->stack[i] = o;
  else
    atomic_store(&a->refs[i - HISTORY_STACK], o);
  *history_model_root(a, i) = id;
}

void history_check(struct history_actor *a, bool collected)
{
  struct model *model = &a->h->model;
  model_judge(model);
  for (uint32_t id = 1; id <= model->n; id++) {
    const struct model_object *o = &model->objects[id];
    bool dead = world_dead(id);
    if (o->reachable && dead)
      check_record(&world_log, __FILE__, __LINE__,
                   "L1: object %u is reachable, but was freed", id);
    if (!collected || dead || o->reachable) continue;
    if (world.complete || (world.acyclic && o->peeled))
      check_record(&world_log, __FILE__, __LINE__,
                   "L3: object %u is garbage (%s), but was not freed", id,
                   o->peeled ? "in no cycle" : "kept by a cycle");
  }
}

// Whether the heap walk finds exactly what it should, counts included (L4).
static void audit(struct history_actor *a, const struct history_actor *all)
{
  struct history *h = a->h;
  wane_ref counted[HISTORY_HANDLES];
  wane_ref rooted[HISTORY_THREADS * HISTORY_ROOTS];
  size_t n = 0;
  for (uint32_t i = 0; i < HISTORY_HANDLES; i++)
    counted[i] = wane_handle_get(h->handle[i]);
  for (uint32_t t = 0; t < h->threads; t++) {
    for (uint32_t i = 0; i < HISTORY_STACK; i++)
      rooted[n++] = all[t].stack ? all[t].stack[i] : NULL;
    for (uint32_t i = 0; i < HISTORY_SET; i++)
      rooted[n++] = atomic_load(&all[t].refs[i]);
  }
  world_audit(a->m, counted, HISTORY_HANDLES, rooted, n);
}

// --- turns ------------------------------------------------------------------

static void enter(struct history_actor *a)
{
  a->stack = wane_roots_push(a->m, HISTORY_STACK);
  a->set.refs = a->refs;
  atomic_store(&a->set.n, HISTORY_SET);
  wane_root_set_add(a->m, &a->set);
}

static void leave(struct history_actor *a)
{
  for (uint32_t i = 0; i < HISTORY_ROOTS; i++) history_set_root(a, i, NULL, 0);
  wane_root_set_remove(a->m, &a->set);
  wane_roots_pop(a->m, a->stack);
  a->stack = NULL;
}

// The thread ends as a mutator and begins anew: ids are used again (L9).
static void be_reborn(struct history_actor *a)
{
  leave(a);
  wane_thread_exit(a->m);
  a->m = wane_thread_start("reborn");
  if (!a->m) abort();
  enter(a);
}

// Waits for the turn, detached. False: the history is over.
static bool wait_for_turn(struct history_actor *a)
{
  struct history *h = a->h;
  wane_detach(a->m);
  pthread_mutex_lock(&h->lock);
  while (h->turn != a->index && !h->over)
    pthread_cond_wait(&h->passed, &h->lock);
  bool over = h->over;
  pthread_mutex_unlock(&h->lock);
  wane_attach(a->m);
  return !over;
}

static void pass_turn(struct history *h, bool over)
{
  pthread_mutex_lock(&h->lock);
  h->turn = over ? 0 : (uint32_t)check_below(&h->random, h->threads);
  h->over = over;
  pthread_cond_broadcast(&h->passed);
  pthread_mutex_unlock(&h->lock);
}

static void act(struct history_actor *a)
{
  struct history *h = a->h;
  uint64_t burst = 1 + check_below(&h->random, 40);
  while (burst-- && h->left && !world_log.failed) {
    h->left--;
    history_operate(a);
  }
  // The first thread's mutator belongs to the caller.
  if (a->index && check_below(&h->random, 64) == 0) be_reborn(a);
}

static void other(struct wane_mutator *m, void *argument)
{
  struct history_actor *a = argument;
  a->m = m;
  enter(a);
  pthread_mutex_lock(&a->h->lock);
  a->h->entered++;
  pthread_cond_broadcast(&a->h->passed);
  pthread_mutex_unlock(&a->h->lock);
  while (wait_for_turn(a)) {
    act(a);
    pass_turn(a->h, false);
  }
  leave(a);
}

// The thread's mutator changes when it is reborn, so not world_spawn.
static void *other_main(void *argument)
{
  struct history_actor *a = argument;
  struct wane_mutator *m = wane_thread_start("other");
  if (!m) abort();
  other(m, a);
  wane_thread_exit(a->m);
  return NULL;
}

static void wait_for_all(struct history_actor *a)
{
  struct history *h = a->h;
  wane_detach(a->m);
  pthread_mutex_lock(&h->lock);
  while (h->entered + 1 < h->threads) pthread_cond_wait(&h->passed, &h->lock);
  pthread_mutex_unlock(&h->lock);
  wane_attach(a->m);
}

static void finish(struct history_actor *all)
{
  struct history_actor *a = &all[0];
  struct history *h = a->h;
  audit(a, all);
  wane_collect(a->m);
  history_check(a, true);
  audit(a, all);
  for (uint32_t i = 0; i < HISTORY_HANDLES; i++) {
    wane_handle_set(a->m, h->handle[i], NULL);
    h->model.roots[h->threads * HISTORY_ROOTS + i] = 0;
  }
  for (uint32_t i = 0; i < HISTORY_ROOTS; i++) history_set_root(a, i, NULL, 0);
}

void history_run(struct wane_mutator *m, uint64_t seed, uint32_t threads,
                 uint64_t operations)
{
  struct history h = {
      .random = {seed}, .left = operations, .threads = threads};
  struct history_actor actors[HISTORY_THREADS];
  pthread_t thread[HISTORY_THREADS];
  memset(actors, 0, sizeof actors);
  pthread_mutex_init(&h.lock, NULL);
  pthread_cond_init(&h.passed, NULL);
  model_start(&h.model, threads * HISTORY_ROOTS + HISTORY_HANDLES);
  for (uint32_t i = 0; i < HISTORY_HANDLES; i++)
    h.handle[i] = wane_handle_new(m, NULL);
  for (uint32_t i = 0; i < threads; i++)
    actors[i] = (struct history_actor){.h = &h, .index = i, .m = m};
  enter(&actors[0]);
  for (uint32_t i = 1; i < threads; i++)
    if (pthread_create(&thread[i], NULL, other_main, &actors[i])) abort();
  wait_for_all(&actors[0]);
  while (wait_for_turn(&actors[0])) {
    act(&actors[0]);
    if (!h.left || world_log.failed) break;
    pass_turn(&h, false);
  }
  if (!world_log.failed) finish(actors);
  pass_turn(&h, true);
  wane_detach(actors[0].m);
  for (uint32_t i = 1; i < threads; i++) pthread_join(thread[i], NULL);
  wane_attach(actors[0].m);
  memset(h.model.roots, 0, h.model.n_roots * sizeof *h.model.roots);
  leave(&actors[0]);
  if (!world_log.failed) {
    wane_collect(actors[0].m);
    history_check(&actors[0], true);
    audit(&actors[0], actors);
  }
  for (uint32_t i = 0; i < HISTORY_HANDLES; i++)
    wane_handle_free(actors[0].m, h.handle[i]);
  model_stop(&h.model);
}
