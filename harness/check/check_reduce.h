// check_reduce.h: the shortest program that still fails.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_REDUCE_H
#define WANE_HARNESS_CHECK_REDUCE_H

#include "check_trial.h"

struct reduction {
  bool tried;         // there is a way to shorten it
  bool repeatable;    // the same command failed again
  size_t from, to;    // operations, before and after; 0: not counted in them
  unsigned runs;      // made on the way
  char *first;        // to be run before the command, or NULL; the caller's
  void (*tick)(void *context); // about ten times a second, or NULL
  void *context;
};

// Shortens what `trial` runs, if it is of a kind that can be, so that it still
// ends as `outcome` did (the same status, not the same sentence; or again with
// objects left). `trial` becomes the shortest command found, `outcome` what
// came of it. `seconds`: no further run begins after that.
void check_reduce(struct trial *trial, struct outcome *outcome, double seconds,
                  struct reduction *reduction);

// A history's "0-99+120" from which of `n` are kept. The caller's.
char *check_ranges(const bool *keep, size_t n);

#endif
