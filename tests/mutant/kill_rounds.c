// kill_rounds.c: what a round may believe; the delay; who waits for one.
// SPDX-License-Identifier: MIT
//
// Mutants 3, 5, 13 and 19.

#include "stage.h"

#include <time.h>

static struct puppet *alice, *bob;
static struct wane_handle *shared;
static struct gate alice_inside, bob_inside, loaded;

// --- a root is enough --------------------------------------------------------

static void one_in_a_root(struct puppet *p)
{
  make_node(p, 0, "v");
}

static void a_root_keeps_what_nothing_counts(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, one_in_a_root);
  one_round();
  expect_count("v", 0);
  collect();
  expect_count("v", 0);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- a zero that a root held -------------------------------------------------
//
// Nothing is logged when the root goes: only the table knows of v and of w,
// which came to zero young and old.

static void young_and_old(struct puppet *p)
{
  make_node(p, 0, "v");
  wane_ref r = make_node(p, 1, "r");
  wane_ref w = make_node(p, 2, "w");
  wane_store(p->m, r, &node(r)->a, w);
}

static void forget_w(struct puppet *p)
{
  wane_store(p->m, p->root[1], &node(p->root[1])->a, NULL);
}

static void a_zero_is_looked_at_until_no_root_holds_it(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, young_and_old);
  settle();
  puppet_call(alice, forget_w);
  settle();
  one_round();
  expect_count("v", 0);
  expect_count("w", 0);
  puppet_call(alice, drop_roots);
  settle();
  expect_dead("v");
  expect_dead("w");
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- a decrement waits a round -----------------------------------------------
//
// Ping-pong: Alice has answered the handshake, without v among her roots. Then
// she loads v from s.a and roots it; then Bob clears s.a and answers. His log
// of this round has v, and no root snapshot of this round has.

static void ping_pong_setup(struct puppet *p)
{
  wane_ref s = make_node(p, 0, "s"), v = make_node(p, 1, "v");
  shared = wane_handle_new(p->m, s);
  wane_store(p->m, s, &node(s)->a, v);
  drop_roots(p);
}

static void load_after_ack(struct puppet *p)
{
  uint64_t answers = p->m->counts.safepoint_slow;
  gate_once(&alice_inside);
  while (p->m->counts.safepoint_slow == answers) wane_safepoint(p->m);
  p->root[0] = wane_load(&node(wane_handle_get(shared))->a);
  gate_once(&loaded);
}

static void clear_before_ack(struct puppet *p)
{
  gate_once(&bob_inside);
  gate_await(&loaded);
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->a, NULL);
}

static void free_shared(struct puppet *p)
{
  wane_handle_free(p->m, shared);
  drop_roots(p);
}

static void a_decrement_waits_a_round(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  bob = puppet_start("bob");
  puppet_call(alice, ping_pong_setup);
  settle();
  puppet_post(alice, load_after_ack);
  puppet_post(bob, clear_before_ack);
  gate_await(&alice_inside);
  gate_await(&bob_inside);
  one_round();
  puppet_wait(alice);
  puppet_wait(bob);
  expect_count("v", 1); // the decrement is logged, not applied
  settle();
  expect_count("v", 0);
  puppet_call(alice, free_shared);
  collect();
  expect_nothing_left();
  stage_stop();
}

// --- a thread that outruns its collector -------------------------------------
//
// The round stands still. Alice is slowed down when there is too much that it
// has not looked at, but goes on; at twice that she waits for it.

#define YOUNG ((uint64_t)256 << 10) // one round is asked for
#define SLOWED 12                   // times that: 8 and 16 are the steps
#define FULL 18

static struct gate first, standing, slowed, past_all;

static void stand_still(int place)
{
  if (place == 6 && gate_once(&first)) gate_park(&standing);
}

static void allocate(struct puppet *p, uint64_t bytes)
{
  for (uint64_t i = 0; i < bytes / sizeof(struct node); i++)
    (void)make_nameless(p);
}

static void outrun(struct puppet *p)
{
  // No more until it stands: else she may be past all steps before.
  allocate(p, 2 * YOUNG);
  for (int ms = 0; ms < 5000 && !atomic_load(&standing.reached); ms++) {
    wane_safepoint(p->m);
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  gate_expect(&standing);
  uint64_t stalls = p->m->counts.stalls;
  allocate(p, SLOWED * YOUNG);
  if (p->m->counts.stalls == stalls) fail("she was not slowed down");
  gate_once(&slowed);
  allocate(p, (FULL - SLOWED) * YOUNG);
  gate_once(&past_all);
}

static void who_outruns_a_round_waits_for_it(uint64_t seed)
{
  (void)seed;
  stage_start(&(struct wane_config){.young_bytes = YOUNG});
  alice = puppet_start("alice");
  hook_set(stand_still);
  puppet_post(alice, outrun);
  gate_await(&standing);
  gate_await(&slowed); // or she would wait for the round
  for (int ms = 0; ms < 500; ms++) {
    if (atomic_load(&past_all.reached)) fail("she did not wait for the round");
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  gate_open(&standing);
  puppet_wait(alice);
  collect();
  expect_nothing_left();
  stage_stop();
}

const struct scenario kill_rounds[] = {
    {"a_root_keeps_what_nothing_counts", a_root_keeps_what_nothing_counts},
    {"a_zero_is_looked_at_until_no_root_holds_it",
     a_zero_is_looked_at_until_no_root_holds_it},
    {"a_decrement_waits_a_round", a_decrement_waits_a_round},
    {"who_outruns_a_round_waits_for_it", who_outruns_a_round_waits_for_it},
    {NULL, NULL},
};
