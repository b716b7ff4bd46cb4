// check_trial.h: one command line of `wane run`, tried, and what came of it.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_TRIAL_H
#define WANE_HARNESS_CHECK_TRIAL_H

#include "record.h"

#include <stddef.h>
#include <stdint.h>

#define TRIAL_WORDS 32

// The words after "wane". All are the trial's own.
struct trial {
  char *word[TRIAL_WORDS];
  size_t n;
};

// "run -q --verify -c COLLECTOR".
void trial_start(struct trial *trial, const char *collector);
// Adds words, cut at spaces.
void trial_add(struct trial *trial, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// One word, spaces and all.
void trial_add_word(struct trial *trial, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void trial_copy(struct trial *to, const struct trial *from);
void trial_free(struct trial *trial);
// As one would type it. The caller's.
char *trial_text(const struct trial *trial);

#define OUTCOME_LINES 64 // of what it said, the last ones

struct outcome {
  enum run_status status;
  char *reason;    // a sentence, unless it went well
  bool environment; // it could not be tried: reason says why
  double leaked;   // objects left when all was dropped; NaN: not known
  double seconds;
  char *note[OUTCOME_LINES]; // what the workload noted
  size_t n_notes;
  char *said[OUTCOME_LINES]; // what the process wrote to standard error
  size_t n_said;
};

// Runs it in a process of its own. `tick` is called about ten times a second,
// or is NULL. Returns 0, or -errno if there could be no process (outcome is
// empty then), or -EINVAL with a sentence in outcome->reason when the words are
// no command line. Main thread.
int trial_run(const struct trial *trial, void (*tick)(void *context),
              void *context, struct outcome *outcome);
void outcome_free(struct outcome *outcome);

#endif
