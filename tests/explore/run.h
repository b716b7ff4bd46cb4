// run.h: one program under one schedule, from start to the last check.
// SPDX-License-Identifier: MIT

#ifndef WANE_EXPLORE_RUN_H
#define WANE_EXPLORE_RUN_H

#include "program.h"
#include "sched.h"

#include <wane/collector.h>

// The collector with that name that is linked in, or NULL.
const struct wane_collector *run_collector(const char *name);
// Runs it in this process, which ends with it.
_Noreturn void run_program(const struct program *program,
                           const struct sched_setup *setup);

#endif
