// test_run_id.c: the name of an experiment.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "run_id.h"

static void assert_id(const char *host, time_t now, const char *expected)
{
  char text[128];
  run_id_make(text, "run", host, now);
  assert_string_equal(text, expected);
}

static void the_name_has_host_date_day_and_time(void **state)
{
  (void)state;
  setenv("TZ", "UTC", 1);
  tzset();
  assert_id("vm", 0, "run-vm-1970-01-01-Thu-000000");
  assert_id("a_b c,d.e-f", 1700000000, "run-a-b-c-d.e-f-2023-11-14-Tue-221320");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_name_has_host_date_day_and_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
