// cells.h: every cell of an experiment, in the order of execution.
// SPDX-License-Identifier: MIT
//
// Heap factors outermost, by levels that halve the gaps, so that the picture
// is whole early and gets denser; inside a level, round after round of
// invocations; inside a round all its cells in an order of chance, from the
// recorded seed. Canaries stand in between. Main thread.

#ifndef WANE_HARNESS_SWEEP_CELLS_H
#define WANE_HARNESS_SWEEP_CELLS_H

#include "experiment.h"

// How much of the experiment is done: less than all with a budget.
struct cells_extent {
  uint32_t invocations, levels;
  size_t configs; // the first ones
};

struct cells_extent cells_all(const struct experiment *experiment);

// One combination that is measured so often. Everything points into the
// experiment.
struct cells_combination {
  const struct experiment_benchmark *benchmark;
  const struct experiment_config *config;
  const struct experiment_numa *numa;
  uint32_t mutators;
  double factor; // of the smallest heap; NaN: none
  uint32_t level;
};

struct cell {
  const struct cells_combination *what;
  uint32_t invocation;
};

struct cells {
  struct cells_combination *combinations; // by level; the canary's is the last
  size_t n_combinations;
  struct cell *cells; // by exec_index
  size_t n;
};

// Returns 0 or -ENOMEM; -E2BIG: more than 10 million.
int cells_make(struct cells *cells, const struct experiment *experiment,
               const struct cells_extent *extent);
void cells_free(struct cells *cells);

// The combinations alone, of `extent`, without the canary's.
int cells_combine(struct cells_combination **combinations, size_t *n,
                  const struct experiment *experiment,
                  const struct cells_extent *extent);

#endif
