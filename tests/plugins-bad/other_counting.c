// other_counting.c: its inline barrier counts otherwise than this runtime.
// SPDX-License-Identifier: MIT

#if defined WANE_ATOMIC_COUNTS && WANE_ATOMIC_COUNTS
#undef WANE_ATOMIC_COUNTS
#define WANE_ATOMIC_COUNTS 0
#else
#undef WANE_ATOMIC_COUNTS
#define WANE_ATOMIC_COUNTS 1
#endif

#include <wane/collector.h>

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "other_counting",
    .help = "for tests of the loader",
};
