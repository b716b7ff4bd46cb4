// test_plan.c: the names that a plan makes.
// SPDX-License-Identifier: MIT
//
// What a plan refuses is tested with real plugins, in tests/cli/test_run.sh.

#include "check.h"

#include "plan.h"

static void assert_benchmark(const char *name, const char *positional,
                             const char *expected)
{
  char *text = plan_benchmark(name, positional);
  assert_string_equal(text, expected);
  free(text);
}

static void benchmarks_are_words(void **state)
{
  (void)state;
  assert_benchmark("rings", NULL, "rings");
  assert_benchmark("trace", "runs/lru-cycles.cut.gct", "trace_lru_cycles");
  assert_benchmark("trace", "a b", "trace_a_b");
  assert_benchmark("case", ".hidden", "case_");
}

static void assert_label(const char *name, const char *text,
                         const char *expected)
{
  struct spec spec;
  char error[128];
  assert_int_equal(spec_parse(&spec, text, error, sizeof error), 0);
  char *label = plan_label(name, &spec);
  assert_string_equal(label, expected);
  free(label);
  spec_free(&spec);
}

static void labels_have_no_folders(void **state)
{
  (void)state;
  assert_label("rings", "rings,ring=3", "rings,ring=3");
  assert_label("trace", "trace:a/b.gct,copies=2", "trace:b.gct,copies=2");
  assert_label("x", "some/where/x.so", "x");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(benchmarks_are_words),
      cmocka_unit_test(labels_have_no_folders),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
