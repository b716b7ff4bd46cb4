// invoke.h: starts one invocation, watches it, and says how it ended.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_INVOKE_H
#define WANE_HARNESS_INVOKE_H

#include "companion.h"
#include "plan.h"
#include "record.h"

struct invoke_watch {
  // Each row of a companion, without invocation_id.
  void (*row)(enum companion companion, const char *csv, void *context);
  // Each row of numa.csv, without the columns that are the same in all.
  void (*numa)(const char *csv, void *context);
  // About ten times a second: how far the invocation is, 0..1.
  void (*tick)(double done, void *context);
  // Each line the child wrote to its standard error.
  void (*complaint)(const char *line, void *context);
  void *context;
};

// Runs one cell of `plan` in a process of its own, which dies with this one,
// and fills in record->status, reason, exit_code, signal, notes,
// measurements, seconds and COLUMN_mutators. A run that did not end well gets
// a measurement run.status. Returns 0, or -errno when no process could be
// started. Interrupted (interrupt.h): the process is killed, status skipped.
int invoke(const struct run_args *args, const struct plan *plan,
           uint32_t collector, uint32_t workload,
           const struct invoke_watch *watch, struct record *record);

#endif
