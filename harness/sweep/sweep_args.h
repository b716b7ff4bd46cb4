// sweep_args.h: the command line of `wane sweep`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_SWEEP_ARGS_H
#define WANE_HARNESS_SWEEP_SWEEP_ARGS_H

#include "engine.h"

struct sweep_args {
  const char *experiment; // NULL with --cell and --merge
  const char *directory;  // -o, or NULL
  const struct engine *engine;
  const char *slurm_options; // or NULL
  bool dry_run, resume, strict, quiet, help, merge;
  double budget_s; // 0: none
  long cell;       // of --cell; -1: not given
};

// Returns 0, or -EINVAL and one sentence.
int sweep_args_parse(int argc, char **argv, struct sweep_args *args,
                     char *error, size_t error_size);

// "90", "90s", "30m", "2h", "1.5h" or "1d" as seconds; NaN: it is none.
double sweep_args_duration(const char *text);

#endif
