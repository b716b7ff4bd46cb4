// gct_stats_waits.h: how long a trace takes when only its WAITs hold it.
// SPDX-License-Identifier: MIT
//
// Private to the library. Every thread has a clock; an event takes 1, a WAIT
// or a checkpoint 0.
#ifndef WANE_GCT_STATS_WAITS_H
#define WANE_GCT_STATS_WAITS_H

#include "gct_stats_part.h"

struct gct__waits;

struct gct__waits *gct__waits_open(uint32_t n_threads);
// False when out of memory.
bool gct__waits_step(struct gct__waits *waits, const struct gct__step *step);
// The clock of the last thread to end.
uint64_t gct__waits_length(const struct gct__waits *waits);
void gct__waits_close(struct gct__waits *waits);

#endif
