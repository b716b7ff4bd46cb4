// child.h: one invocation, in a process of its own.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHILD_H
#define WANE_HARNESS_CHILD_H

#include "run_args.h"

// Runs the one cell that `args` names, writing results to args->child_fd
// (wire.h). Returns what the process must exit with: WANE_EXIT_OK whenever
// a status was told, whichever it is.
int child_main(const struct run_args *args);

#endif
