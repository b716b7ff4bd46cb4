// cycle.h: a tracing cycle as the pacer sees it.
// SPDX-License-Identifier: MIT

#ifndef WANE__CYCLE_H
#define WANE__CYCLE_H

#include "config.h"

struct wane_collector;

// Before any thread exists. 0, or a negative errno with a sentence.
int wane__cycle_open(const struct wane_collector *collector, char *error,
                     size_t error_size);
void wane__cycle_close(void);

// Any thread: with `used` bytes of cells in use, is it time for one?
bool wane__cycle_due(uint64_t used);
// Any thread, having allocated `allocated` more: bytes it should mark, and
// what it did mark of them. 0 while nothing is being marked.
uint64_t wane__cycle_owed(uint64_t used, uint64_t allocated);
void wane__cycle_assisted(uint64_t bytes, uint64_t ns);

// What is in use as a multiple of all the room that the cycle of the moment
// gets, from its beginning to the end of its sweep; otherwise 0.
double wane__cycle_overrun(uint64_t used);

// Coordinator. `forced`: somebody waits for it.
void wane__cycle_began(uint64_t used, bool forced);
void wane__cycle_slice_took(uint64_t ns); // of marking, on all workers
void wane__cycle_marked(uint64_t used, uint64_t marked_bytes);
void wane__cycle_ended(uint64_t live_bytes, uint64_t root_bytes);
void wane__cycle_round_ended(uint64_t used);

#endif
