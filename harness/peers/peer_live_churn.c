// peer_live_churn.c: workloads/live_churn.c in plain C.
// SPDX-License-Identifier: MIT
//
// Prints the percentiles of the operations' latencies on a second line.

#include "peer.h"
#include "peer_tree.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <wane/histogram.h>

enum { TREES, OPS, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [TREES] = {.name = "trees",
               .type = WANE_OPTION_INT,
               .value = "2^15",
               .min = 1,
               .max = 1 << 30},
    [OPS] = {.name = "ops",
             .type = WANE_OPTION_INT,
             .value = "200000",
             .min = 1,
             .max = 0x1p40},
};

enum { LIVE_DEPTH = 4, SHORT_DEPTH = 5 };

static _Atomic(struct tree *) *table;  // static: Boehm finds it
static struct wane_histogram *latency; // one per thread
static pthread_barrier_t full;
static atomic_bool short_of_memory;

static uint64_t now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t next_random(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static bool setup(struct peer_run *run)
{
  table = peer_new((size_t)run->options[TREES].integer * sizeof *table);
  latency = calloc(run->threads, sizeof *latency);
  return table && latency && !pthread_barrier_init(&full, NULL, run->threads);
}

static bool fill(uint64_t begin, uint64_t end)
{
  for (uint64_t i = begin; i < end; i++) {
    struct tree *tree = tree_bottom_up(LIVE_DEPTH, i);
    if (!tree) return false;
    atomic_store(&table[i], tree);
  }
  return true;
}

// The exchange is what a shared table costs in any language.
static bool operate(uint64_t i, uint64_t number, uint64_t *checksum)
{
  struct tree *tree = tree_bottom_up(SHORT_DEPTH, number);
  if (!tree) return false;
  *checksum += tree->sum;
  tree_drop(tree);
  tree = tree_bottom_up(LIVE_DEPTH, number);
  if (!tree) return false;
  tree = atomic_exchange(&table[i], tree);
  *checksum += tree->sum;
  tree_drop(tree);
  return true;
}

static bool body(struct peer_run *run, unsigned index, uint64_t *checksum)
{
  uint64_t trees = (uint64_t)run->options[TREES].integer;
  uint64_t ops = (uint64_t)run->options[OPS].integer;
  if (!fill(trees * index / run->threads, trees * (index + 1) / run->threads))
    atomic_store(&short_of_memory, true);
  pthread_barrier_wait(&full);
  if (atomic_load(&short_of_memory)) return false;
  uint64_t random = run->seed + index, start = now_ns();
  for (uint64_t op = 0; op < ops; op++) {
    uint64_t i = (next_random(&random) >> 32) * trees >> 32;
    if (!operate(i, trees + index * ops + op, checksum)) return false;
    uint64_t end = now_ns();
    wane_histogram_add(&latency[index], end - start);
    start = end;
  }
  return true;
}

static void print_latency(struct peer_run *run)
{
  static const double percentiles[] = {50, 90, 99, 99.9, 99.99};
  for (unsigned i = 1; i < run->threads; i++)
    wane_histogram_merge(&latency[0], &latency[i]);
  printf("latency_ns");
  for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++)
    printf(" p%g=%" PRIu64, percentiles[i],
           wane_histogram_quantile(&latency[0], percentiles[i] / 100));
  printf(" max=%" PRIu64 "\n", latency[0].max);
}

static bool check(struct peer_run *run, uint64_t *checksum)
{
  for (int64_t i = 0; i < run->options[TREES].integer; i++) {
    struct tree *tree = atomic_load(&table[i]);
    uint64_t number = tree->sum - tree->left->sum - tree->right->sum;
    if (tree_intact(tree, LIVE_DEPTH, number) != tree_size(LIVE_DEPTH))
      return false;
    *checksum += tree->sum;
    tree_drop(tree);
  }
  print_latency(run);
  peer_free(table);
  free(latency);
  pthread_barrier_destroy(&full);
  return true;
}

const struct peer_program peer_program = {.name = "live_churn",
                                          .options = options,
                                          .n_options = N_OPTIONS,
                                          .setup = setup,
                                          .body = body,
                                          .check = check};
