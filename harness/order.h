// order.h: in which order the invocations of an experiment are executed.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_ORDER_H
#define WANE_HARNESS_ORDER_H

#include <stdint.h>

struct order_step {
  uint32_t cell;       // of n_cells
  uint32_t invocation; // from 0
};

// Fills `steps` (n_cells * n_invocations of them): invocation by invocation,
// each a fresh permutation of all cells. The same seed gives the same order.
void order_fill(struct order_step *steps, uint32_t n_cells,
                uint32_t n_invocations, uint64_t seed);

#endif
