// motif_trace.c: motifs of traces: slices, lost logs, heaps that are wide.
// SPDX-License-Identifier: MIT
//
// A marker looks round once in 512 objects, and a packet holds 510: for what
// happens between two slices, and between two markers, there must be more.

#include "motif.h"

#define R(i) (k->roots[i])
#define ROOM(k) (16 + 8 * (k)->program->log_chunk) // a chunk of the log

// A slice must end where it may.
static void slices(struct maker *k)
{
  k->heavy = true;
  k->program->mark_slice = 1;
  k->program->verify = UINT32_MAX;
  k->program->stress_alloc = 0;
  k->program->log_pool = 0;
  k->program->times = 1;
  k->setup = SETUP;
}

// Slices end because somebody asks for a round while a long list or a wide
// array is marked.
static void long_marking(struct maker *k)
{
  slices(k);
  on(k, k->setup);
  if (draw(k, 2)) {
    add(k, OP_CHAIN, R(0), 18 + draw(k, 14), 0);
  } else {
    add(k, OP_ALLOC, R(0), THING_WIDE, 3);
    add(k, OP_FILL, R(0), 1 + draw(k, 2), 0);
  }
  add(k, OP_HSET, k->handle, R(0), 0);
  motif_drop(k, 15);
  add(k, OP_COLLECT, 0, 0, 0);
  motif_rounds(k, 1);
  on(k, k->one);
  for (uint32_t i = 0, n = 2 + draw(k, 4); i < n; i++) {
    add(k, OP_ASK, 0, 0, 0);
    add(k, OP_ANSWER, 1, 0, 0);
  }
}

// What is grey dies before it was looked into; what it held is elsewhere.
static void grey_dies(struct maker *k)
{
  bool stuck = draw(k, 2);
  slices(k);
  if (stuck) k->program->local_limit = k->program->shared_limit = 2;
  on(k, k->setup);
  // s.0 -> wide, s.1 -> grey -> v, s.2 -> r
  for (uint32_t i = 0; i < 3; i++) add(k, OP_ALLOC, R(i), THING_PAIR, 0);
  add(k, OP_HSET, k->handle, R(0), 0);
  add(k, OP_STORE, R(0), R(1), 1);
  add(k, OP_STORE, R(1), R(2), 0);
  if (stuck || draw(k, 2)) { // v counts more than once, for a while
    add(k, OP_ALLOC, R(3), THING_PAIR, 0);
    for (uint32_t i = 0; i < 3; i++) add(k, OP_STORE, R(3), R(2), i);
    if (draw(k, 2)) add(k, OP_STORE, R(2), R(2), 1);
  }
  add(k, OP_ALLOC, R(1), THING_WIDE, 3);
  add(k, OP_STORE, R(0), R(1), 0);
  add(k, OP_FILL, R(1), 0, 0);
  add(k, OP_ALLOC, R(2), THING_PAIR, 0);
  add(k, OP_STORE, R(0), R(2), 2);
  motif_drop(k, 15);
  add(k, OP_COLLECT, 0, 0, 0);
  on(k, k->one);
  add(k, OP_HGET, R(0), k->handle, 0);
  add(k, OP_LOAD, R(1), R(0), 0);
  add(k, OP_LOAD, R(3), R(0), 2);
  add(k, OP_ANSWER, 1 + draw(k, 4), 0, 0);
  add(k, OP_LOAD, R(2), R(0), 1);
  add(k, OP_LOAD, R(2), R(2), 0);
  add(k, OP_CLEAR, R(0), 1, 0);
  add(k, OP_WIPE, R(1), 0, 0);
  add(k, OP_ANSWER, 1, 0, 0);
  add(k, OP_STORE, R(3), R(2), 0);
  motif_drop(k, 4);
  for (uint32_t i = 0, n = 1 + draw(k, 4); i < n; i++) {
    add(k, OP_ASK, 0, 0, 0);
    add(k, OP_ANSWER, 1, 0, 0);
  }
  motif_rounds(k, 1);
}

// More is overwritten than the log has room for, while another thread has
// answered and takes some of it.
static void lost_log(struct maker *k)
{
  k->program->log_chunk = 4;
  k->program->workers = 1;
  on(k, k->setup);
  add(k, OP_ALLOC, R(0), THING_WIDE, 1);
  add(k, OP_HSET, k->handle, R(0), 0);
  add(k, OP_FILL, R(0), 0, 0);
  motif_drop(k, 1);
  add(k, OP_COLLECT, 0, 0, 0);
  motif_rounds(k, 1);
  uint32_t round = draw(k, 3);
  on(k, k->one);
  add(k, OP_ANSWER, round + (draw(k, 4) > 0), 0, 0);
  add(k, OP_HGET, R(0), k->handle, 0);
  for (uint32_t i = 1; i < PROGRAM_ROOTS; i++)
    add(k, OP_LOAD, R(i), R(0), draw(k, 4));
  motif_settle(k);
  add(k, OP_COLLECT, 0, 0, 0);
  motif_settle(k);
  on(k, k->two);
  if (round) add(k, OP_ANSWER, round, 0, 0);
  add(k, OP_HGET, R(0), k->handle, 0);
  add(k, OP_WIPE, R(0), 0, 0);
  if (draw(k, 2)) motif_drop(k, 1);
  uint32_t threads = 1 + (k->program->lists[2].n > 0) +
                     (k->program->lists[3].n > 0);
  k->program->log_pool = (3 * threads + draw(k, 2)) * ROOM(k);
}

// So much allocation that a cycle is behind, and that who allocates must mark.
static void behind(struct maker *k)
{
  slices(k);
  k->program->pacing = 1;
  k->program->young = 65536;
  k->program->tick_ns = ONE_OF(k, 20, 500);
  on(k, k->setup);
  add(k, OP_ALLOC, R(0), THING_WIDE, 3);
  add(k, OP_FILL, R(0), 1 + draw(k, 2), 0);
  add(k, OP_HSET, k->handle, R(0), 0);
  motif_drop(k, 1);
  if (draw(k, 2)) add(k, OP_COLLECT, 0, 0, 0);
  for (uint32_t who = 0; who < 2; who++) {
    on(k, who ? k->two : k->one);
    for (uint32_t i = 0, n = 2 + draw(k, 4); i < n; i++)
      add(k, OP_BIG, 4 + draw(k, 12), 0, 0);
    if (draw(k, 2)) break;
  }
  if (draw(k, 2)) motif_rounds(k, 1);
}

// A heap so wide that a sweep has slices: what is born between them, and
// looked for by the next trace.
static void wide_sweep(struct maker *k)
{
  slices(k);
  on(k, k->setup);
  add(k, OP_ALLOC, R(0), THING_PAIR, 0);
  add(k, OP_HSET, k->handle, R(0), 0);
  add(k, OP_HUGE, R(1), 0, 0);
  if (draw(k, 2)) add(k, OP_STORE, R(0), R(1), 0);
  motif_drop(k, 15);
  motif_rounds(k, 2);
  on(k, k->one);
  add(k, OP_HGET, R(0), k->handle, 0);
  for (uint32_t i = 0, n = 4 + draw(k, 8); i < n; i++) {
    uint32_t it = R(1 + i % 3);
    if (draw(k, 4)) add(k, OP_ASK, 0, 0, 0);
    if (draw(k, 3) == 0) {
      add(k, OP_ALLOC, R(0), THING_PAIR, 0);
      add(k, OP_STORE, it, R(0), 0);
      add(k, OP_DROP, R(0), 0, 0);
    } else if (i < 3 || draw(k, 4) == 0) {
      add(k, OP_ALLOC, it, THING_PAIR, 0);
    }
    add(k, OP_ANSWER, 1, 0, 0);
  }
  for (uint32_t i = 1; i < 4; i++) {
    add(k, OP_ALLOC, R(0), THING_PAIR, 0);
    add(k, OP_STORE, R(i), R(0), 1);
  }
  motif_drop(k, 1);
  add(k, OP_COLLECT, 0, 0, 0);
  for (uint32_t i = 1; i < 4; i++) add(k, OP_LOAD, R(0), R(i), draw(k, 2));
}

// The heavy ones are slow, and found soon what they are for.
static void heavy(struct maker *k)
{
  static const motif all[] = {long_marking, behind,    wide_sweep, wide_sweep,
                              grey_dies,    grey_dies, grey_dies};
  all[draw(k, k->counts ? 7 : 4)](k); // nothing grey dies where nobody counts
}

const motif motifs_tracing[] = {heavy,    heavy,
                                lost_log, lost_log,
                                motif_move_behind, motif_born_for_others,
                                NULL};
