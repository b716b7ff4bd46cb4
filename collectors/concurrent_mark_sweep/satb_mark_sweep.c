// satb_mark_sweep.c: concurrent mark-sweep that counts nothing.
// SPDX-License-Identifier: MIT
//
// The tracer of concurrent_mark_sweep on its own: the same cycle, without
// reference counts. Stores are plain but while it marks, when they log what
// they overwrite (Yuasa, "Real-time garbage collection on general-purpose
// machines", 1990). What is new is black, so garbage born during a cycle waits
// for the next.

#include "cycle.h"

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "satb_mark_sweep",
    .help = "concurrent mark-sweep without counting; snapshot at the beginning",
    .barrier = WANE_BARRIER_LOG,
    .needs = WANE_NEED_MARKS,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .start = cycle_start,
    .stop = cycle_stop,
    .due = cycle_due,
    .collect = cycle_collect,
};
