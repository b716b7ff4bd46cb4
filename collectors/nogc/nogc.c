// nogc.c: never frees, counts nothing: the lower bound of every comparison.
// SPDX-License-Identifier: MIT
//
// Stores are plain release stores (WANE_BARRIER_NONE) and no round ever runs,
// so a run costs what the program costs, plus fresh memory: a heap that only
// grows has worse locality than one that is collected, which is why this is
// not always the fastest (Cai et al., ISPASS 2022).

#include <wane/collector.h>

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "nogc",
    .help = "never frees and counts nothing: the lower bound",
    .barrier = WANE_BARRIER_NONE,
};
