// clocks.h: the clocks and counters of the operating system.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CLOCKS_H
#define WANE_HARNESS_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

uint64_t clocks_wall_ns(void);    // CLOCK_MONOTONIC
uint64_t clocks_process_ns(void); // CPU time of the process
uint64_t clocks_thread_ns(void);  // CPU time of the calling thread

// Forgets the peak of the resident set. False: the kernel does not let us.
bool clocks_rss_reset(void);
// The peak since then (or since the process began), bytes; 0: unknown.
uint64_t clocks_rss_peak(void);

#endif
