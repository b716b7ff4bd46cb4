// test_sweep_args.c: the command line of `wane sweep`.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "sweep_args.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define ARGS(...)                                                              \
  (char *[])                                                                   \
  {                                                                            \
    "sweep", __VA_ARGS__, NULL                                                 \
  }

static char error[512];

static int parse(struct sweep_args *args, char **argv)
{
  int argc = 0;
  while (argv[argc]) argc++;
  return sweep_args_parse(argc, argv, args, error, sizeof error);
}

static void options_are_taken(void **state)
{
  (void)state;
  struct sweep_args args;
  assert_int_equal(parse(&args, ARGS("e.yml", "-o", "d", "--resume",
                                     "--budget=1.5h", "--strict", "-q",
                                     "--engine", "local")),
                   0);
  assert_string_equal(args.experiment, "e.yml");
  assert_string_equal(args.directory, "d");
  assert_true(args.resume && args.strict && args.quiet && !args.dry_run);
  assert_true(args.budget_s == 5400);
  assert_ptr_equal(args.engine, &engine_local);
  assert_int_equal(args.cell, -1);
  assert_int_equal(parse(&args, ARGS("--cell", "12", "-o", "d")), 0);
  assert_int_equal(args.cell, 12);
}

static void mistakes_get_one_sentence(void **state)
{
  (void)state;
  struct sweep_args args;
  static struct { // getopt moves words
    char *word[6];
    const char *sentence;
  } wrong[] = {
      {{"sweep"}, "expected an experiment file, found none"},
      {{"sweep", "a", "b"}, "expected one experiment, found \"b\" too"},
      {{"sweep", "a", "--resume"}, "expected -o DIR"},
      {{"sweep", "a", "--cell", "1", "-o"}, "-o: no such option"},
      {{"sweep", "--cell", "x"}, "--cell: expected an index, found \"x\""},
      {{"sweep", "--merge"}, "expected -o DIR"},
      {{"sweep", "a", "--merge", "-o", "d"}, "expected no experiment"},
      {{"sweep", "a", "--budget", "0"}, "--budget: expected 90s"},
      {{"sweep", "a", "--engine", "x"}, "--engine: expected local"},
      {{"sweep", "a", "--what"}, "--what: no such option"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(parse(&args, wrong[i].word), -EINVAL);
    if (!strstr(error, wrong[i].sentence)) print_error("%s\n", error);
    assert_non_null(strstr(error, wrong[i].sentence));
    assert_null(strchr(error, '\n'));
  }
}

static void times_have_units(void **state)
{
  (void)state;
  assert_true(sweep_args_duration("90") == 90);
  assert_true(sweep_args_duration("90s") == 90);
  assert_true(sweep_args_duration("30m") == 1800);
  assert_true(sweep_args_duration("2h") == 7200);
  assert_true(sweep_args_duration("1d") == 86400);
  static const char *const none[] = {"", "h", "-1h", "1x", "1hh", "0", "inf",
                                     "1 h", "1e3"};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    assert_true(isnan(sweep_args_duration(none[i])));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_are_taken),
      cmocka_unit_test(mistakes_get_one_sentence),
      cmocka_unit_test(times_have_units),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
