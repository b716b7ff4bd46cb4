// test_program.c: random programs as data, and what is left out of them.
// SPDX-License-Identifier: MIT

#include <check.h>

#include <harness/check/check_reduce.h>
#include <workloads/check/program.h>

#include <string.h>

#define N 3000

static void the_seed_says_it_all(void **state)
{
  struct program a, b, other;
  (void)state;
  assert_int_equal(program_make(&a, 7, N, 3, false), 0);
  assert_int_equal(program_make(&b, 7, N, 3, false), 0);
  assert_int_equal(program_make(&other, 8, N, 3, false), 0);
  assert_memory_equal(a.operations, b.operations, N * sizeof *a.operations);
  assert_memory_not_equal(a.operations, other.operations,
                          N * sizeof *a.operations);
  program_free(&a);
  program_free(&b);
  program_free(&other);
}

// Each kind is drawn, by each thread, in both modes.
static void every_operation_is_drawn(void **state)
{
  (void)state;
  for (int simple = 0; simple < 2; simple++) {
    struct program p;
    unsigned drawn[OPS] = {0}, by[3] = {0};
    assert_int_equal(program_make(&p, 1, 30000, 3, simple), 0);
    for (size_t i = 0; i < p.n; i++) {
      drawn[p.operations[i].op]++;
      by[p.operations[i].thread]++;
    }
    for (int op = 0; op < OPS; op++) {
      bool needs_turns = op == OP_MOVE || op == OP_CLEAR_RANGE ||
                         op == OP_HANDLE_NEW || op == OP_WEAK_NEW ||
                         op == OP_WEAK_GET;
      if (simple && needs_turns)
        assert_int_equal(drawn[op], 0);
      else
        assert_true(drawn[op] > 0);
    }
    for (int t = 0; t < 3; t++) assert_true(by[t] > 1000);
    program_free(&p);
  }
}

static void ranges_there_and_back(void **state)
{
  struct check_random random = {*(uint64_t *)*state};
  struct program p;
  char error[200];
  assert_int_equal(program_make(&p, 1, N, 1, false), 0);
  for (int i = 0; i < 100; i++) {
    bool keep[N];
    uint64_t odds = 1 + check_below(&random, 20);
    for (size_t k = 0; k < N; k++) keep[k] = check_below(&random, odds) == 0;
    keep[check_below(&random, N)] = true;
    char *ranges = check_ranges(keep, N);
    assert_int_equal(program_keep(&p, ranges, error, sizeof error), 0);
    assert_memory_equal(p.keep, keep, sizeof keep);
    free(ranges);
  }
  program_free(&p);
}

static void bad_ranges_are_refused(void **state)
{
  static const char *const bad[] = {"x",   "1-",   "-1",   "3-2", "1++2",
                                    "3000", "1 2", "1+",   "+1",  "99999999999",
                                    "0-3000"};
  struct program p;
  char error[200];
  (void)state;
  assert_int_equal(program_make(&p, 1, N, 1, false), 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    error[0] = 0;
    assert_int_equal(program_keep(&p, bad[i], error, sizeof error), -EINVAL);
    assert_non_null(strstr(error, bad[i]));
  }
  program_free(&p);
}

int main(void)
{
  static uint64_t seed;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_seed_says_it_all),
      cmocka_unit_test(every_operation_is_drawn),
      cmocka_unit_test_prestate(ranges_there_and_back, &seed),
      cmocka_unit_test(bad_ranges_are_refused),
  };
  seed = check_seed(4711);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
