// pool.h: the threads that collect.
// SPDX-License-Identifier: MIT

#ifndef WANE__POOL_H
#define WANE__POOL_H

#include "config.h"

// Starts `workers` - 1 helpers; the coordinator is the first worker. Each has
// placed itself when this returns. 0 or -errno, and a sentence if there is
// more to say than that.
int wane__pool_start(uint32_t workers, char *error, size_t error_size);
void wane__pool_stop(void);
void wane__pool_forked(void); // in a forked child: the helpers are gone
uint32_t wane__pool_size(void);
uint64_t wane__pool_cpu_ns(void); // CPU time of the helpers in jobs so far
uint64_t wane__pool_clock_ns(void); // all of it, whatever they do just now

// As wane_gc_parallel_for; but `home` says on which node the memory of the
// piece from `begin` on is (WANE_NODE_ANY: not known), and a thread takes
// pieces of its own node before others.
void wane__pool_near(size_t n, size_t grain,
                     void (*fn)(void *context, size_t begin, size_t end),
                     uint32_t (*home)(void *context, size_t begin),
                     void *context);

#endif
