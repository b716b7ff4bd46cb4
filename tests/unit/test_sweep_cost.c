// test_sweep_cost.c: what a budget leaves out.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "cost.h"
#include "duration.h"
#include "experiment_fixture.h"

#include <math.h>

static struct experiment it;
// One second per process, whatever it is.
static struct cost_row rows[] = {
    {"a", "one", "x", 1, 1}, {"a", "two", "x", 1, 1}, {"b", "one", "x", 1, 1},
    {"a", "one", "x", 2, 1}, {"a", "two", "x", 2, 1}, {"b", "one", "x", 2, 1},
    {"canary", "binary_trees", "mark_sweep_stw", 1, 0},
};
static const struct cost_table table = {rows, sizeof rows / sizeof rows[0]};

static int open_it(void **state)
{
  (void)state;
  char error[512];
  int code = read_experiment(&it, good_experiment, error, sizeof error);
  it.canary_benchmark.name = "binary_trees";
  return code;
}

static int close_it(void **state)
{
  (void)state;
  experiment_close(&it);
  return 0;
}

static void the_whole_is_the_sum_of_its_cells(void **state)
{
  (void)state;
  struct cells_extent all = cells_all(&it);
  assert_true(cost_total(&table, &it, &all) == 6 * 11 * 4);
  const struct cost_table none = {0};
  assert_true(isnan(cost_total(&none, &it, &all)));
  assert_true(cost_of(&table, "a", "one", "unknown", 2) == 1);
  assert_true(isnan(cost_of(&table, "a", "three", "x", 1)));
}

static void invocations_go_before_levels_before_configs(void **state)
{
  (void)state;
  static const struct {
    double seconds;
    struct cells_extent expected;
  } budgets[] = {
      {1e9, {4, 2, 3}},   {264, {4, 2, 3}},   {263, {3, 2, 3}},
      {198, {3, 2, 3}},   {197, {3, 1, 3}},   {126, {3, 1, 3}},
      {125, {3, 1, 2}},   {72, {3, 1, 2}},    {71, {3, 1, 1}},
      {18, {3, 1, 1}},    {17, {2, 1, 1}},    {6, {1, 1, 1}},
      {0.001, {1, 1, 1}},
  };
  for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
    struct cells_extent fit = cost_fit(&table, &it, budgets[i].seconds);
    assert_int_equal(fit.invocations, budgets[i].expected.invocations);
    assert_int_equal(fit.levels, budgets[i].expected.levels);
    assert_int_equal(fit.configs, budgets[i].expected.configs);
  }
}

static void seconds_are_told_in_units_of_people(void **state)
{
  (void)state;
  static const struct {
    double seconds;
    const char *text;
  } times[] = {{0.25, "0.25 s"},       {12, "12 s"},
               {200, "3 min 20 s"},    {7500, "2 h 05 min"},
               {97200, "1 d 03 h"},    {NAN, "?"},
               {-1, "?"},              {9.999, "10 s"}};
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
    char text[32];
    assert_string_equal(duration_text(text, times[i].seconds), times[i].text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_whole_is_the_sum_of_its_cells),
      cmocka_unit_test(invocations_go_before_levels_before_configs),
      cmocka_unit_test(seconds_are_told_in_units_of_people),
  };
  return cmocka_run_group_tests(tests, open_it, close_it);
}
