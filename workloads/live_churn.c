// live_churn.c: a big live heap of small trees, and how long one request takes.
// SPDX-License-Identifier: MIT
//
// A table holds `trees` trees of 31 nodes (2^20 of them are 1 GiB and more).
// Once it is full, each mutator runs `ops` operations: build a tree of 63
// nodes, read it, drop it; build a tree of 31 nodes and put it in the place of
// a random one, whoever built that. The table is shared by all mutators, so
// with more than one of them most of what is dropped was another thread's.
//
// Each operation is reported as a request: one clock reading per operation, the
// end of one is the start of the next, no gap is left out. With rate=N they
// come by a schedule instead, N a second on each mutator: a mutator that is
// early waits, one that is late begins at once and does not catch its breath,
// and a request's latency counts from when it should have begun.
// Checksum: what was dropped and what is left must add up to what was built.

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <wane/numa.h>
#include <wane/workload.h>

#include "program.h"
#include "tree.h"

enum { TREES, OPS, RATE, N_OPTIONS };
static const struct wane_option options[N_OPTIONS] = {
    [TREES] = {.name = "trees",
               .type = WANE_OPTION_INT,
               .value = "2^15",
               .help = "live trees of 31 nodes; 2^20 for 1 GiB and more",
               .min = 1,
               .max = 1 << 30},
    [OPS] = {.name = "ops",
             .type = WANE_OPTION_INT,
             .value = "200000",
             .help = "operations per mutator",
             .min = 1,
             .max = 0x1p40},
    [RATE] = {.name = "rate",
              .type = WANE_OPTION_DOUBLE,
              .value = "0",
              .help = "operations a second that each mutator is asked for, "
                      "whether it keeps up or not; 0: one after the other",
              .min = 0,
              .max = 1e9},
};

#define EARLY_NS 200000
enum { LIVE_DEPTH = 4, SHORT_DEPTH = 5 };          // 31 and 63 nodes
enum { CHUNK_BITS = 10, CHUNK = 1 << CHUNK_BITS }; // trees per table chunk

static const struct wane_type *node_type, *table_type;

// What one mutator leaves behind for `check`.
struct share {
  uint64_t dropped; // sums of the trees it dropped
};

struct churn {
  struct wane_handle *table;   // an array of chunks, each an array of trees
  pthread_barrier_t full;      // all have filled their part of the table, or
  atomic_bool short_of_memory; // one of them could not
  struct share share[];        // one per mutator
};

static uint64_t trees(const struct wane_workload_run *run)
{
  return (uint64_t)run->options[TREES].integer;
}

static uint64_t ops(const struct wane_workload_run *run)
{
  return (uint64_t)run->options[OPS].integer;
}

// The chunk that holds tree `i`, and its slot.
static wane_ref chunk_of(wane_ref table, uint64_t i, struct wane_slot **slot)
{
  wane_ref chunk = wane_load(&array_slots(table)[i >> CHUNK_BITS]);
  *slot = &array_slots(chunk)[i & (CHUNK - 1)];
  return chunk;
}

static int prepare(struct wane_workload_run *run)
{
  struct churn *churn =
      calloc(1, sizeof *churn + run->mutators * sizeof(struct share));
  if (churn && pthread_barrier_init(&churn->full, NULL, run->mutators) == 0) {
    run->state = churn;
    run->requests = ops(run);
    return 0;
  }
  free(churn);
  run->fail(run, "live_churn: no memory for %u mutators", run->mutators);
  return ENOMEM;
}

static void dispose(struct wane_workload_run *run)
{
  struct churn *churn = run->state;
  if (churn) pthread_barrier_destroy(&churn->full);
  free(churn);
}

static int make_table(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct churn *churn = run->state;
  uint32_t n = (uint32_t)((trees(run) + CHUNK - 1) >> CHUNK_BITS);
  WANE_ROOTS(m, table, 1);
  table[0] = wane_alloc_array(m, table_type, n, 0);
  if (!table[0]) return ENOMEM;
  for (uint32_t i = 0; i < n; i++) {
    wane_ref chunk = wane_alloc_array(m, table_type, CHUNK, 0);
    if (!chunk) return ENOMEM;
    wane_store(m, table[0], &array_slots(table[0])[i], chunk);
  }
  churn->table = wane_handle_new(m, table[0]);
  return churn->table ? 0 : ENOMEM;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct churn *churn = run->state;
  const struct wane_type_spec spec = {.name = "tree_table",
                                      .size = sizeof(struct wane_array),
                                      .array_offset =
                                          sizeof(struct wane_array)};
  if (tree_type_register(&node_type) ||
      wane_type_register(&spec, &table_type)) {
    run->fail(run, "live_churn: its types could not be registered");
    return EINVAL;
  }
  atomic_store(&churn->short_of_memory, false);
  for (uint32_t i = 0; i < run->mutators; i++) churn->share[i].dropped = 0;
  return make_table(run, m);
}

// Mutator `index` fills its part of the table.
static int fill(struct wane_workload_run *run, struct wane_mutator *m,
                wane_ref table, uint32_t index)
{
  uint64_t end = trees(run) * (index + 1) / run->mutators;
  for (uint64_t i = trees(run) * index / run->mutators; i < end; i++) {
    wane_ref tree = tree_bottom_up(m, node_type, LIVE_DEPTH, i);
    if (!tree) return ENOMEM;
    struct wane_slot *slot;
    wane_ref chunk = chunk_of(table, i, &slot);
    wane_store(m, chunk, slot, tree);
  }
  return 0;
}

// With --verify: every node of a tree, whatever its number.
static int verify(struct wane_workload_run *run, wane_ref tree)
{
  wane_ref left = tree ? wane_load(&tree_node(tree)->left) : NULL;
  wane_ref right = tree ? wane_load(&tree_node(tree)->right) : NULL;
  uint64_t intact = 0;
  if (left && right)
    intact = tree_intact(tree, LIVE_DEPTH,
                         tree_node(tree)->sum - tree_node(left)->sum -
                             tree_node(right)->sum);
  if (intact == tree_size(LIVE_DEPTH)) return 0;
  run->fail(run,
            "live_churn: a live tree: expected %" PRIu64
            " intact nodes, found %" PRIu64,
            tree_size(LIVE_DEPTH), intact);
  return EINVAL;
}

// One operation: a short-lived tree, then the replacement of live tree `i`.
static int operate(struct wane_workload_run *run, struct wane_mutator *m,
                   wane_ref table, struct share *share, uint64_t i,
                   uint64_t number)
{
  wane_ref tree = tree_bottom_up(m, node_type, SHORT_DEPTH, number);
  if (WANE_UNLIKELY(!tree)) return ENOMEM;
  share->dropped += tree_node(tree)->sum;
  tree = tree_bottom_up(m, node_type, LIVE_DEPTH, number);
  if (WANE_UNLIKELY(!tree)) return ENOMEM;
  struct wane_slot *slot;
  wane_ref chunk = chunk_of(table, i, &slot);
  wane_ref old = wane_exchange(m, chunk, slot, tree);
  if (wane_access_wanted(m)) {
    wane_access(m, &array_slots(table)[i >> CHUNK_BITS]);
    wane_access(m, old);
  }
  if (run->verify) {
    int result = verify(run, old);
    if (result) return result;
  }
  share->dropped += tree_node(old)->sum;
  return 0;
}

// Sleeps, detached, until shortly before `ns`, for who sleeps gets up late; the
// rest is waited for awake. Returns the time.
static uint64_t await(struct wane_mutator *m, uint64_t ns)
{
  uint64_t now = now_ns();
  if (now + EARLY_NS < ns) {
    uint64_t until = ns - EARLY_NS;
    const struct timespec t = {.tv_sec = (time_t)(until / 1000000000),
                               .tv_nsec = (long)(until % 1000000000)};
    wane_detach(m);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
      continue;
    wane_attach(m);
  }
  for (now = now_ns(); now < ns; now = now_ns()) wane_safepoint(m);
  return now;
}

// When operation `op` of mutator `index` is due; the mutators' turns are evenly
// spread. 0: there is no schedule.
static uint64_t due(const struct wane_workload_run *run, uint64_t begin,
                    uint32_t index, uint64_t op)
{
  double rate = run->options[RATE].real;
  if (rate == 0) return 0;
  double turn = (double)op + (double)index / (double)run->mutators;
  return begin + (uint64_t)(turn * 1e9 / rate);
}

static int operations(struct wane_workload_run *run, struct wane_mutator *m,
                      wane_ref table, uint32_t index)
{
  struct share *share = &((struct churn *)run->state)->share[index];
  uint64_t n = ops(run), random = run->seed + index;
  uint64_t begin = now_ns(), start = begin;
  uint64_t number = trees(run) + index * n;
  for (uint64_t op = 0; op < n; op++) {
    uint64_t i = random_below(&random, trees(run));
    uint64_t intended = due(run, begin, index, op);
    if (intended) start = await(m, intended);
    int result = operate(run, m, table, share, i, number + op);
    if (WANE_UNLIKELY(result)) return result;
    uint64_t end = now_ns();
    run->request(run, index, intended, start, end);
    start = end;
    if (index == 0 && op % 1024 == 0)
      run->progress(run, (double)op / (double)n);
  }
  return 0;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct churn *churn = run->state;
  WANE_ROOTS(m, table, 1);
  table[0] = wane_handle_get(churn->table);
  if (fill(run, m, table[0], index))
    atomic_store(&churn->short_of_memory, true);
  wane_detach(m);
  pthread_barrier_wait(&churn->full); // also after a failure: others wait
  wane_attach(m);
  if (atomic_load(&churn->short_of_memory)) return ENOMEM;
  return operations(run, m, table[0], index);
}

// The sum of the trees numbered 0 .. n-1, of which [from, n): linear in the
// number, so the closed form of one tree gives that of all.
static uint64_t sum_of_trees(uint32_t depth, uint64_t from, uint64_t n)
{
  uint64_t per_number = tree_sum(depth, 1) - tree_sum(depth, 0);
  uint64_t numbers = n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1);
  numbers -= from % 2 ? (from - 1) / 2 * from : from / 2 * (from - 1);
  return per_number * numbers + (n - from) * tree_sum(depth, 0);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct churn *churn = run->state;
  uint64_t built = trees(run) + run->mutators * ops(run), sum = 0;
  uint64_t expected = sum_of_trees(LIVE_DEPTH, 0, built) +
                      sum_of_trees(SHORT_DEPTH, trees(run), built);
  WANE_ROOTS(m, table, 1);
  table[0] = wane_handle_get(churn->table);
  for (uint64_t i = 0; i < trees(run); i++) {
    struct wane_slot *slot;
    chunk_of(table[0], i, &slot);
    wane_ref tree = wane_load(slot);
    int result = verify(run, tree);
    if (result) return result;
    sum += tree_node(tree)->sum;
    wane_safepoint(m);
  }
  for (uint32_t i = 0; i < run->mutators; i++) sum += churn->share[i].dropped;
  if (sum != expected) {
    run->fail(run,
              "live_churn: dropped and live trees: expected the sum %" PRIu64
              ", found %" PRIu64,
              expected, sum);
    return EINVAL;
  }
  run->note(run, "checksum=%" PRIu64, sum);
  return 0;
}

static int finish(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct churn *churn = run->state;
  if (churn->table) wane_handle_free(m, churn->table);
  churn->table = NULL;
  return 0;
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "live_churn",
    .help = "a live table of trees, replaced at random; latency per operation",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .finish = finish,
    .dispose = dispose,
};
