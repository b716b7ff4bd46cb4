// interrupt.c: Ctrl-C, SIGTERM and SIGHUP end an experiment in good order.
// SPDX-License-Identifier: MIT
//
// The signals are blocked and let in only while ppoll waits, so that none can
// come between a test of the flag and the wait. Main thread.
#include "interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t came; // how often; the handler alone writes it
static sigset_t before;
static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_CAUGHT = sizeof caught / sizeof caught[0] };

static void on_signal(int number)
{
  (void)number;
  if (came < 2) came = came + 1;
}

void interrupt_install(void)
{
  struct sigaction action = {.sa_handler = on_signal};
  sigset_t block;
  sigemptyset(&action.sa_mask);
  sigemptyset(&block);
  for (int i = 0; i < N_CAUGHT; i++) {
    sigaddset(&block, caught[i]);
    sigaction(caught[i], &action, NULL);
  }
  sigprocmask(SIG_BLOCK, &block, &before);
  signal(SIGPIPE, SIG_IGN);
}

bool interrupt_came(void)
{
  sigset_t pending;
  if (came) return true;
  sigpending(&pending);
  for (int i = 0; i < N_CAUGHT; i++)
    if (sigismember(&pending, caught[i]) == 1) return true;
  return false;
}

int interrupt_count(void)
{
  return came;
}

const sigset_t *interrupt_mask(void)
{
  return &before;
}

void interrupt_end(void)
{
  for (int i = 0; i < N_CAUGHT; i++) signal(caught[i], SIG_IGN); // forgets it
  interrupt_restore();
  came = 0;
}

void interrupt_restore(void)
{
  for (int i = 0; i < N_CAUGHT; i++) signal(caught[i], SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &before, NULL);
}
