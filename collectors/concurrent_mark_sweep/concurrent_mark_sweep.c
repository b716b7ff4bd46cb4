// concurrent_mark_sweep.c: counting, with a concurrent tracer for cycles.
// SPDX-License-Identifier: MIT
//
// Reference counting frees what it can; now and then a trace finds the dead
// cycles and what is held by counts that got stuck. Stores cost what they cost
// without it: the decrement log names what is overwritten, and that is all a
// snapshot needs (after LXR: Zhao, Blackburn and McKinley, PLDI 2022).

#include "cycle.h"

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "concurrent_mark_sweep",
    .help = "reference counting with concurrent mark-sweep for cycles",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_MARKS,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .start = cycle_start,
    .stop = cycle_stop,
    .due = cycle_due,
    .collect = cycle_collect,
};
