// micro_peer_cxx.h: the one baseline that is C++: std::shared_ptr.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_MICRO_PEER_CXX_H
#define WANE_HARNESS_MICRO_PEER_CXX_H

#include "gbench.h"

#ifdef __cplusplus
extern "C" {
#endif

// Makes `n` (a power of 2) pointers, shuffled, kept until the process ends.
// False: no memory.
bool micro_peer_shared_ptr_prepare(size_t n);

// Copies and drops a std::shared_ptr, one of the `n` prepared after another.
// The process must have had a second thread: libstdc++ counts without atomics
// before that.
void micro_peer_shared_ptr(struct gbench_state *state, size_t n);

#ifdef __cplusplus
}
#endif

#endif
