// kill_helping.c: a mutator that marks, and one that must wait for the marker.
// SPDX-License-Identifier: MIT
//
// Mutants 56 and 57.

#include "stage_trace.h"

#include "heap.h"

#include <time.h>

static struct gate window;

// --- help --------------------------------------------------------------------
//
// The workers stand still in the middle of their work. Alice allocates, falls
// behind the pacer's line and marks for a while; what she has in her queues
// when she stops must go to the others.

#define CHAINS 3000
#define CHAIN 6

static void chains(struct puppet *p)
{
  wane_ref x = make_wide(p, 0, "x", CHAINS);
  struct wane_slot *slots = array(x)->slots; // more than declared
  for (int i = 0; i < CHAINS; i++) {
    p->root[1] = NULL;
    for (int k = 0; k < CHAIN; k++) {
      wane_ref o = make_nameless(p);
      wane_init(p->m, o, &node(o)->a, p->root[1]);
      p->root[1] = o;
    }
    wane_store(p->m, x, &slots[i], p->root[1]);
  }
  p->root[1] = NULL;
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

static void help(struct puppet *p)
{
  uint64_t before = p->m->counts.assists;
  for (int mib = 0; mib < 16 && p->m->counts.assists == before; mib++)
    for (uint32_t i = 0; i < ((uint32_t)1 << 20) / sizeof(struct node); i++)
      (void)make_nameless(p);
  if (p->m->counts.assists == before) fail("she did not help");
}

static void workers_stand_still(int place)
{
  static _Atomic int looks;
  on_round(place);
  if (place == 9 && atomic_fetch_add(&looks, 1) == 100 && gate_once(&window))
    puppet_call(alice, help);
}

static void
play_who_stops_helping_forgets_nothing(const struct wane_collector *c)
{
  start_tracing(&(struct wane_config){.collector = c});
  puppet_call(alice, chains);
  settle();
  trace_with(workers_stand_still);
  gate_expect(&window);
  expect_live("x");
  puppet_call(alice, chains_are_whole);
  finish();
}
ON_BOTH(who_stops_helping_forgets_nothing)

// --- a thread that outruns a cycle -------------------------------------------
//
// The cycle stands still, between two slices of marking. Alice may use up the
// room it gets, and as much again, slowly; then she waits.

static struct gate past_all;

static void make_v(struct puppet *p)
{
  make_node(p, 0, "v");
}

static void allocate_16_mib(struct puppet *p)
{
  for (uint32_t i = 0; i < ((uint32_t)16 << 20) / sizeof(struct node); i++)
    (void)make_nameless(p);
  gate_once(&past_all);
}

static void stand_still(void)
{
  puppet_post(alice, allocate_16_mib);
  for (int ms = 0; ms < 500; ms++) {
    if (atomic_load(&past_all.reached)) fail("she did not wait for the cycle");
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  gate_once(&window);
}

static void
play_who_outruns_a_cycle_waits_for_it(const struct wane_collector *c)
{
  start_tracing(
      &(struct wane_config){.collector = c, .pacing = "go,least=1m,step=1m"});
  puppet_call(alice, make_v);
  settle();
  at_round[BEGIN + 1] = stand_still;
  trace();
  puppet_wait(alice);
  gate_expect(&window);
  gate_expect(&past_all);
  expect_live("v");
  finish();
}
ON_BOTH(who_outruns_a_cycle_waits_for_it)

const struct scenario kill_helping[] = {
    BOTH(who_stops_helping_forgets_nothing),
    BOTH(who_outruns_a_cycle_waits_for_it),
    {NULL, NULL},
};
