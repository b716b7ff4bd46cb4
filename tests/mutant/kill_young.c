// kill_young.c: the objects of this round, tried as a whole and walked once.
// SPDX-License-Identifier: MIT
//
// Mutants 15 and 18 (the nursery of trial_deletion) and 16 and 17 (the walk);
// and what the guard over a plugin's services has to let pass.

#include "stage.h"

#include "thread.h"

static struct puppet *alice, *bob;
static struct gate window;

// --- m.a -> v, and v.a -> v while the nursery looks --------------------------
//
// m is mature, so v's unit from there is no edge of the batch. v is the first
// object of the batch; d is the closer that makes the batch worth trying.

static void mature_m(struct puppet *p)
{
  make_node(p, 0, "m");
}

static void young_v(struct puppet *p)
{
  wane_ref v = make_node(p, 1, "v"), m = p->root[0];
  wane_store(p->m, m, &node(m)->a, v);
  wane_ref d = make_node(p, 2, "d");
  wane_store(p->m, d, &node(d)->a, d);
  p->root[1] = NULL;
}

static void store_v_a(struct puppet *p)
{
  wane_ref v = wane_load(&node(p->root[0])->a);
  wane_store(p->m, v, &node(v)->a, v);
}

static void store_before_slots(int place)
{
  if (place == 8 && gate_once(&window)) puppet_call(alice, store_v_a);
}

static void young_counts_are_read_after_edges(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, mature_m);
  settle();
  puppet_call(alice, young_v);
  hook_set(store_before_slots);
  one_round();
  hook_set(NULL);
  gate_expect(&window);
  expect_count("v", 2);
  expect_count("d", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- a root -> x -> y, and y -> y --------------------------------------------
//
// All edges into y come from the batch; only x says that it is alive.

static void x_and_y(struct puppet *p)
{
  wane_ref x = make_node(p, 0, "x"), y = make_node(p, 1, "y");
  wane_store(p->m, x, &node(x)->a, y);
  wane_store(p->m, y, &node(y)->a, y);
  p->root[1] = NULL;
}

static void the_young_behind_a_root_live(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, x_and_y);
  one_round();
  expect_count("x", 0);
  expect_count("y", 2);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- the walk ----------------------------------------------------------------
//
// Two pairs of parent and child, made in either order: whichever way the walk
// goes, one child lies ahead of it and one behind.

static void two_pairs(struct puppet *p)
{
  wane_ref parent = make_node(p, 0, "parent of the younger");
  wane_ref child = make_node(p, 1, "younger");
  wane_init(p->m, parent, &node(parent)->a, child);
  child = make_node(p, 2, "older");
  parent = make_node(p, 3, "parent of the older");
  wane_init(p->m, parent, &node(parent)->a, child);
}

static void drop_parents(struct puppet *p)
{
  two_pairs(p);
  p->root[0] = p->root[3] = NULL;
}

static void drop_pairs(struct puppet *p)
{
  two_pairs(p);
  drop_roots(p);
}

static void a_rooted_child_of_the_young_dead_lives(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, drop_parents);
  one_round();
  expect_dead("parent of the younger");
  expect_dead("parent of the older");
  expect_count("younger", 0);
  expect_count("older", 0);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

static void what_lies_behind_the_walk_dies(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, drop_pairs);
  one_round();
  expect_dead("younger");
  expect_dead("older");
  expect_nothing_left();
  stage_stop();
}

// --- young garbage that refers to what is younger than the round -------------
//
// Bob has answered; what he makes now, no one has handed over. Alice, who has
// not, refers to it from an object that dies in this round: the nursery takes
// back a unit of an object that has no bit `used` yet, and rightly.

static struct wane_handle *between;

static void young_loop(struct puppet *p)
{
  between = wane_handle_new(p->m, NULL);
  wane_ref loop = make_node(p, 0, "loop");
  wane_store(p->m, loop, &node(loop)->a, loop);
}

static void refer_and_drop(struct puppet *p)
{
  gate_park(&window);
  wane_ref loop = p->root[0];
  wane_store(p->m, loop, &node(loop)->b, wane_handle_get(between));
  drop_roots(p);
}

static void answer_and_make(struct puppet *p)
{
  const struct wane__thread *t = wane__thread_of(p->m);
  for (uint64_t before = t->acked; t->acked == before;)
    wane_safepoint(p->m);
  wane_handle_set(p->m, between, make_node(p, 0, "younger than the round"));
  gate_open(&window);
}

static void free_handle(struct puppet *p)
{
  wane_handle_free(p->m, between);
  drop_roots(p);
}

static void a_unit_of_what_is_not_handed_over_is_taken_back(uint64_t seed)
{
  (void)seed;
  stage_start(&(struct wane_config){.verify = 1});
  alice = puppet_start("alice");
  bob = puppet_start("bob");
  settle();
  puppet_call(alice, young_loop);
  puppet_post(alice, refer_and_drop);
  gate_await(&window);
  puppet_post(bob, answer_and_make);
  one_round();
  puppet_wait(bob);
  expect_dead("loop");
  settle();
  expect_count("younger than the round", 1);
  puppet_call(bob, free_handle);
  collect();
  expect_nothing_left();
  stage_stop();
}

const struct scenario kill_young[] = {
    {"young_counts_are_read_after_edges", young_counts_are_read_after_edges},
    {"a_rooted_child_of_the_young_dead_lives",
     a_rooted_child_of_the_young_dead_lives},
    {"what_lies_behind_the_walk_dies", what_lies_behind_the_walk_dies},
    {"the_young_behind_a_root_live", the_young_behind_a_root_live},
    {"a_unit_of_what_is_not_handed_over_is_taken_back",
     a_unit_of_what_is_not_handed_over_is_taken_back},
    {NULL, NULL},
};
