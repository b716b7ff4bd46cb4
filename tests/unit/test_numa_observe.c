// test_numa_observe.c: runtime/numa_observe.c: each kind of store, counted.
// SPDX-License-Identifier: MIT
//
// Threads of all nodes store into large objects, each of which is given a home
// here, and after each operation two whole matrices are compared with what it
// should have added. Three barriers: one that counts references, one that does
// nothing, one that logs while it marks.

#include <numa_model.h>
#include <torture/world.h>

#include "heap.h"
#include "numa.h"

#include <string.h>

static const char *const collectors[] = {"trial_deletion", "nogc",
                                         "satb_mark_sweep"};
enum { COLLECTORS = 3, SLOTS = 20000, ROWS_MAX = WANE_NODES_MAX + 1 };

static struct numa_model model;

static void start_with(const char *collector, uint32_t nodes,
                       const char *memory)
{
  char source[64];
#if WANE_BARE // only one barrier fits
  collector = collectors[0];
#endif
  snprintf(source, sizeof source, "synthetic:numa:%u pu:2", nodes);
  numa_model_of(&model, source, memory);
  struct world_setup setup = {.collector = collector,
                              .config = {.numa = &model.config,
                                         .round_ms = 3600000,
                                         .local_limit = 5,
                                         .log_chunk = 4}};
  world_start(&setup);
}

static void start(const char *collector, uint32_t nodes)
{
  start_with(collector, nodes, "local");
}

static void stop(void)
{
  world_stop();
  numa_model_close(&model);
}

// --- expectations -----------------------------------------------------------

static const enum wane_numa_kind kinds[] = {
    WANE_NUMA_STORES, WANE_NUMA_INCREMENTS, WANE_NUMA_LOADS};
enum { KINDS = 3 };
static uint64_t before[KINDS][ROWS_MAX * ROWS_MAX];

static void note(void)
{
  for (int k = 0; k < KINDS; k++) wane_numa_matrix(kinds[k], before[k]);
}

// What was added since note(): `n` in one cell of kind `k`.
static bool added(int k, uint32_t from, uint32_t to, uint64_t n)
{
  static uint64_t now[ROWS_MAX * ROWS_MAX];
  uint32_t rows = wane_numa_rows();
  bool kept = wane_numa_matrix(kinds[k], now);
#if WANE_BARE
  return !kept;
#endif
  before[k][from * rows + to] += n;
  return kept && !memcmp(now, before[k], rows * rows * sizeof *now);
}

struct doer {
  struct wane_mutator *m;
  uint32_t from, to, value_home;
  bool counts;
  wane_ref *r; // 0: an object with home `to`; 1: a value; 2: another
};

static void expect(struct doer *d, const char *what, uint64_t stores,
                   uint64_t increments)
{
  if (!added(0, d->from, d->to, stores) ||
      !added(1, d->from, d->value_home, d->counts ? increments : 0) ||
      !added(2, 0, 0, 0))
    check_record(&world_log, __FILE__, __LINE__,
                 "%s from node %u to %u, value on %u: not as expected", what,
                 d->from, d->to, d->value_home);
  note();
}

// --- the operations ---------------------------------------------------------

static void stores(struct doer *d)
{
  struct wane_mutator *m = d->m;
  wane_ref o = d->r[0], v = d->r[1];
  struct wane_slot *slot = thing_slot(o, 0);
  note();
  wane_init(m, o, slot, v);
  expect(d, "wane_init", 1, 1);
  wane_init(m, o, thing_slot(o, 1), NULL);
  expect(d, "wane_init of NULL", 1, 0);
  wane_store(m, o, slot, v);
  expect(d, "wane_store", 1, 1);
  wane_store(m, o, slot, NULL);
  expect(d, "wane_store of NULL", 1, 0);
  CHECK(&world_log, !wane_exchange(m, o, slot, v));
  expect(d, "wane_exchange", 1, 1);
  CHECK(&world_log, wane_exchange(m, o, slot, NULL) == v);
  expect(d, "wane_exchange with NULL", 1, 0);
}

static void compare_exchanges(struct doer *d)
{
  wane_ref o = d->r[0], v = d->r[1], expected = v;
  struct wane_slot *slot = thing_slot(o, 0);
  note();
  CHECK(&world_log, !wane_compare_exchange(d->m, o, slot, &expected, v));
  expect(d, "wane_compare_exchange that fails", 1, 1);
  CHECK(&world_log, wane_compare_exchange(d->m, o, slot, &expected, v));
  expect(d, "wane_compare_exchange", 1, 1);
  expected = v;
  CHECK(&world_log, wane_compare_exchange(d->m, o, slot, &expected, NULL));
  expect(d, "wane_compare_exchange with NULL", 1, 0);
}

static void arrays(struct doer *d)
{
  wane_ref o = d->r[0];
  for (uint32_t i = 0; i < 10; i++)
    wane_store(d->m, o, thing_slot(o, i), d->r[1]);
  note();
  wane_array_move(d->m, o, thing_slot(o, 3), thing_slot(o, 0), 10);
  expect(d, "wane_array_move up", 10 + 3, 0);
  wane_array_move(d->m, o, thing_slot(o, 1), thing_slot(o, 3), 10);
  expect(d, "wane_array_move down", 10 + 2, 0);
  wane_array_move(d->m, o, thing_slot(o, 100), thing_slot(o, 1), 10);
  expect(d, "wane_array_move far away", 10 + 10, 0);
  wane_array_move(d->m, o, thing_slot(o, 100), thing_slot(o, 100), 10);
  wane_array_move(d->m, o, thing_slot(o, 100), thing_slot(o, 1), 0);
  expect(d, "wane_array_move of nothing", 0, 0);
  wane_array_clear(d->m, o, thing_slot(o, 100), 10);
  expect(d, "wane_array_clear", 10, 0);
}

// What is outside the heap has no home, and is not counted.
static void handles(struct doer *d)
{
  note();
  struct wane_handle *handle = wane_handle_new(d->m, d->r[1]);
  wane_handle_set(d->m, handle, NULL);
  wane_handle_free(d->m, handle);
  expect(d, "a handle", 0, 0);
}

static void loads(struct doer *d)
{
  note();
  wane_access(d->m, d->r[0]);
  wane_access(d->m, thing_slot(d->r[0], 77));
  if (!added(2, d->from, d->to, 2) || !added(0, 0, 0, 0))
    check_record(&world_log, __FILE__, __LINE__, "wane_access");
}

static void all(struct doer *d)
{
  stores(d);
  compare_exchanges(d);
  arrays(d);
  handles(d);
  loads(d);
}

// --- threads and homes ------------------------------------------------------

static void set_home(wane_ref o, uint8_t home)
{
  size_t n = wane_cell_bytes(o) >> WANE_BLOCK_SHIFT;
  for (size_t i = 0; i < n; i++)
    atomic_store(&wane__numa.homes[wane__block_index(o) + i], home);
}

static uint8_t home_of(wane_ref o)
{
  return atomic_load(&wane__numa.homes[wane__block_index(o)]);
}

struct thread {
  pthread_t thread;
  uint32_t node;
};

// From one node to all, before and after a round: what a thread's ack changes
// must not end the looking on.
static void *from_one(void *argument)
{
  uint32_t node = ((struct thread *)argument)->node, n = wane__numa.nodes;
  char error[256];
  if (wane_place(node, error, sizeof error)) abort();
  struct wane_mutator *m = wane_thread_start("doer");
  if (!m) abort();
  {
    WANE_ROOTS(m, r, 3);
    for (int i = 0; i < 3; i++) r[i] = world_need(m, THING_WIDE, SLOTS);
    uint8_t old[2] = {home_of(r[0]), home_of(r[1])};
    for (uint32_t to = 0; to < n; to++) {
      struct doer d = {m, node, to, (to + 1) % n, world.counts, r};
      set_home(r[0], (uint8_t)to);
      set_home(r[1], (uint8_t)d.value_home);
      all(&d);
      if (to == 0) wane_collect(m);
    }
    for (int i = 0; i < 2; i++) set_home(r[i], old[i]);
  }
  wane_thread_exit(m);
  return NULL;
}

static void every_store_is_counted(void **state)
{
  (void)state;
  static const uint32_t nodes[] = {1, 2, 3, 8};
  for (int c = 0; c < COLLECTORS; c++)
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
      start(collectors[c], nodes[i]);
      for (uint32_t node = 0; node < nodes[i]; node++) {
        struct thread t = {.node = node};
        assert_int_equal(pthread_create(&t.thread, NULL, from_one, &t), 0);
        pthread_join(t.thread, NULL);
      }
      stop();
    }
}

// Where pages are spread, the page of the slot decides.
static void a_slot_counts_where_it_is(void **state)
{
  (void)state;
  char error[256];
  start_with(collectors[0], 4, "interleave:0,2-3");
  assert_int_equal(wane_place(1, error, sizeof error), 0);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  {
    WANE_ROOTS(m, r, 1);
    r[0] = world_need(m, THING_WIDE, SLOTS);
    uint64_t expected[5] = {0};
    note();
    for (uint32_t i = 0; i < SLOTS; i += 100) {
      struct wane_slot *slot = thing_slot(r[0], i);
      wane_store(m, r[0], slot, NULL);
      expected[wane_numa_home((wane_ref)(void *)slot)]++;
    }
    assert_true(expected[0] && !expected[1] && expected[2] && expected[3]);
    for (uint32_t to = 1; to < 4; to++) before[0][1 * 5 + to] += expected[to];
    assert_true(added(0, 1, 0, expected[0]));
    uint8_t old = home_of(r[0]);
    set_home(r[0], WANE__HOME_NONE);
    note();
    wane_store(m, r[0], thing_slot(r[0], 0), NULL);
    assert_true(added(0, 1, 4, 1));
    set_home(r[0], old);
  }
  wane_thread_exit(m);
  stop();
}

static void *store_one(void *unused)
{
  struct wane_mutator *m = wane_thread_start("nowhere");
  if (!m) abort();
  {
    WANE_ROOTS(m, r, 1);
    r[0] = world_need(m, THING_WIDE, SLOTS);
    uint8_t old = home_of(r[0]);
    set_home(r[0], 1);
    note();
    wane_store(m, r[0], thing_slot(r[0], 0), NULL);
    CHECK(&world_log, added(0, 2, 1, 1));
    set_home(r[0], old);
  }
  wane_thread_exit(m);
  return unused;
}

static void a_thread_that_nobody_placed_is_nowhere(void **state)
{
  (void)state;
  start(collectors[0], 2);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, store_one, NULL), 0);
  pthread_join(thread, NULL);
  stop();
}

// A little of everything, with rounds in between.
static void program(struct wane_mutator *m, void *argument)
{
  (void)argument;
  WANE_ROOTS(m, r, 2);
  r[0] = world_need(m, THING_WIDE, 100);
  for (uint32_t i = 0; i < 1000; i++) {
    struct wane_slot *slot = thing_slot(r[0], i % 90);
    r[1] = world_need(m, i % 3 ? THING_PAIR : THING_LEAF, 0);
    if (i % 3 == 1) wane_init(m, r[1], thing_slot(r[1], 0), r[0]);
    if (i % 5) wane_store(m, r[0], slot, r[1]);
    if (i % 7 == 0) (void)wane_exchange(m, r[0], slot, r[0]);
    wane_ref expected = i % 2 ? r[0] : NULL;
    if (i % 11 == 0)
      (void)wane_compare_exchange(m, r[0], slot, &expected, r[1]);
    if (i % 13 == 0) {
      wane_array_move(m, r[0], thing_slot(r[0], 90), thing_slot(r[0], 0), 10);
      wane_array_clear(m, r[0], thing_slot(r[0], 90), 10);
    }
    if (i % 100 == 0) wane_collect(m);
  }
}

static struct wane_stats run_program(const char *collector, uint32_t nodes)
{
  struct world_setup setup = {
      .collector = collector,
      .config = {.round_ms = 3600000, .local_limit = 5, .log_chunk = 4}};
  if (nodes)
    start(collector, nodes);
  else
    world_start(&setup);
  struct world_thread t = {.name = "program", .body = program};
  world_spawn(&t);
  world_join(NULL, &t);
  struct wane_stats stats;
  wane_stats_read(&stats);
  if (nodes)
    stop();
  else
    world_stop();
  return stats;
}

static void what_is_looked_at_is_the_same(void **state)
{
  (void)state;
  for (int c = 0; c < COLLECTORS; c++) {
#if WANE_BARE
    if (c) continue;
#endif
    struct wane_counts a = run_program(collectors[c], 0).mutators;
    struct wane_counts b = run_program(collectors[c], 3).mutators;
    assert_int_equal(a.inc_biased, b.inc_biased);
    assert_int_equal(a.inc_shared, b.inc_shared);
    assert_int_equal(a.store_private, b.store_private);
    assert_int_equal(a.store_escaped, b.store_escaped);
    assert_int_equal(a.dec_logged, b.dec_logged);
    assert_int_equal(a.closers, b.closers);
    assert_int_equal(a.alloc_objects, b.alloc_objects);
#if !WANE_BARE
    assert_true(a.store_private > 100);
    assert_true((a.dec_logged > 100) == (c != 1)); // it marks to the end
#endif
  }
}

static void nobody_looks_on_unasked(void **state)
{
  (void)state;
  struct world_setup setup = {.collector = collectors[0]};
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  assert_false(wane_access_wanted(m));
  {
    WANE_ROOTS(m, r, 1);
    r[0] = world_need(m, THING_PAIR, 0);
    wane_store(m, r[0], thing_slot(r[0], 0), r[0]);
    wane_access(m, r[0]);
    wane_store(m, r[0], thing_slot(r[0], 0), NULL);
  }
  uint64_t cell;
  for (int k = 0; k < KINDS; k++)
    assert_false(wane_numa_matrix(kinds[k], &cell));
  assert_int_equal(wane_numa_cost().accesses, 0);
  wane_thread_exit(m);
  world_stop();
}

int main(void)
{
  unsetenv("WANE_TEST_NODES");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_store_is_counted),
      cmocka_unit_test(a_slot_counts_where_it_is),
      cmocka_unit_test(a_thread_that_nobody_placed_is_nowhere),
      cmocka_unit_test(what_is_looked_at_is_the_same),
      cmocka_unit_test(nobody_looks_on_unasked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
