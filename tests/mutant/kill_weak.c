// kill_weak.c: weak references that are read while their target is judged.
// SPDX-License-Identifier: MIT
//
// Mutants 20 to 23.

#include "stage.h"

static struct puppet *alice;
static struct gate started, window;
static struct wane_weak *cells[3];
static wane_ref seen[3];

// w and what it holds, x, garbage but for three weak cells.
static void make_garbage(struct puppet *p)
{
  wane_ref w = make_weak(p, 0, "w"), x = make_node(p, 1, "x");
  wane_store(p->m, w, &node(w)->a, x);
  for (int i = 0; i < 3; i++) cells[i] = wane_weak_new(p->m, w, NULL, NULL);
  drop_roots(p);
}

static void read_and_root(struct puppet *p)
{
  p->root[0] = wane_weak_get(p->m, cells[0]);
}

static void free_cells(struct puppet *p)
{
  for (int i = 0; i < 3; i++) wane_weak_free(p->m, cells[i]);
}

static void begin(void)
{
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, make_garbage);
}

// What Alice keeps lives, and dies when she lets it go.
static void end_kept(void)
{
  settle();
  expect_count("w", 0);
  expect_count("x", 1);
  puppet_call(alice, drop_roots);
  collect();
  expect_nothing_left();
  puppet_call(alice, free_cells);
  stage_stop();
}

// --- a reader that has seen no record ----------------------------------------
//
// Alice has answered the handshake. She has found no record in the cell, and
// has not counted the target yet, from before it is found dead until the round
// is over.

static void park_inside_read(int place)
{
  if (place == 23) gate_park(&window);
  if (place != 6 || !gate_once(&started)) return;
  puppet_post(alice, read_and_root);
  gate_await(&window);
}

static void a_reader_between_two_steps_is_seen(uint64_t seed)
{
  (void)seed;
  begin();
  hook_set(park_inside_read);
  one_round();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("w");
  gate_open(&window);
  puppet_wait(alice);
  end_kept();
}

// --- a reader that comes between test and verdict ----------------------------

static void read_before_verdict(int place)
{
  if (place == 21 && gate_once(&window)) puppet_call(alice, read_and_root);
}

static void a_read_before_the_verdict_wins(uint64_t seed)
{
  (void)seed;
  begin();
  one_round(); // found dead
  hook_set(read_before_verdict);
  one_round();
  hook_set(NULL);
  gate_expect(&window);
  expect_live("w");
  expect_live("x");
  end_kept();
}

// --- all cells at once -------------------------------------------------------
//
// Alice reads all of them when one has been cleared.

static void read_all(struct puppet *p)
{
  for (int i = 0; i < 3; i++) seen[i] = wane_weak_get(p->m, cells[i]);
}

static void read_between_cells(int place)
{
  static _Atomic int cleared;
  if (place == 22 && atomic_fetch_add(&cleared, 1) == 1 && gate_once(&window))
    puppet_call(alice, read_all);
}

static void all_cells_turn_null_at_once(uint64_t seed)
{
  (void)seed;
  begin();
  one_round();
  hook_set(read_between_cells);
  one_round();
  hook_set(NULL);
  gate_expect(&window);
  for (int i = 0; i < 3; i++)
    if (seen[i]) fail("one cell is NULL, and cell %d gives the target", i);
  collect();
  expect_nothing_left();
  puppet_call(alice, free_cells);
  stage_stop();
}

// --- once --------------------------------------------------------------------

static void make_finalizable(struct puppet *p)
{
  make_final(p, 0, "v");
  drop_roots(p);
}

static void a_finalizer_runs_once(uint64_t seed)
{
  (void)seed;
  stage_start(NULL);
  alice = puppet_start("alice");
  puppet_call(alice, make_finalizable);
  for (int i = 0; i < 3; i++) {
    collect();
    wane_finalizers_wait(NULL);
    expect_finalized("v", 1);
  }
  expect_nothing_left();
  stage_stop();
}

const struct scenario kill_weak[] = {
    {"a_reader_between_two_steps_is_seen", a_reader_between_two_steps_is_seen},
    {"a_read_before_the_verdict_wins", a_read_before_the_verdict_wins},
    {"all_cells_turn_null_at_once", all_cells_turn_null_at_once},
    {"a_finalizer_runs_once", a_finalizer_runs_once},
    {NULL, NULL},
};
