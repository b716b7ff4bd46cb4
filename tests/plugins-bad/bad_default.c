// bad_default.c: its option's default is outside the option's bounds.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

static const struct wane_option options[] = {
    {"limit", WANE_OPTION_INT, "1000", "a number", 1, 100, NULL},
};

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "bad_default",
    .help = "for tests of the loader",
    .barrier = WANE_BARRIER_RC_LOG,
    .options = options,
    .n_options = 1,
};
