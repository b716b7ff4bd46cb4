// stage_trace.h: one trace, and what happens in each of its rounds.
// SPDX-License-Identifier: MIT
//
// A collection on demand begins its trace in its second round: with counting
// the first only gathers decrements, without it is the one that makes threads
// log. Place 6 is on the coordinator, in each round between the last answer
// and the first look at what was handed over; so what a puppet does there is
// named in the next round's log, and the marker does not meet it before.

#ifndef WANE_TESTS_MUTANT_STAGE_TRACE_H
#define WANE_TESTS_MUTANT_STAGE_TRACE_H

#include "stage_both.h"

#define TRACE_ROUNDS 12
#define BEGIN 2 // the round in which a trace begins

extern struct puppet *alice; // started by start_tracing
// What happens in each round of the collection, once all have answered.
extern void (*at_round[TRACE_ROUNDS])(void);

void start_tracing(const struct wane_config *config);
// The hook while there is a trace. Place 9: an object or a part of it is looked
// at.
void on_round(int place);
void trace(void); // driver: a collection; the trace was where it should be
void trace_with(void (*hook)(int place)); // which calls on_round
void finish(void); // alice drops her roots, and then nothing is left

#endif
