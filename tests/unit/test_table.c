// test_table.c: the table for people.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "table.h"

#include <math.h>
#include <string.h>

static void the_median_is_the_middle_or_the_mean_of_two(void **state)
{
  (void)state;
  double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 2}, one[] = {7};
  assert_true(table_median(odd, 3) == 5);
  assert_true(table_median(even, 4) == 2.5);
  assert_true(table_median(one, 1) == 7);
  assert_true(isnan(table_median(one, 0)));
}

enum { RECORDS = 4 };
static struct record records[RECORDS];

// Three invocations of 10, 20 and 60 ms, and one that crashed with 1 ms.
static int make(void **state)
{
  (void)state;
  static const double ms[RECORDS] = {60, 10, 20, 1};
  for (int i = 0; i < RECORDS; i++) {
    struct measurement wall = {2,       "time.wall", "process",
                               "total", "ns",        ms[i] * 1e6};
    struct measurement warmup = {1, "time.wall", "process", "total", "ns", 1};
    records[i] = (struct record){.last_iteration = 2};
    (void)record_set(&records[i], COLUMN_invocation, "%d", i);
    (void)record_add(&records[i], &warmup);
    (void)record_add(&records[i], &wall);
    (void)record_note(&records[i], "said by all");
  }
  records[3].status = RUN_CRASH;
  records[3].reason = strdup("signal 11");
  return 0;
}

static int unmake(void **state)
{
  (void)state;
  for (int i = 0; i < RECORDS; i++) record_free(&records[i]);
  return 0;
}

static char *print(size_t n, bool verify)
{
  static const struct spec spec;
  struct plan_collector collector = {.spec = &spec, .label = (char[]){"rc"}};
  struct plan_workload workload = {.spec = &spec, .label = (char[]){"rings"}};
  const struct plan plan = {&collector, &workload, 1, 1, NULL, 0};
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  table_print(out, &plan, records, n, verify);
  fclose(out);
  return text;
}

static void medians_are_of_runs_that_ended_well(void **state)
{
  (void)state;
  char *text = print(RECORDS, false);
  assert_non_null(strstr(text, "rings     rc             20.0         -"));
  assert_non_null(strstr(text, "  1 crash of 4\n"));
  assert_non_null(
      strstr(text, "  rings on rc, invocation 3: crash: signal 11\n"));
  free(text);
}

static void a_note_that_all_say_is_printed_once(void **state)
{
  (void)state;
  char *text = print(RECORDS, false);
  const char *first = strstr(text, "  rings on rc: said by all\n");
  assert_non_null(first);
  assert_null(strstr(first + strlen("  rings on rc: said"), "said by all"));
  free(text);
}

static void what_was_verified_says_so(void **state)
{
  (void)state;
  char *text = print(3, true);
  assert_non_null(strstr(text, "  verified\n"));
  free(text);
  text = print(3, false);
  assert_non_null(strstr(text, "  ok\n"));
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_median_is_the_middle_or_the_mean_of_two),
      cmocka_unit_test(medians_are_of_runs_that_ended_well),
      cmocka_unit_test(a_note_that_all_say_is_printed_once),
      cmocka_unit_test(what_was_verified_says_so),
  };
  return cmocka_run_group_tests(tests, make, unmake);
}
