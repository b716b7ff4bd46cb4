// test_thread.c: runtime/thread.c: attach, detach, exit, owner ids.
// SPDX-License-Identifier: MIT

#include <torture/world.h>

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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ids_are_used_again_and_never_zero),
      cmocka_unit_test(object_outlives_its_owner),
      cmocka_unit_test(roots_survive_detachment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
