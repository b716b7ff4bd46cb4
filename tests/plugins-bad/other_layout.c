// other_layout.c: built with headers whose mutators are of another size.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI + (8u << 16),
    .name = "other_layout",
    .help = "for tests of the loader",
};
