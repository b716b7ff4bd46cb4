// kill_weak_trace.c: weak cells and finalizers at the end of a trace.
// SPDX-License-Identifier: MIT
//
// Mutants 24 to 29. The trace begins in the second round of a collection
// (stage_trace.h) and has nothing left to mark in the third, where the record
// goes into the cells; the fourth decides. What is to die refers to itself, or
// it would die by its count where there are counts.
//
// Each scenario is played twice, with counting and without.

#include "stage_both.h"

#include "mark.h"
#include "weak.h"

#define RECORD 3  // the round in which the record is put into cells
#define VERDICT 4 // the round that decides

static struct puppet *alice;
static struct gate window;

static void start(const struct wane_collector *c)
{
  stage_start(&(struct wane_config){.collector = c});
  alice = puppet_start("alice");
}

static void refer_to_itself(struct puppet *p, wane_ref o)
{
  wane_store(p->m, o, &node(o)->c, o);
}

// --- readers -----------------------------------------------------------------
//
// w, and x which it holds, are garbage but for two cells. Alice reads one of
// them when all have answered the handshake of some round.

static struct wane_weak *cells[2];
static unsigned rounds, read_in;

static void make_w(struct puppet *p)
{
  wane_ref w = make_weak(p, 0, "w");
  refer_to_itself(p, w);
  wane_store(p->m, w, &node(w)->a, make_node(p, 1, "x"));
  for (int i = 0; i < 2; i++) cells[i] = wane_weak_new(p->m, w, NULL, NULL);
  drop_roots(p);
}

static void read_and_root(struct puppet *p)
{
  p->root[0] = wane_weak_get(p->m, cells[0]);
  if (!p->root[0]) fail("a cell was NULL before the verdict");
}

static void compare_cells(struct puppet *p)
{
  for (int i = 0; i < 2; i++)
    if (wane_weak_get(p->m, cells[i]) != p->root[0])
      fail("cell %d does not lead to w, which a root holds", i);
}

static void expect_null_cells(struct puppet *p)
{
  for (int i = 0; i < 2; i++) {
    if (wane_weak_get(p->m, cells[i])) fail("cell %d leads to the dead", i);
    wane_weak_free(p->m, cells[i]);
  }
}

// The window: a record was met in the last of these rounds and not before.
static void read_in_a_round(int place)
{
  if (place != 6 || ++rounds != read_in) return;
  if (!wane__mark_runs()) return;
  puppet_call(alice, read_and_root);
  if (wane__weak_rescues() == (read_in == VERDICT)) gate_once(&window);
}

static void w_is_read(const struct wane_collector *c, unsigned round)
{
  start(c);
  puppet_call(alice, make_w);
  settle();
  rounds = 0;
  read_in = round;
  hook_set(read_in_a_round);
  collect();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("w");
  expect_live("x");
}

static void w_goes(void)
{
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  puppet_call(alice, expect_null_cells);
  stage_stop();
}

// She has it in a root that no snapshot shows, and saw no record. The log of
// the next round is all that knows.
static void
play_a_read_before_the_record_is_seen(const struct wane_collector *c)
{
  w_is_read(c, RECORD);
  w_goes();
}
ON_BOTH(a_read_before_the_record_is_seen)

// What she logs is handed over after the verdict.
static void
play_a_read_that_met_the_record_is_heard(const struct wane_collector *c)
{
  w_is_read(c, VERDICT);
  w_goes();
}
ON_BOTH(a_read_that_met_the_record_is_heard)

// The log puts the verdict off, when the cells have the record already. The
// next verdict is about others.
static void play_cells_of_what_was_read_stay(const struct wane_collector *c)
{
  w_is_read(c, RECORD);
  puppet_call(alice, compare_cells);
  w_goes();
}
ON_BOTH(cells_of_what_was_read_stay)

// --- finalizers --------------------------------------------------------------
//
// Two objects wait for their finalizers. The first one's does not end, and its
// thread is detached, so that the coordinator answers for it.

static struct gate inside;
static struct wane_handle *kept;
static _Atomic int finalizers;

static void make_two(struct puppet *p)
{
  refer_to_itself(p, make_final(p, 0, "f"));
  refer_to_itself(p, make_final(p, 1, "g"));
  kept = wane_handle_new(p->m, NULL);
  drop_roots(p);
}

static void free_kept(struct puppet *p)
{
  wane_handle_free(p->m, kept);
}

static void stay_inside(struct wane_mutator *m, wane_ref o)
{
  (void)o;
  if (atomic_fetch_add(&finalizers, 1)) return;
  wane_detach(m);
  gate_park(&inside);
  wane_attach(m);
}

static void stay_inside_then_keep(struct wane_mutator *m, wane_ref o)
{
  if (atomic_load(&finalizers)) wane_handle_set(m, kept, o);
  stay_inside(m, o);
}

static void two_in_the_queue(const struct wane_collector *c,
                             void (*finalizer)(struct wane_mutator *, wane_ref))
{
  start(c);
  finalizer_set(finalizer);
  puppet_call(alice, make_two);
  settle();
  collect();
  gate_await(&inside);
}

static void end_of_two(void)
{
  expect_finalized("f", 1);
  expect_finalized("g", 1);
  puppet_call(alice, free_kept);
  collect();
  expect_nothing_left();
  stage_stop();
}

// Nothing but the queue knows the second.
static void
play_what_waits_for_its_finalizer_lives(const struct wane_collector *c)
{
  two_in_the_queue(c, stay_inside);
  collect();
  expect_live("f");
  expect_live("g");
  gate_open(&inside);
  wane_finalizers_wait(NULL);
  end_of_two();
}
ON_BOTH(what_waits_for_its_finalizer_lives)

// All have answered the handshake that begins a trace, and the handles have
// been looked at. Now the second finalizer puts its object into a handle, and
// the queue lets go of it before the trace looks there.

static void empty_the_queue(int place)
{
  if (place != 25 || !gate_once(&window)) return;
  gate_open(&inside);
  wane_finalizers_wait(NULL);
}

static void play_what_the_queue_lets_go_lives(const struct wane_collector *c)
{
  two_in_the_queue(c, stay_inside_then_keep);
  hook_set(empty_the_queue);
  collect();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("f");
  expect_live("g");
  end_of_two();
}
ON_BOTH(what_the_queue_lets_go_lives)

const struct scenario kill_weak_trace[] = {
    BOTH(a_read_before_the_record_is_seen),
    BOTH(a_read_that_met_the_record_is_heard),
    BOTH(cells_of_what_was_read_stay),
    BOTH(what_waits_for_its_finalizer_lives),
    BOTH(what_the_queue_lets_go_lives),
    {NULL, NULL},
};
