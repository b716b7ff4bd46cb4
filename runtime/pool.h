// pool.h: the threads that collect.
// SPDX-License-Identifier: MIT

#ifndef WANE__POOL_H
#define WANE__POOL_H

#include "config.h"

// Starts `workers` - 1 helpers; the coordinator is the first worker.
int wane__pool_start(uint32_t workers);
void wane__pool_stop(void);
void wane__pool_forked(void); // in a forked child: the helpers are gone
uint32_t wane__pool_size(void);
uint64_t wane__pool_cpu_ns(void); // CPU time of the helpers so far

#endif
