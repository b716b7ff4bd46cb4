// kill_sending.c: workers on two nodes, and what they send each other.
// SPDX-License-Identifier: MIT
//
// Mutants 58 to 60. A model of a machine with two nodes, whose pages take
// turns: an object is at home on the node of its page. Both nodes have a
// worker; all mutators are on node 0.

#include "stage_trace.h"

#include "heap.h"
#include "mark.h"
#include "numa.h"

#include <stdio.h>
#include <time.h>

static struct wane_numa_config two_nodes;
static struct gate window, helped;

static void start_nodes(const struct wane_collector *c, enum wane_steal steal)
{
  char error[256];
  two_nodes = (struct wane_numa_config){.model = true, .steal = steal};
  two_nodes.topology =
      wane_topology_open("synthetic:numa:2 pu:2", error, sizeof error);
  if (!two_nodes.topology) fail("%s", error);
  two_nodes.placement =
      wane_placement_plan(two_nodes.topology, "mutators@0/collectors@0-1", 8,
                          2, error, sizeof error);
  if (!two_nodes.placement ||
      wane_memory_parse(two_nodes.topology, "interleave", &two_nodes.objects,
                        error, sizeof error))
    fail("%s", error);
  start_tracing(&(struct wane_config){
      .collector = c, .workers = 2, .numa = &two_nodes});
}

// --- a reference that is sent ------------------------------------------------

static void r_v_w(struct puppet *p)
{
  wane_ref r = make_node_at(p, 0, "r", 0), v = make_node_at(p, 1, "v", 1);
  wane_ref w = make_node_at(p, 2, "w", 0);
  wane_store(p->m, r, &node(r)->a, v);
  wane_store(p->m, v, &node(v)->a, w);
  p->root[1] = p->root[2] = NULL;
}

static void
play_what_is_sent_is_marked_and_looked_into(const struct wane_collector *c)
{
  start_nodes(c, WANE_STEAL_OWNER);
  puppet_call(alice, r_v_w);
  settle();
  collect();
  expect_live("v");
  expect_live("w");
  finish();
}
ON_BOTH(what_is_sent_is_marked_and_looked_into)

// --- what a log names is dealt out -------------------------------------------
//
// s.a -> x -> y, and x is on node 1. Alice takes x out of s; only the next log
// names it, so it is dealt out to node 1 when nothing else is grey.

static void s_x_y(struct puppet *p)
{
  wane_ref s = make_node_at(p, 0, "s", 0), x = make_node_at(p, 1, "x", 1);
  wane_ref y = make_node_at(p, 2, "y", 0);
  wane_store(p->m, s, &node(s)->a, x);
  wane_store(p->m, x, &node(x)->a, y);
  p->root[1] = p->root[2] = NULL;
}

static void take_x(struct puppet *p)
{
  wane_ref s = p->root[0];
  p->root[1] = wane_load(&node(s)->a);
  wane_store(p->m, s, &node(s)->a, NULL);
}

static void alice_takes_x(void)
{
  puppet_call(alice, take_x);
}

static void play_what_is_dealt_out_is_grey(const struct wane_collector *c)
{
  start_nodes(c, WANE_STEAL_LOCAL_ONLY);
  puppet_call(alice, s_x_y);
  settle();
  at_round[BEGIN] = alice_takes_x;
  trace();
  expect_live("x");
  expect_live("y");
  finish();
}
ON_BOTH(what_is_dealt_out_is_grey)

// --- an assistant that sends -------------------------------------------------
//
// Chains whose links lie on another page each. The workers creep, so that Alice
// finds work to take: she marks for a while, on what is at home on her node,
// and meets references to the other. When she stops they must be on their way.

#define HELP_TIMES 20
#define CHAINS 3000
#define CHAIN 6

static void wide_chains(struct puppet *p)
{
  wane_ref x = make_wide(p, 0, "x", CHAINS);
  struct wane_slot *slots = array(x)->slots; // more than declared
  for (int k = 0; k < CHAIN; k++)
    for (int i = 0; i < CHAINS; i++) {
      wane_ref o = make_nameless(p);
      wane_init(p->m, o, &node(o)->a, wane_load(&slots[i]));
      wane_store(p->m, x, &slots[i], o);
    }
}

static void chains_are_whole(struct puppet *p)
{
  struct wane_slot *slots = array(p->root[0])->slots;
  for (int i = 0; i < CHAINS; i++) {
    wane_ref o = wane_load(&slots[i]);
    for (int k = 0; k < CHAIN; k++) {
      if (!o || !wane__still_there(o)) fail("part of a chain was freed");
      o = wane_load(&node(o)->a);
    }
  }
}

// Not by allocating: she would be held back when there is nothing to take at
// that moment, until the round ends. More than once: what she takes from the
// other node she keeps.
static void help(struct puppet *p)
{
  (void)p;
  const struct timespec pause = {.tv_nsec = 20000};
  int times = 0;
  for (int tries = 0; tries < 10000 && times < HELP_TIMES; tries++) {
    if (wane__mark_assist(8 << 10)) times++;
    nanosleep(&pause, NULL);
  }
  if (times == HELP_TIMES) gate_once(&helped);
  gate_open(&window);
}

static _Thread_local bool is_alice;

static void who_she_is(struct puppet *p)
{
  (void)p;
  is_alice = true;
}

static void workers_creep(int place)
{
  on_round(place);
  if (place != 9 || is_alice || atomic_load(&window.open)) return;
  if (gate_once(&window)) puppet_post(alice, help);
  nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
}

static void play_what_an_assistant_sends_arrives(const struct wane_collector *c)
{
  start_nodes(c, WANE_STEAL_OWNER);
  puppet_call(alice, who_she_is);
  puppet_call(alice, wide_chains);
  settle();
  trace_with(workers_creep);
  puppet_wait(alice);
  gate_expect(&helped);
  puppet_call(alice, chains_are_whole);
  finish();
}
ON_BOTH(what_an_assistant_sends_arrives)

const struct scenario kill_nodes[] = {
    BOTH(what_is_sent_is_marked_and_looked_into),
    BOTH(what_is_dealt_out_is_grey),
    BOTH(what_an_assistant_sends_arrives),
    {NULL, NULL},
};
