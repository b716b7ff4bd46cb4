// other_name.c: holds a collector that is called otherwise than its file.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "somebody_else",
    .help = "for tests of the loader",
    .barrier = WANE_BARRIER_RC_LOG,
};
