// tree.c: builds and checks the binary trees of three workloads.
// SPDX-License-Identifier: MIT
//
// Every allocation is a safepoint, so a subtree must be rooted while its
// sibling and its parent are made. Bottom-up, the shadow stack is pushed once
// per tree: level d owns roots[2d] and roots[2d+1], and one write per node is
// all it costs. A stale entry is a node of the same tree, which lives anyway.
// Top-down there is nothing to root: each node hangs from the caller's root
// before the next one is made. Mutator threads only.

#include "tree.h"

#include <wane/numa.h>

int tree_type_register(const struct wane_type **type)
{
  static const uint32_t refs[] = {offsetof(struct tree_node, left),
                                  offsetof(struct tree_node, right)};
  const struct wane_type_spec spec = {.name = "tree_node",
                                      .size = sizeof(struct tree_node),
                                      .n_refs = 2,
                                      .ref_offsets = refs};
  return wane_type_register(&spec, type);
}

// `roots`: two entries for this level, then those of the levels below.
static wane_ref build(struct wane_mutator *m, const struct wane_type *type,
                      uint32_t depth, uint64_t number, wane_ref *roots)
{
  if (depth == 0) {
    wane_ref leaf = wane_alloc(m, type);
    if (WANE_LIKELY(leaf != NULL)) tree_node(leaf)->sum = number;
    return leaf;
  }
  wane_ref left = build(m, type, depth - 1, 2 * number, roots + 2);
  if (WANE_UNLIKELY(!left)) return NULL;
  roots[0] = left;
  wane_ref right = build(m, type, depth - 1, 2 * number + 1, roots + 2);
  if (WANE_UNLIKELY(!right)) return NULL;
  roots[1] = right;
  wane_ref object = wane_alloc(m, type);
  if (WANE_UNLIKELY(!object)) return NULL;
  struct tree_node *node = tree_node(object);
  wane_init(m, object, &node->left, left);
  wane_init(m, object, &node->right, right);
  node->sum = number + tree_node(left)->sum + tree_node(right)->sum;
  return object;
}

wane_ref tree_bottom_up(struct wane_mutator *m, const struct wane_type *type,
                        uint32_t depth, uint64_t number)
{
  WANE_ROOTS(m, roots, 2 * (size_t)depth);
  return build(m, type, depth, number, roots);
}

bool tree_top_down(struct wane_mutator *m, const struct wane_type *type,
                   wane_ref root, uint32_t depth, uint64_t number)
{
  struct tree_node *node = tree_node(root);
  if (depth == 0) {
    node->sum = number;
    return true;
  }
  wane_ref left = wane_alloc(m, type);
  if (WANE_UNLIKELY(!left)) return false;
  wane_store(m, root, &node->left, left);
  wane_ref right = wane_alloc(m, type);
  if (WANE_UNLIKELY(!right)) return false;
  wane_store(m, root, &node->right, right);
  if (!tree_top_down(m, type, left, depth - 1, 2 * number) ||
      !tree_top_down(m, type, right, depth - 1, 2 * number + 1))
    return false;
  node->sum = number + tree_node(left)->sum + tree_node(right)->sum;
  return true;
}

uint64_t tree_intact(wane_ref root, uint32_t depth, uint64_t number)
{
  if (!root) return 0;
  struct tree_node *node = tree_node(root);
  wane_ref left = wane_load(&node->left);
  wane_ref right = wane_load(&node->right);
  if (depth == 0) return !left && !right && node->sum == number;
  if (!left || !right) return 0;
  uint64_t sum = number + tree_node(left)->sum + tree_node(right)->sum;
  return (node->sum == sum) + tree_intact(left, depth - 1, 2 * number) +
         tree_intact(right, depth - 1, 2 * number + 1);
}

void tree_access(struct wane_mutator *m, wane_ref root)
{
  for (; root; root = wane_load(&tree_node(root)->right)) {
    wane_access(m, root);
    tree_access(m, wane_load(&tree_node(root)->left));
  }
}
