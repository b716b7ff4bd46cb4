// peer_binary_trees.c: workloads/binary_trees.c in plain C.
// SPDX-License-Identifier: MIT

#include "peer.h"
#include "peer_tree.h"

enum { DEPTH, MIN, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [DEPTH] = {.name = "depth",
               .type = WANE_OPTION_INT,
               .value = "16",
               .min = 1,
               .max = 26},
    [MIN] = {.name = "min",
             .type = WANE_OPTION_INT,
             .value = "4",
             .min = 0,
             .max = 24},
};

// Builds, walks and drops `n` trees.
static bool trees(unsigned depth, uint64_t n, uint64_t *checksum)
{
  for (uint64_t i = 0; i < n; i++) {
    struct tree *tree = tree_bottom_up(depth, 1);
    if (!tree || tree_intact(tree, depth, 1) != tree_size(depth)) return false;
    *checksum += tree->sum;
    tree_drop(tree);
  }
  return true;
}

static bool body(struct peer_run *run, unsigned index, uint64_t *checksum)
{
  (void)index;
  unsigned min = (unsigned)run->options[MIN].integer;
  unsigned max = (unsigned)run->options[DEPTH].integer;
  if (max < min + 2) max = min + 2;
  if (!trees(max + 1, 1, checksum)) return false;
  struct tree *long_lived = tree_bottom_up(max, 1);
  if (!long_lived) return false;
  for (unsigned d = min; d <= max; d += 2)
    if (!trees(d, (uint64_t)1 << (max - d + min), checksum)) return false;
  if (tree_intact(long_lived, max, 1) != tree_size(max)) return false;
  *checksum += long_lived->sum;
  tree_drop(long_lived);
  return true;
}

const struct peer_program peer_program = {.name = "binary_trees",
                                          .options = options,
                                          .n_options = N_OPTIONS,
                                          .body = body};
