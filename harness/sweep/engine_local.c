// engine_local.c: cells one after another, here.
// SPDX-License-Identifier: MIT
//
// Nothing else of the sweep runs beside a cell: what is measured has the
// machine to itself. Main thread.
#include "engine.h"

#include "interrupt.h"

#include <errno.h>

static int check(char *error, size_t error_size)
{
  (void)error;
  (void)error_size;
  return 0;
}

struct now {
  const struct engine_watch *watch;
  const struct engine_cell *cell;
};

static void tick(void *context)
{
  const struct now *now = context;
  now->watch->running(now->cell, now->watch->context);
}

static int run(const struct engine_plan *plan, char *error, size_t error_size)
{
  char sentence[512];
  (void)error;
  (void)error_size;
  for (size_t i = 0; i < plan->n; i++) {
    if (interrupt_came()) return -EINTR;
    struct now now = {&plan->watch, &plan->cells[i]};
    tick(&now);
    enum engine_end end =
        engine_attempt(now.cell, tick, &now, sentence, sizeof sentence);
    plan->watch.ended(now.cell, end, sentence, plan->watch.context);
    if (end == ENGINE_INTERRUPTED) return -EINTR;
  }
  return 0; // whatever came during the last one
}

const struct engine engine_local = {
    "local", "one cell after another, on this machine", check, run};
