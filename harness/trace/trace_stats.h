// trace_stats.h: wane trace stats.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_TRACE_STATS_H
#define WANE_HARNESS_TRACE_STATS_H

// argv[1] is "stats". Returns an exit code (exit_code.h).
int wane_trace_stats(int argc, char **argv);

#endif
