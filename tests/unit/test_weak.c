// test_weak.c: runtime/weak.c, runtime/condemn.c: weak cells, rule by rule.
// SPDX-License-Identifier: MIT

#include "weak_fixture.h"

// --- weak cells -------------------------------------------------------------

static void does_not_keep(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, WEAK);
  struct wane_weak *cell = cell_of(m, r[0]);
  wane_collect(m);
  assert_ptr_equal(wane_weak_get(m, cell), r[0]);
  wane_collect(m);
  assert_ptr_equal(wane_weak_get(m, cell), r[0]);
  r[0] = NULL;
  wane_collect(m);
  assert_null(wane_weak_get(m, cell));
  assert_int_equal(atomic_load(&died), 1);
  wane_weak_free(m, cell);
}

static void only_of_types_that_say_so(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 2);
  r[0] = make(m, PLAIN);
  r[1] = make(m, FINAL);
  assert_null(wane_weak_new(m, r[0], NULL, NULL));
  assert_null(wane_weak_new(m, r[1], NULL, NULL));
  assert_null(wane_ephemeron_new(m, r[0], NULL));
}

static void freed_cells_are_forgotten(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, WEAK);
  struct wane_weak *cells[100];
  for (int i = 0; i < 100; i++) cells[i] = cell_of(m, r[0]);
  for (int i = 0; i < 100; i += 2) wane_weak_free(m, cells[i]);
  r[0] = NULL;
  wane_collect(m);
  for (int i = 1; i < 100; i += 2) {
    assert_null(wane_weak_get(m, cells[i]));
    wane_weak_free(m, cells[i]);
  }
}

// More objects than a table begins with.
static void many_targets(struct wane_mutator *m)
{
  enum { N = 5000 };
  static struct wane_weak *cells[N];
  WANE_ROOTS(m, r, N);
  for (int i = 0; i < N; i++) {
    r[i] = make(m, WEAK);
    cells[i] = cell_of(m, r[i]);
  }
  for (int i = 0; i < N; i += 3) r[i] = NULL;
  wane_collect(m);
  for (int i = 0; i < N; i++) {
    assert_ptr_equal(wane_weak_get(m, cells[i]), i % 3 ? r[i] : NULL);
    wane_weak_free(m, cells[i]);
  }
  assert_int_equal(atomic_load(&died), (N + 2) / 3);
}

static void a_round_lies_between(struct wane_mutator *m)
{
  struct wane_stats stats;
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, WEAK);
  struct wane_weak *cell = cell_of(m, r[0]);
  r[0] = NULL;
  a_round(m); // found dead
  assert_int_equal(atomic_load(&died), 0);
  wane_stats_read(&stats);
  assert_int_equal(stats.condemned_sets, 1);
  assert_int_equal(stats.live_objects, 1);
  a_round(m); // still dead
  assert_int_equal(atomic_load(&died), 1);
  wane_stats_read(&stats);
  assert_int_equal(stats.condemned_sets, 1);
  assert_int_equal(stats.rescued_sets, 0);
  assert_int_equal(stats.weak_cleared, 1);
  assert_int_equal(stats.live_objects, 0);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
}

static void read_between_comes_back(struct wane_mutator *m)
{
  struct wane_stats stats;
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, WEAK);
  link_to(m, r[0], make(m, PLAIN));
  struct wane_weak *cell = cell_of(m, r[0]), *other = cell_of(m, r[0]);
  r[0] = NULL;
  a_round(m); // condemned
  r[0] = wane_weak_get(m, cell);
  assert_non_null(r[0]);
  assert_ptr_equal(wane_weak_get(m, other), r[0]);
  wane_collect(m);
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 0);
  assert_int_equal(id(wane_load(&node(r[0])->a)), 2);
  wane_stats_read(&stats);
  assert_int_equal(stats.weak_rescued, 1);
  assert_int_equal(stats.rescued_sets, 1);
  r[0] = NULL;
  wane_collect(m);
  assert_null(wane_weak_get(m, cell));
  assert_null(wane_weak_get(m, other));
  wane_weak_free(m, cell);
  wane_weak_free(m, other);
}

// Only a member of the set that has no cell of its own is kept.
static void part_of_what_was_read(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 2);
  r[0] = make(m, WEAK);
  r[1] = make(m, PLAIN);
  link_to(m, r[0], r[1]);
  link_to(m, r[1], make(m, PLAIN));
  struct wane_weak *cell = cell_of(m, r[0]);
  r[0] = r[1] = NULL;
  a_round(m);
  r[1] = wane_load(&node(wane_weak_get(m, cell))->a);
  wane_collect(m);
  assert_true(dead(1));
  assert_false(dead(2));
  assert_false(dead(3));
  assert_null(wane_weak_get(m, cell));
  assert_int_equal(id(wane_load(&node(r[1])->a)), 3);
  wane_weak_free(m, cell);
}

// Read in each round and never kept: nothing is freed, and then it is.
static void reading_alone_delays(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, WEAK);
  struct wane_weak *cell = cell_of(m, r[0]);
  r[0] = NULL;
  for (int i = 0; i < 12; i++) {
    assert_non_null(wane_weak_get(m, cell));
    a_round(m);
  }
  wane_collect(m);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
}

// Each node of a list has a cell; plain nodes lie between.
static void long_list(struct wane_mutator *m)
{
  enum { N = 10000 };
  static struct wane_weak *cells[N];
  WANE_ROOTS(m, r, 1);
  for (int i = 0; i < N; i++) {
    wane_ref o = make(m, i % 3 ? WEAK : PLAIN);
    link_to(m, o, r[0]);
    r[0] = o;
    cells[i] = i % 3 ? cell_of(m, o) : NULL;
  }
  r[0] = NULL;
  wane_collect(m);
  assert_int_equal(atomic_load(&died), N);
  for (int i = 0; i < N; i++) {
    if (!cells[i]) continue;
    assert_null(wane_weak_get(m, cells[i]));
    wane_weak_free(m, cells[i]);
  }
}

// Two dead holders of one object: they go first, in pieces.
static void shared_child(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 3);
  struct wane_weak *cells[3];
  for (int i = 0; i < 3; i++) {
    r[i] = make(m, WEAK);
    cells[i] = cell_of(m, r[i]);
  }
  link_to(m, r[0], r[2]);
  link_to(m, r[1], r[2]);
  r[0] = r[1] = r[2] = NULL;
  wane_collect(m);
  for (int i = 0; i < 3; i++) {
    assert_null(wane_weak_get(m, cells[i]));
    wane_weak_free(m, cells[i]);
  }
}

// --- cycles -----------------------------------------------------------------

static void rings_die(struct wane_mutator *m)
{
  for (int n = 1; n < 20; n++) {
    WANE_ROOTS(m, r, 1);
    ring(m, r, WEAK, n);
    struct wane_weak *cell = cell_of(m, r[0]);
    if (n & 1) wane_collect(m); // no nursery for these
    assert_ptr_equal(wane_weak_get(m, cell), r[0]);
    r[0] = NULL;
    wane_collect(m);
    assert_null(wane_weak_get(m, cell));
    assert_int_equal(atomic_load(&died), atomic_load(&born));
    wane_weak_free(m, cell);
  }
}

// The ring is found dead, read, kept, dropped, found again.
static void a_ring_comes_back(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  ring(m, r, WEAK, 5);
  struct wane_weak *cell = cell_of(m, r[0]);
  uint64_t before = atomic_load(&born);
  r[0] = NULL;
  for (int i = 0; i < 5; i++) {
    r[0] = wane_weak_get(m, cell);
    assert_non_null(r[0]);
    wane_collect(m);
    assert_int_equal(atomic_load(&died), 0);
    r[0] = NULL;
  }
  wane_collect(m);
  assert_int_equal(atomic_load(&died), before);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
}

// Rings with and without weak references that refer to each other, to what
// lives and to what only they hold.
static void rings_in_a_row(struct wane_mutator *m)
{
  enum { N = 40 };
  struct wane_weak *cells[N];
  WANE_ROOTS(m, r, 4);
  r[3] = make(m, WEAK);
  for (int i = 0; i < N; i++) {
    ring(m, r, i % 3 ? WEAK : PLAIN, 3);
    wane_store(m, r[0], &node(r[0])->b, r[1]); // the ring before
    cells[i] = i % 3 ? cell_of(m, r[0]) : NULL;
    r[2] = wane_load(&node(r[0])->a);
    wane_store(m, r[2], &node(r[2])->b, i & 1 ? r[3] : make(m, WEAK));
    r[1] = r[0];
  }
  r[0] = r[1] = r[2] = NULL;
  wane_collect(m);
  assert_int_equal(atomic_load(&died), atomic_load(&born) - 1);
  assert_false(dead(id(r[3])));
  for (int i = 0; i < N; i++) {
    if (!cells[i]) continue;
    assert_null(wane_weak_get(m, cells[i]));
    wane_weak_free(m, cells[i]);
  }
}

// w -> ring -> w -> ring: each weak node holds a ring that holds the next.
static void in_turn(struct wane_mutator *m, bool keep_cells)
{
  enum { N = 12 };
  struct wane_weak *cells[N];
  WANE_ROOTS(m, r, 2);
  for (int i = 0; i < N; i++) {
    ring(m, r, i & 1 ? WEAK : PLAIN, 2);
    wane_store(m, r[0], &node(r[0])->b, r[1]);
    r[1] = make(m, WEAK);
    cells[i] = cell_of(m, r[1]);
    wane_store(m, r[1], &node(r[1])->a, r[0]);
    if (keep_cells) continue;
    wane_weak_free(m, cells[i]);
    cells[i] = NULL;
  }
  r[0] = r[1] = NULL;
  wane_collect(m);
  assert_int_equal(atomic_load(&died), atomic_load(&born));
  for (int i = 0; i < N; i++) {
    if (!cells[i]) continue;
    assert_null(wane_weak_get(m, cells[i]));
    wane_weak_free(m, cells[i]);
  }
}

static void rings_and_single_nodes(struct wane_mutator *m)
{
  in_turn(m, true);
}

// A node that had a cell once is looked at twice, too.
static void rings_and_nodes_whose_cells_are_freed(struct wane_mutator *m)
{
  in_turn(m, false);
}

// Two weak nodes hold one more, and the first also a ring: all go in the same
// stopped round where the verifier looks each time.
static void two_that_hold_a_third(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 5);
  r[0] = make(m, PLAIN);
  for (int i = 1; i <= 3; i++) r[i] = make(m, WEAK);
  struct wane_weak *cells[] = {cell_of(m, r[1]), cell_of(m, r[2]),
                               cell_of(m, r[3])};
  ring(m, &r[4], PLAIN, 3);
  link_to(m, r[1], r[4]);
  wane_store(m, r[1], &node(r[1])->b, r[3]);
  link_to(m, r[2], r[3]);
  link_to(m, r[0], r[1]);
  wane_store(m, r[0], &node(r[0])->b, r[2]);
  for (int i = 1; i <= 4; i++) r[i] = NULL;
  wane_collect(m);
  wane_store(m, r[0], &node(r[0])->a, NULL);
  wane_store(m, r[0], &node(r[0])->b, NULL);
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 6);
  for (int i = 0; i < 3; i++) wane_weak_free(m, cells[i]);
}

// A slot's last value is taken back when the collection has begun already; what
// it held must go all the same.
static void a_ring_behind_a_slots_last_value(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 3);
  r[0] = make(m, PLAIN);
  r[1] = make(m, WEAK);
  ring(m, &r[2], PLAIN, 3);
  struct wane_weak *cell = cell_of(m, r[1]);
  link_to(m, r[1], r[2]);
  link_to(m, r[0], r[1]);
  r[1] = r[2] = NULL;
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 0);
  link_to(m, r[0], NULL);
  wane_collect(m);
  assert_int_equal(atomic_load(&died), 4);
  assert_null(wane_weak_get(m, cell));
  wane_weak_free(m, cell);
}

// --- threads ----------------------------------------------------------------

static struct wane_handle *kept;
static struct wane_weak *left_behind[3];

static void *make_and_leave(void *unused)
{
  (void)unused;
  struct wane_mutator *m = wane_thread_start("mayfly");
  {
    WANE_ROOTS(m, r, 1);
    for (int i = 0; i < 3; i++) {
      r[0] = make(m, WEAK);
      left_behind[i] = cell_of(m, r[0]);
      if (i == 0) wane_handle_set(m, kept, r[0]);
    }
  }
  wane_thread_exit(m);
  return NULL;
}

static void cells_outlive_their_thread(struct wane_mutator *m)
{
  pthread_t thread;
  kept = wane_handle_new(m, NULL);
  wane_detach(m);
  pthread_create(&thread, NULL, make_and_leave, NULL);
  pthread_join(thread, NULL);
  wane_attach(m);
  wane_collect(m);
  assert_ptr_equal(wane_weak_get(m, left_behind[0]), wane_handle_get(kept));
  assert_null(wane_weak_get(m, left_behind[1]));
  assert_null(wane_weak_get(m, left_behind[2]));
  wane_handle_free(m, kept);
  wane_collect(m);
  for (int i = 0; i < 3; i++) {
    assert_null(wane_weak_get(m, left_behind[i]));
    wane_weak_free(m, left_behind[i]);
  }
}

static void without_collection_nothing_dies(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 1);
  r[0] = make(m, BOTH);
  struct wane_weak *cell = cell_of(m, r[0]);
  struct wane_ephemeron *e = wane_ephemeron_new(m, r[0], r[0]);
  r[0] = NULL;
  wane_collect(m);
  assert_non_null(wane_weak_get(m, cell));
  assert_ptr_equal(wane_ephemeron_get(m, e), wane_weak_get(m, cell));
  assert_int_equal(atomic_load(&finals[1]), 0);
  wane_ephemeron_free(m, e);
  wane_weak_free(m, cell);
}

// --- beside others -----------------------------------------------------------

static _Atomic bool enough;

// Makes garbage that is looked at twice, all the time; without names.
static void *make_noise(void *unused)
{
  (void)unused;
  struct wane_mutator *m = wane_thread_start("noise");
  while (!atomic_load(&enough)) {
    WANE_ROOTS(m, r, 1);
    r[0] = wane_alloc(m, types[WEAK]);
    wane_weak_free(m, wane_weak_new(m, r[0], NULL, NULL));
    r[0] = NULL;
    wane_detach(m);
    nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
    wane_attach(m);
  }
  wane_thread_exit(m);
  return NULL;
}

// A slot's last value holds a ring, as in a_ring_behind_a_slots_last_value.
// How many of three are left.
static int a_ring_behind(struct wane_mutator *m, bool keep_cell)
{
  uint64_t before = atomic_load(&born);
  int left = 0;
  WANE_ROOTS(m, r, 3);
  r[0] = make(m, PLAIN);
  r[1] = make(m, WEAK);
  struct wane_weak *cell = cell_of(m, r[1]);
  if (!keep_cell) wane_weak_free(m, cell);
  ring(m, &r[2], PLAIN, 2);
  link_to(m, r[1], r[2]);
  link_to(m, r[0], r[1]);
  r[1] = r[2] = NULL;
  wane_collect(m);
  link_to(m, r[0], NULL);
  wane_collect(m);
  for (uint64_t i = before + 2; i <= before + 4; i++) left += !dead(i);
  if (keep_cell) wane_weak_free(m, cell);
  return left;
}

// What others make garbage of meanwhile hides nothing of what was before.
static void a_ring_behind_beside_noise(struct wane_mutator *m)
{
  pthread_t thread;
  int left = 0;
  atomic_store(&enough, false);
  assert_int_equal(pthread_create(&thread, NULL, make_noise, NULL), 0);
  for (int i = 0; i < 20; i++) left += a_ring_behind(m, i & 1);
  atomic_store(&enough, true);
  wane_detach(m);
  pthread_join(thread, NULL);
  wane_attach(m);
  assert_int_equal(left, 0);
}

int main(int argc, char **argv)
{
  static const struct rule rules[] = {
      {"a weak reference does not keep its target", does_not_keep, ALL},
      {"weak references are for types that say so", only_of_types_that_say_so,
       ALL},
      {"freed cells are forgotten", freed_cells_are_forgotten, ALL},
      {"cells are found among many", many_targets, ALL},
      {"a round lies between the two looks", a_round_lies_between, CONCURRENT},
      {"what is read in between comes back", read_between_comes_back,
       CONCURRENT},
      {"only what was kept of it stays", part_of_what_was_read, CONCURRENT},
      {"reading alone delays", reading_alone_delays, ALL},
      {"a long list of targets dies in one collection", long_list, ALL},
      {"what two dead objects share dies after them", shared_child, ALL},
      {"rings die with their cells", rings_die, CYCLES},
      {"a ring comes back and is found again", a_ring_comes_back, CYCLES},
      {"rings that refer to each other die at once", rings_in_a_row, CYCLES},
      {"single nodes and rings in turn die at once", rings_and_single_nodes,
       CYCLES},
      {"and where the cells were freed before",
       rings_and_nodes_whose_cells_are_freed, CYCLES},
      {"a ring behind what a slot held last dies",
       a_ring_behind_a_slots_last_value, CYCLES},
      {"it dies beside threads that make weak references",
       a_ring_behind_beside_noise, CYCLES},
      {"and when the verifier looks too", a_ring_behind_beside_noise,
       CYCLES | VERIFIED},
      {"what two dead objects share dies, verified", two_that_hold_a_third,
       CYCLES | VERIFIED},
      {"single nodes and rings in turn die, verified", rings_and_single_nodes,
       CYCLES | VERIFIED},
      {"cells outlive the thread that made them", cells_outlive_their_thread,
       ALL},
      {"without a collector nothing dies", without_collection_nothing_dies,
       NOGC},
  };
  return run_rules(rules, sizeof rules / sizeof rules[0], NULL, argc, argv);
}
