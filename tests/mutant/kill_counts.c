// kill_counts.c: increments, decrements and spills against one another.
// SPDX-License-Identifier: MIT
//
// Mutants 2, 6, 8 and 10: what a store and a decrement may not do to a count.

#include "stage.h"

static struct puppet *alice, *bob;
static struct gate window, second;
static struct wane_handle *shared;
static bool u_is_in_slot; // Alice came last

// --- two writers, one slot ---------------------------------------------------
//
// s.a -> v. While Alice stores u there, Bob stores w, and x if she has not
// stored yet. Each old value loses one unit, no matter who comes first.

static void two_writers_setup(struct puppet *p)
{
  wane_ref keep = make_node(p, 0, "keep");
  wane_ref s = make_node(p, 1, "s");
  wane_ref v = make_node(p, 2, "v"), w = make_node(p, 3, "w");
  make_node(p, 4, "u");
  wane_ref x = make_node(p, 5, "x");
  shared = wane_handle_new(p->m, s); // s escapes
  wane_store(p->m, keep, &node(keep)->a, v);
  wane_store(p->m, s, &node(s)->a, v);
  wane_store(p->m, s, &node(s)->b, w); // where Bob finds them
  wane_store(p->m, s, &node(s)->c, x);
  p->root[1] = p->root[2] = p->root[3] = p->root[5] = NULL;
}

static void bob_stores_w(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->a, wane_load(&node(s)->b));
}

static void bob_stores_x(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->a, wane_load(&node(s)->c));
}

// Place 2, between a load and a store, exists where the store is no exchange.
static void two_writers_hook(int place)
{
  if (!pthread_equal(pthread_self(), alice->thread)) return;
  if (place == 1 && gate_once(&window)) puppet_call(bob, bob_stores_w);
  if (place == 2 && gate_once(&second)) puppet_call(bob, bob_stores_x);
}

static void alice_stores_u(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  hook_set(two_writers_hook);
  wane_store(p->m, s, &node(s)->a, p->root[4]);
  hook_set(NULL);
  u_is_in_slot = wane_load(&node(s)->a) == p->root[4];
}

static void free_shared(struct puppet *p)
{
  wane_handle_free(p->m, shared);
  drop_roots(p);
}

static void two_writers_lose_no_unit(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  bob = puppet_start("bob");
  puppet_call(alice, two_writers_setup);
  settle();
  puppet_call(alice, alice_stores_u);
  gate_expect(&window);
  settle();
  expect_count("v", 1);
  expect_count("w", u_is_in_slot ? 1 : 2); // s.b, and s.a if Bob came last
  expect_count("x", 1);                    // s.c
  expect_count("u", u_is_in_slot);
  puppet_call(alice, free_shared);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- a mutator takes no unit back --------------------------------------------
//
// r.a -> v <-> t, v -> t -> z. The collector has read t.b -> v; then Alice
// clears it. If v's count went down now, it would equal the edges inside.

static void no_unit_back_setup(struct puppet *p)
{
  wane_ref r = make_node(p, 0, "r"), v = make_node(p, 1, "v");
  wane_ref t = make_node(p, 2, "t"), z = make_node(p, 3, "z");
  wane_store(p->m, r, &node(r)->a, v);
  wane_store(p->m, t, &node(t)->a, z);
  wane_store(p->m, t, &node(t)->b, v);
  wane_store(p->m, v, &node(v)->a, t); // v has escaped: a closer
  p->root[1] = p->root[2] = p->root[3] = NULL;
}

static void clear_t_b(struct puppet *p)
{
  wane_ref v = wane_load(&node(p->root[0])->a);
  wane_ref t = wane_load(&node(v)->a);
  wane_store(p->m, t, &node(t)->b, NULL);
}

static void before_third(int place)
{
  static _Atomic int objects;
  if (place == 7 && atomic_fetch_add(&objects, 1) == 2 && gate_once(&window))
    puppet_call(alice, clear_t_b);
}

static void a_mutator_takes_no_unit_back(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, no_unit_back_setup);
  hook_set(before_third);
  collect();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("v");
  expect_live("t");
  expect_live("z");
  settle();
  expect_count("v", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- spills ------------------------------------------------------------------
//
// Seven of the eight units that make a biased count spill refer to v. One of
// them is dropped, and while that decrement is applied the eighth comes.

static void spill_setup(struct puppet *p)
{
  wane_ref r = make_array(p, 0, "r"), v = make_node(p, 1, "v");
  for (int i = 0; i < 7; i++) wane_store(p->m, r, &array(r)->slots[i], v);
  p->root[1] = NULL;
}

static void drop_one(struct puppet *p)
{
  wane_store(p->m, p->root[0], &array(p->root[0])->slots[0], NULL);
}

static void add_eighth(struct puppet *p)
{
  wane_ref r = p->root[0];
  wane_ref v = wane_load(&array(r)->slots[1]);
  wane_store(p->m, r, &array(r)->slots[7], v);
}

// Runs up to the round that applies the one decrement, with `hook`.
static void spill_round(void (*hook)(int place))
{
  stage_start(&(struct wane_config){.local_limit = 8});
  alice = puppet_start("alice");
  puppet_call(alice, spill_setup);
  settle();
  expect_count("v", 7);
  puppet_call(alice, drop_one);
  one_round(); // hands the decrement over
  hook_set(hook);
  one_round(); // applies it
  hook_set(NULL);
  gate_expect(&window);
  expect_live("v");
}

static void spill_end(void)
{
  settle();
  expect_count("v", 7);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

static void between_halves(int place)
{
  if (place == 5 && gate_once(&window)) puppet_call(alice, add_eighth);
}

static void a_spill_between_the_halves_is_seen(uint64_t seed)
{
  (void)seed;
  spill_round(between_halves);
  spill_end();
}

static void inside_spill(int place)
{
  if (place == 3) gate_park(&window);
  if (place != 6 || !gate_once(&second)) return;
  puppet_post(alice, add_eighth);
  gate_await(&window);
}

static void a_half_done_spill_hides_nothing(uint64_t seed)
{
  (void)seed;
  spill_round(inside_spill);
  gate_open(&window);
  puppet_wait(alice);
  spill_end();
}

const struct scenario kill_counts[] = {
    {"two_writers_lose_no_unit", two_writers_lose_no_unit},
    {"a_mutator_takes_no_unit_back", a_mutator_takes_no_unit_back},
    {"a_spill_between_the_halves_is_seen", a_spill_between_the_halves_is_seen},
    {"a_half_done_spill_hides_nothing", a_half_done_spill_hides_nothing},
    {NULL, NULL},
};
