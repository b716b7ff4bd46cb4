// kill_atomic.c: counts without a bias, changed by two threads at once.
// SPDX-License-Identifier: MIT
//
// Mutants 71 and 72, of a runtime with WANE_ATOMIC_COUNTS: both halves of a
// change must be one step, an increment's and a decrement's.

#include "stage.h"

static struct puppet *alice, *bob;
static struct gate window;
static struct wane_handle *shared;

// s.a -> v, and s is everybody's.
static void s_v(struct puppet *p)
{
  wane_ref s = make_node(p, 0, "s"), v = make_node(p, 1, "v");
  shared = wane_handle_new(p->m, s);
  wane_store(p->m, s, &node(s)->a, v);
  p->root[0] = p->root[1] = NULL;
}

static void v_in_b(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->b, wane_load(&node(s)->a));
}

static void v_in_c(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->c, wane_load(&node(s)->a));
}

static void nothing_in_b(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->b, NULL);
}

static void free_shared(struct puppet *p)
{
  wane_handle_free(p->m, shared);
  drop_roots(p);
}

static void begin(void)
{
  stage_start(NULL);
  alice = puppet_start("alice");
  bob = puppet_start("bob");
  puppet_call(alice, s_v);
  settle();
}

static void end(int64_t count)
{
  hook_set(NULL);
  gate_expect(&window);
  settle();
  expect_count("v", count);
  puppet_call(alice, free_shared);
  collect();
  expect_nothing_left();
  stage_stop();
}

// Alice is about to count what she stores; Bob does the same before she has.
static void in_alices_increment(int place)
{
  if (place == 10 && pthread_equal(pthread_self(), alice->thread) &&
      gate_once(&window))
    puppet_call(bob, v_in_c);
}

static void two_increments_are_two(uint64_t seed)
{
  (void)seed;
  begin();
  hook_set(in_alices_increment);
  puppet_call(alice, v_in_b);
  end(3);
}

// The collector is about to count what Alice dropped; Bob stores it elsewhere.
static void in_the_decrement(int place)
{
  if (place == 5 && gate_once(&window)) puppet_call(bob, v_in_c);
}

static void a_decrement_loses_no_increment(uint64_t seed)
{
  (void)seed;
  begin();
  puppet_call(alice, v_in_b);
  settle();
  puppet_call(alice, nothing_in_b);
  one_round(); // hands the decrement over
  hook_set(in_the_decrement);
  one_round(); // applies it
  end(2);
}

const struct scenario kill_atomic[] = {
    {"two_increments_are_two", two_increments_are_two},
    {"a_decrement_loses_no_increment", a_decrement_loses_no_increment},
    {NULL, NULL},
};
