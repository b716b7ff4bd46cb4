// finding.h: a program, a schedule, and how it failed: kept, cut down, shown.
// SPDX-License-Identifier: MIT

#ifndef WANE_EXPLORE_FINDING_H
#define WANE_EXPLORE_FINDING_H

#include "child.h"

struct finding {
  struct program program;
  struct strategy_decision decisions[SCHED_DECISIONS];
  uint32_t n_decisions;
  enum sched_outcome outcome;
  uint64_t hash;
  char why[1024];
};

// From the last run.
void finding_take(struct finding *f, const struct program *program,
                  const struct sched_record *r);
// Runs it. Its record.
const struct sched_record *finding_run(const struct finding *f);
// Takes operations, decisions and odd settings away while it still fails
// (Zeller, Hildebrandt, 2002), `seconds` long at most; how many runs it took.
uint32_t finding_minimise(struct finding *f, uint64_t seed, double seconds);

// False, and a sentence on stderr, if it cannot be done.
bool finding_write(const struct finding *f, const char *path);
bool finding_read(struct finding *f, const char *path);
// The run that `r` recorded, for people: who does what until whom.
void finding_show(FILE *out, const struct finding *f,
                  const struct sched_record *r);

// Seconds of processor time, of this process and its children: what a busy
// machine does not change.
double finding_clock(void);

#endif
