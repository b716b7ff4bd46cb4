// check_cut.h: the beginning of a trace, as `wane trace cut` writes it.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_CUT_H
#define WANE_HARNESS_CHECK_CUT_H

#include "check_trial.h"

// The command that writes the first `events` events of the trace `file` to
// `out`, with checkpoints between them.
void check_cut_command(struct trial *cut, const char *file, uint64_t events,
                       const char *out);
// Runs such a command. 0, or -errno: there is no such part then. Main thread.
int check_cut_run(const struct trial *cut);

#endif
