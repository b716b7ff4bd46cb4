// lying_size.c: says that its struct is longer than it is.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector) + 4096,
    .abi = WANE_COLLECTOR_ABI,
    .name = "lying_size",
    .help = "for tests of the loader",
};
