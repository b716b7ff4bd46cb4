// other_abi.c: built for an ABI that this runtime does not have.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI + 1,
    .name = "other_abi",
    .help = "for tests of the loader",
};
