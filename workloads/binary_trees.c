// binary_trees.c: the Benchmarks Game's binary-trees.
// SPDX-License-Identifier: MIT
//
// By its rules: a stretch tree one deeper than the rest, a long-lived tree
// that is kept to the end, and for each second depth from 4 on 2^(max-d+min)
// trees, each built bottom-up, walked and dropped. The game's item check
// counts nodes; here a node counts only when it holds the right integer. Each
// mutator does the whole work on trees of its own.

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <wane/numa.h>
#include <wane/workload.h>

#include "tree.h"

enum { DEPTH, MIN, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [DEPTH] = {.name = "depth",
               .type = WANE_OPTION_INT,
               .value = "16",
               .help = "depth of the largest trees (the game's N); at least "
                       "min+2 is used",
               .min = 1,
               .max = 26},
    [MIN] = {.name = "min",
             .type = WANE_OPTION_INT,
             .value = "4",
             .help = "depth of the smallest trees; every second one follows",
             .min = 0,
             .max = 24},
};

static const struct wane_type *node_type;

// What one mutator leaves behind for `check`.
struct share {
  struct wane_handle *tree; // the long-lived one
  uint64_t checksum;        // sum of all its trees
};

static uint32_t min_depth(const struct wane_workload_run *run)
{
  return (uint32_t)run->options[MIN].integer;
}

static uint32_t max_depth(const struct wane_workload_run *run)
{
  uint32_t depth = (uint32_t)run->options[DEPTH].integer;
  return depth > min_depth(run) + 2 ? depth : min_depth(run) + 2;
}

static int prepare(struct wane_workload_run *run)
{
  run->state = calloc(run->mutators, sizeof(struct share));
  if (run->state) return 0;
  run->fail(run, "binary_trees: no memory for %u mutators", run->mutators);
  return ENOMEM;
}

static void dispose(struct wane_workload_run *run)
{
  free(run->state);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  if (tree_type_register(&node_type) == 0) return 0;
  run->fail(run, "binary_trees: its type could not be registered");
  return EINVAL;
}

// The item check of one tree; adds its sum to the checksum.
static int check_item(struct wane_workload_run *run, uint64_t *checksum,
                      wane_ref tree, uint32_t depth)
{
  uint64_t intact = tree_intact(tree, depth, 1);
  if (WANE_LIKELY(intact == tree_size(depth))) {
    *checksum += tree_node(tree)->sum;
    return 0;
  }
  run->fail(run,
            "binary_trees: a tree of depth %u: expected %" PRIu64
            " intact nodes, found %" PRIu64,
            depth, tree_size(depth), intact);
  return EINVAL;
}

// Builds `n` trees, and walks and drops each.
static int trees(struct wane_workload_run *run, struct wane_mutator *m,
                 struct share *share, uint32_t depth, uint64_t n)
{
  for (uint64_t i = 0; i < n; i++) {
    wane_ref tree = tree_bottom_up(m, node_type, depth, 1);
    if (!tree) return ENOMEM;
    if (wane_access_wanted(m)) tree_access(m, tree);
    int result = check_item(run, &share->checksum, tree, depth);
    if (result) return result;
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct share *share = (struct share *)run->state + index;
  uint32_t min = min_depth(run), max = max_depth(run);
  int result = trees(run, m, share, max + 1, 1);
  if (result) return result;
  wane_ref tree = tree_bottom_up(m, node_type, max, 1);
  if (!tree) return ENOMEM;
  share->tree = wane_handle_new(m, tree);
  if (!share->tree) return ENOMEM;
  for (uint32_t depth = min; depth <= max && !result; depth += 2) {
    result = trees(run, m, share, depth, (uint64_t)1 << (max - depth + min));
    if (index == 0) run->progress(run, (depth - min + 2.0) / (max - min + 2));
  }
  return result;
}

// The sum that one mutator's trees must have.
static uint64_t closed_form(const struct wane_workload_run *run)
{
  uint32_t min = min_depth(run), max = max_depth(run);
  uint64_t sum = tree_sum(max + 1, 1) + tree_sum(max, 1);
  for (uint32_t depth = min; depth <= max; depth += 2)
    sum += ((uint64_t)1 << (max - depth + min)) * tree_sum(depth, 1);
  return sum;
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  struct share *shares = run->state;
  uint64_t total = 0, expected = closed_form(run);
  for (uint32_t i = 0; i < run->mutators; i++) {
    uint64_t sum = shares[i].checksum;
    int result =
        check_item(run, &sum, wane_handle_get(shares[i].tree), max_depth(run));
    if (result) return result;
    if (sum != expected) {
      run->fail(run,
                "binary_trees: mutator %u: expected the checksum %" PRIu64
                ", found %" PRIu64,
                i, expected, sum);
      return EINVAL;
    }
    total += sum;
  }
  run->note(run, "checksum=%" PRIu64, total);
  return 0;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct share *shares = run->state;
  for (uint32_t i = 0; i < run->mutators; i++) {
    if (shares[i].tree) wane_handle_free(m, shares[i].tree);
    shares[i] = (struct share){0};
  }
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "binary_trees",
    .help = "the Benchmarks Game's binary-trees; each mutator does all of it",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
