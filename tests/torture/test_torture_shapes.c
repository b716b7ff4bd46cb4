// test_torture_shapes.c: graphs of extreme shape, and arrays that move.
// SPDX-License-Identifier: MIT
//
// A list so long that recursion would end the process, a very wide array, and
// arrays that are sorted, inserted into and shifted while collections read
// them.

#include "torture.h"

#include <sched.h>

static struct wane_mutator *begin(const struct torture *t)
{
  struct world_setup setup = torture_setup(t);
  setup.config.heap_limit = (uint64_t)1 << 30;
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

static void end(struct wane_mutator *m)
{
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

// --- 8: long and wide --------------------------------------------------------

// `ring`: the last refers to the first.
static void list(struct wane_mutator *m, uint64_t n, bool ring)
{
  {
    WANE_ROOTS(m, r, 2);
    for (uint64_t i = 0; i < n; i++) {
      wane_ref o = world_need(m, THING_PAIR, 0);
      wane_init(m, o, thing_slot(o, 0), r[0]);
      r[0] = o;
      if (!r[1]) r[1] = o;
    }
    if (ring) wane_store(m, r[1], thing_slot(r[1], 0), r[0]);
  }
  wane_collect(m);
  if (world.complete || !ring) CHECK_EQ(&world_log, world_died(), n);
}

static void long_list(const struct torture *t)
{
  struct wane_mutator *m = begin(t);
  list(m, world_scaled(t->scale > 1 ? 10000000 : 1000000), false);
  end(m);
}

static void long_ring(const struct torture *t)
{
  struct wane_mutator *m = begin(t);
  list(m, world_scaled(t->scale > 1 ? 10000000 : 500000), true);
  end(m);
}

static void wide_array(const struct torture *t)
{
  uint32_t n = (uint32_t)world_scaled(t->scale > 1 ? 4000000 : 400000);
  struct wane_mutator *m = begin(t);
  {
    WANE_ROOTS(m, r, 1);
    r[0] = world_need(m, THING_WIDE, n);
    for (uint32_t i = 0; i < n; i++) {
      wane_ref o = world_need(m, i & 1 ? THING_LEAF : THING_PAIR, 0);
      wane_store(m, r[0], thing_slot(r[0], i), o);
      if (i % 1000 == 0 && !(i & 1)) wane_store(m, o, thing_slot(o, 0), r[0]);
    }
    struct world_audit audit = world_settle(m, NULL, 0, r, 1);
    CHECK_EQ(&world_log, audit.reachable, n + 1);
  }
  end(m);
}

// Every slot of many objects refers to one of two.
static void many_edges(const struct torture *t)
{
  struct wane_mutator *m = begin(t);
  {
    WANE_ROOTS(m, r, 3);
    r[0] = world_need(m, THING_PAIR, 0);
    r[1] = world_need(m, THING_PAIR, 0);
    for (uint64_t i = 0; i < world_scaled(2000 * t->scale); i++) {
      r[2] = world_need(m, THING_WIDE, 50);
      for (uint32_t s = 0; s < 50; s++)
        wane_store(m, r[2], thing_slot(r[2], s), r[s & 1]);
      wane_store(m, r[0], thing_slot(r[0], (uint32_t)(i % 3)), r[2]);
      wane_store(m, r[1], thing_slot(r[1], (uint32_t)(i % 2)), r[0]);
      wane_store(m, r[0], thing_slot(r[0], 2), r[0]);
    }
    world_settle(m, NULL, 0, r, 3);
  }
  end(m);
}

// --- 7: arrays under scan ----------------------------------------------------

#define LENGTH 24

struct game {
  struct wane_handle *array;
  uint64_t steps, seed;
  _Atomic bool over;
  uint64_t first; // number of the first element
};

// Element `i` of the array; always there, whatever moves.
static void check_elements(const struct game *g, wane_ref array)
{
  uint64_t sum = 0, n = 0;
  for (uint32_t i = 0; i < LENGTH; i++) {
    wane_ref o = wane_load(thing_slot(array, i));
    if (!o) continue;
    sum += world_id(o) - g->first + 1;
    n++;
  }
  CHECK_EQ(&world_log, n, LENGTH / 2);
  CHECK_EQ(&world_log, sum, LENGTH / 2 * (LENGTH / 2 + 1) / 2);
}

// Moves the element at `from` to the free place `to`.
static void shift(struct wane_mutator *m, struct game *g,
                  struct check_random *random)
{
  wane_ref a = wane_handle_get(g->array);
  uint32_t n = 1 + (uint32_t)check_below(random, LENGTH / 2);
  uint32_t from = (uint32_t)check_below(random, LENGTH - n + 1);
  uint32_t to = (uint32_t)check_below(random, LENGTH - n + 1);
  for (uint32_t i = to; i < to + n; i++)
    if ((i < from || i >= from + n) && wane_load(thing_slot(a, i))) return;
  wane_array_move(m, a, thing_slot(a, to), thing_slot(a, from), n);
}

// Swaps two elements the counted way, through a local variable.
static void swap(struct wane_mutator *m, struct game *g,
                 struct check_random *random)
{
  wane_ref a = wane_handle_get(g->array);
  struct wane_slot *x = thing_slot(a, (uint32_t)check_below(random, LENGTH));
  struct wane_slot *y = thing_slot(a, (uint32_t)check_below(random, LENGTH));
  wane_ref old = wane_exchange(m, a, x, wane_load(y));
  wane_store(m, a, y, old);
}

// A new array takes over all elements, as a growing list does.
static void grow(struct wane_mutator *m, struct game *g)
{
  WANE_ROOTS(m, r, 2);
  r[0] = wane_handle_get(g->array);
  r[1] = world_need(m, THING_WIDE, LENGTH);
  for (uint32_t i = 0; i < LENGTH; i++)
    wane_init(m, r[1], thing_slot(r[1], i), wane_load(thing_slot(r[0], i)));
  wane_handle_set(m, g->array, r[1]);
  for (uint32_t i = 0; i < LENGTH; i++) {
    wane_ref o = wane_load(thing_slot(r[1], i));
    if (o) wane_store(m, o, thing_slot(o, 0), r[1]); // a cycle with its array
  }
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

static void moving_arrays(const struct torture *t)
{
  struct game g = {.steps = world_scaled(200000 * t->scale)};
  struct check_random random = {t->seed};
  struct wane_mutator *m = begin(t);
  pthread_t collector;
  g.array = wane_handle_new(m, world_need(m, THING_WIDE, LENGTH));
  g.first = world_born() + 1;
  for (uint32_t i = 0; i < LENGTH / 2; i++) {
    wane_ref o = world_need(m, THING_PAIR, 0);
    wane_ref a = wane_handle_get(g.array);
    wane_store(m, a, thing_slot(a, 2 * i), o);
    wane_store(m, o, thing_slot(o, 0), a);
    world_hold(world_id(o));
  }
  assert_int_equal(pthread_create(&collector, NULL, collect_always, &g), 0);
  for (uint64_t i = 0; i < g.steps; i++) {
    if (i % 64 == 0)
      grow(m, &g);
    else if (i % 3)
      shift(m, &g, &random);
    else
      swap(m, &g, &random);
    if (i % 16 == 0) check_elements(&g, wane_handle_get(g.array));
    wane_safepoint(m);
  }
  atomic_store(&g.over, true);
  wane_detach(m);
  pthread_join(collector, NULL);
  wane_attach(m);
  wane_ref held = wane_handle_get(g.array);
  world_settle(m, &held, 1, NULL, 0);
  for (uint32_t i = 0; i < LENGTH / 2; i++) world_let_go(g.first + i);
  wane_handle_free(m, g.array);
  end(m);
}

int main(int argc, char **argv)
{
  static const struct torment torments[] = {
      {"a very long list is dropped", long_list},
      {"a very long ring is dropped", long_ring},
      {"a very wide array", wide_array},
      {"many edges to few objects", many_edges},
      {"arrays move under the collector's eyes", moving_arrays},
  };
  return torture_main(torments, sizeof torments / sizeof torments[0], 77005,
                      argc, argv);
}
