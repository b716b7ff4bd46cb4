// test_start.c: runtime/start.c: what wane_start takes and what it refuses.
// SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <wane/wane.h>

#include <errno.h>

static char error[256];

static int start_with(const char *collector, const char *options)
{
  struct wane_config config = {.collector_options = options,
                               .heap_limit = 64 << 20};
  config.collector = wane_collector_open(collector, error, sizeof error);
  assert_non_null(config.collector);
  return wane_start(&config, error, sizeof error);
}

static void a_bare_build_refuses_what_does_not_count(void **state)
{
  (void)state;
#if WANE_BARE
  assert_int_equal(start_with("nogc", NULL), -ENOTSUP);
  assert_non_null(strstr(error, "nogc needs a barrier that counts nothing"));
#else
  assert_int_equal(start_with("nogc", NULL), 0);
  wane_stop();
#endif
}

static void there_is_one_runtime_at_a_time(void **state)
{
  (void)state;
  assert_int_equal(start_with("rc", NULL), 0);
  assert_int_equal(wane_start(NULL, error, sizeof error), -EBUSY);
  wane_stop();
  assert_int_equal(start_with("rc", NULL), 0);
  wane_stop();
}

static void a_bad_option_leaves_nothing_running(void **state)
{
  (void)state;
  assert_int_equal(start_with("trial_deletion", "budget=lots"), -EINVAL);
  assert_non_null(strstr(error, "budget"));
  assert_int_equal(start_with("trial_deletion", "budget=5"), 0);
  wane_stop();
}

static void a_bad_pacing_is_refused(void **state)
{
  (void)state;
  struct wane_config config = {.heap_limit = 64 << 20, .pacing = "go,gogc=x"};
  assert_int_equal(wane_start(&config, error, sizeof error), -EINVAL);
  assert_non_null(strstr(error, "pacing go: option gogc"));
  config.pacing = "go,gogc=50";
  assert_int_equal(wane_start(&config, error, sizeof error), 0);
  wane_stop();
}

static void external_bytes_begin_at_zero(void **state)
{
  (void)state;
  assert_int_equal(start_with("rc", NULL), 0);
  wane_external_bytes(1000);
  assert_int_equal(wane_external_total(), 1000);
  wane_stop();
  assert_int_equal(start_with("rc", NULL), 0);
  assert_int_equal(wane_external_total(), 0);
  wane_stop();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_bare_build_refuses_what_does_not_count),
      cmocka_unit_test(there_is_one_runtime_at_a_time),
      cmocka_unit_test(a_bad_option_leaves_nothing_running),
      cmocka_unit_test(a_bad_pacing_is_refused),
      cmocka_unit_test(external_bytes_begin_at_zero),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
