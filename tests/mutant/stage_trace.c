// stage_trace.c: one trace, and what happens in each of its rounds.
// SPDX-License-Identifier: MIT

#include "stage_trace.h"

#include "mark.h"

struct puppet *alice;
void (*at_round[TRACE_ROUNDS])(void);

static struct gate traced;
static unsigned rounds;

void start_tracing(const struct wane_config *config)
{
  stage_start(config);
  alice = puppet_start("alice");
}

void on_round(int place)
{
  if (place == 9 && rounds == BEGIN) gate_once(&traced);
  if (place != 6) return;
  rounds++;
  if (rounds == BEGIN && wane__mark_active()) fail("it began too early");
  if (rounds < TRACE_ROUNDS && at_round[rounds]) at_round[rounds]();
}

void trace_with(void (*hook)(int place))
{
  rounds = 0;
  hook_set(hook);
  collect();
  hook_set(NULL);
  gate_expect(&traced); // it was where we thought it was
}

void trace(void)
{
  trace_with(on_round);
}

void finish(void)
{
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}
