// impossible.c: wants the world stopped to collect, but counts nothing.
// SPDX-License-Identifier: MIT

#include <wane/collector.h>

static void collect(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)round;
  (void)full;
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "impossible",
    .help = "for tests of the loader",
    .barrier = WANE_BARRIER_NONE,
    .needs = WANE_NEED_WORLD_STOP,
    .collect = collect,
};
