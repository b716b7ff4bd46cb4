// test_interrupt.c: signals that are noted, and that work again afterwards.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "interrupt.h"

#include <poll.h>

static bool is_blocked(int number)
{
  sigset_t now;
  assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &now), 0);
  return sigismember(&now, number) == 1;
}

static bool is_default(int number)
{
  struct sigaction now;
  assert_int_equal(sigaction(number, NULL, &now), 0);
  return now.sa_handler == SIG_DFL;
}

// One that was never let in must not end the process when all is done; and a
// second experiment begins as the first one did.
static void signals_work_again_afterwards(void **state)
{
  (void)state;
  const struct timespec none = {0, 0};
  for (int round = 0; round < 2; round++) {
    interrupt_install();
    assert_true(is_blocked(SIGINT) && is_blocked(SIGTERM));
    assert_false(interrupt_came());
    raise(SIGINT);
    assert_true(interrupt_came());
    assert_int_equal(interrupt_count(), 0);
    if (round) assert_int_equal(ppoll(NULL, 0, &none, interrupt_mask()), -1);
    assert_int_equal(interrupt_count(), round);
    interrupt_end();
    assert_false(interrupt_came());
    assert_false(is_blocked(SIGINT) || is_blocked(SIGTERM));
    assert_true(is_default(SIGINT) && is_default(SIGPIPE));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(signals_work_again_afterwards),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
