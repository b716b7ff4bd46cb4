// kill_cycles.c: what trial deletion must see, and which objects it must try.
// SPDX-License-Identifier: MIT
//
// Mutants 1, 4, 7 (a live cycle that changes under the collector's eyes) and
// 9, 11, 14 (a dead cycle that nobody offers as a candidate), 69, 70 (who frees
// is not told).

#include "stage.h"

static struct puppet *alice, *bob;
static struct gate started, window;
static struct wane_handle *shared;

// --- r.a -> v -> t, and t.b -> v while the collector looks -------------------
//
// r is in a root, so v has one unit from outside, whatever t.b holds. The
// collector may see the new edge, but only together with its unit.

static void v_and_t_setup(struct puppet *p)
{
  wane_ref r = make_node(p, 0, "r"), v = make_node(p, 1, "v");
  wane_ref t = make_node(p, 2, "t");
  wane_store(p->m, r, &node(r)->a, v);
  wane_store(p->m, v, &node(v)->a, t); // v has escaped: a closer
  p->root[1] = p->root[2] = NULL;
}

static void store_t_b(struct puppet *p)
{
  wane_ref v = wane_load(&node(p->root[0])->a);
  wane_ref t = wane_load(&node(v)->a);
  wane_store(p->m, t, &node(t)->b, v);
}

// The store is under way, one of its two halves done, from before the first
// object is read until the collection is over.
static void park_inside_store(int place)
{
  if (place == 1) gate_park(&window);
  if (place != 7 || !gate_once(&started)) return;
  puppet_post(alice, store_t_b);
  gate_await(&window);
}

// The whole store happens between v, which is in the graph, and t.
static void store_between(int place)
{
  static _Atomic int objects;
  if (place == 7 && atomic_fetch_add(&objects, 1) == 1 && gate_once(&window))
    puppet_call(alice, store_t_b);
}

static void v_and_t(void (*hook)(int place))
{
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, v_and_t_setup);
  hook_set(hook);
  collect();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("v");
  expect_live("t");
  gate_open(&window);
  puppet_wait(alice);
  settle();
  expect_count("v", 2);
  expect_count("t", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

static void a_store_counts_before_it_publishes(uint64_t seed)
{
  (void)seed;
  v_and_t(park_inside_store);
}

static void counts_are_read_after_edges(uint64_t seed)
{
  (void)seed;
  v_and_t(store_between);
}

// --- a move under way --------------------------------------------------------
//
// r.a -> v <-> x. In the middle of a move v stands in x twice.

static void move_setup(struct puppet *p)
{
  wane_ref r = make_node(p, 0, "r"), v = make_node(p, 1, "v");
  wane_ref x = make_array(p, 2, "x");
  wane_store(p->m, r, &node(r)->a, v);
  wane_store(p->m, v, &node(v)->a, x);
  wane_store(p->m, x, &array(x)->slots[0], v);
  p->root[1] = p->root[2] = NULL;
}

static void move(struct puppet *p)
{
  wane_ref x = wane_load(&node(wane_load(&node(p->root[0])->a))->a);
  wane_array_move(p->m, x, &array(x)->slots[9], &array(x)->slots[0], 1);
}

static void park_inside_move(int place)
{
  if (place == 4) gate_park(&window);
  if (place != 7 || !gate_once(&started)) return;
  puppet_post(alice, move);
  gate_await(&window);
}

static void a_move_under_way_is_noticed(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, move_setup);
  hook_set(park_inside_move);
  collect();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("v");
  expect_live("x");
  gate_open(&window);
  puppet_wait(alice);
  settle();
  expect_count("v", 2);
  expect_count("x", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- closers -----------------------------------------------------------------

static void three_loops(struct puppet *p)
{
  wane_ref o = make_node(p, 0, "stored"), none = NULL;
  wane_store(p->m, o, &node(o)->a, o);
  o = make_node(p, 1, "initialised");
  wane_init(p->m, o, &node(o)->a, o);
  o = make_node(p, 2, "exchanged");
  if (!wane_compare_exchange(p->m, o, &node(o)->a, &none, o))
    fail("compare_exchange found something in a new object");
}

static void a_loop_of_one_is_a_cycle(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, three_loops);
  one_round(); // no nursery will do: they live on
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

static void ring(struct puppet *p)
{
  wane_ref x = make_node(p, 0, "x"), y = make_node(p, 1, "y");
  wane_store(p->m, x, &node(x)->a, y);
  wane_store(p->m, y, &node(y)->a, x);
  p->root[1] = NULL;
}

static void a_cycle_that_survived_is_tried_again(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, ring);
  collect();
  collect();
  expect_count("x", 1);
  expect_count("y", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// x.a -> y is stored while x is private; y.a -> x comes from another thread.
static void half_a_ring(struct puppet *p)
{
  wane_ref x = make_node(p, 0, "x"), y = make_node(p, 1, "y");
  wane_store(p->m, x, &node(x)->a, y);
  shared = wane_handle_new(p->m, x);
  drop_roots(p);
}

static void other_half(struct puppet *p)
{
  wane_ref x = wane_handle_get(shared);
  wane_ref y = wane_load(&node(x)->a);
  wane_store(p->m, y, &node(y)->a, x);
}

static void free_shared(struct puppet *p)
{
  wane_handle_free(p->m, shared);
}

static void a_foreign_writer_closes_a_cycle(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  bob = puppet_start("bob");
  puppet_call(alice, half_a_ring);
  puppet_call(bob, other_half);
  collect();
  expect_count("x", 2);
  expect_count("y", 1);
  puppet_call(bob, free_shared);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- who frees ---------------------------------------------------------------

static void a_chain_and_a_ring(struct puppet *p)
{
  ring(p);
  wane_ref first = make_node(p, 2, "first"), second = make_node(p, 3, "second");
  wane_store(p->m, first, &node(first)->a, second);
  p->root[3] = NULL;
}

static void drop_the_chain(struct puppet *p)
{
  p->root[2] = NULL;
}

// The chain goes by its counts, and before the ring.
static void a_death_hook_hears_who_frees(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, a_chain_and_a_ring);
  one_round(); // no nursery will free them
  puppet_call(alice, drop_the_chain);
  collect();
  expect_freed_by("first", WANE_FREED_BY_RC);
  expect_freed_by("second", WANE_FREED_BY_RC);
  expect_live("x");
  puppet_call(alice, drop_roots);
  collect();
  expect_freed_by("x", WANE_FREED_BY_CYCLE);
  expect_freed_by("y", WANE_FREED_BY_CYCLE);
  expect_nothing_left();
  stage_stop();
}

const struct scenario kill_cycles[] = {
    {"a_store_counts_before_it_publishes", a_store_counts_before_it_publishes},
    {"counts_are_read_after_edges", counts_are_read_after_edges},
    {"a_move_under_way_is_noticed", a_move_under_way_is_noticed},
    {"a_loop_of_one_is_a_cycle", a_loop_of_one_is_a_cycle},
    {"a_cycle_that_survived_is_tried_again",
     a_cycle_that_survived_is_tried_again},
    {"a_foreign_writer_closes_a_cycle", a_foreign_writer_closes_a_cycle},
    {"a_death_hook_hears_who_frees", a_death_hook_hears_who_frees},
    {NULL, NULL},
};
