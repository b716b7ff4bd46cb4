// mark_sweep_stw.c: parallel mark-sweep with the world stopped.
// SPDX-License-Identifier: MIT
//
// Stores are plain and nothing is counted: what this collector costs lies in
// its pauses, so that it can be taken off. That makes it the baseline for the
// lower bound of every other collector's cost (Cai et al., "Distilling the real
// cost of production garbage collectors", ISPASS 2022).

#include <wane/collector.h>

static bool due(void *state)
{
  (void)state;
  return false; // a cycle is over when its round is
}

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)full; // there is only one kind
  (void)(wane_gc_mark_begin(round) && wane_gc_mark(round) &&
         wane_gc_sweep(round));
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "mark_sweep_stw",
    .help = "parallel mark-sweep, world stopped; counts nothing",
    .barrier = WANE_BARRIER_NONE,
    .needs = WANE_NEED_MARKS | WANE_NEED_WORLD_STOP,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .due = due,
    .collect = collect,
};
