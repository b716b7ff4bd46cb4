// test_workloads_tree.c: workloads/tree.c on a running heap.
// SPDX-License-Identifier: MIT

#include <tests/check.h>
#include <wane/wane.h>
#include <workloads/tree.h>

static const struct wane_type *type;
static struct wane_mutator *mutator;

// The numbers of a tree, added one by one.
static uint64_t added_up(uint32_t depth, uint64_t number)
{
  if (depth == 0) return number;
  return number + added_up(depth - 1, 2 * number) +
         added_up(depth - 1, 2 * number + 1);
}

static int start(void **state)
{
  (void)state;
  char error[256];
  // A round every 64th allocation: roots are put to the test.
  const struct wane_config config = {.stress_alloc = 64,
                                     .heap_limit = 64 << 20};
  if (wane_start(&config, error, sizeof error)) {
    print_error("%s\n", error);
    return -1;
  }
  mutator = wane_thread_start("test");
  return mutator ? tree_type_register(&type) : -1;
}

static int stop(void **state)
{
  (void)state;
  wane_thread_exit(mutator);
  wane_stop();
  return 0;
}

static void closed_form_is_the_sum_of_the_numbers(void **state)
{
  (void)state;
  struct check_random random = {check_seed(7)};
  for (uint32_t depth = 0; depth <= 12; depth++) {
    assert_int_equal(tree_sum(depth, 0), added_up(depth, 0));
    assert_int_equal(tree_sum(depth, 1), added_up(depth, 1));
    for (int i = 0; i < 8; i++) {
      uint64_t number = check_next(&random); // sums wrap around
      assert_int_equal(tree_sum(depth, number), added_up(depth, number));
    }
  }
  uint64_t n = tree_size(TREE_MAX_DEPTH); // numbers 1 .. n
  assert_int_equal(tree_sum(TREE_MAX_DEPTH, 1), (n + 1) / 2 * n);
}

static wane_ref grow(bool bottom_up, uint32_t depth, uint64_t number,
                     wane_ref *root)
{
  if (bottom_up) {
    root[0] = tree_bottom_up(mutator, type, depth, number);
  } else {
    root[0] = wane_alloc(mutator, type);
    assert_non_null(root[0]);
    assert_true(tree_top_down(mutator, type, root[0], depth, number));
  }
  assert_non_null(root[0]);
  return root[0];
}

static void both_ways_build_the_same_tree(void **state)
{
  (void)state;
  WANE_ROOTS(mutator, root, 1);
  for (uint32_t depth = 0; depth <= 12; depth++)
    for (int way = 0; way < 2; way++)
      for (uint64_t number = 0; number < 3; number++) {
        wane_ref tree = grow(way, depth, number, root);
        assert_int_equal(tree_node(tree)->sum, tree_sum(depth, number));
        assert_int_equal(tree_intact(tree, depth, number), tree_size(depth));
      }
}

// A wrong integer spoils its own node and its parent, nothing else.
static void a_changed_integer_is_counted(void **state)
{
  (void)state;
  WANE_ROOTS(mutator, root, 1);
  wane_ref tree = grow(true, 6, 1, root);
  uint64_t all = tree_size(6);
  tree_node(tree)->sum++;
  assert_int_equal(tree_intact(tree, 6, 1), all - 1);
  tree_node(tree)->sum--;
  tree_node(wane_load(&tree_node(tree)->left))->sum ^= 1;
  assert_int_equal(tree_intact(tree, 6, 1), all - 2);
}

static void a_wrong_shape_is_counted(void **state)
{
  (void)state;
  WANE_ROOTS(mutator, root, 1);
  wane_ref tree = grow(false, 6, 1, root);
  assert_int_equal(tree_intact(tree, 5, 1), tree_size(4)); // leaves have none
  assert_true(tree_intact(tree, 7, 1) < tree_size(6));
  assert_true(tree_intact(tree, 6, 2) < tree_size(6));
  wane_store(mutator, tree, &tree_node(tree)->right, NULL);
  assert_int_equal(tree_intact(tree, 6, 1), 0);
  assert_int_equal(tree_intact(NULL, 6, 1), 0);
}

static void out_of_memory_is_null(void **state)
{
  (void)state;
  char error[256];
  const struct wane_config config = {.heap_limit = 4 << 20};
  assert_int_equal(wane_start(&config, error, sizeof error), 0);
  mutator = wane_thread_start("test");
  assert_non_null(mutator);
  assert_int_equal(tree_type_register(&type), 0);
  {
    WANE_ROOTS(mutator, root, 1);
    assert_null(tree_bottom_up(mutator, type, 20, 1));
    root[0] = wane_alloc(mutator, type);
    if (root[0]) assert_false(tree_top_down(mutator, type, root[0], 20, 1));
  }
  stop(NULL);
}

int main(void)
{
  const struct CMUnitTest on_a_heap[] = {
      cmocka_unit_test(both_ways_build_the_same_tree),
      cmocka_unit_test(a_changed_integer_is_counted),
      cmocka_unit_test(a_wrong_shape_is_counted),
  };
  const struct CMUnitTest others[] = {
      cmocka_unit_test(closed_form_is_the_sum_of_the_numbers),
      cmocka_unit_test(out_of_memory_is_null),
  };
  int failed = cmocka_run_group_tests(on_a_heap, start, stop);
  return failed + cmocka_run_group_tests(others, NULL, NULL);
}
