// policy.h: policies for memory, as the runtime's spaces use them.
// SPDX-License-Identifier: MIT

#ifndef WANE__POLICY_H
#define WANE__POLICY_H

#include "numa.h"

enum wane__space { WANE__OBJECTS, WANE__METADATA, WANE__LOGS, WANE__SPACES };

// A space's policy; OS_DEFAULT where nodes are not looked at.
const struct wane_memory_policy *wane__policy_of(enum wane__space space);
// Does it depend on who asks?
bool wane__policy_per_node(enum wane__space space);
// Are pages spread one by one over several nodes?
bool wane__policy_pages(enum wane__space space);
// The node for a thread of `node`; WANE_NODE_ANY: none, or one of several.
uint32_t wane__policy_target(enum wane__space space, uint32_t node);
// The node that memory gets, as far as a policy says, when a thread of `node`
// is the first to touch it.
uint32_t wane__policy_touched(enum wane__space space, uint32_t node);
// Asks it of the system, for the whole pages within [begin, end). A model asks
// nothing. 0 or -errno; what goes wrong is reported once.
int wane__policy_bind(enum wane__space space, uint32_t target, char *begin,
                      char *end);

// Round which nodes the kernel spreads pages of objects: `page` is the first of
// them, and is touched.
void wane__policy_start_spread(void *page);

// All rows of a matrix, nearest to row `from` first: itself, the other nodes,
// and last what is no node. wane__numa.nodes + 1 of them.
const uint8_t *wane__policy_nearest(uint32_t from);

void wane__policy_start(void);

#endif
