// child.h: one run in a process of its own.
// SPDX-License-Identifier: MIT

#ifndef WANE_EXPLORE_CHILD_H
#define WANE_EXPLORE_CHILD_H

#include "run.h"

// What a run needs besides its program.
struct child_limits {
  uint64_t most_steps;
  uint32_t seconds; // of real time: what does not even come to a point
};

// Once, before the first run.
void child_start(const struct child_limits *limits);
// Forks, runs, waits. The record is valid until the next run. A child that
// crashed is SCHED_FAILED, and `why` says how; one that hung is SCHED_STUCK.
const struct sched_record *child_run(const struct program *program,
                                     const struct strategy *strategy);
static inline bool child_failed(const struct sched_record *r)
{
  return r->outcome != SCHED_PASSED;
}

#endif
