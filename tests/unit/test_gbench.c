// test_gbench.c: the C face of Google Benchmark, and `wane micro` around it.
// SPDX-License-Identifier: MIT
//
// Nothing here looks at how long something took. The library's complaints
// about a flag go to standard error: they belong to the test.

#include "check.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "harness/exit_code.h"
#include "harness/micro/gbench.h"
#include "harness/micro/micro.h"

static char program[] = "test", short_time[] = "--benchmark_min_time=0.0001";

// --- the shim --------------------------------------------------------------

struct seen {
  unsigned calls;
  int64_t operations;
};

static void count(struct gbench_state *state, void *user)
{
  struct seen *seen = user;
  seen->calls++;
  while (gbench_keep_running(state, 8)) {
    seen->operations += 8;
    gbench_pause(state);
    gbench_resume(state);
  }
  gbench_counter(state, "marks", 42);
}

static void registered_function_runs_and_reports(void **state)
{
  (void)state;
  struct seen seen = {0, 0};
  struct gbench_spec spec = {"shim/count", count, &seen};
  char *argv[] = {program, short_time, NULL}, *json;
  assert_int_equal(gbench_register(&spec), 0);
  gbench_context("a key", "a value");
  gbench_context("a key", "another");
  assert_int_equal(gbench_run(2, argv, &json), 1);
  assert_true(seen.calls > 0 && seen.operations >= 8);
  assert_non_null(strstr(json, "\"run_name\": \"shim/count/real_time\""));
  assert_non_null(strstr(json, "\"marks\": 4.2"));
  assert_non_null(strstr(json, "\"a key\": \"a value\""));
  free(json);
  gbench_clear();
  assert_int_equal(gbench_run(2, argv, &json), 0);
  free(json);
}

static void registration_of_nonsense_is_refused(void **state)
{
  (void)state;
  struct gbench_spec nameless = {"", count, NULL};
  struct gbench_spec idle = {"idle", NULL, NULL};
  assert_int_equal(gbench_register(&nameless), -EINVAL);
  assert_int_equal(gbench_register(&idle), -EINVAL);
}

static void flag_unknown_to_the_library_is_an_error(void **state)
{
  (void)state;
  char unknown[] = "--benchmark_wings=2";
  char *argv[] = {program, unknown, NULL}, *json;
  assert_int_equal(gbench_run(2, argv, &json), -EINVAL);
  assert_null(json);
}

// --- the command -----------------------------------------------------------

static unsigned ran[3];

static void run_of(struct gbench_state *state, const struct micro_case *self)
{
  ran[self->arg]++;
  while (gbench_keep_running(state, 1)) GBENCH_KEEP(state);
}

static void fail_of(struct gbench_state *state, const struct micro_case *self)
{
  (void)self;
  gbench_skip(state, "no wings, \"sorry\"");
}

static bool never(void)
{
  return false;
}

static const struct micro_case good[] = {
    {"fly", run_of, 0, {"walk", "swim"}, NULL},
    {"walk", run_of, 1, {NULL}, NULL},
    {"swim", run_of, 2, {NULL}, never},
};
static const struct micro_case bad[] = {
    {"fall", fail_of, 0, {"walk"}, NULL},
};
static const struct micro_cases good_cases = {good, 3}, bad_cases = {bad, 1};

// Runs the command with up to 5 more arguments; *text is what it printed.
static int command(char **text, const char *const *more)
{
  static const struct micro_cases *const families[] = {&good_cases, &bad_cases};
  char fast[] = "--min-time=0.0001", twice[] = "--repetitions=2";
  char name[] = "micro", copies[5][64], *argv[9] = {name, fast, twice};
  int argc = 3;
  size_t size;
  for (; more[argc - 3]; argc++) {
    snprintf(copies[argc - 3], sizeof copies[0], "%s", more[argc - 3]);
    argv[argc] = copies[argc - 3];
  }
  FILE *out = open_memstream(text, &size);
  assert_non_null(out);
  memset(ran, 0, sizeof ran);
  int code = micro_command(families, 2, argc, argv, out);
  assert_int_equal(fclose(out), 0);
  return code;
}
#define COMMAND(text, ...)                                                     \
  command((text), (const char *const[]){__VA_ARGS__, NULL})

static size_t lines_with(const char *text, const char *part)
{
  size_t n = 0;
  for (; (text = strstr(text, part)); text += strlen(part)) n++;
  return n;
}

static void baseline_runs_although_the_filter_does_not_name_it(void **state)
{
  (void)state;
  char *text;
  assert_int_equal(COMMAND(&text, "--filter=^fly$", "--format=csv"),
                   WANE_EXIT_OK);
  assert_true(ran[0] && ran[1]);
  assert_int_equal(ran[2], 0); // not on this machine
  assert_int_equal(lines_with(text, "\nfly,walk;swim,"), 2);
  assert_int_equal(lines_with(text, "\nwalk,NA,"), 2);
  free(text);
}

static void baseline_alone_is_not_measured_against_anything(void **state)
{
  (void)state;
  char *text;
  assert_int_equal(COMMAND(&text, "--filter=walk"), WANE_EXIT_OK);
  assert_int_equal(ran[0], 0);
  assert_non_null(strstr(text, "\nwalk "));
  free(text);
}

static void failed_benchmark_fails_the_command(void **state)
{
  (void)state;
  char *text;
  assert_int_equal(COMMAND(&text, "--filter=fall"), WANE_EXIT_EXPERIMENT);
  assert_non_null(strstr(text, "fall failed: no wings, \"sorry\"\n"));
  free(text);
  assert_int_equal(COMMAND(&text, "--filter=fall", "--format=csv"),
                   WANE_EXIT_EXPERIMENT);
  assert_non_null(strstr(text, "fall,walk,0,error,NA,NA,NA,NA,NA,"));
  free(text);
}

static void wrong_usage_is_told_from_failure(void **state)
{
  (void)state;
  static const char *const wrong[] = {
      "--wings",         "--min-time=soon",   "--min-time=0",
      "--repetitions=0", "--repetitions=2.5", "--format=xml",
      "--filter=(",      "--filter=nothing",  "wings",
      "--filter",
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char *text;
    print_message("%s\n", wrong[i]);
    assert_int_equal(COMMAND(&text, wrong[i]), WANE_EXIT_USAGE);
    assert_string_equal(text, "");
    assert_int_equal(ran[0] + ran[1], 0);
    free(text);
  }
}

static void file_that_cannot_be_written_is_the_environments_fault(void **state)
{
  (void)state;
  char *text;
  assert_int_equal(COMMAND(&text, "-o", "/nonexistent/micro.csv"),
                   WANE_EXIT_ENVIRONMENT);
  assert_int_equal(ran[0], 0);
  free(text);
  assert_int_equal(COMMAND(&text, "-o", "/dev/full", "--filter=walk"),
                   WANE_EXIT_ENVIRONMENT);
  free(text);
}

// --- JSON to CSV -----------------------------------------------------------

#define TWO_RUNS                                                               \
  "{\"name\": \"fly/real_time\", \"run_name\": \"fly/real_time\","             \
  " \"run_type\": \"iteration\", \"repetition_index\": 0,"                     \
  " \"iterations\": 1000, \"real_time\": 2.5, \"cpu_time\": 2,"                \
  " \"time_unit\": \"ns\", \"process_ns\": 3.25, \"rounds\": 12},"             \
  "{\"name\": \"fly/real_time\", \"run_name\": \"fly/real_time\","             \
  " \"run_type\": \"iteration\", \"repetition_index\": 1,"                     \
  " \"iterations\": 1000, \"real_time\": 3.5, \"cpu_time\": 2.5,"              \
  " \"time_unit\": \"ns\", \"process_ns\": 4, \"rounds\": 14}"
#define AGGREGATE                                                              \
  "{\"name\": \"fly/real_time_mean\", \"run_name\": \"fly/real_time\","        \
  " \"run_type\": \"aggregate\", \"aggregate_name\": \"mean\","                \
  " \"iterations\": 2, \"real_time\": 3, \"time_unit\": \"ns\"}"
// No counters, another unit; and one that failed.
#define OTHERS                                                                 \
  "{\"name\": \"walk/real_time\", \"run_type\": \"iteration\","                \
  " \"repetition_index\": 0, \"iterations\": 7, \"real_time\": 1.5,"           \
  " \"cpu_time\": 0.5, \"time_unit\": \"us\", \"wings\": 0},"                  \
  "{\"name\": \"fall/real_time\", \"run_type\": \"iteration\","                \
  " \"repetition_index\": 0, \"iterations\": 1, \"error_occurred\": true,"     \
  " \"error_message\": \"no wings, \\\"sorry\\\"\", \"real_time\": 0,"         \
  " \"cpu_time\": 0, \"time_unit\": \"ns\"}"
#define GOLDEN                                                                 \
  "{\"context\": {\"library_build_type\": \"debug\"}, \"benchmarks\": "        \
  "[" TWO_RUNS "," AGGREGATE "," OTHERS "]}"

#define HEADER                                                                 \
  "benchmark,baselines,repetition,status,iterations,wall_ns,thread_ns,"        \
  "process_ns,rounds,variety,library_build,error\n"

static const struct micro_case *const golden_cases[] = {&good[0], &good[1],
                                                        &bad[0]};

static struct micro_rows parse(const char *json)
{
  struct micro_rows rows;
  char error[256] = "";
  int result = micro_rows_parse(&rows, json, error, sizeof error);
  assert_string_equal(error, "");
  assert_int_equal(result, 0);
  return rows;
}

static void every_row_has_the_same_columns(void **state)
{
  (void)state;
  const struct micro_chosen chosen = {
      (const struct micro_case **)(uintptr_t)golden_cases, 3};
  struct micro_rows rows = parse(GOLDEN);
  char *text, expected[1024];
  size_t size;
  FILE *out = open_memstream(&text, &size);
  micro_print_csv(out, &rows, &chosen);
  assert_int_equal(fclose(out), 0);
  const char *v = wane_variety();
  snprintf(expected, sizeof expected,
           HEADER "fly,walk;swim,0,ok,1000,2.5,2,3.25,12,%s,debug,NA\n"
                  "fly,walk;swim,1,ok,1000,3.5,2.5,4,14,%s,debug,NA\n"
                  "walk,NA,0,ok,7,1500,500,NA,NA,%s,debug,NA\n"
                  "fall,walk,0,error,NA,NA,NA,NA,NA,%s,debug,"
                  "\"no wings, \"\"sorry\"\"\"\n",
           v, v, v, v);
  assert_string_equal(text, expected);
  free(text);
  micro_rows_free(&rows);
}

static void medians_take_good_repetitions_only(void **state)
{
  (void)state;
  struct micro_rows rows = parse(GOLDEN);
  size_t n;
  assert_true(micro_median(&rows, "fly", MICRO_WALL, &n) == 3);
  assert_int_equal(n, 2);
  assert_true(micro_median(&rows, "fly", MICRO_THREAD, &n) == 2.25);
  assert_true(micro_median(&rows, "fly", MICRO_ROUNDS, &n) == 13);
  assert_true(micro_median(&rows, "walk", MICRO_WALL, &n) == 1500);
  assert_true(isnan(micro_median(&rows, "walk", MICRO_PROCESS, &n)));
  assert_int_equal(n, 0);
  assert_true(isnan(micro_median(&rows, "fall", MICRO_WALL, &n)));
  micro_rows_free(&rows);
}

static void table_shows_ratios_and_owns_up_to_the_builds(void **state)
{
  (void)state;
  const struct micro_chosen chosen = {
      (const struct micro_case **)(uintptr_t)golden_cases, 3};
  struct micro_rows rows = parse(GOLDEN);
  char *text, variety[64];
  size_t size;
  FILE *out = open_memstream(&text, &size);
  micro_print_table(out, &rows, &chosen);
  assert_int_equal(fclose(out), 0);
  // 3 / 1500 and 2.25 / 500: 0.002 and 0.0045 to two places.
  assert_non_null(strstr(text, "    0.00    0.00       -    1\n"));
  assert_non_null(strstr(text, "fall failed: no wings, \"sorry\"\n"));
  assert_non_null(strstr(text, "benchmark library: debug build (\"DEBUG\""));
  snprintf(variety, sizeof variety, "build variety: %s", wane_variety());
  assert_non_null(strstr(text, variety));
  free(text);
  micro_rows_free(&rows);
}

static void json_that_is_none_is_refused(void **state)
{
  (void)state;
  static const char *const wrong[] = {"",
                                      "{",
                                      "[]",
                                      "{\"benchmarks\": 3}",
                                      "{\"benchmarks\": [{}]}",
                                      "{\"benchmarks\": [7]}"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct micro_rows rows;
    char error[256] = "";
    assert_int_equal(micro_rows_parse(&rows, wrong[i], error, sizeof error),
                     -EINVAL);
    assert_non_null(strstr(error, "JSON"));
    assert_null(rows.rows);
  }
}

// --- the real benchmarks ---------------------------------------------------

static const struct micro_cases *const families[] = {
    &micro_counts, &micro_stores, &micro_allocs, &micro_rounds};

static bool exists(const char *name)
{
  size_t n = 0;
  for (size_t f = 0; f < 4; f++)
    for (size_t i = 0; i < families[f]->n; i++)
      n += strcmp(families[f]->cases[i].name, name) == 0;
  assert_true(n <= 1);
  return n == 1;
}

static void names_are_unique_and_baselines_exist(void **state)
{
  (void)state;
  for (size_t f = 0; f < 4; f++)
    for (size_t i = 0; i < families[f]->n; i++) {
      const struct micro_case *self = &families[f]->cases[i];
      assert_true(exists(self->name));
      for (int b = 0; b < MICRO_BASELINES && self->baselines[b]; b++)
        assert_true(exists(self->baselines[b]));
    }
}

// All but the sets of 256 MB: one repetition, as short as can be.
static void every_benchmark_runs(void **state)
{
  (void)state;
  char name[] = "micro", fast[] = "--min-time=0.0001";
  char once[] = "--repetitions=1", csv[] = "--format=csv";
  char some[] = "--filter=[^m]$"; // "random" ends so
  char *argv[] = {name, fast, once, csv, some, NULL}, *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  int code = micro_command(families, 4, 5, argv, out);
  assert_int_equal(fclose(out), 0);
  if (code != WANE_EXIT_OK) print_error("%s", text);
  assert_int_equal(code, WANE_EXIT_OK);
  assert_int_equal(lines_with(text, ",random"), 0);
  assert_true(lines_with(text, ",ok,") > 50);
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(registered_function_runs_and_reports),
      cmocka_unit_test(registration_of_nonsense_is_refused),
      cmocka_unit_test(flag_unknown_to_the_library_is_an_error),
      cmocka_unit_test(baseline_runs_although_the_filter_does_not_name_it),
      cmocka_unit_test(baseline_alone_is_not_measured_against_anything),
      cmocka_unit_test(failed_benchmark_fails_the_command),
      cmocka_unit_test(wrong_usage_is_told_from_failure),
      cmocka_unit_test(file_that_cannot_be_written_is_the_environments_fault),
      cmocka_unit_test(every_row_has_the_same_columns),
      cmocka_unit_test(medians_take_good_repetitions_only),
      cmocka_unit_test(table_shows_ratios_and_owns_up_to_the_builds),
      cmocka_unit_test(json_that_is_none_is_refused),
      cmocka_unit_test(names_are_unique_and_baselines_exist),
      cmocka_unit_test(every_benchmark_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
