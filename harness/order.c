// order.c: in which order the invocations of an experiment are executed.
// SPDX-License-Identifier: MIT
//
// Interleaved: every cell runs once before any runs twice, so that slow drift
// of the machine (heat, other users) hits all cells alike; shuffled within
// each round, so that no cell always follows the same neighbour. Pure.
#include "order.h"

// splitmix64 (Steele, Lea, Flood, OOPSLA'14).
static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Fisher and Yates. The bias of the modulo is below 2^-32.
static void shuffle(struct order_step *steps, uint32_t n, uint64_t *state)
{
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = (uint32_t)(next_random(state) % i);
    struct order_step swap = steps[i - 1];
    steps[i - 1] = steps[j];
    steps[j] = swap;
  }
}

void order_fill(struct order_step *steps, uint32_t n_cells,
                uint32_t n_invocations, uint64_t seed)
{
  for (uint32_t k = 0; k < n_invocations; k++) {
    struct order_step *round = steps + (uint64_t)k * n_cells;
    for (uint32_t c = 0; c < n_cells; c++) round[c] = (struct order_step){c, k};
    shuffle(round, n_cells, &seed);
  }
}
