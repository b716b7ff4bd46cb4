// kill_slices.c: marking that is interrupted, and arrays that move meanwhile.
// SPDX-License-Identifier: MIT
//
// Mutants 40, 47 and 52 to 54.

#include "stage_trace.h"

#include "round.h"
#include "work.h"

static struct gate window;

// --- slices ------------------------------------------------------------------

#define LONG 2000 // more than a marker looks at before it looks round

static void start_with_slices(const struct wane_config *more)
{
  struct wane_config config = *more;
  config.mark_slice = 1;
  start_tracing(&config);
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
  start_tracing(&(struct wane_config){.collector = c});
  puppet_call(alice, wide_x);
  settle();
  trace_with(before_second_range);
  gate_expect(&window);
  expect_live("v");
  finish();
}
ON_BOTH(what_moves_behind_the_marker_lives)

const struct scenario kill_slices[] = {
    BOTH(a_slice_that_ends_forgets_nothing),
    {"what_a_dying_grey_object_held_lives",
     what_a_dying_grey_object_held_lives},
    {"an_immortal_that_a_grey_object_held_lives",
     an_immortal_that_a_grey_object_held_lives},
    BOTH(what_moves_behind_the_marker_lives),
    {NULL, NULL},
};
