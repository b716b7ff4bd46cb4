// test_metrics.c: the registry of metrics.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "metrics.h"
#include "record.h"

#include <string.h>

static bool has_word(const char *list, const char *word, size_t length)
{
  while (*list) {
    size_t n = strcspn(list, "|");
    if (n == length && memcmp(list, word, n) == 0) return true;
    list += n + (list[n] == '|');
  }
  return false;
}

static void assert_words(const char *list, const char *allowed)
{
  assert_true(*list);
  while (*list) {
    size_t n = strcspn(list, "|");
    assert_true(has_word(allowed, list, n));
    list += n + (list[n] == '|');
  }
}

static void every_metric_is_complete_and_there_once(void **state)
{
  (void)state;
  assert_true(metrics_count() > 40);
  for (size_t i = 0; i < metrics_count(); i++) {
    const struct metric *m = metrics_at(i);
    assert_ptr_equal(metrics_find(m->name), m);
    assert_true(strlen(m->name) < sizeof((struct measurement *)0)->metric);
    assert_true(strlen(m->unit) < sizeof((struct measurement *)0)->unit);
    assert_true(strspn(m->name, "abcdefghijklmnopqrstuvwxyz0123456789_.") ==
                strlen(m->name));
    assert_true(strchr(m->name, '.') && *m->help);
    assert_words(m->unit, "ns|B|B.s|count|cycles|ratio|J|1/s");
    assert_words(m->scopes, "process|mutator|mutator_gc|gc|gc_stw|gc_conc|"
                            "stw|other|matrix");
    assert_words(m->stats, "total|count|mean|min|max|p50|p90|p99|p99_9|"
                           "p99_99|auc");
  }
  assert_null(metrics_at(metrics_count()));
}

static void assert_check(int result, const char *said, const char *name,
                         const char *scope, const char *stat, const char *unit)
{
  char error[256] = "";
  assert_int_equal(metrics_check(name, scope, stat, unit, error, sizeof error),
                   result);
  if (said) assert_non_null(strstr(error, said));
}

static void only_listed_numbers_pass(void **state)
{
  (void)state;
  assert_check(0, NULL, "time.wall", "process", "total", "ns");
  assert_check(0, NULL, "latency.simple", "process", "p99_9", "ns");
  assert_check(0, NULL, "time.task_clock", "thread:12", "total", "ns");
  assert_check(0, NULL, "time.task_clock", "node:0", "total", "ns");
  assert_check(-EINVAL, "unknown metric", "time.wal", "process", "total", "ns");
  assert_check(-EINVAL, "scope", "time.wall", "gc", "total", "ns");
  assert_check(-EINVAL, "scope", "time.wall", "thread:", "total", "ns");
  assert_check(-EINVAL, "scope", "time.wall", "thread:x", "total", "ns");
  assert_check(-EINVAL, "stat", "time.wall", "process", "p50", "ns");
  assert_check(-EINVAL, "stat", "time.wall", "process", "", "ns");
  assert_check(0, NULL, "garbage.floating", "process", "auc", "B.s");
  assert_check(0, NULL, "garbage.floating", "process", "max", "B");
  assert_check(-EINVAL, "expected unit B.s", "heap.auc", "process", "auc", "B");
  assert_check(-EINVAL, "unit", "time.wall", "process", "total", "ms");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_metric_is_complete_and_there_once),
      cmocka_unit_test(only_listed_numbers_pass),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
