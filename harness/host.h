// host.h: what is known of the machine, for run.json.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_HOST_H
#define WANE_HARNESS_HOST_H

#include <jansson.h>

// Kernel, distribution, processors, memory, and the settings that change
// measurements. What cannot be read is null. A new reference.
json_t *host_facts(void);
// Load averages of the machine now: [1, 5, 15 min], or null.
json_t *host_load(void);
// The allow-listed part of the environment: WANE_*, MALLOC_*, OMP_*,
// HWLOC_*, LD_PRELOAD, LC_ALL. Nothing else is ever written down.
json_t *host_environment(void);
// The processors this process may run on, as "0-3,8"; the caller's. NULL: no
// memory.
char *host_cpus(void);

#endif
