// rc.c: reference counting alone: cycles leak.
// SPDX-License-Identifier: MIT
//
// The runtime's counting engine does everything (biased increments, deferred
// decrements); this plugin only says that nothing more is wanted. What is left
// after wane_collect is reachable or part of, or held by, a dead cycle: the
// harness reports how much.

#include <wane/collector.h>

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "rc",
    .help = "deferred biased reference counting; cycles leak",
    .barrier = WANE_BARRIER_RC_LOG,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_WEAK,
};
