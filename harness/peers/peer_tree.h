// peer_tree.h: the trees of workloads/tree.h in plain C with explicit free.
// SPDX-License-Identifier: MIT
//
// The same shapes, numbers and sums, built in the same order. Static, so that
// each peer is one translation unit and the compiler sees it whole.

#ifndef PEER_TREE_H
#define PEER_TREE_H

#include "peer_alloc.h"

#include <stdbool.h>

struct tree {
  struct tree *left, *right; // both NULL in a leaf
  uint64_t sum;              // of the numbers of its subtree
};

static inline uint64_t tree_size(unsigned depth)
{
  return ((uint64_t)2 << depth) - 1;
}

static inline struct tree *tree_leaf(uint64_t number)
{
  struct tree *tree = peer_new(sizeof *tree);
  if (tree) *tree = (struct tree){.sum = number};
  return tree;
}

// Children before parents. NULL: out of memory (what was built is leaked: the
// program ends).
static inline struct tree *tree_bottom_up(unsigned depth, uint64_t number)
{
  if (depth == 0) return tree_leaf(number);
  struct tree *left = tree_bottom_up(depth - 1, 2 * number);
  if (!left) return NULL;
  struct tree *right = tree_bottom_up(depth - 1, 2 * number + 1);
  if (!right) return NULL;
  struct tree *tree = peer_new(sizeof *tree);
  if (!tree) return NULL;
  *tree = (struct tree){left, right, number + left->sum + right->sum};
  return tree;
}

// Parents before children, below `tree`, a leaf. False: out of memory.
static inline bool tree_top_down(struct tree *tree, unsigned depth,
                                 uint64_t number)
{
  tree->sum = number;
  if (depth == 0) return true;
  if (!(tree->left = tree_leaf(0)) || !(tree->right = tree_leaf(0)))
    return false;
  if (!tree_top_down(tree->left, depth - 1, 2 * number) ||
      !tree_top_down(tree->right, depth - 1, 2 * number + 1))
    return false;
  tree->sum = number + tree->left->sum + tree->right->sum;
  return true;
}

// Counts the nodes that hold what they should.
static inline uint64_t tree_intact(const struct tree *tree, unsigned depth,
                                   uint64_t number)
{
  if (depth == 0) return !tree->left && !tree->right && tree->sum == number;
  if (!tree->left || !tree->right) return 0;
  return (tree->sum == number + tree->left->sum + tree->right->sum) +
         tree_intact(tree->left, depth - 1, 2 * number) +
         tree_intact(tree->right, depth - 1, 2 * number + 1);
}

static inline void tree_drop(struct tree *tree)
{
#if PEER_FREES
  if (tree->left) {
    tree_drop(tree->left);
    tree_drop(tree->right);
  }
  peer_free(tree);
#else
  (void)tree;
#endif
}

#endif
