// test_torture_handover.c: references that change hands while rounds run.
// SPDX-License-Identifier: MIT
//
// Ping-pong through one slot (whoever applies decrements a round too early
// frees what the reader just loaded), and many writers of one slot (whoever
// loses an old value, or takes it twice, is found by the exact counts).

#include "torture.h"

#include <sched.h>

#define WRITERS_MAX 8

struct game {
  struct wane_handle *table; // a wide thing; slot 0 is the ball's
  uint64_t strokes;
  _Atomic bool over;
  uint64_t seed;
  _Atomic unsigned players;
};

static struct wane_mutator *begin(const struct torture *t, struct game *g,
                                  uint32_t slots)
{
  struct world_setup setup = torture_setup(t);
  setup.config.young_bytes = 16 << 10;
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  g->table = wane_handle_new(m, world_need(m, THING_WIDE, slots));
  return m;
}

static void end(struct wane_mutator *m, struct game *g)
{
  wane_ref table = wane_handle_get(g->table);
  world_settle(m, &table, 1, NULL, 0);
  wane_handle_free(m, g->table);
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

static void run_players(struct wane_mutator *m, struct game *g, unsigned n,
                        void (*body)(struct wane_mutator *, void *))
{
  struct world_thread t[WRITERS_MAX];
  for (unsigned i = 0; i < n; i++) {
    t[i] = (struct world_thread){.name = "player", .body = body, .argument = g};
    world_spawn(&t[i]);
  }
  for (unsigned i = 0; i < n; i++) world_join(m, &t[i]);
}

// --- 1: ping-pong ------------------------------------------------------------

// Keeps what it finds in a root over a few safepoints, and looks at it again.
static void receive(struct wane_mutator *m, void *argument)
{
  struct game *g = argument;
  WANE_ROOTS(m, r, 4);
  for (uint64_t i = 0; !atomic_load(&g->over); i++) {
    wane_ref table = wane_handle_get(g->table);
    wane_ref ball = wane_load(thing_slot(table, 0));
    if (!ball) {
      wane_safepoint(m);
      continue;
    }
    uint64_t id = world_id(ball);
    r[i & 3] = ball;
    wane_safepoint(m);
    if (i % 8 == 0) sched_yield();
    CHECK_EQ(&world_log, world_id(r[i & 3]), id);
    if (r[(i + 1) & 3]) world_check(r[(i + 1) & 3]);
    // Its own edge goes out of the way again.
    if (i % 4 == 0) wane_store(m, r[i & 3], thing_slot(r[i & 3], 0), NULL);
    wane_safepoint(m);
  }
}

static void serve(struct wane_mutator *m, struct game *g)
{
  for (uint64_t i = 0; i < g->strokes; i++) {
    wane_ref ball = world_need(m, THING_PAIR, 0);
    wane_ref table = wane_handle_get(g->table);
    wane_store(m, table, thing_slot(table, 0), ball);
    if (i % 3 == 0) wane_store(m, ball, thing_slot(ball, 0), ball);
    if (i % 64 == 0) sched_yield();
    table = wane_handle_get(g->table);
    wane_store(m, table, thing_slot(table, 0), NULL);
    wane_safepoint(m);
  }
}

static void ping_pong(const struct torture *t)
{
  struct game g = {.strokes = world_scaled(150000 * t->scale)};
  struct wane_mutator *m = begin(t, &g, 1);
  struct world_thread other[2];
  for (int i = 0; i < 2; i++) {
    other[i] = (struct world_thread){
        .name = "receiver", .body = receive, .argument = &g};
    world_spawn(&other[i]);
  }
  serve(m, &g);
  atomic_store(&g.over, true);
  for (int i = 0; i < 2; i++) world_join(m, &other[i]);
  end(m, &g);
}

// --- 6: writers of one slot --------------------------------------------------

static void write_slots(struct wane_mutator *m, void *argument)
{
  struct game *g = argument;
  unsigned me = atomic_fetch_add(&g->players, 1);
  struct check_random random = {g->seed + me};
  WANE_ROOTS(m, r, 3);
  for (uint64_t i = 0; i < g->strokes; i++) {
    if (i % 8 == 0) r[i / 8 % 3] = world_need(m, THING_PAIR, 0);
    wane_ref value = r[check_below(&random, 3)];
    wane_ref table = wane_handle_get(g->table);
    struct wane_slot *slot =
        thing_slot(table, (uint32_t)check_below(&random, 2));
    switch (check_below(&random, 4)) {
    case 0: wane_store(m, table, slot, value); break;
    case 1: {
      wane_ref old = wane_exchange(m, table, slot, value);
      if (old) world_check(old);
      r[2] = old;
      break;
    }
    case 2: {
      wane_ref expected = wane_load(slot);
      wane_compare_exchange(m, table, slot, &expected, value);
      if (expected) world_check(expected);
      break;
    }
    default: wane_store(m, table, slot, NULL);
    }
    wane_safepoint(m);
  }
}

static void writers(const struct torture *t)
{
  for (unsigned n = 1; n <= WRITERS_MAX; n++) {
    struct game g = {.strokes = world_scaled(120000 * t->scale) / n,
                     .seed = t->seed};
    struct wane_mutator *m = begin(t, &g, 2);
    run_players(m, &g, n, write_slots);
    end(m, &g);
  }
}

int main(int argc, char **argv)
{
  static const struct torment torments[] = {
      {"ping-pong through one slot", ping_pong},
      {"1 to 8 writers of two slots", writers},
  };
  return torture_main(torments, sizeof torments / sizeof torments[0], 77002,
                      argc, argv);
}
