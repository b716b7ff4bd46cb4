// test_torture_graph.c: many threads mutate one graph; an oracle judges it.
// SPDX-License-Identifier: MIT
//
// The threads work on shared hubs (wide objects that handles hold) and on
// whatever they find there: they load, link, unlink, exchange, build rings,
// vanish into detached regions, end and begin anew. Each reference that is
// loaded is checked at once. Between phases all threads meet with their roots
// in place, and the oracle compares: what is reachable is intact, counts are
// exact, and after a collection nothing is left that should be gone.

#include "torture.h"

#include <sched.h>

#define HUBS 3
#define HUB_SLOTS 24
#define ROOTS 6
#define THREADS_MAX 8

struct shared {
  struct wane_handle *hub[HUBS];
  uint64_t operations; // per thread and phase
  unsigned phases, threads;
  pthread_barrier_t meet, go_on;
  // Written by each thread before it meets, read by the judge meanwhile.
  wane_ref roots[THREADS_MAX][ROOTS];
};

struct actor {
  struct shared *shared;
  struct check_random random;
  unsigned index;
  struct wane_mutator *m;
  wane_ref *root;
};

static uint32_t below(struct actor *a, uint32_t n)
{
  return (uint32_t)check_below(&a->random, n);
}

static wane_ref some_hub(struct actor *a)
{
  wane_ref hub = wane_handle_get(a->shared->hub[below(a, HUBS)]);
  world_check(hub);
  return hub;
}

static wane_ref *some_root(struct actor *a)
{
  return &a->root[below(a, ROOTS)];
}

static struct wane_slot *some_slot(struct actor *a, wane_ref o)
{
  uint32_t n = thing_length(o);
  return n ? thing_slot(o, below(a, n)) : NULL;
}

// --- operations --------------------------------------------------------------

static void take_from_hub(struct actor *a)
{
  wane_ref hub = some_hub(a);
  wane_ref o = wane_load(some_slot(a, hub));
  if (o) world_check(o);
  *some_root(a) = o;
}

static void put_into_hub(struct actor *a)
{
  wane_ref hub = some_hub(a);
  wane_store(a->m, hub, some_slot(a, hub), *some_root(a));
}

static void swap_with_hub(struct actor *a)
{
  wane_ref hub = some_hub(a), *root = some_root(a);
  *root = wane_exchange(a->m, hub, some_slot(a, hub), *root);
  if (*root) world_check(*root);
}

static void try_hub(struct actor *a)
{
  wane_ref hub = some_hub(a), *root = some_root(a);
  struct wane_slot *slot = some_slot(a, hub);
  wane_ref expected = wane_load(slot);
  if (below(a, 4) == 0) sched_yield();
  if (!wane_compare_exchange(a->m, hub, slot, &expected, *root) && expected)
    world_check(expected);
  *root = expected;
}

static void create(struct actor *a)
{
  enum thing_kind kind = below(a, THING_KINDS);
  wane_ref o = world_need(a->m, kind, below(a, 6));
  *some_root(a) = o;
}

static void link_roots(struct actor *a)
{
  wane_ref from = *some_root(a), to = *some_root(a);
  struct wane_slot *slot = from ? some_slot(a, from) : NULL;
  if (slot) wane_store(a->m, from, slot, to);
}

static void unlink_root(struct actor *a)
{
  wane_ref from = *some_root(a);
  struct wane_slot *slot = from ? some_slot(a, from) : NULL;
  if (slot) wane_store(a->m, from, slot, NULL);
}

static void walk(struct actor *a)
{
  wane_ref *root = some_root(a), o = *root;
  for (unsigned i = 0; o && i < 8; i++) {
    struct wane_slot *slot = some_slot(a, o);
    wane_ref next = slot ? wane_load(slot) : NULL;
    if (!next) break;
    world_check(next);
    o = next;
  }
  *root = o;
}

static void ring(struct actor *a)
{
  WANE_ROOTS(a->m, r, 2);
  for (uint32_t i = 0, n = 1 + below(a, 4); i < n; i++) {
    wane_ref o = world_need(a->m, below(a, 2) ? THING_PAIR : THING_TRACED, 0);
    if (r[1]) wane_store(a->m, o, thing_slot(o, 0), r[1]);
    if (!r[0]) r[0] = o;
    r[1] = o;
  }
  wane_store(a->m, r[0], thing_slot(r[0], 0), r[1]);
  if (below(a, 2)) *some_root(a) = r[1];
}

static void drop(struct actor *a)
{
  *some_root(a) = NULL;
}

static void change_hub(struct actor *a)
{
  if (below(a, 64)) return;
  uint32_t i = below(a, HUBS);
  wane_ref hub = world_need(a->m, THING_WIDE, HUB_SLOTS);
  wane_handle_set(a->m, a->shared->hub[i], hub);
}

static void blink(struct actor *a)
{
  wane_detach(a->m);
  if (below(a, 4) == 0) sched_yield();
  wane_attach(a->m);
}

static void collect(struct actor *a)
{
  if (below(a, 200) == 0) wane_collect(a->m);
}

static void poll(struct actor *a)
{
  wane_safepoint(a->m);
}

static void operate(struct actor *a)
{
  static void (*const operations[])(struct actor *) = {
      take_from_hub, take_from_hub, take_from_hub, put_into_hub, put_into_hub,
      swap_with_hub, swap_with_hub, try_hub,       create,       create,
      create,        link_roots,    link_roots,    link_roots,   unlink_root,
      unlink_root,   walk,          walk,          ring,         drop,
      drop,          drop,          change_hub,    blink,        collect,
      poll,
  };
  operations[below(a, sizeof operations / sizeof operations[0])](a);
}

// --- threads -----------------------------------------------------------------

static void meet(struct actor *a)
{
  struct shared *s = a->shared;
  for (unsigned i = 0; i < ROOTS; i++) s->roots[a->index][i] = a->root[i];
  wane_detach(a->m);
  pthread_barrier_wait(&s->meet);
  pthread_barrier_wait(&s->go_on);
  wane_attach(a->m);
}

static void *act(void *argument)
{
  struct actor *a = argument;
  char name[16];
  snprintf(name, sizeof name, "actor %u", a->index);
  for (unsigned phase = 0; phase < a->shared->phases; phase++) {
    a->m = wane_thread_start(name);
    if (!a->m) abort();
    a->root = wane_roots_push(a->m, ROOTS);
    for (uint64_t i = 0; i < a->shared->operations; i++) operate(a);
    meet(a);
    wane_roots_pop(a->m, a->root);
    wane_thread_exit(a->m);
  }
  return NULL;
}

static void judge(struct shared *s, struct wane_mutator *m)
{
  wane_ref hubs[HUBS];
  for (unsigned i = 0; i < HUBS; i++) hubs[i] = wane_handle_get(s->hub[i]);
  world_audit(m, hubs, HUBS, &s->roots[0][0], s->threads * ROOTS);
  world_settle(m, hubs, HUBS, &s->roots[0][0], s->threads * ROOTS);
}

static void mutate(const struct torture *t, struct wane_config *config,
                   unsigned threads)
{
  struct world_setup setup = torture_setup(t);
  struct shared s = {.threads = threads,
                     .phases = 4,
                     .operations = world_scaled(120000 * t->scale) / threads};
  struct actor actors[THREADS_MAX];
  pthread_t thread[THREADS_MAX];
  if (config) setup.config = *config;
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("judge");
  assert_non_null(m);
  for (unsigned i = 0; i < HUBS; i++)
    s.hub[i] = wane_handle_new(m, world_need(m, THING_WIDE, HUB_SLOTS));
  pthread_barrier_init(&s.meet, NULL, threads + 1);
  pthread_barrier_init(&s.go_on, NULL, threads + 1);
  for (unsigned i = 0; i < threads; i++) {
    actors[i] = (struct actor){.shared = &s,
                               .random = {t->seed * 8191 + i},
                               .index = i};
    assert_int_equal(pthread_create(&thread[i], NULL, act, &actors[i]), 0);
  }
  for (unsigned phase = 0; phase < s.phases; phase++) {
    wane_detach(m);
    pthread_barrier_wait(&s.meet);
    wane_attach(m);
    judge(&s, m);
    wane_detach(m);
    pthread_barrier_wait(&s.go_on);
    wane_attach(m);
  }
  wane_detach(m);
  for (unsigned i = 0; i < threads; i++) pthread_join(thread[i], NULL);
  wane_attach(m);
  for (unsigned i = 0; i < HUBS; i++) wane_handle_free(m, s.hub[i]);
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

static void all_thread_counts(const struct torture *t)
{
  for (unsigned threads = 1; threads <= THREADS_MAX; threads++)
    mutate(t, NULL, threads);
}

static void with_small_chunks(const struct torture *t)
{
  struct wane_config config = {.log_chunk = 4, .local_limit = 3,
                               .round_ms = 1, .young_bytes = 64 << 10,
                               .workers = 2};
  mutate(t, &config, 3);
}

// What few packets there are is full at once: marking looks into blocks again.
static void with_few_packets(const struct torture *t)
{
  struct wane_config config = {.round_ms = 1, .young_bytes = 64 << 10,
                               .workers = 3, .mark_bytes = 1};
  mutate(t, &config, 3);
}

static void with_three_workers(const struct torture *t)
{
  struct wane_config config = {.round_ms = 1, .young_bytes = 64 << 10,
                               .workers = 3};
  mutate(t, &config, 3);
}

static void with_defaults(const struct torture *t)
{
  struct wane_config config = {.workers = 1};
  mutate(t, &config, 2);
}

static void with_stress(const struct torture *t)
{
  struct torture small = *t;
  struct wane_config config = {.stress_alloc = 16, .local_limit = 2};
  mutate(&small, &config, 2);
}

int main(int argc, char **argv)
{
  static const struct torment torments[] = {
      {"1 to 8 threads mutate a graph", all_thread_counts},
      {"a graph with chunks of 4 and counts below 3", with_small_chunks},
      {"a graph with three workers", with_three_workers},
      {"a graph with few mark packets", with_few_packets},
      {"a graph with the default rounds", with_defaults},
      {"a graph with a round at every 16th allocation", with_stress},
  };
  return torture_main(torments, sizeof torments / sizeof torments[0], 77001,
                      argc, argv);
}
