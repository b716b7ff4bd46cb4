// undefined_symbol.c: calls a function that nobody has.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

void wane_test_nobody_has_this(void *state);

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "undefined_symbol",
    .help = "for tests of the loader",
    .barrier = WANE_BARRIER_RC_LOG,
    .stop = wane_test_nobody_has_this,
};
