// test_late.c: who waits reports a callback that lasts, and no other.
// SPDX-License-Identifier: MIT

#include <check.h>

#include "config.h"
#include "late.h"

#include <string.h>

static unsigned reports;

static void count(const char *sentence, void *context)
{
  (void)context;
  assert_non_null(strstr(sentence, "busy with a test"));
  reports++;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void wait_some(unsigned patience_ms, uint64_t deadline_ns, bool early)
{
  wane__config.report = count;
  wane__config.poll_timeout_ms = patience_ms;
  pthread_mutex_lock(&lock);
  assert_int_equal(wane__late_wait_until(&never, &lock, deadline_ns), early);
  pthread_mutex_unlock(&lock);
}

// The deadline of a short wait says nothing about what is waited for.
static void a_short_wait_reports_nothing(void **state)
{
  (void)state;
  reports = 0;
  wane__late_doing("a test");
  for (int i = 0; i < 5; i++)
    wait_some(60000, wane__now_ns() + 1000000, false);
  assert_int_equal(reports, 0);
  wane__late_doing(NULL);
}

static void what_lasts_is_reported_once(void **state)
{
  (void)state;
  reports = 0;
  wane__late_doing("a test");
  for (int i = 0; i < 3; i++) wait_some(1, UINT64_MAX, true);
  assert_int_equal(reports, 1);
  wane__late_doing(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_short_wait_reports_nothing),
      cmocka_unit_test(what_lasts_is_reported_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
