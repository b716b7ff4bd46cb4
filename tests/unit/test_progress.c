// test_progress.c: how long yet.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "progress.h"

static void the_rest_takes_as_long_as_what_is_done(void **state)
{
  (void)state;
  assert_true(progress_eta(10, 2, 10) == 40);
  assert_true(progress_eta(10, 10, 10) == 0);
  assert_true(progress_eta(3, 0.5, 2) == 9);
}

static void nothing_done_tells_nothing(void **state)
{
  (void)state;
  assert_true(progress_eta(10, 0, 10) < 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_rest_takes_as_long_as_what_is_done),
      cmocka_unit_test(nothing_done_tells_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
