// kill_cpython.c: what CPython's collector must reach, and what it must list.
// SPDX-License-Identifier: MIT
//
// Mutants 30 (a live object that the search has passed) and 31 (an object that
// enters no generation), both in collectors/cpython.

#include "stage.h"

static struct puppet *alice;

// --- last -> middle -> first, all of one span --------------------------------
//
// Only the last is held from outside; when the search comes to it, it has
// passed the others, and has to go back for both.

static void chain_backwards(struct puppet *p)
{
  wane_ref first = make_node(p, 0, "first"), middle = make_node(p, 1, "middle");
  wane_ref last = make_node(p, 2, "last");
  wane_store(p->m, last, &node(last)->a, middle);
  wane_store(p->m, middle, &node(middle)->a, first);
  p->root[0] = p->root[1] = NULL;
}

static void what_the_last_reaches_lives(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, chain_backwards);
  collect();
  expect_count("last", 0);
  expect_count("middle", 1);
  expect_count("first", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- a ring of what nothing counted when it was handed over ------------------

static void two_alone(struct puppet *p)
{
  make_node(p, 0, "x");
  make_node(p, 1, "y");
}

static void join_and_drop(struct puppet *p)
{
  wane_ref x = p->root[0], y = p->root[1];
  wane_store(p->m, x, &node(x)->a, y);
  wane_store(p->m, y, &node(y)->a, x);
  drop_roots(p);
}

static void a_root_alone_makes_a_member(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, two_alone);
  settle();
  expect_count("x", 0);
  expect_count("y", 0);
  puppet_call(alice, join_and_drop);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- old -> young, and the young in a ring -----------------------------------
//
// The collection of generation 0 does not look at what holds them.

static void old_one(struct puppet *p)
{
  make_node(p, 0, "old");
}

static void young_ring(struct puppet *p)
{
  wane_ref a = make_node(p, 1, "a"), b = make_node(p, 2, "b");
  wane_ref old = p->root[0];
  wane_store(p->m, old, &node(old)->a, a);
  wane_store(p->m, a, &node(a)->a, b);
  wane_store(p->m, b, &node(b)->a, a);
  p->root[1] = p->root[2] = NULL;
}

static void an_old_one_holds_the_young(uint64_t seed)
{
  (void)seed;
  stage_start(&(struct wane_config){.collector_options = "threshold0=1"});
  alice = puppet_start("alice");
  puppet_call(alice, old_one);
  collect(); // it is in generation 2
  puppet_call(alice, young_ring);
  settle(); // generation 0 is collected
  expect_count("a", 2);
  expect_count("b", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

const struct scenario kill_cpython[] = {
    {"what_the_last_reaches_lives", what_the_last_reaches_lives},
    {"a_root_alone_makes_a_member", a_root_alone_makes_a_member},
    {"an_old_one_holds_the_young", an_old_one_holds_the_young},
    {NULL, NULL},
};
