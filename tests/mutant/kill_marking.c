// kill_marking.c: what a trace must find, and when it may believe that it has.
// SPDX-License-Identifier: MIT
//
// Mutants 40 to 57. A collection on demand begins its trace in its second
// round: with counting the first only gathers decrements, without it is the
// one that makes threads log. Place 6 is on the coordinator, in each round
// between the last answer and the first look at what was handed over; so what
// a puppet does there is named in the next round's log, and the marker does
// not meet it before.
//
// Most scenarios are played twice, with counting and without.

#include "stage_both.h"

#include "log.h"
#include "mark.h"
#include "round.h"
#include "work.h"

#include <time.h>

#define ROUNDS 12
#define BEGIN 2 // the round in which a trace begins

static struct puppet *alice, *bob;
static struct wane_handle *shared;
static struct gate traced, window;

// --- rounds ------------------------------------------------------------------

// What happens in each round of the collection, once all have answered.
static void (*at_round[ROUNDS])(void);
static unsigned rounds;

// Place 9: an object or a part of it is looked at.
static void on_round(int place)
{
  if (place == 9 && rounds == BEGIN) gate_once(&traced);
  if (place != 6) return;
  rounds++;
  if (rounds == BEGIN && wane__mark_active()) fail("it began too early");
  if (rounds < ROUNDS && at_round[rounds]) at_round[rounds]();
}

static void start(const struct wane_collector *c)
{
  stage_start(&(struct wane_config){.collector = c});
  alice = puppet_start("alice");
}

static void trace(void)
{
  rounds = 0;
  hook_set(on_round);
  collect();
  hook_set(NULL);
  gate_expect(&traced); // it was where we thought it was
}

static void finish(void)
{
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  stage_stop();
}

static void free_shared(struct puppet *p)
{
  wane_handle_free(p->m, shared);
  drop_roots(p);
}

// --- roots -------------------------------------------------------------------
//
// What is in a root and has count zero is in the zero-count table, which is
// looked at, and shaded, in each round. So v has a count, here and below.

static void count_it(struct puppet *p, wane_ref v)
{
  wane_store(p->m, v, &node(v)->c, v);
}

static void one_root(struct puppet *p)
{
  wane_ref v = make_node(p, 0, "v");
  count_it(p, v);
  wane_store(p->m, v, &node(v)->a, make_node(p, 1, "w"));
  p->root[1] = NULL;
}

static void play_a_root_alone_is_grey(const struct wane_collector *c)
{
  start(c);
  puppet_call(alice, one_root);
  collect();
  expect_live("v");
  expect_live("w");
  finish();
}
ON_BOTH(a_root_alone_is_grey)

// --- logs of later rounds ----------------------------------------------------
//
// s.a -> x -> y. Alice takes x out of s after the root snapshots were taken
// and before s is looked at: only the next log names x.

static void s_x_y(struct puppet *p)
{
  wane_ref s = make_node(p, 0, "s"), x = make_node(p, 1, "x");
  wane_ref y = make_node(p, 2, "y");
  make_node(p, 3, "other");
  wane_store(p->m, s, &node(s)->a, x);
  wane_store(p->m, x, &node(x)->a, y);
  p->root[1] = p->root[2] = NULL;
}

static void take_x_leave(struct puppet *p, wane_ref instead)
{
  wane_ref s = p->root[0];
  p->root[1] = wane_load(&node(s)->a);
  wane_store(p->m, s, &node(s)->a, instead);
}

static void take_x_leave_other(struct puppet *p)
{
  take_x_leave(p, p->root[3]);
}

static void take_x_leave_null(struct puppet *p)
{
  take_x_leave(p, NULL);
}

static void alice_takes_x(void)
{
  puppet_call(alice, take_x_leave_other);
}

static void alice_takes_x_leaves_null(void)
{
  puppet_call(alice, take_x_leave_null);
}

static void x_is_taken(const struct wane_collector *c, void (*by)(void))
{
  start(c);
  puppet_call(alice, s_x_y);
  settle();
  at_round[BEGIN] = by;
  trace();
  expect_live("x");
}

static void play_what_a_later_log_names_lives(const struct wane_collector *c)
{
  x_is_taken(c, alice_takes_x);
  finish();
}
ON_BOTH(what_a_later_log_names_lives)

static void
play_what_a_later_log_names_is_looked_into(const struct wane_collector *c)
{
  x_is_taken(c, alice_takes_x);
  expect_live("y");
  finish();
}
ON_BOTH(what_a_later_log_names_is_looked_into)

static void play_a_store_of_null_is_logged(const struct wane_collector *c)
{
  x_is_taken(c, alice_takes_x_leaves_null);
  finish();
}
ON_BOTH(a_store_of_null_is_logged)

// --- before the last answer --------------------------------------------------
//
// Alice has answered the handshake that begins the trace, Bob has not.

static struct gate alice_inside, bob_inside, done;

// On a puppet's thread: until it has answered the next handshake.
static void answer(struct puppet *p)
{
  uint64_t answers = p->m->counts.safepoint_slow;
  gate_once(&alice_inside);
  while (p->m->counts.safepoint_slow == answers) wane_safepoint(p->m);
}

static void (*after_answer)(struct puppet *p),
    (*before_answer)(struct puppet *);

static void act_after_answer(struct puppet *p)
{
  answer(p);
  after_answer(p);
  gate_once(&done);
}

static void act_before_answer(struct puppet *p)
{
  gate_once(&bob_inside);
  gate_await(&done);
  before_answer(p);
}

static void send_both(void)
{
  puppet_post(alice, act_after_answer);
  puppet_post(bob, act_before_answer);
  gate_await(&alice_inside);
  gate_await(&bob_inside);
}

static void wait_for_both(void)
{
  gate_expect(&done);
  puppet_wait(alice);
  puppet_wait(bob);
}

static void ragged(void (*after)(struct puppet *),
                   void (*before)(struct puppet *))
{
  after_answer = after;
  before_answer = before;
  at_round[BEGIN - 1] = send_both;
  at_round[BEGIN] = wait_for_both;
}

// s.a -> v: Alice loads v after her answer, Bob overwrites it before his. No
// root snapshot has v, and no slot; Bob's log of this round has.

static void share_s_v(struct puppet *p)
{
  wane_ref s = make_node(p, 0, "s"), v = make_node(p, 1, "v");
  shared = wane_handle_new(p->m, s);
  wane_store(p->m, s, &node(s)->a, v);
  count_it(p, v);
  drop_roots(p);
}

static void load_s_a(struct puppet *p)
{
  p->root[0] = wane_load(&node(wane_handle_get(shared))->a);
}

static void clear_s_a(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->a, NULL);
}

static void play_what_was_overwritten_before_the_last_answer_is_grey(
    const struct wane_collector *c)
{
  start(c);
  bob = puppet_start("bob");
  puppet_call(alice, share_s_v);
  settle();
  ragged(load_s_a, clear_s_a);
  trace();
  expect_live("v");
  puppet_call(alice, free_shared);
  finish();
}
ON_BOTH(what_was_overwritten_before_the_last_answer_is_grey)

// The same, but Bob's log has no room for v: the trace must not begin yet.

#define CHUNK (sizeof(struct wane__chunk) + 4 * sizeof(wane_ref))

static void share_eight(struct puppet *p)
{
  wane_ref s = make_array(p, 0, "s");
  shared = wane_handle_new(p->m, s);
  for (int i = 0; i < 7; i++) {
    wane_ref o = make_nameless(p);
    wane_store(p->m, s, &array(s)->slots[i], o);
  }
  wane_store(p->m, s, &array(s)->slots[7], make_node(p, 1, "v"));
  drop_roots(p);
}

static void load_last(struct puppet *p)
{
  p->root[0] = wane_load(&array(wane_handle_get(shared))->slots[7]);
}

// Four fill the chunk, four the spare one; there is no other.
static void clear_eight(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_array_clear(p->m, s, array(s)->slots, 8);
}

static void play_a_trace_begins_with_a_whole_log(const struct wane_collector *c)
{
  // Three chunks a thread, and not one more.
  stage_start(&(struct wane_config){
      .collector = c, .log_chunk = 4, .log_pool_bytes = 6 * CHUNK});
  alice = puppet_start("alice");
  bob = puppet_start("bob");
  puppet_call(alice, share_eight);
  settle();
  ragged(load_last, clear_eight);
  rounds = 0;
  hook_set(on_round);
  collect();
  hook_set(NULL);
  gate_expect(&done);
  expect_live("v");
  puppet_call(alice, free_shared);
  finish();
}
ON_BOTH(a_trace_begins_with_a_whole_log)

// Alice has a new object x; Bob stores into it the only reference to v, which
// none of his roots has when he answers. Then Alice hides x from the marker.

static void share_s(struct puppet *p)
{
  shared = wane_handle_new(p->m, make_node(p, 0, "s"));
  drop_roots(p);
}

static void make_v(struct puppet *p)
{
  count_it(p, make_node(p, 0, "v"));
}

static void publish_x(struct puppet *p)
{
  wane_ref x = make_node(p, 1, "x"), s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->b, x);
}

static void hang_v_into_x(struct puppet *p)
{
  wane_ref x = wane_load(&node(wane_handle_get(shared))->b);
  wane_store(p->m, x, &node(x)->a, p->root[0]);
  p->root[0] = NULL;
}

static void clear_s_b(struct puppet *p)
{
  wane_ref s = wane_handle_get(shared);
  wane_store(p->m, s, &node(s)->b, NULL);
}

static void hide_x(void)
{
  wait_for_both();
  puppet_call(alice, clear_s_b);
}

static void
play_what_is_born_before_the_last_answer_is_grey(const struct wane_collector *c)
{
  start(c);
  bob = puppet_start("bob");
  puppet_call(alice, share_s);
  puppet_call(bob, make_v);
  settle();
  ragged(publish_x, hang_v_into_x);
  at_round[BEGIN] = hide_x;
  trace();
  expect_live("x");
  expect_live("v");
  puppet_call(alice, free_shared);
  finish();
}
ON_BOTH(what_is_born_before_the_last_answer_is_grey)

// --- births ------------------------------------------------------------------
//
// v is handed over in the second round after the beginning, when nothing that
// is born is looked into any more. There is one, because x was found late.

static void make_late(struct puppet *p)
{
  count_it(p, make_node(p, 4, "v"));
}

static void alice_makes_v(void)
{
  puppet_call(alice, make_late);
}

static void
play_what_is_born_meanwhile_is_marked(const struct wane_collector *c)
{
  start(c);
  puppet_call(alice, s_x_y);
  settle();
  at_round[BEGIN] = alice_takes_x;
  at_round[BEGIN + 1] = alice_makes_v;
  trace();
  expect_live("v");
  finish();
}
ON_BOTH(what_is_born_meanwhile_is_marked)

// A sweep of three slices, since the heap is wide. x is born, in a block that
// the first has swept, between that and the second, and handed over before the
// third. The next trace must look into it.

#define WIDE (1200u << WANE_BLOCK_SHIFT >> 3) // slots that fill 1200 blocks

static void wide_heap(struct puppet *p)
{
  make_node(p, 0, "first"); // in block 0
  make_wide(p, 7, "wide", WIDE);
}

static void make_x(struct puppet *p)
{
  make_node(p, 1, "x");
}

static void hang_v_into_old_x(struct puppet *p)
{
  wane_ref x = p->root[1], v = make_node(p, 2, "v");
  wane_store(p->m, x, &node(x)->a, v);
  p->root[2] = NULL;
}

static void between_sweeps(int place)
{
  if (place != 6) return;
  wane__round_request(WANE_CAUSE_USER); // so that a sweep has slices
  if (wane__mark_active() && wane__swept && gate_once(&window))
    puppet_call(alice, make_x);
}

static void
play_what_is_born_behind_the_sweep_has_no_mark(const struct wane_collector *c)
{
  start(c);
  puppet_call(alice, wide_heap);
  collect();
  hook_set(between_sweeps);
  collect();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("x");
  puppet_call(alice, hang_v_into_old_x);
  collect();
  expect_live("v");
  finish();
}
ON_BOTH(what_is_born_behind_the_sweep_has_no_mark)

// --- slices ------------------------------------------------------------------

#define LONG 2000 // more than a marker looks at before it looks round

static void start_with_slices(const struct wane_config *more)
{
  struct wane_config config = *more;
  config.mark_slice = 1;
  stage_start(&config);
  alice = puppet_start("alice");
}

static void ask(void)
{
  wane__round_request(WANE_CAUSE_USER); // so that the slice ends
}

static void long_list(struct puppet *p)
{
  make_node(p, 0, "last");
  for (int i = 0; i < LONG; i++) {
    wane_ref o = make_nameless(p);
    wane_init(p->m, o, &node(o)->a, p->root[0]);
    p->root[0] = o;
  }
}

static void
play_a_slice_that_ends_forgets_nothing(const struct wane_collector *c)
{
  start_with_slices(&(struct wane_config){.collector = c});
  puppet_call(alice, long_list);
  settle();
  at_round[BEGIN] = ask;
  trace();
  expect_live("last");
  finish();
}
ON_BOTH(a_slice_that_ends_forgets_nothing)

// s.a -> grey -> v. The log of the third round names grey and, after it,
// enough others to fill a slice; in the fourth grey dies by count without
// having been looked into. By then v is in r, which was.

#define OTHERS 600

static void r_s_grey_v(struct puppet *p)
{
  make_node(p, 0, "r");
  wane_ref s = make_node(p, 1, "s"), grey = make_node(p, 2, "grey");
  wane_store(p->m, s, &node(s)->a, grey);
  wane_store(p->m, grey, &node(grey)->a, make_node(p, 3, "v"));
  wane_ref wide = make_wide(p, 4, "wide", OTHERS);
  for (uint32_t i = 0; i < OTHERS; i++) {
    wane_ref o = make_nameless(p);
    wane_store(p->m, wide, &array(wide)->slots[i], o);
  }
  p->root[2] = p->root[3] = NULL;
}

static void make_grey(struct puppet *p)
{
  wane_ref s = p->root[1], wide = p->root[4];
  p->root[3] = wane_load(&node(wane_load(&node(s)->a))->a); // v
  wane_store(p->m, s, &node(s)->a, NULL);
  wane_array_clear(p->m, wide, array(wide)->slots, OTHERS);
}

static void v_into_r(struct puppet *p)
{
  wane_store(p->m, p->root[0], &node(p->root[0])->a, p->root[3]);
  p->root[3] = NULL;
}

static void alice_makes_grey(void)
{
  puppet_call(alice, make_grey);
}

static void alice_moves_v(void)
{
  puppet_call(alice, v_into_r);
  ask();
}

// grey dies in the round after this one.
static void grey_is_not_looked_into(void)
{
  expect_live("grey");
  if (!wane__work_none()) gate_once(&window);
}

static void grey_dies(void)
{
  at_round[BEGIN] = alice_makes_grey;
  at_round[BEGIN + 1] = alice_moves_v;
  at_round[BEGIN + 2] = grey_is_not_looked_into;
  trace();
  gate_expect(&window);
  expect_dead("grey");
  expect_live("v");
  finish();
}

static void what_a_dying_grey_object_held_lives(uint64_t seed)
{
  (void)seed;
  start_with_slices(&(struct wane_config){.collector = &wane_collector});
  puppet_call(alice, r_s_grey_v);
  settle();
  grey_dies();
}

// v's count is stuck: it does not change when grey dies.
static void stick_v(struct puppet *p)
{
  wane_ref grey = wane_load(&node(p->root[1])->a);
  wane_ref v = wane_load(&node(grey)->a), t = make_nameless(p);
  wane_store(p->m, t, &node(t)->a, v);
  wane_store(p->m, t, &node(t)->b, v);
  wane_store(p->m, t, &node(t)->c, v);
}

static void an_immortal_that_a_grey_object_held_lives(uint64_t seed)
{
  (void)seed;
  start_with_slices(&(struct wane_config){
      .collector = &wane_collector, .local_limit = 2, .shared_limit = 2});
  puppet_call(alice, r_s_grey_v);
  puppet_call(alice, stick_v);
  settle();
  settle(); // t is gone
  grey_dies();
}

// --- arrays ------------------------------------------------------------------
//
// The marker has been in the first range of x when v comes there from the last.

#define RANGES 3
#define RANGE 1024

static void wide_x(struct puppet *p)
{
  wane_ref x = make_wide(p, 0, "x", RANGES * RANGE);
  wane_ref v = make_node(p, 1, "v");
  struct wane_slot *slots = array(x)->slots; // more than declared
  wane_store(p->m, x, &slots[RANGES * RANGE - 1], v);
  p->root[1] = NULL;
}

static void move_v(struct puppet *p)
{
  struct wane_slot *slots = array(p->root[0])->slots;
  wane_array_move(p->m, p->root[0], &slots[0], &slots[RANGES * RANGE - 1], 1);
}

static void before_second_range(int place)
{
  static _Atomic int looks; // at x, its first range, its second
  on_round(place);
  if (place == 9 && atomic_fetch_add(&looks, 1) == 2 && gate_once(&window))
    puppet_call(alice, move_v);
}

static void
play_what_moves_behind_the_marker_lives(const struct wane_collector *c)
{
  start(c);
  puppet_call(alice, wide_x);
  settle();
  rounds = 0;
  hook_set(before_second_range);
  collect();
  hook_set(NULL);
  gate_expect(&traced);
  gate_expect(&window);
  expect_live("v");
  finish();
}
ON_BOTH(what_moves_behind_the_marker_lives)

// --- threads that are away ---------------------------------------------------
//
// Alice is detached in both handshakes that begin a trace; the coordinator
// answers for her. When she is back she overwrites x, and must log it.

static struct gate away;

static void go_away(struct puppet *p)
{
  wane_detach(p->m);
  gate_park(&away);
  wane_attach(p->m);
  take_x_leave_null(p);
}

static void alice_comes_back(void)
{
  gate_open(&away);
  puppet_wait(alice);
}

static void play_a_claimed_thread_logs(const struct wane_collector *c)
{
  start(c);
  puppet_call(alice, s_x_y);
  settle();
  puppet_post(alice, go_away);
  gate_await(&away);
  at_round[BEGIN] = alice_comes_back;
  trace();
  expect_live("x");
  finish();
}
ON_BOTH(a_claimed_thread_logs)

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
  start(c);
  puppet_call(alice, chains);
  settle();
  rounds = 0;
  hook_set(workers_stand_still);
  collect();
  hook_set(NULL);
  gate_expect(&traced);
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
  stage_start(
      &(struct wane_config){.collector = c, .pacing = "go,least=1m,step=1m"});
  alice = puppet_start("alice");
  puppet_call(alice, one_root);
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

const struct scenario kill_marking[] = {
    BOTH(a_root_alone_is_grey),
    BOTH(what_a_later_log_names_lives),
    BOTH(what_a_later_log_names_is_looked_into),
    BOTH(a_store_of_null_is_logged),
    BOTH(what_was_overwritten_before_the_last_answer_is_grey),
    BOTH(a_trace_begins_with_a_whole_log),
    BOTH(what_is_born_before_the_last_answer_is_grey),
    BOTH(what_is_born_meanwhile_is_marked),
    BOTH(what_is_born_behind_the_sweep_has_no_mark),
    BOTH(a_slice_that_ends_forgets_nothing),
    {"what_a_dying_grey_object_held_lives",
     what_a_dying_grey_object_held_lives},
    {"an_immortal_that_a_grey_object_held_lives",
     an_immortal_that_a_grey_object_held_lives},
    BOTH(what_moves_behind_the_marker_lives),
    BOTH(a_claimed_thread_logs),
    BOTH(who_stops_helping_forgets_nothing),
    BOTH(who_outruns_a_cycle_waits_for_it),
    {NULL, NULL},
};
