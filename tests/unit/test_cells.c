// test_cells.c: which cells an experiment has, and in which order.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "cells.h"
#include "experiment_fixture.h"

#include <math.h>
#include <stdlib.h>

static struct experiment it;

static int open_it(void **state)
{
  (void)state;
  char error[512];
  return read_experiment(&it, good_experiment, error, sizeof error);
}

static int close_it(void **state)
{
  (void)state;
  experiment_close(&it);
  return 0;
}

static struct cells make(const struct cells_extent *extent)
{
  struct cells cells;
  assert_int_equal(cells_make(&cells, &it, extent), 0);
  return cells;
}

static bool is_canary(const struct cell *cell)
{
  return cell->what->benchmark == &it.canary_benchmark;
}

// 3 benchmarks, 2 numbers of mutators: nogc once, the others at 5 factors; 4
// invocations. A canary before every tenth, and one at the end.
static void every_combination_is_there_as_often_as_asked(void **state)
{
  (void)state;
  struct cells_extent all = cells_all(&it);
  struct cells cells = make(&all);
  size_t n = 3 * 2 * (1 + 2 * 5);
  assert_int_equal(cells.n_combinations, n);
  assert_int_equal(cells.n, n * 4 + (n * 4 + 9) / 10 + 1);
  for (size_t c = 0; c < n; c++) {
    unsigned seen = 0;
    for (size_t i = 0; i < cells.n; i++)
      if (cells.cells[i].what == &cells.combinations[c])
        seen |= 1u << cells.cells[i].invocation;
    assert_int_equal(seen, 15);
  }
  cells_free(&cells);
}

static void levels_are_outermost_and_rounds_within(void **state)
{
  (void)state;
  struct cells_extent all = cells_all(&it);
  struct cells cells = make(&all);
  const struct cell *before = NULL;
  for (size_t i = 0; i < cells.n; i++) {
    const struct cell *cell = &cells.cells[i];
    if (is_canary(cell)) continue;
    bool later = !before || cell->what->level > before->what->level ||
                 (cell->what->level == before->what->level &&
                  cell->invocation >= before->invocation);
    assert_true(later);
    before = cell;
  }
  assert_int_equal(before->what->level, 1);
  cells_free(&cells);
}

static void canaries_stand_at_the_ends_and_between(void **state)
{
  (void)state;
  struct cells_extent all = cells_all(&it);
  struct cells cells = make(&all);
  uint32_t canaries = 0, since = 10;
  for (size_t i = 0; i < cells.n; i++) {
    if (!is_canary(&cells.cells[i])) {
      since++;
      continue;
    }
    assert_int_equal(cells.cells[i].invocation, canaries++);
    assert_true(since == 10 || i == cells.n - 1);
    since = 0;
  }
  assert_true(is_canary(&cells.cells[0]));
  assert_true(is_canary(&cells.cells[cells.n - 1]));
  cells_free(&cells);
}

static bool same(const struct cells *a, const struct cells *b)
{
  bool equal = a->n == b->n;
  for (size_t i = 0; equal && i < a->n; i++)
    equal = a->cells[i].what - a->combinations ==
                b->cells[i].what - b->combinations &&
            a->cells[i].invocation == b->cells[i].invocation;
  return equal;
}

static void the_seed_decides_the_order(void **state)
{
  (void)state;
  struct cells_extent all = cells_all(&it);
  struct cells first = make(&all), again = make(&all);
  it.seed++;
  struct cells other = make(&all);
  it.seed--;
  assert_true(same(&first, &again));
  assert_false(same(&first, &other));
  cells_free(&first);
  cells_free(&again);
  cells_free(&other);
}

static void what_runs_once_is_at_level_0(void **state)
{
  (void)state;
  struct cells_extent all = cells_all(&it);
  struct cells cells = make(&all);
  for (size_t i = 0; i < cells.n_combinations; i++) {
    const struct cells_combination *what = &cells.combinations[i];
    if (what->config != &it.configs[0]) continue;
    assert_int_equal(what->level, 0);
    assert_true(isnan(what->factor));
  }
  cells_free(&cells);
}

static void a_smaller_extent_has_fewer_of_each(void **state)
{
  (void)state;
  struct cells_extent some = {2, 1, 2};
  struct cells cells = make(&some);
  assert_int_equal(cells.n_combinations, 3 * 2 * (1 + 3));
  for (size_t i = 0; i < cells.n; i++) {
    if (is_canary(&cells.cells[i])) continue;
    assert_true(cells.cells[i].invocation < 2);
    assert_int_equal(cells.cells[i].what->level, 0);
    assert_true(cells.cells[i].what->config < &it.configs[2]);
  }
  cells_free(&cells);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_combination_is_there_as_often_as_asked),
      cmocka_unit_test(levels_are_outermost_and_rounds_within),
      cmocka_unit_test(canaries_stand_at_the_ends_and_between),
      cmocka_unit_test(the_seed_decides_the_order),
      cmocka_unit_test(what_runs_once_is_at_level_0),
      cmocka_unit_test(a_smaller_extent_has_fewer_of_each),
  };
  return cmocka_run_group_tests(tests, open_it, close_it);
}
