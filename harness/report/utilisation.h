// utilisation.h: when mutators could not run, by the events of one run.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_UTILISATION_H
#define WANE_HARNESS_UTILISATION_H

#include "companion_read.h"
#include "stats.h"

enum utilisation_series {
  UTILISATION_STW,      // the world was stopped
  UTILISATION_CAPACITY, // the part of the processors that the collector has
  UTILISATION_WORST,    // the mutator worst off: pauses, stalls, assists
  UTILISATION_SERIES
};

struct utilisation;

// NULL: no memory. `processors`: what capacity is a part of.
struct utilisation *utilisation_open(unsigned processors);
void utilisation_free(struct utilisation *u);

// The events of one iteration, in any order. 0 or -ENOMEM.
int utilisation_add(struct utilisation *u, const struct companion_event *e);

// To be called once, when all were added: sorts them.
int utilisation_ready(struct utilisation *u);

// Length of the run; 0: there was no marker of its end.
uint64_t utilisation_run_ns(const struct utilisation *u);

// NaN: the window is 0, or longer than the run.
double utilisation_mmu(const struct utilisation *u,
                       enum utilisation_series series, uint64_t window_ns);
double utilisation_bmu(const struct utilisation *u,
                       enum utilisation_series series, uint64_t window_ns);

#endif
