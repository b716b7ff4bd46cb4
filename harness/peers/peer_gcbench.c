// peer_gcbench.c: workloads/gcbench.c in plain C.
// SPDX-License-Identifier: MIT

#include "peer.h"
#include "peer_tree.h"

#include <stdlib.h>

enum { STRETCH, LONG_LIVED, ARRAY, MIN, MAX, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [STRETCH] = {.name = "stretch",
                 .type = WANE_OPTION_INT,
                 .value = "18",
                 .max = 26},
    [LONG_LIVED] = {.name = "long_lived",
                    .type = WANE_OPTION_INT,
                    .value = "16",
                    .max = 26},
    [ARRAY] = {.name = "array",
               .type = WANE_OPTION_INT,
               .value = "500000",
               .min = 1,
               .max = 1 << 28},
    [MIN] = {.name = "min", .type = WANE_OPTION_INT, .value = "4", .max = 26},
    [MAX] = {.name = "max", .type = WANE_OPTION_INT, .value = "16", .max = 26},
};

// One thread's long-lived data, kept for check. In memory that Boehm scans.
struct share {
  struct tree *tree;
  double *array;
};

static unsigned option(const struct peer_run *run, int index)
{
  return (unsigned)run->options[index].integer;
}

static bool setup(struct peer_run *run)
{
  struct share *shares = peer_new(run->threads * sizeof *shares);
  run->state = shares;
  for (unsigned i = 0; shares && i < run->threads; i++)
    shares[i] = (struct share){0};
  return shares != NULL;
}

static bool long_lived(struct peer_run *run, struct share *share)
{
  unsigned n = option(run, ARRAY);
  share->tree = tree_leaf(0);
  if (!share->tree || !tree_top_down(share->tree, option(run, LONG_LIVED), 1))
    return false;
  share->array = peer_new_plain(n * sizeof(double));
  if (!share->array) return false;
  for (unsigned i = 0; i < n; i++) // a new wane object is zero
    share->array[i] = i > 0 && i < n / 2 ? 1.0 / i : 0;
  return true;
}

static bool construct(struct peer_run *run, unsigned depth, uint64_t *checksum)
{
  uint64_t n = 2 * tree_size(option(run, STRETCH)) / tree_size(depth);
  for (uint64_t i = 0; i < n; i++) {
    struct tree *tree = tree_leaf(0);
    if (!tree || !tree_top_down(tree, depth, 1)) return false;
    *checksum += tree->sum;
    tree_drop(tree);
  }
  for (uint64_t i = 0; i < n; i++) {
    struct tree *tree = tree_bottom_up(depth, 1);
    if (!tree) return false;
    *checksum += tree->sum;
    tree_drop(tree);
  }
  return true;
}

static bool body(struct peer_run *run, unsigned index, uint64_t *checksum)
{
  struct tree *stretch = tree_bottom_up(option(run, STRETCH), 1);
  if (!stretch) return false;
  *checksum += stretch->sum;
  tree_drop(stretch);
  bool good = long_lived(run, (struct share *)run->state + index);
  for (unsigned d = option(run, MIN); good && d <= option(run, MAX); d += 2)
    good = construct(run, d, checksum);
  return good;
}

static bool check(struct peer_run *run, uint64_t *checksum)
{
  unsigned depth = option(run, LONG_LIVED);
  for (unsigned i = 0; i < run->threads; i++) {
    struct share *share = (struct share *)run->state + i;
    if (tree_intact(share->tree, depth, 1) != tree_size(depth)) return false;
    *checksum += share->tree->sum;
    tree_drop(share->tree);
    peer_free(share->array);
  }
  peer_free(run->state);
  return true;
}

const struct peer_program peer_program = {.name = "gcbench",
                                          .options = options,
                                          .n_options = N_OPTIONS,
                                          .setup = setup,
                                          .body = body,
                                          .check = check};
