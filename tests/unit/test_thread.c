// test_thread.c: runtime/thread.c: attach, detach, exit, owner ids.
// SPDX-License-Identifier: MIT

#include <torture/world.h>

#include <wane/event.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>

static struct wane_mutator *begin(void)
{
  struct world_setup setup = {.collector = "trial_deletion",
                              .config = {.round_ms = 1}};
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

static void note_id(struct wane_mutator *m, void *argument)
{
  *(uint32_t *)argument = m->own >> WANE_OWNER_SHIFT;
}

static uint32_t id_of_new_thread(struct wane_mutator *m)
{
  uint32_t id = 0;
  struct world_thread t = {.name = "new", .body = note_id, .argument = &id};
  world_spawn(&t);
  world_join(m, &t);
  return id;
}

static void ids_are_used_again_and_never_zero(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  uint32_t mine = m->own >> WANE_OWNER_SHIFT;
  uint32_t first = id_of_new_thread(m);
  assert_int_not_equal(mine, 0);
  assert_int_not_equal(first, 0);
  assert_int_not_equal(first, mine);
  for (int i = 0; i < 50; i++)
    assert_int_equal(id_of_new_thread(m), first);
  end(m);
}

static void make_and_hand_over(struct wane_mutator *m, void *argument)
{
  wane_handle_set(m, argument, world_need(m, THING_PAIR, 0));
}

// An object outlives its owner; a thread with the same id then owns it, and
// counts it through the same half.
static void object_outlives_its_owner(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  struct wane_handle *h = wane_handle_new(m, NULL);
  struct world_thread t = {
      .name = "owner", .body = make_and_hand_over, .argument = h};
  for (int i = 0; i < 20; i++) {
    world_spawn(&t);
    world_join(m, &t);
    wane_ref o = wane_handle_get(h);
    world_check(o);
    wane_collect(m);
    o = wane_handle_get(h);
    assert_int_equal(wane_count_of(o), 1);
  }
  assert_int_equal(world_born() - world_died(), 1);
  wane_handle_free(m, h);
  end(m);
}

static void roots_survive_detachment(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  {
    WANE_ROOTS(m, r, 1);
    r[0] = world_need(m, THING_PAIR, 0);
    wane_detach(m);
    wane_collect_foreign();
    wane_collect_foreign();
    wane_attach(m);
    world_check(r[0]);
    assert_int_equal(world_died(), 0);
  }
  end(m);
}

// --- who comes while the world is stopped ------------------------------------

static struct {
  _Atomic int stopped, coming; // the first stop is on; main is on its way
  uint64_t ended_ns;           // of that stop
} stop;

static uint64_t now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// On the coordinator: holds the first stop until main comes, and a while.
static void hold(bool stopped, void *unused)
{
  const struct timespec a_while = {0, 2000000};
  (void)unused;
  if (!stopped) {
    if (!stop.ended_ns) stop.ended_ns = now_ns();
    return;
  }
  if (atomic_exchange(&stop.stopped, 1)) return;
  while (!atomic_load(&stop.coming)) sched_yield();
  nanosleep(&a_while, NULL);
}

static void *collect(void *unused)
{
  wane_collect_foreign();
  return unused;
}

// Begun before the stop was over: an answer at a later stop is another thing.
static void look_for_pause(const struct wane_event *e, void *context)
{
  if (e->kind == WANE_EVENT_PAUSE && e->stw && !strcmp(e->thread, "main") &&
      e->owner && e->gc_id && e->t_begin_ns < stop.ended_ns &&
      e->t_end_ns >= stop.ended_ns)
    *(int *)context += 1;
}

static int pauses_of_one_stop(struct wane_mutator *m)
{
  pthread_t thread;
  int found = 0;
  stop.ended_ns = 0;
  atomic_store(&stop.coming, 0);
  atomic_store(&stop.stopped, 0);
  wane_detach(m);
  assert_int_equal(pthread_create(&thread, NULL, collect, NULL), 0);
  while (!atomic_load(&stop.stopped)) sched_yield();
  atomic_store(&stop.coming, 1);
  wane_attach(m);
  wane_detach(m);
  pthread_join(thread, NULL);
  wane_attach(m);
  (void)wane_events_drain(look_for_pause, &found);
  return found;
}

// A machine that is busy may let us be late: then there is none.
static void who_comes_to_a_stopped_world_pauses(void **state)
{
  (void)state;
  struct world_setup setup = {.collector = "mark_sweep_stw",
                              .config = {.on_stop = hold}};
  atomic_store(&stop.stopped, 1);
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  int found = 0;
  for (int i = 0; !found && i < 100; i++) found = pauses_of_one_stop(m);
  assert_int_equal(found, 1);
  end(m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ids_are_used_again_and_never_zero),
      cmocka_unit_test(object_outlives_its_owner),
      cmocka_unit_test(roots_survive_detachment),
      cmocka_unit_test(who_comes_to_a_stopped_world_pauses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
