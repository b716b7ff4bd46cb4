// test_order.c: the order of execution.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "order.h"

#include <string.h>

enum { CELLS = 7, INVOCATIONS = 20, STEPS = CELLS * INVOCATIONS };

static void every_cell_runs_once_before_any_runs_twice(void **state)
{
  (void)state;
  struct order_step steps[STEPS];
  for (uint64_t seed = 0; seed < 100; seed++) {
    order_fill(steps, CELLS, INVOCATIONS, seed);
    for (uint32_t k = 0; k < INVOCATIONS; k++) {
      uint32_t seen = 0;
      for (uint32_t c = 0; c < CELLS; c++) {
        assert_int_equal(steps[k * CELLS + c].invocation, k);
        seen |= 1u << steps[k * CELLS + c].cell;
      }
      assert_int_equal(seen, (1u << CELLS) - 1);
    }
  }
}

static void the_seed_decides_the_order(void **state)
{
  (void)state;
  struct order_step a[STEPS], b[STEPS], c[STEPS];
  order_fill(a, CELLS, INVOCATIONS, 1);
  order_fill(b, CELLS, INVOCATIONS, 1);
  order_fill(c, CELLS, INVOCATIONS, 2);
  assert_memory_equal(a, b, sizeof a);
  assert_memory_not_equal(a, c, sizeof a);
}

// Each cell must come first in about one round of three.
static void every_permutation_of_three_is_about_as_frequent(void **state)
{
  (void)state;
  enum { ROUNDS = 6000 };
  static struct order_step steps[3 * ROUNDS];
  unsigned count[27] = {0};
  order_fill(steps, 3, ROUNDS, 3);
  for (int k = 0; k < ROUNDS; k++) {
    struct order_step *s = &steps[3 * k];
    count[s[0].cell * 9 + s[1].cell * 3 + s[2].cell]++;
  }
  unsigned frequent = 0;
  for (int i = 0; i < 27; i++) frequent += count[i] > 850 && count[i] < 1150;
  assert_int_equal(frequent, 6);
}

static void one_cell_is_its_own_order(void **state)
{
  (void)state;
  struct order_step steps[2];
  order_fill(steps, 1, 2, 5);
  assert_int_equal(steps[0].cell, 0);
  assert_int_equal(steps[1].cell, 0);
  assert_int_equal(steps[1].invocation, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_cell_runs_once_before_any_runs_twice),
      cmocka_unit_test(the_seed_decides_the_order),
      cmocka_unit_test(every_permutation_of_three_is_about_as_frequent),
      cmocka_unit_test(one_cell_is_its_own_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
