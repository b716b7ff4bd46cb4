// test_slurm_text.c: what Slurm's commands say, and the script they are given.
// SPDX-License-Identifier: MIT
#include "check.h"
#include "slurm_text.h"

#include <stdlib.h>
#include <string.h>

static void test_queue_line(void **state)
{
  (void)state;
  struct slurm_element element;
  char good[] = "123|4|PENDING|Resources";
  assert_true(slurm_queue_line(good, &element));
  assert_int_equal(element.job, 123);
  assert_int_equal(element.index, 4);
  assert_string_equal(element.state, "PENDING");
  assert_string_equal(element.reason, "Resources");
  static const char *const bad[] = {
      "",          "1",          "1|2|RUNNING",
      "1|2||None", "x|2|R|None", "1|N/A|R|None",
      "0|2|R|x",   "-1|2|R|x",   "1|4294967296|R|x"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char line[64];
    snprintf(line, sizeof line, "%s", bad[i]);
    assert_false(slurm_queue_line(line, &element));
  }
}

static void test_job_number(void **state)
{
  (void)state;
  assert_int_equal(slurm_job_number("12\n"), 12);
  assert_int_equal(slurm_job_number("12"), 12);
  assert_int_equal(slurm_job_number("4294967295;far\n"), 4294967295u);
  assert_int_equal(slurm_job_number("4294967296\n"), 0);
  assert_int_equal(slurm_job_number("99999999999999999999\n"), 0);
  assert_int_equal(slurm_job_number("Submitted batch job 12\n"), 0);
  assert_int_equal(slurm_job_number("12 13"), 0);
  assert_int_equal(slurm_job_number(""), 0);
}

static void test_value(void **state)
{
  (void)state;
  static const char job[] =
      "JobId=7 ArrayJobId=1 JobName=a JobState=FAILED Reason=NonZeroExitCode "
      "ExitCode=5:0 Comment= BatchHost=vm\n";
  static const char config[] = "MaxArraySize            = 1001\n"
                               "MaxArrayTasks           = 5\nMaxMem = \n";
  char value[16];
  assert_true(slurm_value(job, "JobId", value, sizeof value));
  assert_string_equal(value, "7");
  assert_true(slurm_value(job, "JobState", value, sizeof value));
  assert_string_equal(value, "FAILED");
  assert_true(slurm_value(job, "BatchHost", value, sizeof value));
  assert_string_equal(value, "vm");
  assert_false(slurm_value(job, "Comment", value, sizeof value));
  assert_false(slurm_value(job, "State", value, sizeof value));
  assert_false(slurm_value(job, "Job", value, sizeof value));
  assert_true(slurm_value(config, "MaxArraySize", value, sizeof value));
  assert_string_equal(value, "1001");
  assert_false(slurm_value(config, "MaxMem", value, sizeof value));
}

static void why_is(const char *job, const char *line, const char *expected)
{
  char sentence[200];
  slurm_why(job, line, sentence, sizeof sentence);
  assert_string_equal(sentence, expected);
}

static void test_why(void **state)
{
  (void)state;
  why_is("JobState=FAILED Reason=NonZeroExitCode ExitCode=5:0 BatchHost=vm\n",
         "it broke",
         "left no results: Slurm says FAILED (NonZeroExitCode), exit code 5, "
         "on vm; its log ends: it broke");
  why_is("JobState=TIMEOUT Reason=TimeLimit ExitCode=0:15\n", "x",
         "left no results: Slurm says TIMEOUT (TimeLimit), signal 15; its log "
         "ends: x");
  why_is("JobState=COMPLETED Reason=None ExitCode=0:0\n", NULL,
         "left no results: Slurm says COMPLETED, exit code 0; it has no log: "
         "does the node see the folder?");
  why_is(
      NULL, NULL,
      "left no results: Slurm knows no more of it, and it has no log: was it "
      "cancelled before it began?");
  char shorter[16];
  slurm_why(NULL, "x", shorter, sizeof shorter);
  assert_int_equal(strlen(shorter), 15);
}

static void test_stuck(void **state)
{
  (void)state;
  assert_false(slurm_is_stuck("Resources"));
  assert_false(slurm_is_stuck("None"));
  assert_false(slurm_is_stuck(""));
  assert_true(slurm_is_stuck("PartitionTimeLimit"));
  assert_true(slurm_is_stuck("ReqNodeNotAvail, UnavailableNodes:vm"));
}

// What a shell makes of the words is what went in.
static void test_quote(void **state)
{
  (void)state;
  static const char hard[] = "a'b \"$HOME\" `x` \\ %a\n;#";
  char *command, said[64];
  size_t n;
  FILE *out = open_memstream(&command, &n);
  fputs("printf %s ", out);
  slurm_quote(out, hard);
  assert_int_equal(fclose(out), 0);
  FILE *shell = popen(command, "r");
  assert_non_null(shell);
  n = fread(said, 1, sizeof said - 1, shell);
  said[n] = '\0';
  assert_int_equal(pclose(shell), 0);
  assert_string_equal(said, hard);
  free(command);
}

// One name per folder, and one that Slurm takes.
static void test_job_name(void **state)
{
  (void)state;
  char a[32], b[32], again[32];
  slurm_job_name("/x/a", a);
  slurm_job_name("/x/b", b);
  slurm_job_name("/x/a", again);
  assert_string_equal(a, again);
  assert_string_not_equal(a, b);
  assert_int_equal(strlen(a), 21);
  assert_int_equal(strspn(a, "wane-0123456789abcdef"), 21);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_queue_line), cmocka_unit_test(test_job_number),
      cmocka_unit_test(test_value),      cmocka_unit_test(test_why),
      cmocka_unit_test(test_stuck),      cmocka_unit_test(test_quote),
      cmocka_unit_test(test_job_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
