// check.h: what tests share: checks on other threads, seeds, random numbers.
// SPDX-License-Identifier: MIT
//
// cmocka ends the process when an assertion fails on a thread that it did not
// start. So other threads *record* failed checks in a check_log, and the
// test's own thread asserts afterwards that the log is empty:
//
//   static struct check_log log = CHECK_LOG_INIT;
//   ... on any thread:  CHECK(&log, n == 3);  CHECK_EQ(&log, n, 3);
//   ... after the join: check_assert_none(&log);

#ifndef WANE_TESTS_CHECK_H
#define WANE_TESTS_CHECK_H

// cmocka.h wants these four before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK_KEPT 8 // failures whose text is kept; all are counted

struct check_failure {
  const char *file;
  int line;
  char text[160];
};

// Every field is written with `lock` held.
struct check_log {
  pthread_mutex_t lock;
  unsigned failed;
  struct check_failure first[CHECK_KEPT];
};
#define CHECK_LOG_INIT                                                         \
  {                                                                            \
    .lock = PTHREAD_MUTEX_INITIALIZER                                          \
  }

// Records a failure. Any thread.
__attribute__((format(printf, 4, 5), unused)) static void
check_record(struct check_log *log, const char *file, int line,
             const char *format, ...)
{
  va_list args;
  va_start(args, format);
  pthread_mutex_lock(&log->lock);
  if (log->failed < CHECK_KEPT) {
    struct check_failure *failure = &log->first[log->failed];
    failure->file = file;
    failure->line = line;
    vsnprintf(failure->text, sizeof failure->text, format, args);
  }
  log->failed++;
  pthread_mutex_unlock(&log->lock);
  va_end(args);
}

// Records the condition's text if it is false. Its value is the condition's,
// so that a thread can give up: if (!CHECK(&log, p)) return NULL;
#define CHECK(log, condition)                                                  \
  ((condition)                                                                 \
       ? true                                                                  \
       : (check_record((log), __FILE__, __LINE__, "%s", #condition), false))

// The same for two integers that must be equal: both values are kept.
#define CHECK_EQ(log, found, expected)                                         \
  check_equal((log), __FILE__, __LINE__, #found, (int64_t)(found),             \
              (int64_t)(expected))

__attribute__((unused)) static bool check_equal(struct check_log *log,
                                                const char *file, int line,
                                                const char *what, int64_t found,
                                                int64_t expected)
{
  if (found == expected) return true;
  check_record(log, file, line, "%s is %" PRId64 ", expected %" PRId64, what,
               found, expected);
  return false;
}

// Fails the current test if anything was recorded, printing what. The test's
// own thread, when the others have been joined. Empties the log.
__attribute__((unused)) static void check_assert_none(struct check_log *log)
{
  unsigned failed = log->failed;
  for (unsigned i = 0; i < failed && i < CHECK_KEPT; i++)
    print_error("%s:%d: %s\n", log->first[i].file, log->first[i].line,
                log->first[i].text);
  if (failed > CHECK_KEPT) print_error("... %u in all\n", failed);
  log->failed = 0;
  if (failed) _fail(log->first[0].file, log->first[0].line);
}

// splitmix64 (Steele, Lea, Flood 2014): any seed is good, one word of state.
struct check_random {
  uint64_t state;
};

__attribute__((unused)) static uint64_t check_next(struct check_random *random)
{
  uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

// A number in [0, n), n > 0. The bias of the remainder does not matter here.
__attribute__((unused)) static uint64_t check_below(struct check_random *random,
                                                    uint64_t n)
{
  return check_next(random) % n;
}

// The seed of this run: WANE_SEED if set, else `fallback`. Printed, so that a
// failure can be repeated. Ends the process when WANE_SEED is no number.
__attribute__((unused)) static uint64_t check_seed(uint64_t fallback)
{
  const char *text = getenv("WANE_SEED");
  uint64_t seed = fallback;
  if (text) {
    char *end;
    errno = 0;
    seed = strtoull(text, &end, 0);
    if (errno || end == text || *end) {
      fprintf(stderr, "WANE_SEED is '%s': expected a number\n", text);
      exit(2);
    }
  }
  print_message("seed %" PRIu64 " (WANE_SEED=%" PRIu64 " repeats it)\n", seed,
                seed);
  return seed;
}

#endif
