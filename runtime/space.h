// space.h: address space of the heap: arrays beside it, homes, what is fresh.
// SPDX-License-Identifier: MIT
//
// Where the memory of a block is to be is asked of the system before anybody
// touches it: for all of the heap at once, or, where it depends on who asks,
// chunk by chunk. heap.c decides who gets which block; it holds its lock
// around everything here but start and stop.

#ifndef WANE__SPACE_H
#define WANE__SPACE_H

#include "numa.h"

#include <stdbool.h>

// Reserves `bytes` of blocks and what stands beside them. `limited`: not less
// will do. 0 or -ENOMEM, or what the system said to a policy with `strict`,
// and a sentence.
int wane__space_start(uint64_t bytes, bool limited, char *error,
                      size_t error_size);
void wane__space_stop(void);

uint32_t wane__space_blocks(void); // that fit the reservation
uint32_t wane__space_fresh(void);  // first block that was never used
uint32_t wane__space_chunk(void);  // blocks handed to a node at a time; 0: one
                                   // pool, and blocks go one by one

// Pools of blocks: one, or one for each row of a matrix.
uint32_t wane__space_pools(void);
uint32_t wane__space_pool_of(uint32_t index);
// The pool from which a thread of `node` takes.
uint32_t wane__space_target(uint32_t node);

// `n` blocks that were never used, for a thread of `node`, with homes where
// the policy has one for them all; WANE__NO_BLOCK: there are not so many.
uint32_t wane__space_take_fresh(uint32_t n, uint32_t node);
// Empty, untouched blocks of any homes become those of such a thread.
void wane__space_move(uint32_t index, uint32_t n, uint32_t node);
// A thread of `node` will be the first to touch these blocks.
void wane__space_touch(uint32_t index, uint32_t n, uint32_t node);
// Gives the memory of empty blocks back. Without the lock, if they are the
// caller's; then wane__space_forget with it.
void wane__space_return(uint32_t index, uint32_t n);
void wane__space_forget(uint32_t index, uint32_t n);

char *wane__space_scratch(uint32_t index);

#endif
