// cycle.h: one concurrent cycle after another, in parts as rounds allow.
// SPDX-License-Identifier: MIT

#ifndef CONCURRENT_MARK_SWEEP_CYCLE_H
#define CONCURRENT_MARK_SWEEP_CYCLE_H

#include <wane/collector.h>

// The callbacks of both collectors of this folder.
int cycle_start(const union wane_value *values, void **state);
void cycle_stop(void *state);
bool cycle_due(void *state);
void cycle_collect(void *state, struct wane_round *round, bool full);

#endif
