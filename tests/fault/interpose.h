// interpose.h: makes the n-th allocation of this process fail.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_INTERPOSE_H
#define WANE_TESTS_INTERPOSE_H

#include <stdbool.h>
#include <stdint.h>

// From now on the n-th call of malloc, calloc, realloc, aligned_alloc, strdup,
// mmap or pthread_create fails; `on`: and all after it. Of any thread, the
// program's, the runtime's or a plugin's, and of what libc calls for them.
void interpose_arm(uint64_t n, bool on);
// No call fails any more. Returns how many there were.
uint64_t interpose_disarm(void);
// Bytes mapped by mmap and not unmapped yet.
int64_t interpose_mapped(void);

#endif
