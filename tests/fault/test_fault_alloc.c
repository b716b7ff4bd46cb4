// test_fault_alloc.c: the n-th allocation fails, for every n.
// SPDX-License-Identifier: MIT
//
// A small program on every collector, in a process of its own for each n,
// until n is more than it allocates; then all from the n-th on, by fives.
// Each process ends in one of the ways that are promised: it goes on with what
// it got, it is told why it cannot begin, or it says for which table there is
// no memory and aborts. What it held is right, nothing leaks, nothing hangs,
// and after a refusal the same process can begin anew. runtime/DESIGN.md,
// "When memory runs out".

#include "interpose.h"
#include "small_world.h"
#include "victim.h"

#include <tests/check.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#define LEAKS() __lsan_do_recoverable_leak_check()
#else
#define LEAKS() 0
#endif

enum { OVER = 50, LEAK, MAPPED, AGAIN }; // beside enum small_world

struct attempt {
  const char *collector;
  uint64_t n;
  bool on;
};

static int attempt(void *context)
{
  const struct attempt *a = context;
  int64_t mapped = interpose_mapped();
  interpose_arm(a->n, a->on);
  enum small_world outcome = small_world(a->collector);
  uint64_t calls = interpose_disarm();
  if (outcome == SMALL_WRONG) return SMALL_WRONG;
  if (outcome != SMALL_DONE && small_world(a->collector) != SMALL_DONE)
    return AGAIN;
  if (interpose_mapped() != mapped) return MAPPED;
  if (LEAKS()) return LEAK;
  return calls < a->n ? OVER : (int)outcome;
}

struct tally {
  unsigned outcome[SMALL_OUTCOMES], aborted, tried, faults;
};

// False: fewer than n allocations were made.
static bool try_one(const struct attempt *a, struct tally *tally)
{
  struct victim v;
  struct attempt copy = *a;
  victim_run(&v, attempt, &copy, 200);
  if (!v.signal && v.code == OVER) return false;
  tally->tried++;
  if (!v.signal && v.code < SMALL_OUTCOMES) {
    tally->outcome[v.code]++;
    return true;
  }
  if (victim_aborted(&v, "no memory for ")) {
    tally->aborted++;
    return true;
  }
  // A sanitizer's thread that cannot begin is not the runtime's.
  if (strstr(v.words, "Sanitizer: CHECK failed: sanitizer_")) return true;
  if (tally->faults++ < 20)
    print_error("%s, allocation %llu%s: exit code %d, signal %d: %s\n",
                a->collector, (unsigned long long)a->n,
                a->on ? " and all after it" : "", v.code, v.signal, v.words);
  return true;
}

// Threads run as they like, so what is n in one run is n + 1 in another, and
// the last n is not the same: three in a row must be too many.
static void try_all(const char *collector, bool on, unsigned step)
{
  struct tally t = {{0}, 0, 0, 0};
  struct attempt a = {collector, UINT64_MAX, false};
  assert_false(try_one(&a, &t)); // it does well when nothing fails
  assert_int_equal(t.tried, 0);
  a.n = 1 + check_seed(1) % step;
  a.on = on;
  for (unsigned over = 0; over < 3; a.n += step)
    over = try_one(&a, &t) ? 0 : over + 1;
  print_message("%s%s: %u times: %u went on, %u had no plugin, %u no start, "
                "%u no thread, %u no type, %u aborted\n",
                collector, on ? ", all from the n-th on" : "", t.tried,
                t.outcome[SMALL_DONE], t.outcome[SMALL_NO_PLUGIN],
                t.outcome[SMALL_NO_START], t.outcome[SMALL_NO_THREAD],
                t.outcome[SMALL_NO_TYPE], t.aborted);
  assert_int_equal(t.faults, 0);
  assert_true(t.tried > t.outcome[SMALL_DONE]); // some were refused
}

static unsigned stride = 1; // the argument: every so many allocations only

static void every_failure_has_a_defined_outcome(void **state)
{
  try_all(*state, false, stride);
}

static void every_failure_for_good_has_a_defined_outcome(void **state)
{
  try_all(*state, true, 5 * stride);
}

// The judge itself: a process that hangs, crashes or leaks is no success.
static int hang(void *context)
{
  for (;;) pause();
  return context != NULL;
}

static int crash(void *context)
{
  (void)context;
  raise(SIGSEGV);
  return 0;
}

static void a_hang_and_a_crash_are_seen(void **state)
{
  (void)state;
  struct victim v;
  victim_run(&v, hang, NULL, 1);
  assert_int_equal(v.signal, SIGALRM);
  victim_run(&v, crash, NULL, 10);
  assert_true(v.signal == SIGSEGV || v.code != 0);
  assert_false(victim_aborted(&v, ""));
}

#define BOTH(name)                                                             \
  {name ": each failure", every_failure_has_a_defined_outcome, NULL, NULL,     \
   name},                                                                      \
  {                                                                            \
    name ": all failures from one on",                                         \
        every_failure_for_good_has_a_defined_outcome, NULL, NULL, name         \
  }

int main(int argc, char **argv)
{
  if (argc > 1) stride = (unsigned)strtoul(argv[1], NULL, 10);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_hang_and_a_crash_are_seen),
      BOTH("concurrent_mark_sweep"),
      BOTH("cpython"),
      BOTH("mark_sweep_stw"),
      BOTH("nogc"),
      BOTH("rc"),
      BOTH("satb_mark_sweep"),
      BOTH("trial_deletion"),
      BOTH("trial_deletion_stw"),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
