// tree.h: the binary trees that gcbench, binary_trees and live_churn build.
// SPDX-License-Identifier: MIT
//
// A node is what the peers in harness/peers build: two references and one
// 64-bit integer. A tree's root has a number of the caller's choice; the
// children of number k are 2k and 2k+1 (modulo 2^64). Each node holds the sum
// of the numbers of its subtree, made from its children's sums after they
// are complete, so every node is read once more after the safepoints of its
// subtree, and the root's integer is a checksum of the whole tree.

#ifndef WORKLOAD_TREE_H
#define WORKLOAD_TREE_H

#include <wane/wane.h>

#define TREE_MAX_DEPTH 28

struct tree_node {
  struct wane_object header;
  struct wane_slot left, right; // both NULL in a leaf
  uint64_t sum;
};

static inline struct tree_node *tree_node(wane_ref object)
{
  return (struct tree_node *)(void *)object;
}

// Registers the node type with the running runtime. 0 or -errno.
int tree_type_register(const struct wane_type **type);

// Builds a tree of `depth` (0: one leaf), children before parents. The result
// is unrooted. NULL: out of memory. Allocates, so it is a safepoint.
wane_ref tree_bottom_up(struct wane_mutator *m, const struct wane_type *type,
                        uint32_t depth, uint64_t number);

// Builds it below `root`, a fresh leaf that is in a root: parents before
// children. False: out of memory.
bool tree_top_down(struct wane_mutator *m, const struct wane_type *type,
                   wane_ref root, uint32_t depth, uint64_t number);

// Walks a tree and counts the nodes that hold what they should; a tree of
// `depth` that nobody touched has tree_size(depth) of them. `root` is in a
// root or was loaded since the last safepoint; this is none. NULL counts 0.
uint64_t tree_intact(wane_ref root, uint32_t depth, uint64_t number);

// Tells of a walk through the tree (wane_access): one read of each node. Where
// wane_access_wanted; no safepoint.
void tree_access(struct wane_mutator *m, wane_ref root);

// Nodes of a tree of `depth`.
static inline uint64_t tree_size(uint32_t depth)
{
  return ((uint64_t)2 << depth) - 1;
}

// The sum of its numbers, in closed form and modulo 2^64: level k has the
// numbers number*2^k .. number*2^k + 2^k - 1, whose sum is
// number*4^k + (4^k - 2^k)/2.
static inline uint64_t tree_sum(uint32_t depth, uint64_t number)
{
  uint64_t fours = (((uint64_t)4 << 2 * depth) - 1) / 3;
  return number * fours + (fours - tree_size(depth)) / 2;
}

#endif
