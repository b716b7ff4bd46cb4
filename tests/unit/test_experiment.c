// test_experiment.c: experiment files, right and wrong.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "exit_code.h"
#include "experiment_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static void a_good_one_is_read(void **state)
{
  (void)state;
  struct experiment it;
  char error[512];
  assert_int_equal(
      read_experiment(&it, good_experiment, error, sizeof error),
      WANE_EXIT_OK);
  assert_string_equal(it.name, "lbo");
  assert_int_equal(it.invocations, 4);
  assert_int_equal(it.n_factors, 5);
  assert_int_equal(it.n_levels, 2);
  assert_true(it.factors[0] == 1 && it.factors[1] == 3 && it.factors[2] == 5);
  assert_true(it.levels[2] == 0 && it.levels[3] == 1);
  assert_int_equal(it.n_configs, 3);
  assert_int_equal(it.configs[0].heap, HEAP_UNBOUNDED);
  assert_int_equal(it.configs[1].heap, HEAP_SWEPT);
  assert_int_equal(it.configs[1].workers, 2);
  assert_string_equal(it.configs[2].collector, "td,a=1,threshold=1000");
  assert_string_equal(it.configs[2].label, "td,a=1.eager.w4");
  assert_int_equal(it.configs[2].workers, 4);
  assert_int_equal(it.n_benchmarks, 3);
  assert_string_equal(it.benchmarks[2].suite, "b");
  assert_string_equal(it.benchmarks[2].text, "trees");
  assert_int_equal(it.n_mutators, 2);
  assert_int_equal(it.canary_every, 10);
  experiment_close(&it);
}

static void what_is_absent_has_the_protocols_values(void **state)
{
  (void)state;
  struct experiment it;
  char error[512];
  static const char text[] = "name: x\nconfigs: [rc]\nsuites: {s: {b: rings}}";
  assert_int_equal(read_experiment(&it, text, error, sizeof error), 0);
  assert_int_equal(it.invocations, 20);
  assert_int_equal(it.iterations, 3);
  assert_int_equal(it.seed, 1);
  assert_true(it.timeout_s == 600);
  assert_int_equal(it.n_factors, 9);
  assert_true(it.factors[2] == 6);
  assert_int_equal(it.minheap_trials, 5);
  assert_true(it.minheap_tolerance == 0.02);
  assert_int_equal(it.canary_every, 50);
  assert_string_equal(it.reference.collector, "mark_sweep_stw");
  assert_int_equal(it.mutators[0], 1);
  assert_string_equal(it.numa[0].mode, "off");
  json_t *json = experiment_json(&it);
  assert_int_equal(json_integer_value(json_object_get(json, "invocations")),
                   20);
  json_decref(json);
  experiment_close(&it);
}

static void listed_factors_are_filled_in(void **state)
{
  (void)state;
  struct experiment it;
  char error[512];
  static const char text[] = "name: x\nconfigs: [rc]\nsuites: {s: {b: rings}}\n"
                             "heap_factors: [1, 2, 3, 4]\nseed: 0\n"
                             "timeout: 0\ncanary: {every: 0}";
  static const double order[] = {1, 3, 4, 2};
  assert_int_equal(read_experiment(&it, text, error, sizeof error), 0);
  assert_int_equal(it.n_factors, 4);
  for (size_t i = 0; i < 4; i++) assert_true(it.factors[i] == order[i]);
  assert_true(it.levels[1] == 0 && it.levels[2] == 0 && it.levels[3] == 1);
  assert_true(it.timeout_s == 0 && it.seed == 0 && it.canary_every == 0);
  experiment_close(&it);
}

static void every_listed_factor_is_tried_once(void **state)
{
  (void)state;
  for (int n = 1; n <= 40; n++) {
    struct experiment it;
    char text[600] = "name: x\nconfigs: [rc]\nsuites: {s: {b: rings}}\n"
                     "heap_factors: [",
         error[512];
    unsigned long long seen = 0;
    for (int i = 1; i <= n; i++)
      sprintf(text + strlen(text), "%d%s", i, i < n ? "," : "]");
    assert_int_equal(read_experiment(&it, text, error, sizeof error), 0);
    assert_int_equal(it.n_factors, n);
    for (int i = 0; i < n; i++) {
      seen |= 1ull << (int)it.factors[i];
      assert_true(it.levels[i] < it.n_levels);
      assert_true(!i || it.levels[i] >= it.levels[i - 1]);
    }
    assert_true(seen == (2ull << n) - 2);
    assert_true(it.factors[0] == 1);
    experiment_close(&it);
  }
}

// The good one with `from` replaced by `to`: refused so.
struct wrong {
  const char *from, *to, *sentence;
};

static char *replaced(const struct wrong *wrong)
{
  const char *at = strstr(good_experiment, wrong->from);
  assert_non_null(at);
  char *text;
  assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good_experiment),
                       good_experiment, wrong->to,
                       at + strlen(wrong->from)) >= 0);
  return text;
}

static const struct wrong wrongs[] = {
    // Words.
    {"seed: 3", "seed: [3]", "e.yml:3:7: seed: expected one value, found a "
                             "list"},
    {"seed: 3", "seed: -3", "e.yml:3:7: seed: expected a whole number, found "
                            "\"-3\""},
    {"seed: 3", "seed: 3x", "e.yml:3:7: seed: expected a whole number, found "
                            "\"3x\""},
    {"seed: 3", "seed:", "e.yml:3:6: seed: expected a whole number, found "
                         "\"\""},
    {"seed: 3", "sead: 3", "e.yml:3:1: there is no key \"sead\" here"},
    {"seed: 3", "name: y", "e.yml:3:1: \"name\": expected once, found twice"},
    {"invocations: 4", "invocations: 0",
     "e.yml:2:14: invocations: expected 1 to 1000000, found 0"},
    {"heap_range: 5", "heap_range: 5z",
     "e.yml:5:13: heap_range: expected a number, found \"5z\""},
    {"heap_range: 5", "heap_range: nan",
     "e.yml:5:13: heap_range: expected a number, found \"nan\""},
    {"canary: {every: 10}", "canary: {evry: 10}",
     "e.yml:7:10: canary: there is no key \"evry\" here"},
    {"canary: {every: 10}", "canary: [every]",
     "e.yml:7:9: canary: expected a mapping (key: value)"},
    {"w2: {workers: 2}", "w2: {worker: 2}",
     "e.yml:12:8: w2: there is no key \"worker\" here"},
    {"w2: {workers: 2}", "w2: {workers: 2000}",
     "e.yml:12:17: workers: expected 1 to 1024, found 2000"},
    {"w2: {workers: 2}", "w2: {}", "e.yml:12:7: w2: expected at least one "
                                   "key"},
    {"mutators: [1, 2]", "mutators: []",
     "e.yml:23:11: mutators: expected at least one entry"},
    {"name: lbo\n", "", "e.yml:1:1: expected a key \"name\", found none"},
    {"name: lbo", "name: &n lbo\ndescription: *n",
     "e.yml:1:7: an alias (*) refers to this; expected it written out"},
    {"name: lbo", "name: \"l\\0bo\"", "e.yml:1:7: a text with a NUL in it"},
    {"name: lbo", "name: LBO", "e.yml:1:7: name: expected 1 to 30 of a-z, 0-9 "
                               "and _, found \"LBO\""},
    {"name: lbo", "name: [lbo", "e.yml:2:12: while parsing a flow sequence, "
                                "did not find expected ',' or ']'"},
    {"name: lbo", "name: lbo\n\ta: b", "e.yml:2:1: "},
    {"name: lbo", "name: \xff", "e.yml:1:7: invalid leading UTF-8 octet"},
    // What they mean together.
    {"heap_levels: 4", "heap_levels: 6",
     "e.yml:4:14: heap_levels: expected a power of two, found 6"},
    {"heap_levels: 4", "heap_factors: [1]",
     "e.yml:5:1"},
    {"nogc|free", "nogc|fre",
     "e.yml:17:5: \"nogc|fre\": there is no modifier \"fre\" under modifiers"},
    {"rc|w2", "rc|w2|w4",
     "e.yml:18:5: \"rc|w2|w4\": modifiers \"w2\" and \"w4\" both say how many "
     "workers there are"},
    {"rc|w2", "rc|2x|64m",
     "e.yml:18:5: \"rc|2x|64m\": modifiers \"2x\" and \"64m\" both say what "
     "the heap is"},
    {"rc|w2", "nogc|free", "e.yml:18:5: \"nogc|free\": expected once, found "
                           "twice"},
    {"rc|w2", "\"|w2\"", "e.yml:18:5: \"|w2\": expected a collector first"},
    {"nogc|free", "nogc|64m\n  - rc|64q", "e.yml:18:5: \"rc|64q\": there is no "
                                          "modifier \"64q\" under modifiers"},
    {"64m: {heap: 64m}", "64m: {heap: lots}", NULL}, // not used: not looked at
    {"heap: unbounded", "heap: lots",
     "e.yml:9:16: heap: expected unbounded or bytes, with k, m or g, found "
     "\"lots\""},
    {"heap: unbounded", "build: x", "e.yml:9:17: there is no build \"x\" under "
                                    "builds"},
    {"  b: {one", "  canary: {one",
     "e.yml:22:3: \"canary\": expected a name of A-Z, a-z, 0-9 and _, and not "
     "canary"},
    {"  b: {one", "  b: {o-e",
     "e.yml:22:7: \"o-e\": expected a name of A-Z, a-z, 0-9 and _"},
    {"mutators: [1, 2]", "mutators: [1, 1]",
     "e.yml:23:15: mutators: expected 1 once, found twice"},
    {"mutators: [1, 2]", "benchmarks: {a: [three]}",
     "e.yml:23:18: there is no benchmark \"three\" in suite \"a\""},
    {"mutators: [1, 2]", "benchmarks: {c: [one]}",
     "e.yml:23:14: there is no suite \"c\" under suites"},
    {"mutators: [1, 2]", "numa: [{mode: off}]",
     "e.yml:23:8: numa: expected a key \"name\", found none"},
    {"mutators: [1, 2]", "numa: [{name: a}, {name: a}]",
     "e.yml:23:26: \"a\": expected once, found twice"},
    {"mutators: [1, 2]", "---\nname: y",
     "e.yml:23:1: expected one document, found another one"},
};

static void what_is_wrong_is_told_with_its_place(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
    struct experiment it;
    char error[512];
    char *text = replaced(&wrongs[i]);
    int code = read_experiment(&it, text, error, sizeof error);
    if (!wrongs[i].sentence) {
      assert_int_equal(code, WANE_EXIT_OK);
    } else {
      if (strncmp(error, wrongs[i].sentence, strlen(wrongs[i].sentence)))
        print_error("case %zu: %s\n", i, error);
      assert_int_equal(code, WANE_EXIT_USAGE);
      assert_memory_equal(error, wrongs[i].sentence,
                          strlen(wrongs[i].sentence));
      assert_null(strchr(error, '\n'));
    }
    experiment_close(&it);
    free(text);
  }
}

static void nothing_is_no_experiment(void **state)
{
  (void)state;
  static const char *const texts[] = {"", "# only words\n", "[]", "x", "{}"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct experiment it;
    char error[512] = "";
    assert_int_equal(read_experiment(&it, texts[i], error, sizeof error),
                     WANE_EXIT_USAGE);
    assert_memory_equal(error, "e.yml:1:1: ", 11);
    experiment_close(&it);
  }
}

static void only_the_benchmarks_that_are_named(void **state)
{
  (void)state;
  struct experiment it;
  char error[512];
  const struct wrong change = {"mutators: [1, 2]", "benchmarks: {a: [two]}",
                               NULL};
  char *text = replaced(&change);
  assert_int_equal(read_experiment(&it, text, error, sizeof error), 0);
  assert_int_equal(it.n_benchmarks, 1);
  assert_string_equal(it.benchmarks[0].text, "rings,nodes=2");
  experiment_close(&it);
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_one_is_read),
      cmocka_unit_test(what_is_absent_has_the_protocols_values),
      cmocka_unit_test(listed_factors_are_filled_in),
      cmocka_unit_test(every_listed_factor_is_tried_once),
      cmocka_unit_test(what_is_wrong_is_told_with_its_place),
      cmocka_unit_test(nothing_is_no_experiment),
      cmocka_unit_test(only_the_benchmarks_that_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
