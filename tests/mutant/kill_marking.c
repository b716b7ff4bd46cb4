// kill_marking.c: what a trace must find, and when it may believe that it has.
// SPDX-License-Identifier: MIT
//
// Mutants 41 to 46, 48 to 51 and 55: what is grey when a trace begins, what its
// threads log, and what is born meanwhile. Most scenarios are played twice,
// with counting and without.

#include "stage_trace.h"

#include "log.h"
#include "mark.h"
#include "round.h"

static struct puppet *bob;
static struct wane_handle *shared;
static struct gate window;

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
  start_tracing(&(struct wane_config){.collector = c});
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
  start_tracing(&(struct wane_config){.collector = c});
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
  start_tracing(&(struct wane_config){.collector = c});
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
  start_tracing(&(struct wane_config){
      .collector = c, .log_chunk = 4, .log_pool_bytes = 6 * CHUNK});
  bob = puppet_start("bob");
  puppet_call(alice, share_eight);
  settle();
  ragged(load_last, clear_eight);
  hook_set(on_round); // it begins later than trace() expects
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
  start_tracing(&(struct wane_config){.collector = c});
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
  start_tracing(&(struct wane_config){.collector = c});
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
  start_tracing(&(struct wane_config){.collector = c});
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
  start_tracing(&(struct wane_config){.collector = c});
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
    BOTH(a_claimed_thread_logs),
    {NULL, NULL},
};
