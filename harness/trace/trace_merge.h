// trace_merge.h: wane trace merge.
// SPDX-License-Identifier: MIT
#ifndef WANE_TRACE_MERGE_H
#define WANE_TRACE_MERGE_H

// argv[1] is the verb. Returns the exit code.
int wane_trace_merge(int argc, char **argv);

#endif
