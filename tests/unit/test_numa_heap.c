// test_numa_heap.c: runtime/numa_heap.c: who was born where, who refers where.
// SPDX-License-Identifier: MIT

#include "nodes_fixture.h"

#include "log.h"

#include <sched.h>

#define MIB ((uint64_t)1 << 20)
#define PAGE 4096

// --- threads on nodes --------------------------------------------------------

struct visitor {
  pthread_t thread;
  uint32_t node;
  void (*body)(struct wane_mutator *m, void *argument);
  void *argument;
};

static void *visit(void *argument)
{
  struct visitor *v = argument;
  char error[256];
  if (v->node != WANE_NODE_ANY)
    CHECK_EQ(&world_log, wane_place(v->node, error, sizeof error), 0);
  struct wane_mutator *m = wane_thread_start("visitor");
  if (!CHECK(&world_log, m != NULL)) return NULL;
  v->body(m, v->argument);
  wane_thread_exit(m);
  return NULL;
}

static void start_on(struct visitor *v, uint32_t node,
                     void (*body)(struct wane_mutator *m, void *argument),
                     void *argument)
{
  *v = (struct visitor){.node = node, .body = body, .argument = argument};
  assert_int_equal(pthread_create(&v->thread, NULL, visit, v), 0);
}

// The body runs as a mutator on that node, and has exited.
static void run_on(uint32_t node,
                   void (*body)(struct wane_mutator *m, void *argument),
                   void *argument)
{
  struct visitor v;
  start_on(&v, node, body, argument);
  pthread_join(v.thread, NULL);
}

// --- births ------------------------------------------------------------------

// The test's own matrices: it looks at where each object is when it is born.
struct births {
  uint64_t bytes[9][9], objects[9][9];
  uint32_t from;
  uint64_t seed;
};

static uint32_t row_of(uint32_t node)
{
  return node == WANE_NODE_ANY ? wane_numa_rows() - 1 : node;
}

static void count_birth(struct births *b, wane_ref o)
{
  char *p = (char *)o, *end = p + wane_cell_bytes(o);
  b->objects[b->from][row_of(wane_numa_home(o))]++;
  while (p < end) {
    char *page = (char *)(((uintptr_t)p | (PAGE - 1)) + 1);
    size_t bytes = (size_t)((page < end ? page : end) - p);
    b->bytes[b->from][row_of(wane_numa_home((wane_ref)(void *)p))] += bytes;
    p += bytes;
  }
}

static void make_many(struct wane_mutator *m, void *argument)
{
  struct births *b = argument;
  struct check_random random = {b->seed + b->from};
  WANE_ROOTS(m, r, 4);
  for (uint64_t i = 0; i < world_scaled(8000); i++) {
    uint64_t kind = check_below(&random, 100);
    uint32_t slots = (uint32_t)check_below(&random, kind ? 200 : 20000);
    wane_ref o = kind < 10 ? world_need(m, THING_WIDE, slots)
                           : world_need(m, THING_PAIR, 0);
    count_birth(b, o);
    if (kind < 40) r[i % 4] = o;
  }
}

static void compare_births(const struct births *b)
{
  for (uint32_t x = 0; x < wane_numa_rows(); x++)
    for (uint32_t y = 0; y < wane_numa_rows(); y++) {
      assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, x, y),
                       b->objects[x][y]);
      assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_BYTES, x, y),
                       b->bytes[x][y]);
    }
}

static void births_are_counted_exactly(void **state)
{
  static const char *const policies[] = {
      "os-default", "first-touch", "local",     "bind:1",    "bind:0-1",
      "preferred:0", "interleave", "next-node", "interleave:1"};
  static struct births births;
  for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++)
    for (uint32_t n = 2; n <= 7; n += 5) {
      births = (struct births){.seed = *(const uint64_t *)*state};
      nodes_open(n, policies[p]);
      nodes_start(256 * MIB);
      for (uint32_t i = 0; i <= n; i++) {
        births.from = i;
        run_on(i < n ? i : WANE_NODE_ANY, make_many, &births);
      }
      wane_collect_foreign();
      compare_births(&births);
      wane_numa_reset();
      assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 0, 0), 0);
      nodes_stop();
    }
}

// What a claimed thread had allocated is counted for its node, not for the
// coordinator's.
static _Atomic int step;

static void await_step(int n)
{
  while (atomic_load(&step) < n) sched_yield();
}

static void make_three_and_wait(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (int i = 0; i < 3; i++) world_need(m, THING_PAIR, 0);
  wane_detach(m);
  atomic_store(&step, 1);
  await_step(2);
  wane_attach(m);
}

static void a_thread_that_waits_is_counted_for_its_node(void **state)
{
  (void)state;
  struct visitor v;
  atomic_store(&step, 0);
  nodes_open(4, "next-node");
  nodes_start(64 * MIB);
  start_on(&v, 2, make_three_and_wait, NULL);
  await_step(1);
  wane_collect_foreign();
  assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 2, 3), 3);
  atomic_store(&step, 2);
  pthread_join(v.thread, NULL);
  assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 2, 3), 3);
  nodes_stop();
}

static void nothing_is_counted_unasked(void **state)
{
  (void)state;
  static struct births births;
  uint64_t cells[9];
  nodes_open(2, "local");
  nodes.config.model = nodes.config.count = false;
  nodes.config.placement = NULL;
  nodes_start(64 * MIB);
  run_on(WANE_NODE_ANY, make_many, &births);
  wane_numa_edges();
  assert_false(wane_numa_matrix(WANE_NUMA_ALLOC_BYTES, cells));
  nodes_stop();
}

// --- from one node to another ------------------------------------------------

// A producer on node 0 and a consumer on node 1: what the one makes the other
// lets go of, and rounds run on neither.
#define HAND 400

static wane_ref box; // an array that a handle holds
static struct wane_handle *box_handle;

static void make_box(struct wane_mutator *m, void *argument)
{
  (void)argument;
  box = world_need(m, THING_WIDE, HAND);
  box_handle = wane_handle_new(m, box);
}

static void fill_box(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (uint32_t i = 0; i < HAND; i++)
    wane_store(m, box, thing_slot(box, i), world_need(m, THING_WIDE, 200));
}

static void empty_box(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (uint32_t i = 0; i < HAND; i++)
    wane_store(m, box, thing_slot(box, i), NULL);
}

static void drop_box(struct wane_mutator *m, void *argument)
{
  (void)argument;
  wane_handle_free(m, box_handle);
}

static void what_moves_on_needs_no_more_memory(void **state)
{
  (void)state;
  static const char *const policies[] = {"local", "worst", "first-touch"};
  for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
    uint64_t bound = 0;
    nodes_open(2, policies[p]);
    nodes_start(64 * MIB);
    run_on(0, make_box, NULL);
    for (int turn = 0; turn < 20; turn++) {
      run_on(0, fill_box, NULL);
      run_on(1, empty_box, NULL);
      wane_collect_foreign();
      if (turn == 3) bound = wane__heap_peak();
    }
    assert_true(wane__heap_peak() <= bound);
    // All of it came from one node.
    uint32_t to = !strcmp(policies[p], "worst");
    assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 0, to), 1 + 20 * HAND);
    assert_int_equal(nodes_cell(WANE_NUMA_ALLOC_OBJECTS, 0, !to), 0);
    run_on(0, drop_box, NULL);
    nodes_stop();
  }
}

// A thread that is everywhere in turn, as one that nobody placed.
static void wander(struct wane_mutator *m, void *argument)
{
  char error[256];
  uint64_t *peak = argument;
  for (uint32_t turn = 0; turn < 40; turn++) {
    CHECK_EQ(&world_log, wane_place(turn, error, sizeof error), 0);
    for (int i = 0; i < 300; i++) world_need(m, THING_WIDE, 200);
    wane_collect(m);
    if (turn == 15) *peak = wane__heap_peak();
  }
}

static void who_wanders_needs_no_more_memory(void **state)
{
  (void)state;
  uint64_t peak = 0;
  nodes_open(4, "local");
  nodes_start(64 * MIB);
  run_on(0, wander, &peak);
  assert_true(peak > 0 && wane__heap_peak() <= peak);
  nodes_stop();
}

// --- logs --------------------------------------------------------------------

static struct wane__chunk *chunk_of[2];

// On a thread that is no mutator: it needs no chunks of its own.
static void *take_chunk(void *argument)
{
  uint32_t node = *(const uint32_t *)argument;
  char error[256];
  CHECK_EQ(&world_log, wane_place(node, error, sizeof error), 0);
  chunk_of[node] = wane__chunk_past();
  return NULL;
}

static void take_chunk_on(uint32_t node)
{
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, take_chunk, &node), 0);
  pthread_join(thread, NULL);
}

static void chunks_of_the_log_go_back_to_their_node(void **state)
{
  (void)state;
  nodes_open(2, "local");
  nodes_start(64 * MIB);
  for (uint32_t turn = 0; turn < 3; turn++) {
    struct wane__chunk *before[2] = {chunk_of[0], chunk_of[1]};
    take_chunk_on(0);
    take_chunk_on(1);
    for (uint32_t i = 0; i < 2; i++) {
      assert_int_equal(chunk_of[i]->row, i);
      if (turn) assert_ptr_equal(chunk_of[i], before[i]);
    }
    wane__chunk_give(chunk_of[turn % 2]);
    wane__chunk_give(chunk_of[1 - turn % 2]);
  }
  nodes_stop();
}

static void a_log_at_its_cap_takes_what_others_have_idle(void **state)
{
  (void)state;
  nodes_open(2, "local");
  struct world_setup setup = {.collector = "trial_deletion",
                              .config = {.numa = &nodes.config,
                                         .log_pool_bytes = 1,
                                         .heap_limit = 64 * MIB,
                                         .round_ms = NEVER_MS}};
  world_start(&setup);
  take_chunk_on(0);
  struct wane__chunk *first = chunk_of[0];
  wane__chunk_give(first);
  take_chunk_on(1);
  assert_int_equal(chunk_of[1]->row, 0);
  wane__chunk_give(chunk_of[1]);
  nodes_stop();
}

// --- edges -------------------------------------------------------------------

static wane_ref kept[4];
static struct wane_handle *handles[4];

static void make_one(struct wane_mutator *m, void *argument)
{
  uint32_t node = *(const uint32_t *)argument;
  kept[node] = world_need(m, node == 3 ? THING_WIDE : THING_TRACED, 10);
  handles[node] = wane_handle_new(m, kept[node]);
}

static void point(struct wane_mutator *m, void *argument)
{
  (void)argument;
  wane_store(m, kept[0], thing_slot(kept[0], 0), kept[1]);
  wane_store(m, kept[0], thing_slot(kept[0], 1), kept[1]);
  wane_store(m, kept[0], thing_slot(kept[0], 2), kept[2]);
  wane_store(m, kept[1], thing_slot(kept[1], 0), kept[1]);
  for (uint32_t i = 0; i < 10; i++)
    wane_store(m, kept[3], thing_slot(kept[3], i), kept[i % 4]);
}

static void drop_some(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (uint32_t i = 0; i < 10; i++)
    wane_store(m, kept[3], thing_slot(kept[3], i), NULL);
}

static void drop_all(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (uint32_t i = 0; i < 4; i++) wane_handle_free(m, handles[i]);
}

static void expect_edges(const uint64_t expected[4][4])
{
  wane_numa_edges();
  for (uint32_t x = 0; x < 4; x++)
    for (uint32_t y = 0; y < 4; y++)
      assert_int_equal(nodes_cell(WANE_NUMA_EDGES, x, y), expected[x][y]);
}

static void edges_are_counted_as_they_are(void **state)
{
  (void)state;
  nodes_open(4, "local");
  nodes_start(64 * MIB);
  for (uint32_t i = 0; i < 4; i++) run_on(i, make_one, &i);
  run_on(2, point, NULL);
  static const uint64_t full[4][4] = {
      {0, 2, 1, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {3, 3, 2, 2}};
  static const uint64_t some[4][4] = {
      {0, 2, 1, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
  expect_edges(full);
  expect_edges(full); // not twice
  run_on(1, drop_some, NULL);
  expect_edges(some);
  run_on(0, drop_all, NULL);
  nodes_stop();
}

// --- blocks ------------------------------------------------------------------

#define PIECES 4096
static struct {
  char *begin[PIECES];
  size_t bytes[PIECES];
  uint32_t home[PIECES];
  size_t n;
} pieces;

static void note_piece(void *begin, size_t bytes, uint32_t home, void *context)
{
  (void)context;
  assert_true(pieces.n < PIECES);
  pieces.begin[pieces.n] = begin;
  pieces.bytes[pieces.n] = bytes;
  pieces.home[pieces.n++] = home;
}

static void list_pieces(void)
{
  pieces.n = 0;
  wane_numa_blocks(note_piece, NULL);
}

static void all_blocks_are_listed_with_their_homes(void **state)
{
  (void)state;
  for (int spread = 0; spread < 2; spread++) {
    uint64_t bytes = 0;
    nodes_open(3, spread ? "interleave" : "local");
    nodes_start(64 * MIB);
    uint32_t small = wane__heap_take(5, 2), large = wane__heap_take_run(3, 1);
    uint32_t empty = wane__heap_take(5, 0);
    wane__heap_classify(empty);
    list_pieces();
    for (size_t i = 0; i < pieces.n; i++) {
      uint32_t block = wane__block_index((wane_ref)(void *)pieces.begin[i]);
      assert_true(block == small || (block >= large && block < large + 3));
      assert_int_equal(pieces.home[i], wane__numa_home_at(pieces.begin[i]));
      if (!spread) assert_int_equal(pieces.home[i], block == small ? 2 : 1);
      bytes += pieces.bytes[i];
    }
    assert_int_equal(pieces.n, spread ? 4 * 16 : 2);
    assert_int_equal(bytes, 4 * WANE_BLOCK_BYTES);
    nodes_stop();
  }
}

// --- the kernel's word -------------------------------------------------------

static void fill_some(struct wane_mutator *m, void *argument)
{
  (void)argument;
  for (int i = 0; i < 8000; i++) world_need(m, THING_PAIR, 0);
  for (int i = 0; i < 10; i++) world_need(m, THING_WIDE, 30000);
}

// Pages that are there are at home.
static void compare_with_the_kernel(void)
{
  static void *page[PIECES];
  static uint32_t node[PIECES], home[PIECES];
  size_t n = 0, there = 0;
  list_pieces();
  for (size_t i = 0; i < pieces.n; i++)
    for (size_t at = 0; at < pieces.bytes[i] && n < PIECES; at += PAGE, n++) {
      page[n] = pieces.begin[i] + at;
      home[n] = wane__numa_home_at(page[n]);
    }
  assert_int_equal(wane_memory_where(nodes.topology, page, n, node), 0);
  for (size_t i = 0; i < n; i++) {
    if (node[i] == WANE_NODE_ANY) continue;
    assert_int_equal(node[i], home[i]);
    there++;
  }
  assert_true(there > 100);
}

static void memory_is_where_it_was_asked_to_be(void **state)
{
  (void)state;
  static const char *const policies[] = {
      "local",       "bind:0",     "interleave:0", "interleave",
      "preferred:0", "first-touch", "next-node",    "worst"};
  for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++) {
    nodes_open_source("machine", policies[p]);
    if (wane_topology_mode(nodes.topology) != WANE_TOPOLOGY_REAL) {
      print_message("skipped: %s\n", wane_topology_why(nodes.topology));
      wane_placement_free(nodes.placement);
      wane_topology_close(nodes.topology);
      skip();
    }
    nodes.config.model = false;
    nodes.config.strict = true;
    nodes_start(64 * MIB);
    // Where the first to touch decides, another may come to a page first of
    // a block that this one took.
    uint32_t threads = wane__numa.nodes;
    if (nodes.config.objects.kind == WANE_MEMORY_FIRST_TOUCH) threads = 1;
    for (uint32_t i = 0; i < threads; i++) run_on(i, fill_some, NULL);
    compare_with_the_kernel();
    nodes_stop();
  }
}

int main(void)
{
  static uint64_t seed;
  seed = check_seed(90125);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(births_are_counted_exactly, &seed),
      cmocka_unit_test(a_thread_that_waits_is_counted_for_its_node),
      cmocka_unit_test(nothing_is_counted_unasked),
      cmocka_unit_test(what_moves_on_needs_no_more_memory),
      cmocka_unit_test(who_wanders_needs_no_more_memory),
      cmocka_unit_test(chunks_of_the_log_go_back_to_their_node),
      cmocka_unit_test(a_log_at_its_cap_takes_what_others_have_idle),
      cmocka_unit_test(edges_are_counted_as_they_are),
      cmocka_unit_test(all_blocks_are_listed_with_their_homes),
      cmocka_unit_test(memory_is_where_it_was_asked_to_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
