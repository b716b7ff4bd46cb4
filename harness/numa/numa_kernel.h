// numa_kernel.h: what the kernel says of nodes and pages, machine-wide.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_NUMA_KERNEL_H
#define WANE_HARNESS_NUMA_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

enum { NUMA_STATS = 6 };
extern const char *const numa_stat_names[NUMA_STATS]; // as the kernel has them

// Pages that were given out on a node (the system's number) since the machine
// started, by any process. False: not known.
bool numa_kernel_stats(uint32_t os_node, uint64_t stats[NUMA_STATS]);

// Bytes of this process on each node (the system's numbers, below `n`), all of
// its memory, by /proc/self/numa_maps. False: not known.
bool numa_kernel_maps(uint64_t *bytes, uint32_t n);

// Transparent huge pages: "never", "madvise" or "always"; "": not known.
void numa_kernel_thp(char text[32]);
// Does the kernel move pages to those who use them? The number of
// numa_balancing; -1: not known.
int numa_kernel_balancing(void);
// Are nodes and processors only pretended, so that times mean nothing? True,
// and why: the processor is an emulator's, or the kernel was told to fake
// nodes.
bool numa_kernel_emulated(char why[128]);

#endif
