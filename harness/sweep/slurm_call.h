// slurm_call.h: starts one of Slurm's commands and hears what it says.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SLURM_CALL_H
#define WANE_HARNESS_SLURM_CALL_H

#include <stddef.h>

// Runs argv[0] by PATH and waits for it. Returns 0, and all that it printed in
// `*said` (the caller's); or -errno and a sentence: it could not be started, or
// ended with another status than 0 (-EPROTO), and said that last on standard
// error.
int slurm_call(char *const *argv, char **said, char *error, size_t error_size);

#endif
