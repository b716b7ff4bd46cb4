// good.c: a collector that is accepted; tests also break copies of it.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

static const struct wane_option options[] = {
    {"limit", WANE_OPTION_INT, "10", "a number", 1, 100, NULL},
};

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "good",
    .help = "for tests of the loader",
    .barrier = WANE_BARRIER_RC_LOG,
    .claims = WANE_CLAIM_ACYCLIC,
    .options = options,
    .n_options = 1,
};
