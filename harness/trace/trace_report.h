// trace_report.h: what the commands of wane trace share: errors, progress.
// SPDX-License-Identifier: MIT
#ifndef WANE_TRACE_REPORT_H
#define WANE_TRACE_REPORT_H

#include "gct_verify.h"

// One line on stderr, FILE:offset:chunk: reason. Returns the exit code that
// this result of the trace library deserves.
int trace_report(const char *file, int result, const struct gct_error *error);

// A number without a sign, at most `limit`; false: it is something else.
bool trace_number(const char *text, uint64_t limit, uint64_t *value);

// Seconds of a clock that never goes back.
double trace_clock(void);

// Progress of one piece of work: only on a terminal, and only when it takes a
// while.
struct trace_progress {
  const char *what; // begins the line
  double started, shown;
};

// Returns what to call with how much of all is done, its context being
// *progress; NULL when nobody would see it.
gct_progress *trace_progress_begin(struct trace_progress *progress,
                                   const char *what);
// Takes the line off again.
void trace_progress_end(const struct trace_progress *progress);

#endif
