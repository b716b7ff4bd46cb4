// test_roots.c: runtime/roots.c: shadow stack, root sets, handles.
// SPDX-License-Identifier: MIT

#include <torture/world.h>

static struct wane_mutator *begin(void)
{
  struct world_setup setup = {.collector = "trial_deletion"};
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

static void scopes_pop_what_they_pushed(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  wane_ref *top = m->root_top;
  {
    WANE_ROOTS(m, outer, 3);
    outer[0] = world_need(m, THING_PAIR, 0);
    {
      WANE_ROOTS(m, inner, 2);
      assert_ptr_equal(inner, outer + 3);
      assert_null(inner[0]);
      inner[0] = world_need(m, THING_PAIR, 0);
      wane_collect(m);
      assert_int_equal(world_died(), 0);
    }
    assert_ptr_equal(m->root_top, outer + 3);
    wane_collect(m);
    assert_int_equal(world_died(), 1);
    world_check(outer[0]);
  }
  assert_ptr_equal(m->root_top, top);
  end(m);
}

// What a scope left behind above the top is no root.
static void pushed_roots_are_null(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  wane_ref *base = wane_roots_push(m, 4);
  for (int i = 0; i < 4; i++) base[i] = world_need(m, THING_PAIR, 0);
  wane_roots_pop(m, base);
  base = wane_roots_push(m, 4);
  for (int i = 0; i < 4; i++) assert_null(base[i]);
  wane_collect(m);
  assert_int_equal(world_died(), 4);
  wane_roots_pop(m, base);
  end(m);
}

static void root_set_holds_its_first_n(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  _Atomic(wane_ref) refs[4];
  struct wane_root_set a = {.refs = refs}, b = {.refs = refs + 3};
  for (int i = 0; i < 4; i++) atomic_init(&refs[i], NULL);
  atomic_store(&a.n, 2);
  atomic_store(&b.n, 1);
  wane_root_set_add(m, &a);
  wane_root_set_add(m, &b);
  for (int i = 0; i < 4; i++) atomic_store(&refs[i], NULL);
  for (int i = 0; i < 2; i++)
    atomic_store(&refs[i], world_need(m, THING_PAIR, 0));
  atomic_store(&refs[3], world_need(m, THING_PAIR, 0));
  wane_collect(m);
  assert_int_equal(world_died(), 0);
  atomic_store(&a.n, 1);
  wane_collect(m);
  assert_int_equal(world_died(), 1);
  wane_root_set_remove(m, &a); // not the one that was added last
  wane_collect(m);
  assert_int_equal(world_died(), 2);
  world_check(atomic_load(&refs[3]));
  wane_root_set_remove(m, &b);
  wane_collect(m);
  assert_int_equal(world_died(), 3);
  end(m);
}

static void handle_counts_what_it_holds(void **state)
{
  (void)state;
  struct wane_mutator *m = begin();
  wane_ref o = world_need(m, THING_PAIR, 0);
  struct wane_handle *one = wane_handle_new(m, o);
  struct wane_handle *two = wane_handle_new(m, o);
  assert_int_equal(wane_count_of(o), 2);
  wane_collect(m);
  wane_handle_free(m, one);
  wane_collect(m);
  o = wane_handle_get(two);
  assert_int_equal(wane_count_of(o), 1);
  world_check(o);
  wane_handle_set(m, two, NULL);
  assert_null(wane_handle_get(two));
  wane_collect(m);
  assert_int_equal(world_died(), 1);
  wane_handle_free(m, two);
  end(m);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scopes_pop_what_they_pushed),
      cmocka_unit_test(pushed_roots_are_null),
      cmocka_unit_test(root_set_holds_its_first_n),
      cmocka_unit_test(handle_counts_what_it_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
