// test_barrier.c: runtime/barrier.c and barrier.h: what a store does to counts.
// SPDX-License-Identifier: MIT

#include <torture/world.h>

#include <string.h>

static struct wane_mutator *begin(const struct wane_config *config)
{
  struct world_setup setup = {.collector = "trial_deletion"};
  if (config) setup.config = *config;
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

static void end(struct wane_mutator *m)
{
  world_settle(m, NULL, 0, NULL, 0);
  assert_int_equal(world_born(), world_died());
  wane_thread_exit(m);
  world_stop();
}

static void each_store_adds_one_unit(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_WIDE, 8);
    r[1] = world_need(m, THING_PAIR, 0);
    assert_int_equal(wane_count_of(r[1]), 0);
    for (uint32_t i = 0; i < 8; i++) {
      wane_store(m, r[0], thing_slot(r[0], i), r[1]);
      assert_int_equal(wane_count_of(r[1]), i + 1);
    }
    // Taking back is the collector's, not the store's.
    wane_store(m, r[0], thing_slot(r[0], 0), NULL);
    assert_int_equal(wane_count_of(r[1]), 8);
    wane_collect(m);
    assert_int_equal(wane_count_of(r[1]), 7);
  }
  end(m);
}

static void exchange_returns_what_was_there(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  {
    WANE_ROOTS(m, r, 3);
    for (int i = 0; i < 3; i++) r[i] = world_need(m, THING_PAIR, 0);
    struct wane_slot *slot = thing_slot(r[0], 0);
    assert_null(wane_exchange(m, r[0], slot, r[1]));
    assert_ptr_equal(wane_exchange(m, r[0], slot, r[2]), r[1]);
    assert_ptr_equal(wane_load(slot), r[2]);
    wane_collect(m);
    assert_int_equal(wane_count_of(r[1]), 0);
    assert_int_equal(wane_count_of(r[2]), 1);
  }
  end(m);
}

static void failed_compare_exchange_gives_its_unit_back(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  {
    WANE_ROOTS(m, r, 3);
    for (int i = 0; i < 3; i++) r[i] = world_need(m, THING_PAIR, 0);
    struct wane_slot *slot = thing_slot(r[0], 0);
    wane_ref expected = r[1];
    assert_false(wane_compare_exchange(m, r[0], slot, &expected, r[2]));
    assert_null(expected);
    assert_true(wane_compare_exchange(m, r[0], slot, &expected, r[2]));
    expected = r[1];
    assert_false(wane_compare_exchange(m, r[0], slot, &expected, r[1]));
    assert_ptr_equal(expected, r[2]);
    wane_collect(m);
    assert_int_equal(wane_count_of(r[1]), 0);
    assert_int_equal(wane_count_of(r[2]), 1);
  }
  end(m);
}

static void move_is_a_permutation(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  {
    WANE_ROOTS(m, r, 4);
    r[0] = world_need(m, THING_WIDE, 5);
    for (uint32_t i = 0; i < 3; i++) {
      r[1 + i] = world_need(m, THING_PAIR, 0);
      wane_store(m, r[0], thing_slot(r[0], i), r[1 + i]);
    }
    wane_array_move(m, r[0], thing_slot(r[0], 1), thing_slot(r[0], 0), 3);
    assert_null(wane_load(thing_slot(r[0], 0)));
    for (uint32_t i = 0; i < 3; i++)
      assert_ptr_equal(wane_load(thing_slot(r[0], i + 1)), r[1 + i]);
    wane_array_move(m, r[0], thing_slot(r[0], 0), thing_slot(r[0], 1), 3);
    assert_null(wane_load(thing_slot(r[0], 3)));
    for (uint32_t i = 0; i < 3; i++) {
      assert_ptr_equal(wane_load(thing_slot(r[0], i)), r[1 + i]);
      assert_int_equal(wane_count_of(r[1 + i]), 1);
    }
    world_settle(m, NULL, 0, r, 4);
  }
  end(m);
}

static void spills_change_no_count(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(&(struct wane_config){.local_limit = 3});
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_WIDE, 100);
    r[1] = world_need(m, THING_PAIR, 0);
    for (uint32_t i = 0; i < 100; i++) {
      wane_store(m, r[0], thing_slot(r[0], i), r[1]);
      assert_int_equal(wane_count_of(r[1]), i + 1);
      assert_true(atomic_load(&r[1]->local) < 3);
    }
    wane_array_clear(m, r[0], thing_slot(r[0], 0), 99);
    wane_collect(m);
    assert_int_equal(wane_count_of(r[1]), 1);
  }
  end(m);
}

static void full_count_becomes_immortal(void **state)
{
  (void)state;
  struct wane_mutator *m =
      begin(&(struct wane_config){.local_limit = 2, .shared_limit = 4});
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_WIDE, 20);
    r[1] = world_need(m, THING_PAIR, 0);
    for (uint32_t i = 0; i < 20; i++)
      wane_store(m, r[0], thing_slot(r[0], i), r[1]);
    assert_true(atomic_load(&r[1]->own) & WANE_IMMORTAL);
    assert_int_equal(atomic_load(&r[1]->own) >> WANE_OWNER_SHIFT, 0);
  }
  wane_collect(m);
  assert_int_equal(world_died(), 1);
  wane_thread_exit(m);
  world_stop();
}

static void private_object_stays_private(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_PAIR, 0);
    r[1] = world_need(m, THING_PAIR, 0);
    wane_store(m, r[0], thing_slot(r[0], 0), r[1]);
    assert_false(atomic_load(&r[0]->own) & WANE_ESCAPED);
    assert_true(atomic_load(&r[1]->own) & WANE_ESCAPED);
    assert_false(atomic_load(&r[0]->closer));
    wane_store(m, r[1], thing_slot(r[1], 0), r[0]);
    assert_true(atomic_load(&r[1]->closer));
  }
  end(m);
}

// Which half an owner's increment goes into is the build's to say.
static void the_build_says_which_half_counts(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  bool biased = strcmp(wane_counting(), "biased") == 0;
  assert_int_equal(biased, !WANE_ATOMIC_COUNTS);
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_PAIR, 0);
    r[1] = world_need(m, THING_PAIR, 0);
    wane_store(m, r[0], thing_slot(r[0], 0), r[1]);
    wane_store(m, r[0], thing_slot(r[0], 1), r[1]);
    assert_int_equal(atomic_load(&r[1]->local), biased ? 2 : 0);
    assert_int_equal(atomic_load(&r[1]->shared), biased ? 0 : 2);
    assert_int_equal(wane_count_of(r[1]), 2);
  }
  end(m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_store_adds_one_unit),
      cmocka_unit_test(exchange_returns_what_was_there),
      cmocka_unit_test(failed_compare_exchange_gives_its_unit_back),
      cmocka_unit_test(move_is_a_permutation),
      cmocka_unit_test(spills_change_no_count),
      cmocka_unit_test(full_count_becomes_immortal),
      cmocka_unit_test(private_object_stays_private),
      cmocka_unit_test(the_build_says_which_half_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
