// test_run_args.c: the command line of `wane run`.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "run_args.h"

#include <errno.h>
#include <string.h>

#define ARGS(...)                                                              \
  (char *[])                                                                   \
  {                                                                            \
    "run", __VA_ARGS__, NULL                                                   \
  }

static char error[1024];

static int parse(struct run_args *args, char **argv)
{
  int argc = 0;
  while (argv[argc]) argc++;
  return run_args_parse(argc, argv, args, error, sizeof error);
}

static void defaults_are_as_documented(void **state)
{
  (void)state;
  struct run_args args;
  assert_int_equal(parse(&args, ARGS("-c", "rc", "-w", "rings")), 0);
  assert_int_equal(args.mutators, 1);
  assert_int_equal(args.iterations, 1);
  assert_int_equal(args.invocations, 1);
  assert_int_equal(args.config.workers, 1);
  assert_int_equal(args.config.heap_limit, 0);
  assert_int_equal(args.seed, 1);
  assert_int_equal(args.format, RUN_TABLE);
  assert_int_equal(args.child_fd, -1);
  assert_int_equal(args.progress_fd, -1);
  assert_true(args.timeout_s == 3600);
  assert_int_equal(args.requests, 1 << 18);
  assert_true(args.companions);
  assert_true(args.sample_ms == 10);
  assert_false(args.verify || args.quiet || args.help);
  assert_null(args.directory);
  assert_string_equal(args.knobs, "");
  assert_null(args.config.pacing);
  assert_non_null(strstr(args.pacing, "balance;c=0.2;"));
  run_args_free(&args);
}

static void every_option_is_taken(void **state)
{
  (void)state;
  struct run_args args;
  assert_int_equal(
      parse(&args,
            ARGS("-c", "rc", "-c", "td,a=1", "-w", "trace:f,k=2", "-t8",
                 "--workers", "3", "-H", "64m", "-n", "5", "-i", "20", "--seed",
                 "2^40", "--pacing", "go,gogc=50", "--verify", "-o", "d",
                 "--format", "json", "-q", "--timeout", "1.5",
                 "--requests", "2^10", "--without-rows", "--sample", "0.25")),
      0);
  assert_int_equal(args.n_collectors, 2);
  assert_string_equal(args.collectors[1].name, "td");
  assert_string_equal(args.collectors[1].options, "a=1");
  assert_int_equal(args.n_workloads, 1);
  assert_string_equal(args.workloads[0].positional, "f");
  assert_int_equal(args.mutators, 8);
  assert_int_equal(args.config.workers, 3);
  assert_int_equal(args.config.heap_limit, 64 << 20);
  assert_string_equal(args.config.pacing, "go,gogc=50");
  assert_non_null(strstr(args.pacing, ";gogc=50;"));
  assert_int_equal(args.iterations, 5);
  assert_int_equal(args.invocations, 20);
  assert_true(args.seed == (uint64_t)1 << 40);
  assert_true(args.verify && args.quiet);
  assert_string_equal(args.directory, "d");
  assert_int_equal(args.format, RUN_JSON);
  assert_true(args.timeout_s == 1.5);
  assert_int_equal(args.requests, 1024);
  assert_false(args.companions);
  assert_true(args.sample_ms == 0.25);
  run_args_free(&args);
}

static void every_knob_reaches_its_field(void **state)
{
  (void)state;
  struct run_args args;
  assert_int_equal(
      parse(&args,
            ARGS("-c", "rc", "-w", "w", "--rc",
                 "young_bytes=1k,log_bytes=2k,deferred_bytes=3k,round_ms=4,"
                 "poll_timeout_ms=5,event_ring=6,log_chunk=7,local_limit=8,"
                 "shared_limit=9,stress_alloc=10,log_pool_bytes=11k,"
                 "stress_workers=12,mark_slice=13,mark_bytes=14,"
                 "stress_slices=15")),
      0);
  const struct wane_config *c = &args.config;
  assert_int_equal(c->young_bytes, 1024);
  assert_int_equal(c->log_bytes, 2048);
  assert_int_equal(c->deferred_bytes, 3072);
  assert_int_equal(c->round_ms, 4);
  assert_int_equal(c->poll_timeout_ms, 5);
  assert_int_equal(c->event_ring, 6);
  assert_int_equal(c->log_chunk, 7);
  assert_int_equal(c->local_limit, 8);
  assert_int_equal(c->shared_limit, 9);
  assert_int_equal(c->stress_alloc, 10);
  assert_int_equal(c->log_pool_bytes, 11264);
  assert_int_equal(c->stress_workers, 12);
  assert_int_equal(c->mark_slice, 13);
  assert_int_equal(c->mark_bytes, 14);
  assert_int_equal(c->stress_slices, 15);
  assert_non_null(strstr(args.knobs, "young_bytes=1024;log_bytes=2048;"));
  run_args_free(&args);
}

static void assert_refused(char **argv, const char *said)
{
  struct run_args args;
  assert_int_equal(parse(&args, argv), -EINVAL);
  if (!strstr(error, said)) print_error("\"%s\" lacks \"%s\"\n", error, said);
  assert_non_null(strstr(error, said));
  assert_null(strchr(error, '\n'));
  run_args_free(&args);
}

static void mistakes_get_one_sentence(void **state)
{
  (void)state;
  assert_refused(ARGS("-w", "rings"), "a collector");
  assert_refused(ARGS("-c", "rc"), "a workload");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--frob"), "--frob: no such");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-z"), "-z: no such");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-t"), "-t: no such");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-t", "0"), "-t: option N");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-t", "65537"), "from 1 to 65536");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-t", "-1"), "found \"-1\"");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-t", "1,2"), "one value");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-H", "0"), "--heap");
  assert_refused(ARGS("-c", "rc", "-w", "w", "-H", ""), "--heap");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--timeout", "-1"), "--timeout");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--requests", "x"), "--requests");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--sample", "0.01"),
                 "--sample: expected 0, or 0.1 and more");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--format", "xml"), "\"xml\"");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--rc", "frob=1"), "\"frob\"");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--rc", "log_chunk=-1"),
                 "log_chunk");
  assert_refused(
      ARGS("-c", "rc", "-w", "w", "--rc", "round_ms=1", "--rc", "round_ms=1"),
      "found twice");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--pacing", "frob"),
                 "--pacing: pacing: unknown policy \"frob\"");
  assert_refused(ARGS("-c", "rc", "-w", "w", "--pacing", "go,frob=1"),
                 "--pacing: pacing go: unknown option \"frob\"");
  assert_refused(
      ARGS("-c", "rc", "-w", "w", "--pacing", "go", "--pacing", "go"),
      "--pacing: expected once, found twice");
  assert_refused(ARGS("-c", "rc", "-w", "w", "stray"), "\"stray\"");
  assert_refused(ARGS("-c", ",a=1", "-w", "w"), "-c: expected NAME");
}

static void labels_are_taken_and_checked(void **state)
{
  (void)state;
  struct run_args args;
  static const char *const bad[][2] = {
      {"value=1", "expected COLUMN=VALUE with a column of run_id, suite"},
      {"suite", "found \"suite\""},
      {"suite=", "--label: suite: expected 1 to 100 of A-Z"},
      {"suite=a-b", "A-Z, a-z, 0-9 and _, found \"a-b\""},
      {"run_id=a/b", "expected 1 to 127 of A-Z, a-z, 0-9, '.'"},
      {"config= a", "without blanks"},
      {"hfac=0", "a decimal number above 0, found \"0\""},
      {"hfac=1.", "a decimal number above 0, found \"1.\""},
      {"exec_index=-1", "a whole number from 0 to 2^53, found \"-1\""},
      {"exec_index=9007199254740993", "a whole number from 0 to 2^53"},
      {"invocation=07", "a whole number from 0 to 2^53"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(parse(&args, ARGS("-c", "rc", "-w", "rings", "--label",
                                       (char *)bad[i][0])),
                     -EINVAL);
    assert_non_null(strstr(error, bad[i][1]));
    assert_null(strchr(error, '\n'));
    run_args_free(&args);
  }
  assert_int_equal(parse(&args, ARGS("-c", "rc", "-w", "rings", "--label",
                                     "hfac=1.500", "--label", "suite=traces",
                                     "--label", "exec_index=12")),
                   0);
  assert_string_equal(args.labels.text[COLUMN_hfac], "1.500");
  assert_string_equal(args.labels.text[COLUMN_suite], "traces");
  assert_true(label_number(&args.labels, COLUMN_exec_index, 0) == 12);
  assert_true(label_number(&args.labels, COLUMN_invocation, 3) == 3);
  run_args_free(&args);
  assert_int_equal(parse(&args, ARGS("--label", "hfac=1", "--label",
                                     "hfac=2", "-c", "rc", "-w", "rings")),
                   -EINVAL);
  assert_string_equal(error, "--label: hfac: expected once, found twice");
  run_args_free(&args);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(labels_are_taken_and_checked),
      cmocka_unit_test(defaults_are_as_documented),
      cmocka_unit_test(every_option_is_taken),
      cmocka_unit_test(every_knob_reaches_its_field),
      cmocka_unit_test(mistakes_get_one_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
