// test_torture_cycles.c: cycles that change while the collector looks at them.
// SPDX-License-Identifier: MIT
//
// Rotation: the only outside reference wanders around a ring, so at no time
// is any one member referred to for long. Tearing: x = a.f; a.f = NULL;
// b.g = x while collections follow one another. Chains: k dead cycles, each
// held by the one before. Futile: a large live graph that is offered again
// and again.

#include "torture.h"

#include <sched.h>

struct game {
  struct wane_handle *handle[2];
  uint64_t steps;
  _Atomic bool over;
};

static struct wane_mutator *begin(const struct torture *t, struct game *g)
{
  struct world_setup setup = torture_setup(t);
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  for (int i = 0; i < 2; i++) g->handle[i] = wane_handle_new(m, NULL);
  return m;
}

static void end(struct wane_mutator *m, struct game *g)
{
  wane_ref held[2];
  for (int i = 0; i < 2; i++) held[i] = wane_handle_get(g->handle[i]);
  world_settle(m, held, 2, NULL, 0);
  for (int i = 0; i < 2; i++) wane_handle_free(m, g->handle[i]);
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

static void *collect_always(void *argument)
{
  struct game *g = argument;
  while (!atomic_load(&g->over)) {
    wane_collect_foreign();
    sched_yield();
  }
  return NULL;
}

static void with_collections(struct wane_mutator *m, struct game *g,
                             void (*body)(struct wane_mutator *,
                                          struct game *))
{
  pthread_t collector;
  assert_int_equal(pthread_create(&collector, NULL, collect_always, g), 0);
  body(m, g);
  atomic_store(&g->over, true);
  wane_detach(m);
  pthread_join(collector, NULL);
  wane_attach(m);
}

// A ring of n pairs through slot 0, first in *r; all of them held by number.
static void make_ring(struct wane_mutator *m, wane_ref *r, unsigned n)
{
  WANE_ROOTS(m, last, 1);
  *r = last[0] = world_need(m, THING_PAIR, 0);
  for (unsigned i = 1; i < n; i++) {
    wane_ref o = world_need(m, THING_PAIR, 0);
    wane_store(m, last[0], thing_slot(last[0], 0), o);
    last[0] = o;
  }
  wane_store(m, last[0], thing_slot(last[0], 0), *r);
}

// --- 4: rotation -------------------------------------------------------------

static void rotate(struct wane_mutator *m, struct game *g)
{
  for (uint64_t i = 0; i < g->steps; i++) {
    wane_ref o = wane_handle_get(g->handle[0]);
    world_check(o);
    wane_ref next = wane_load(thing_slot(o, 0));
    world_check(next);
    wane_handle_set(m, g->handle[0], next);
    wane_safepoint(m);
    if (i % 256 == 0) sched_yield();
  }
}

static void rotate_also(struct wane_mutator *m, void *argument)
{
  rotate(m, argument);
}

static void rotation(const struct torture *t)
{
  for (unsigned n = 1; n <= 7; n += 2) {
    struct game g = {.steps = world_scaled(100000 * t->scale)};
    struct wane_mutator *m = begin(t, &g);
    uint64_t first = world_born() + 1;
    {
      WANE_ROOTS(m, r, 1);
      make_ring(m, r, n);
      wane_handle_set(m, g.handle[0], r[0]);
    }
    for (unsigned i = 0; i < n; i++) world_hold(first + i);
    struct world_thread other = {
        .name = "rotator", .body = rotate_also, .argument = &g};
    world_spawn(&other);
    with_collections(m, &g, rotate);
    world_join(m, &other);
    for (unsigned i = 0; i < n; i++) world_let_go(first + i);
    end(m, &g);
  }
}

// --- 5: tearing --------------------------------------------------------------

// Two boxes; x is in one of them, and refers to both; both refer to a third
// object, so all of it is one component that looks dead when it is torn.
static void tear(struct wane_mutator *m, struct game *g)
{
  for (uint64_t i = 0; i < g->steps; i++) {
    wane_ref a = wane_handle_get(g->handle[i & 1]);
    wane_ref b = wane_handle_get(g->handle[~i & 1]);
    wane_ref x = wane_load(thing_slot(a, 0));
    if (!CHECK(&world_log, x != NULL)) return;
    world_check(x);
    wane_store(m, a, thing_slot(a, 0), NULL);
    if (i % 16 == 0) sched_yield(); // x is in a local variable only
    world_check(x);
    wane_store(m, b, thing_slot(b, 0), x);
    wane_safepoint(m);
  }
}

static uint64_t put_into_boxes(struct wane_mutator *m, struct game *g)
{
  for (int i = 0; i < 2; i++)
    wane_handle_set(m, g->handle[i], world_need(m, THING_PAIR, 0));
  wane_ref x = world_need(m, THING_PAIR, 0);
  wane_ref a = wane_handle_get(g->handle[0]);
  wane_ref b = wane_handle_get(g->handle[1]);
  wane_store(m, x, thing_slot(x, 0), x);
  wane_store(m, x, thing_slot(x, 1), a);
  wane_store(m, x, thing_slot(x, 2), b);
  wane_store(m, a, thing_slot(a, 0), x);
  wane_store(m, a, thing_slot(a, 1), b);
  wane_store(m, b, thing_slot(b, 1), a);
  return world_id(x);
}

static void torn(const struct torture *t)
{
  struct game g = {.steps = world_scaled(400000 * t->scale) & ~UINT64_C(1)};
  struct wane_mutator *m = begin(t, &g);
  uint64_t id = put_into_boxes(m, &g);
  world_hold(id);
  with_collections(m, &g, tear);
  world_let_go(id);
  end(m, &g);
}

// --- 9: chains of dead cycles, and a live graph that is always offered -------

static void chain(struct wane_mutator *m, uint64_t k)
{
  WANE_ROOTS(m, r, 2);
  for (uint64_t i = 0; i < k; i++) {
    make_ring(m, &r[1], 2);
    if (r[0]) wane_store(m, r[1], thing_slot(r[1], 1), r[0]);
    r[0] = r[1];
  }
}

// Work per dead object must not grow with the length of the chain.
static void chains(const struct torture *t)
{
  uint64_t k = world_scaled(40000 * t->scale);
  struct game g = {.steps = 0};
  struct wane_mutator *m = begin(t, &g);
  uint64_t work[2];
  for (int i = 0; i < 2; i++) {
    struct wane_stats before, after;
    wane_stats_read(&before);
    chain(m, i ? 4 * k : k);
    wane_collect(m);
    wane_stats_read(&after);
    work[i] = after.cycle_traced - before.cycle_traced;
    if (world.complete)
      CHECK_EQ(&world_log, world_died(), world_born());
  }
  // A trace looks at what lives: now and then at some of the chain.
  CHECK(&world_log, work[1] <= 12 * (work[0] + 2 * k) + 4000);
  end(m, &g);
}

static void futile(const struct torture *t)
{
  uint64_t n = world_scaled(60000 * t->scale);
  struct game g = {.steps = 0};
  struct wane_mutator *m = begin(t, &g);
  {
    WANE_ROOTS(m, r, 2);
    make_ring(m, r, (unsigned)n);
    uint64_t live = world_born();
    for (int i = 0; i < 12; i++) {
      r[1] = world_need(m, THING_PAIR, 0); // comes and goes beside it
      wane_store(m, r[1], thing_slot(r[1], 0), r[0]);
      wane_store(m, r[0], thing_slot(r[0], 1), r[1]);
      wane_store(m, r[1], thing_slot(r[1], 1), r[1]);
      wane_store(m, r[0], thing_slot(r[0], 1), NULL);
      r[1] = NULL;
      wane_collect(m);
    }
    struct world_audit audit = world_settle(m, NULL, 0, r, 1);
    CHECK_EQ(&world_log, audit.reachable, live);
  }
  end(m, &g);
}

int main(int argc, char **argv)
{
  static const struct torment torments[] = {
      {"the only reference wanders around a ring", rotation},
      {"an edge is torn off and put elsewhere", torn},
      {"chains of dead cycles cost their length", chains},
      {"a large live graph is looked at in vain", futile},
  };
  return torture_main(torments, sizeof torments / sizeof torments[0], 77003,
                      argc, argv);
}
