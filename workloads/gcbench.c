// gcbench.c: Boehm's GCBench: trees of all sizes beside long-lived data.
// SPDX-License-Identifier: MIT
//
// John Ellis, Pete Kovac and Hans Boehm's benchmark with its standard
// parameters as defaults: a stretch tree that is dropped at once, a long-lived
// tree and a long-lived array of doubles, then for each depth as many trees as
// make up twice the stretch tree, built top-down and again bottom-up. Each
// mutator does the whole work on data of its own.

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <wane/workload.h>

#include "tree.h"

enum { STRETCH, LONG_LIVED, ARRAY, MIN, MAX, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [STRETCH] = {.name = "stretch",
                 .type = WANE_OPTION_INT,
                 .value = "18",
                 .help = "depth of the first tree, dropped at once",
                 .min = 0,
                 .max = 26},
    [LONG_LIVED] = {.name = "long_lived",
                    .type = WANE_OPTION_INT,
                    .value = "16",
                    .help = "depth of the long-lived tree",
                    .min = 0,
                    .max = 26},
    [ARRAY] = {.name = "array",
               .type = WANE_OPTION_INT,
               .value = "500000",
               .help = "doubles in the long-lived array",
               .min = 1,
               .max = 1 << 28},
    [MIN] = {.name = "min",
             .type = WANE_OPTION_INT,
             .value = "4",
             .help = "depth of the smallest trees; every second one follows",
             .min = 0,
             .max = 26},
    [MAX] = {.name = "max",
             .type = WANE_OPTION_INT,
             .value = "16",
             .help = "depth of the largest trees",
             .min = 0,
             .max = 26},
};

static const struct wane_type *node_type, *array_type;

// What one mutator leaves behind for `check`.
struct share {
  struct wane_handle *tree, *array;
  uint64_t checksum; // sum of all its trees
};

static uint32_t option(const struct wane_workload_run *run, int index)
{
  return (uint32_t)run->options[index].integer;
}

// GCBench's NumIters.
static uint64_t tree_count(const struct wane_workload_run *run, uint32_t depth)
{
  return 2 * tree_size(option(run, STRETCH)) / tree_size(depth);
}

static double *array_data(wane_ref array)
{
  return (double *)(void *)((struct wane_array *)(void *)array + 1);
}

static int prepare(struct wane_workload_run *run)
{
  if (option(run, MIN) > option(run, MAX)) {
    run->fail(run, "gcbench: min=%u is more than max=%u", option(run, MIN),
              option(run, MAX));
    return EINVAL;
  }
  run->state = calloc(run->mutators, sizeof(struct share));
  if (run->state) return 0;
  run->fail(run, "gcbench: no memory for %u mutators", run->mutators);
  return ENOMEM;
}

static void dispose(struct wane_workload_run *run)
{
  free(run->state);
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  const struct wane_type_spec spec = {.name = "double_array",
                                      .size = sizeof(struct wane_array),
                                      .array_offset = sizeof(struct wane_array),
                                      .acyclic = true};
  if (tree_type_register(&node_type) ||
      wane_type_register(&spec, &array_type)) {
    run->fail(run, "gcbench: its types could not be registered");
    return EINVAL;
  }
  return 0;
}

// `trees` is the sum of `count` trees of `depth`.
static int expect(struct wane_workload_run *run, struct share *share,
                  const char *how, uint32_t depth, uint64_t count,
                  uint64_t trees)
{
  uint64_t expected = count * tree_sum(depth, 1);
  share->checksum += trees;
  if (trees == expected) return 0;
  run->fail(run,
            "gcbench: %" PRIu64 " %s of depth %u: expected the sum %" PRIu64
            ", found %" PRIu64,
            count, how, depth, expected, trees);
  return EINVAL;
}

static int stretch(struct wane_workload_run *run, struct wane_mutator *m,
                   struct share *share)
{
  uint32_t depth = option(run, STRETCH);
  wane_ref tree = tree_bottom_up(m, node_type, depth, 1);
  if (!tree) return ENOMEM;
  return expect(run, share, "stretch tree", depth, 1, tree_node(tree)->sum);
}

static int long_lived(struct wane_workload_run *run, struct wane_mutator *m,
                      struct share *share)
{
  WANE_ROOTS(m, root, 1);
  root[0] = wane_alloc(m, node_type);
  if (!root[0] ||
      !tree_top_down(m, node_type, root[0], option(run, LONG_LIVED), 1))
    return ENOMEM;
  share->tree = wane_handle_new(m, root[0]);
  uint32_t n = option(run, ARRAY);
  root[0] = wane_alloc_array(m, array_type, 0, n * sizeof(double));
  if (!root[0] || !share->tree) return ENOMEM;
  double *data = array_data(root[0]);
  for (uint32_t i = 1; i < n / 2; i++) data[i] = 1.0 / i;
  share->array = wane_handle_new(m, root[0]);
  return share->array ? 0 : ENOMEM;
}

static int top_down(struct wane_workload_run *run, struct wane_mutator *m,
                    struct share *share, uint32_t depth)
{
  uint64_t n = tree_count(run, depth), sum = 0;
  WANE_ROOTS(m, root, 1);
  for (uint64_t i = 0; i < n; i++) {
    root[0] = wane_alloc(m, node_type);
    if (!root[0] || !tree_top_down(m, node_type, root[0], depth, 1))
      return ENOMEM;
    sum += tree_node(root[0])->sum;
  }
  return expect(run, share, "top-down trees", depth, n, sum);
}

static int bottom_up(struct wane_workload_run *run, struct wane_mutator *m,
                     struct share *share, uint32_t depth)
{
  uint64_t n = tree_count(run, depth), sum = 0;
  for (uint64_t i = 0; i < n; i++) {
    wane_ref tree = tree_bottom_up(m, node_type, depth, 1);
    if (!tree) return ENOMEM;
    sum += tree_node(tree)->sum;
  }
  return expect(run, share, "bottom-up trees", depth, n, sum);
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct share *share = (struct share *)run->state + index;
  uint32_t min = option(run, MIN), max = option(run, MAX);
  int result = stretch(run, m, share);
  if (!result) result = long_lived(run, m, share);
  for (uint32_t depth = min; depth <= max && !result; depth += 2) {
    result = top_down(run, m, share, depth);
    if (!result) result = bottom_up(run, m, share, depth);
    if (index == 0) run->progress(run, (depth - min + 2.0) / (max - min + 2));
  }
  return result;
}

// GCBench looks at one element; so does this, at all of them with --verify.
static bool array_holds(const struct wane_workload_run *run, wane_ref array)
{
  uint32_t n = option(run, ARRAY) / 2;
  uint32_t first = run->verify ? 1 : n > 1000 ? 1000 : n ? n - 1 : 0;
  uint32_t end = run->verify ? n : first + 1;
  for (uint32_t i = first ? first : 1; i < end; i++)
    if (array_data(array)[i] != 1.0 / i) return false;
  return true;
}

static int check_share(struct wane_workload_run *run, const struct share *share,
                       uint32_t index)
{
  uint32_t depth = option(run, LONG_LIVED);
  uint64_t intact = tree_intact(wane_handle_get(share->tree), depth, 1);
  if (intact != tree_size(depth)) {
    run->fail(run,
              "gcbench: mutator %u: of the long-lived tree's %" PRIu64
              " nodes only %" PRIu64 " are intact",
              index, tree_size(depth), intact);
    return EINVAL;
  }
  if (!array_holds(run, wane_handle_get(share->array))) {
    run->fail(run, "gcbench: mutator %u: the long-lived array has changed",
              index);
    return EINVAL;
  }
  return 0;
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  (void)m;
  const struct share *shares = run->state;
  uint64_t checksum = 0;
  for (uint32_t i = 0; i < run->mutators; i++) {
    int result = check_share(run, &shares[i], i);
    if (result) return result;
    checksum += shares[i].checksum + tree_sum(option(run, LONG_LIVED), 1);
  }
  run->note(run, "checksum=%" PRIu64, checksum);
  return 0;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct share *shares = run->state;
  for (uint32_t i = 0; i < run->mutators; i++) {
    if (shares[i].tree) wane_handle_free(m, shares[i].tree);
    if (shares[i].array) wane_handle_free(m, shares[i].array);
    shares[i] = (struct share){0};
  }
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "gcbench",
    .help = "Boehm's GCBench; each mutator does the whole work",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
