// instruments.h: what the instruments themselves cost, estimated.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_INSTRUMENTS_H
#define WANE_HARNESS_INSTRUMENTS_H

#include <stdint.h>

// What one of each costs, ns.
struct instruments {
  double record;  // of an event, written into a ring
  double wall;    // reading of the clock
  double cpu;     // reading of a thread's CPU time
  double request; // written by a mutator
};

// Measures them, in less than a millisecond. The least of several passes: the
// caches are warm, so it is a lower bound.
void instruments_calibrate(struct instruments *instruments);

// So many events, each with two readings of both clocks, and requests, each
// with one reading of the clock, ns. NaN if one could not be measured.
double instruments_cost(const struct instruments *instruments, uint64_t events,
                        uint64_t requests);

#endif
