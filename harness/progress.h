// progress.h: how far the experiment is, and for how long yet.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PROGRESS_H
#define WANE_HARNESS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
  bool shown;  // standard error is a terminal, and nobody said -q
  bool drawn;  // a line is on it
  size_t n;    // invocations in all
  size_t done; // of which are over
  uint64_t begin_ns;
};

void progress_start(struct progress *progress, size_t n, bool quiet);
// Redraws: `label` is under way and `part` (0..1) done.
void progress_draw(struct progress *progress, const char *label, double part);
// Takes the line away, before anything else is printed.
void progress_clear(struct progress *progress);

// Seconds to go when `done` of `n` took `seconds`; negative: unknown yet.
double progress_eta(double seconds, double done, size_t n);

#endif
