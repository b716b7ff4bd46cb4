// test_heap_nodes.c: runtime/heap.c, space.c, policy.c: blocks have homes.
// SPDX-License-Identifier: MIT
//
// Blocks are taken and given here by hand, for threads of any node, on models
// of machines with 1 to 8 nodes.

#include "nodes_fixture.h"
#include "policy.h"

#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define CLASS wane__size_class(64)

static uint32_t take(uint32_t node)
{
  uint32_t block = wane__heap_take(CLASS, node);
  assert_int_not_equal(block, WANE__NO_BLOCK);
  return block;
}

static uint32_t take_run(uint32_t n, uint32_t node)
{
  uint32_t block = wane__heap_take_run(n, node);
  assert_int_not_equal(block, WANE__NO_BLOCK);
  return block;
}

static uint32_t home(uint32_t block)
{
  return wane__numa_home_at(wane__block_base(block));
}

// --- policies ----------------------------------------------------------------

static uint32_t same(uint32_t node, uint32_t n)
{
  (void)n;
  return node;
}

static uint32_t next(uint32_t node, uint32_t n)
{
  return node == WANE_NODE_ANY ? node : (node + 1) % n;
}

static uint32_t zero(uint32_t node, uint32_t n)
{
  (void)node;
  (void)n;
  return 0;
}

static uint32_t last(uint32_t node, uint32_t n)
{
  (void)node;
  return n - 1;
}

// The nearest of nodes 0 and 1, where all others are equally far.
static uint32_t first_two(uint32_t node, uint32_t n)
{
  (void)n;
  return node <= 1 ? node : node == WANE_NODE_ANY ? node : 0;
}

static void expect_home(uint32_t n, const char *memory,
                        uint32_t (*expected)(uint32_t node, uint32_t n))
{
  nodes_open(n, memory);
  nodes_start(64 * MIB);
  for (uint32_t i = 0; i <= n; i++) {
    uint32_t node = i < n ? i : WANE_NODE_ANY;
    uint32_t small = take(node), large = take_run(3, node);
    assert_int_equal(home(small), expected(node, n));
    for (uint32_t b = 0; b < 3; b++)
      assert_int_equal(home(large + b), expected(node, n));
  }
  nodes_stop();
}

static void each_policy_gives_the_homes_it_says(void **state)
{
  (void)state;
  for (uint32_t n = 1; n <= 8; n *= 2) {
    char text[32];
    expect_home(n, "local", same);
    expect_home(n, "first-touch", same);
    expect_home(n, "os-default", same);
    expect_home(n, "next-node", next);
    expect_home(n, "worst", next); // all are equally far
    expect_home(n, "bind:0", zero);
    expect_home(n, "interleave:0", zero);
    snprintf(text, sizeof text, "preferred:%u", n - 1);
    expect_home(n, text, last);
    if (n > 1) expect_home(n, "bind:0-1", first_two);
  }
}

// Page after page, by the address, as the kernel does it.
static void pages_go_round(void **state)
{
  (void)state;
  nodes_open(4, "interleave:0,2-3");
  nodes_start(64 * MIB);
  static const uint32_t round[] = {0, 2, 3};
  for (uint32_t i = 0; i < 3; i++) {
    uint32_t block = i < 2 ? take(i) : take_run(2, i);
    for (size_t at = 0; at < 2 * WANE_BLOCK_BYTES; at += 1000) {
      if (i < 2 && at >= WANE_BLOCK_BYTES) break;
      char *p = wane__block_base(block) + at;
      assert_int_equal(wane__numa_home_at(p),
                       round[((uintptr_t)p >> 12) % 3]);
    }
  }
  nodes_stop();
}

// --- used again --------------------------------------------------------------

static void what_is_freed_is_used_by_its_node(void **state)
{
  (void)state;
  nodes_open(4, "local");
  nodes_start(64 * MIB);
  uint32_t mine = take(2);
  wane__heap_classify(mine); // empty
  assert_int_not_equal(take(1), mine);
  assert_int_equal(take(2), mine);
  // The same for one that is partly free.
  wane_gc_heap.blocks[mine].live = 1;
  wane__heap_classify(mine);
  assert_int_equal(wane__blocks[mine].state, WANE__BLOCK_PARTIAL);
  assert_int_not_equal(take(3), mine);
  assert_int_equal(take(2), mine);
  assert_int_equal(home(mine), 2);
  nodes_stop();
}

static void what_is_freed_is_used_by_anybody(void **state)
{
  (void)state;
  nodes_open(4, "first-touch");
  nodes_start(64 * MIB);
  uint32_t block = take(2);
  wane__heap_classify(block);
  assert_int_equal(take(1), block);
  assert_int_equal(home(block), 2); // its pages are where they were
  nodes_stop();
}

static void trim(void)
{
  for (int i = 0; i < 64; i++) wane__heap_trim();
}

static void a_block_that_went_back_has_no_home(void **state)
{
  (void)state;
  nodes_open(4, "first-touch");
  nodes_start(64 * MIB);
  uint32_t block = take(2), run = take_run(5, 3);
  wane__heap_classify(block);
  wane__heap_free_run(run);
  trim();
  assert_int_equal(wane__heap_committed(), 0);
  assert_int_equal(home(block), WANE_NODE_ANY);
  for (uint32_t i = 0; i < 5; i++)
    assert_int_equal(home(run + i), WANE_NODE_ANY);
  assert_int_equal(take(1), block); // who touches it now
  assert_int_equal(home(block), 1);
  nodes_stop();
}

// What another thread frees goes back to where it is, so a producer and its
// consumer on another node need as many blocks as ever.
static void freeing_from_elsewhere_needs_no_more_blocks(void **state)
{
  (void)state;
  static const char *const policies[] = {"local", "next-node", "worst",
                                         "first-touch", "interleave"};
  for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
    nodes_open(4, policies[p]);
    nodes_start(64 * MIB);
    uint32_t blocks[20];
    for (int turn = 0; turn < 200; turn++) {
      for (int i = 0; i < 20; i++) blocks[i] = take(0);
      for (int i = 0; i < 20; i++) wane__heap_classify(blocks[i]);
    }
    assert_int_equal(wane__heap_committed(), 20 * WANE_BLOCK_BYTES);
    nodes_stop();
  }
}

// --- full --------------------------------------------------------------------

// A machine whose nodes are unequally far: 0 1 | 2 3, seen from 0 the order is
// 0 1 3 2.
static const char *unequal(void)
{
  static char source[128];
  static const char distances[] =
      "<distances2 type=\"NUMANode\" nbobjs=\"4\" kind=\"5\" "
      "name=\"NUMALatency\" indexing=\"os\">\n"
      "<indexes length=\"8\">0 1 2 3 </indexes>\n"
      "<u64values length=\"48\">10 16 40 32 16 10 40 32 40 40 10 16 "
      "32 32 16 10 </u64values>\n</distances2>\n";
  char error[256];
  struct wane_topology *t =
      wane_topology_open("synthetic:numa:4 pu:1", error, sizeof error);
  assert_non_null(t);
  char *xml = wane_topology_xml(t), *end = strstr(xml, "</topology>");
  assert_non_null(end);
  snprintf(source, sizeof source, "xml:test_heap_nodes.%d.xml", (int)getpid());
  FILE *file = fopen(source + 4, "w");
  assert_non_null(file);
  fprintf(file, "%.*s%s%s", (int)(end - xml), xml, distances, end);
  assert_int_equal(fclose(file), 0);
  free(xml);
  wane_topology_close(t);
  return source;
}

static void who_finds_its_node_full_goes_to_the_nearest(void **state)
{
  (void)state;
  const char *source = unequal();
  nodes_open_source(source, "local");
  unlink(source + 4);
  assert_int_equal(wane_topology_distance(nodes.topology, 0, 2), 40);
  nodes_start(2 * MIB); // 32 blocks
  uint32_t blocks[4][8];
  for (uint32_t node = 1; node < 4; node++)
    for (int i = 0; i < 8; i++) blocks[node][i] = take(node);
  for (int i = 0; i < 8; i++) blocks[0][i] = take(0);
  assert_int_equal(wane__heap_take(CLASS, 0), WANE__NO_BLOCK);
  for (uint32_t node = 1; node < 4; node++)
    for (int i = 0; i < 8; i++) wane__heap_classify(blocks[node][i]);
  static const uint32_t order[] = {1, 3, 2};
  for (int i = 0; i < 24; i++)
    assert_int_equal(home(take(0)), order[i / 8]);
  assert_int_equal(wane__heap_take(CLASS, 0), WANE__NO_BLOCK);
  assert_int_equal(wane__heap_take(CLASS, WANE_NODE_ANY), WANE__NO_BLOCK);
  nodes_stop();
}

static void a_node_that_is_full_fills_the_holes_of_others(void **state)
{
  (void)state;
  nodes_open(2, "local");
  nodes_start(1 * MIB);
  uint32_t block = take(1);
  for (int i = 1; i < 16; i++) take(1);
  assert_int_equal(wane__heap_take(CLASS, 0), WANE__NO_BLOCK);
  wane_gc_heap.blocks[block].live = 1;
  wane__heap_classify(block);
  assert_int_equal(take(0), block);
  nodes_stop();
}

// Runs of growing length, by turns of two nodes, until no address is fresh;
// then one that no node has room for by itself.
static void a_run_goes_over_what_was_of_several_nodes(void **state)
{
  (void)state;
  nodes_open(2, "local");
  nodes_start(4 * MIB); // 64 blocks, out of 1152 addresses
  uint32_t longest = 0;
  for (uint32_t n = 1; wane__space_fresh() + n < wane__space_blocks(); n++) {
    wane__heap_free_run(take_run(n, n % 2));
    longest = n;
  }
  uint32_t fresh = wane__space_fresh();
  uint32_t run = take_run(longest + 10, 1);
  for (uint32_t i = 0; i < longest + 10; i++)
    assert_int_equal(home(run + i), 1);
  wane__heap_free_run(run);
  // Nothing is lost: all addresses are still there for the one and the other.
  for (int turn = 0; turn < 20; turn++)
    for (uint32_t node = 0; node < 2; node++) {
      uint32_t all = take_run(64, node);
      for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(home(all + i), node);
      wane__heap_free_run(all);
    }
  assert_true(wane__space_fresh() <= wane__space_blocks());
  assert_true(wane__space_fresh() >= fresh);
  assert_int_equal(wane__heap_committed(), 0);
  nodes_stop();
}

// There are addresses for twice the limit and 64 MiB: fewer than all nodes
// have had in the end, if each has had all that the limit allows.
static void each_node_may_have_all_in_turn(void **state)
{
  (void)state;
  enum { ALL = 512 };
  uint32_t blocks[ALL];
  nodes_open(8, "local");
  nodes_start(ALL * WANE_BLOCK_BYTES);
  assert_true(8 * ALL > wane__space_blocks());
  for (uint32_t turn = 0; turn < 16; turn++) {
    for (int i = 0; i < ALL; i++) {
      blocks[i] = take(turn % 8);
      assert_int_equal(home(blocks[i]), turn % 8);
    }
    assert_int_equal(wane__heap_take(CLASS, turn % 8), WANE__NO_BLOCK);
    for (int i = 0; i < ALL; i++) wane__heap_classify(blocks[i]);
    trim();
    assert_int_equal(wane__heap_committed(), 0);
  }
  nodes_stop();
}

// --- beside a model ----------------------------------------------------------

#define MODEL_NODES 4
#define MODEL_LIMIT 32 // blocks
#define MODEL_STEPS 20000

// What is known of a heap from outside: numbers of blocks.
static struct {
  uint32_t idle[MODEL_NODES + 1], partial[MODEL_NODES + 1]; // by home
  uint32_t committed, n;
  struct {
    uint32_t block, length; // length 0: not a run
  } held[2 * MODEL_LIMIT];
} model;

static uint32_t row_of(uint32_t block)
{
  return wane__numa_row(home(block));
}

// The row that a block for a thread of `row` comes from; none: MODEL_NODES + 1.
static uint32_t source_of(uint32_t row)
{
  for (uint32_t i = 0; i <= MODEL_NODES; i++) {
    uint32_t from = wane__policy_nearest(row)[i];
    if (model.partial[from] || model.idle[from]) return from;
    if (!i && model.committed < MODEL_LIMIT) return from;
  }
  return MODEL_NODES + 1;
}

static void idle_went_back(void)
{
  for (uint32_t i = 0; i <= MODEL_NODES; i++) {
    model.committed -= model.idle[i];
    model.idle[i] = 0;
  }
}

// Where no address was left, all that is idle went back too.
static void compare_committed(void)
{
  if (wane__heap_committed() != model.committed * WANE_BLOCK_BYTES)
    idle_went_back();
  assert_int_equal(wane__heap_committed(), model.committed * WANE_BLOCK_BYTES);
}

static void hold(uint32_t block, uint32_t length)
{
  model.held[model.n].block = block;
  model.held[model.n++].length = length;
}

static void model_take(uint32_t row)
{
  uint32_t from = source_of(row);
  uint32_t block =
      wane__heap_take(CLASS, row < MODEL_NODES ? row : WANE_NODE_ANY);
  if (from > MODEL_NODES) {
    assert_int_equal(block, WANE__NO_BLOCK);
    return;
  }
  assert_int_not_equal(block, WANE__NO_BLOCK);
  assert_int_equal(row_of(block), from);
  if (model.partial[from])
    model.partial[from]--;
  else if (model.idle[from])
    model.idle[from]--;
  else
    model.committed++;
  hold(block, 0);
}

static void model_take_run(uint32_t row, uint32_t n)
{
  if (model.committed + n > MODEL_LIMIT) idle_went_back();
  bool room = model.committed + n <= MODEL_LIMIT;
  uint32_t run =
      wane__heap_take_run(n, row < MODEL_NODES ? row : WANE_NODE_ANY);
  assert_int_equal(run != WANE__NO_BLOCK, room);
  if (!room) return;
  for (uint32_t i = 0; i < n; i++) assert_int_equal(row_of(run + i), row);
  model.committed += n;
  hold(run, n);
}

static void model_give(uint32_t which, bool empty)
{
  uint32_t block = model.held[which].block, n = model.held[which].length;
  model.held[which] = model.held[--model.n];
  if (n) {
    wane__heap_free_run(block);
    model.committed -= n;
    return;
  }
  wane_gc_heap.blocks[block].live = empty ? 0 : 1;
  *(empty ? &model.idle[row_of(block)] : &model.partial[row_of(block)]) += 1;
  wane__heap_classify(block);
}

static void a_heap_does_what_its_model_says(void **state)
{
  struct check_random random = {*(const uint64_t *)*state};
  const char *source = unequal();
  memset(&model, 0, sizeof model);
  nodes_open_source(source, "local");
  unlink(source + 4);
  nodes_start(MODEL_LIMIT * WANE_BLOCK_BYTES);
  for (int i = 0; i < MODEL_STEPS; i++) {
    uint32_t row = (uint32_t)check_below(&random, MODEL_NODES + 1);
    uint64_t what = check_below(&random, 100);
    // By and by full, and empty again.
    if (what < (i / 500 % 2 ? 60 : 40))
      model_take(row);
    else if (what < (i / 500 % 2 ? 70 : 45))
      model_take_run(row, 1 + (uint32_t)check_below(&random, 9));
    else if (model.n)
      model_give((uint32_t)check_below(&random, model.n), what < 95);
    compare_committed();
  }
  nodes_stop();
}

// --- as if there were no nodes -----------------------------------------------

#define STEPS 400

// The blocks that a seeded sequence of takes and gives gets.
static void play(uint32_t got[STEPS], uint64_t seed)
{
  struct check_random random = {seed};
  uint32_t held[32], n = 0;
  for (int i = 0; i < STEPS; i++) {
    if (n == 32 || (n && check_below(&random, 2))) {
      uint32_t k = (uint32_t)check_below(&random, n);
      if (wane__blocks[held[k]].state == WANE__BLOCK_LARGE)
        wane__heap_free_run(held[k]);
      else
        wane__heap_classify(held[k]);
      held[k] = held[--n];
      got[i] = WANE__NO_BLOCK;
    } else {
      got[i] = check_below(&random, 4)
                   ? take(0)
                   : take_run(1 + (uint32_t)check_below(&random, 3), 0);
      held[n++] = got[i];
    }
  }
}

static void one_node_is_as_none(void **state)
{
  static const char *const policies[] = {"local", "bind:0", "first-touch"};
  static uint32_t plain[STEPS], one[STEPS];
  uint64_t seed = *(const uint64_t *)*state;
  struct world_setup setup = {
      .collector = "trial_deletion",
      .config = {.heap_limit = 16 * MIB, .round_ms = NEVER_MS}};
  world_start(&setup);
  assert_null(wane__numa.homes);
  play(plain, seed);
  world_stop();
  for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
    nodes_open(1, policies[p]);
    nodes_start(16 * MIB);
    play(one, seed);
    nodes_stop();
    assert_memory_equal(plain, one, sizeof plain);
  }
}

int main(void)
{
  static uint64_t seed;
  seed = check_seed(4711);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_policy_gives_the_homes_it_says),
      cmocka_unit_test(pages_go_round),
      cmocka_unit_test(what_is_freed_is_used_by_its_node),
      cmocka_unit_test(what_is_freed_is_used_by_anybody),
      cmocka_unit_test(a_block_that_went_back_has_no_home),
      cmocka_unit_test(freeing_from_elsewhere_needs_no_more_blocks),
      cmocka_unit_test(who_finds_its_node_full_goes_to_the_nearest),
      cmocka_unit_test(a_node_that_is_full_fills_the_holes_of_others),
      cmocka_unit_test(a_run_goes_over_what_was_of_several_nodes),
      cmocka_unit_test(each_node_may_have_all_in_turn),
      cmocka_unit_test_prestate(a_heap_does_what_its_model_says, &seed),
      cmocka_unit_test_prestate(one_node_is_as_none, &seed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
