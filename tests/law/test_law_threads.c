// test_law_threads.c: L6 detached threads, L9 threads that end.
// SPDX-License-Identifier: MIT

#include "law.h"

struct sleeper {
  pthread_barrier_t asleep, awake;
  struct wane_handle *handle;
  uint64_t kept, dropped; // numbers
};

static struct wane_mutator *begin(const struct law_case *c)
{
  world_start(&c->setup);
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

static void meet(struct wane_mutator *m, pthread_barrier_t *barrier)
{
  wane_detach(m);
  pthread_barrier_wait(barrier);
  wane_attach(m);
}

// Owns much, drops most of it with the log not handed over, and sleeps.
static void sleep_on_garbage(struct wane_mutator *m, void *argument)
{
  struct sleeper *s = argument;
  WANE_ROOTS(m, r, 2);
  r[0] = world_need(m, THING_WIDE, 20);
  for (uint32_t i = 0; i < 20; i++) {
    r[1] = world_need(m, THING_PAIR, 0);
    wane_store(m, r[0], thing_slot(r[0], i), r[1]);
  }
  wane_handle_set(m, s->handle, r[0]);
  s->kept = world_id(r[0]);
  for (uint32_t i = 1; i < 20; i++)
    wane_store(m, r[0], thing_slot(r[0], i), NULL);
  r[1] = NULL;
  wane_detach(m);
  pthread_barrier_wait(&s->asleep);
  pthread_barrier_wait(&s->awake);
  wane_attach(m);
  CHECK_EQ(&world_log, world_id(r[0]), s->kept);
  world_check(wane_load(thing_slot(r[0], 0)));
}

// The sleeper's garbage, and what others dropped of its objects, is freed
// while it sleeps; its root stays.
static void detached_thread(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  struct sleeper s = {.handle = wane_handle_new(m, NULL)};
  struct world_thread t = {
      .name = "sleeper", .body = sleep_on_garbage, .argument = &s};
  pthread_barrier_init(&s.asleep, NULL, 2);
  pthread_barrier_init(&s.awake, NULL, 2);
  world_spawn(&t);
  meet(m, &s.asleep);
  wane_collect(m);
  if (world.acyclic) CHECK_EQ(&world_log, world_died(), 19);
  wane_ref root = wane_handle_get(s.handle);
  CHECK_EQ(&world_log, world_id(root), s.kept);
  wane_handle_set(m, s.handle, NULL); // only the sleeper's root is left
  struct world_audit audit = world_settle(m, NULL, 0, &root, 1);
  CHECK_EQ(&world_log, audit.reachable, 2);
  meet(m, &s.awake);
  world_join(m, &t);
  wane_handle_free(m, s.handle);
  end(m);
}

// Dies with garbage, a log, open blocks, private and shared objects.
static void live_and_die(struct wane_mutator *m, void *argument)
{
  struct wane_handle *handle = argument;
  WANE_ROOTS(m, r, 2);
  r[0] = wane_handle_get(handle);
  for (int i = 0; i < 6; i++) {
    r[1] = world_need(m, i & 1 ? THING_PAIR : THING_TRACED, 0);
    wane_store(m, r[1], thing_slot(r[1], 0), r[0]);
    if (i & 2) wane_store(m, r[1], thing_slot(r[1], 1), r[1]);
    r[0] = r[1];
  }
  wane_handle_set(m, handle, r[0]); // the old chain goes on behind it
  r[1] = world_need(m, THING_WIDE, 3);
  wane_store(m, r[1], thing_slot(r[1], 2), r[0]); // private garbage
}

static void threads_that_end(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  struct wane_handle *handle = wane_handle_new(m, NULL);
  unsigned n = (unsigned)world_scaled(160) / c->slowness + 4;
  for (unsigned i = 0; i < n; i++) {
    struct world_thread t[2];
    for (int k = 0; k < 2; k++) {
      t[k] = (struct world_thread){
          .name = "mayfly", .body = live_and_die, .argument = handle};
      world_spawn(&t[k]);
      if (i & 1) world_join(m, &t[k]); // one after the other, or at once
    }
    for (int k = 0; k < 2 && !(i & 1); k++) world_join(m, &t[k]);
    if (i % 8 == 3) {
      wane_ref held = wane_handle_get(handle);
      world_settle(m, &held, 1, NULL, 0);
    }
    if (i % 16 == 15) wane_handle_set(m, handle, NULL);
  }
  wane_handle_free(m, handle);
  end(m);
}

// A thread that is no mutator may ask for a collection.
static void *collect_from_outside(void *unused)
{
  (void)unused;
  for (int i = 0; i < 3; i++) wane_collect_foreign();
  return NULL;
}

static void collections_from_outside(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  pthread_t t;
  struct wane_handle *h = wane_handle_new(m, NULL);
  assert_int_equal(pthread_create(&t, NULL, collect_from_outside, NULL), 0);
  for (unsigned i = 0; i < world_scaled(3000) / c->slowness; i++) {
    wane_ref o = world_need(m, THING_PAIR, 0);
    wane_store(m, o, thing_slot(o, 0), o);
    wane_handle_set(m, h, o);
    world_check(wane_handle_get(h));
  }
  wane_detach(m);
  pthread_join(t, NULL);
  wane_attach(m);
  wane_handle_free(m, h);
  end(m);
}

// Several threads ask at once; each gets what was garbage at its call.
static void ask_and_see(struct wane_mutator *m, void *unused)
{
  (void)unused;
  for (int i = 0; i < 6; i++) {
    uint64_t id;
    {
      WANE_ROOTS(m, r, 1);
      r[0] = world_need(m, THING_PAIR, 0);
      id = world_id(r[0]);
      if (world.complete) wane_store(m, r[0], thing_slot(r[0], 0), r[0]);
    }
    wane_collect(m);
    if (world.acyclic) CHECK(&world_log, world_dead(id));
  }
}

static void collections_at_once(const struct law_case *c)
{
  struct wane_mutator *m = begin(c);
  struct world_thread t[4];
  for (int i = 0; i < 4; i++) {
    t[i] = (struct world_thread){.name = "asker", .body = ask_and_see};
    world_spawn(&t[i]);
  }
  for (int i = 0; i < 4; i++) world_join(m, &t[i]);
  end(m);
}

int main(int argc, char **argv)
{
  static const struct law laws[] = {
      {"a detached thread holds nobody's garbage", detached_thread},
      {"threads end and leave nothing behind", threads_that_end},
      {"a collection may be asked for from outside", collections_from_outside},
      {"each of several askers gets its garbage", collections_at_once},
  };
  return law_main(laws, sizeof laws / sizeof laws[0], argc, argv);
}
