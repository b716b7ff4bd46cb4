// motif.c: motifs of counts, cycles, arrays and threads.
// SPDX-License-Identifier: MIT
//
// The parts of which motifs are made, and those for collectors that count.
// Everything that hurts is done several times: whatever step of a round another
// thread is stopped at, there is something left to do to it.

#include "motif.h"

#define R(i) (k->roots[i])

// --- parts -------------------------------------------------------------------

static void gap(struct maker *k)
{
  switch (draw(k, 12)) {
  case 0: add(k, OP_POLL, 0, 0, 0); break;
  case 1: add(k, OP_NAP, 0, 0, 0); break;
  case 2: add(k, OP_ANSWER, 1, 0, 0); break;
  default: break;
  }
}

void motif_answer(struct maker *k, uint32_t most)
{
  if (draw(k, 4))
    add(k, OP_ANSWER, 1 + draw(k, most), 0, 0);
  else if (draw(k, 2))
    add(k, OP_POLL, 0, 0, 0);
}

// In a handshake one thread answers early and the other one late: between the
// two they live in different rounds.
static void behind(struct maker *k, uint32_t round)
{
  if (round)
    add(k, OP_ANSWER, round, 0, 0);
}

static void ahead(struct maker *k, uint32_t round)
{
  add(k, OP_ANSWER, round + (draw(k, 4) > 0), 0, 0);
}

void motif_drop(struct maker *k, uint32_t roots)
{
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++)
    if (roots >> i & 1) add(k, OP_DROP, R(i), 0, 0);
}

void motif_settle(struct maker *k)
{
  switch (draw(k, 6)) {
  case 0: break;
  case 1:
  case 2:
  case 3: add(k, OP_COLLECT, 0, 0, 0); break;
  default: add(k, OP_ANSWER, 1 + draw(k, 6), 0, 0);
  }
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++) add(k, OP_LOOK, R(i), 0, 0);
}

void motif_rounds(struct maker *k, uint32_t least)
{
  on(k, k->rounds);
  for (uint32_t i = 0, n = least + draw(k, 2); i < n; i++) {
    if (draw(k, 5) == 0) add(k, OP_ASK, 0, 0, 0);
    add(k, OP_COLLECT, 0, 0, 0);
  }
}

// What has slots: mostly a pair.
static uint8_t inner(struct maker *k)
{
  if (k->weak && draw(k, 4) == 0) return draw(k, 2) ? THING_WEAK : THING_FINAL;
  return draw(k, 6) ? THING_PAIR : THING_WIDE;
}

void motif_chain(struct maker *k, uint32_t length)
{
  bool early = draw(k, 2); // it is found while it is built
  bool down = draw(k, 2);
  on(k, k->setup);
  for (uint32_t i = 0; i <= length; i++) add(k, OP_ALLOC, R(i), inner(k), 0);
  if (early) add(k, OP_HSET, k->handle, R(0), 0);
  for (uint32_t i = 0; i < length; i++) {
    uint32_t at = down ? i : length - 1 - i;
    add(k, OP_STORE, R(at), R(at + 1), 0);
  }
  // So it is counted beside the chain, and no zero for a root to hold.
  if (draw(k, 3) == 0) add(k, OP_STORE, R(length), R(length), 2);
  if (!early) add(k, OP_HSET, k->handle, R(0), 0);
  motif_drop(k, 15);
  if (draw(k, 2)) add(k, OP_COLLECT, 0, 0, 0);
}

void motif_walk(struct maker *k, uint32_t length)
{
  add(k, OP_HGET, R(0), k->handle, 0);
  for (uint32_t i = 0; i < length; i++) add(k, OP_LOAD, R(i + 1), R(i), 0);
}

// --- any collector -----------------------------------------------------------

// The only reference is loaded by one thread and overwritten by another.
static void take_and_cut(struct maker *k)
{
  uint32_t length = 1 + draw(k, 2), round = draw(k, 3);
  motif_chain(k, length + draw(k, 2));
  motif_rounds(k, 1);
  on(k, k->one);
  ahead(k, round);
  motif_walk(k, length);
  if (draw(k, 2)) motif_drop(k, 1u << draw(k, length));
  motif_settle(k);
  on(k, k->two);
  motif_walk(k, length - 1);
  behind(k, round);
  if (draw(k, 3)) {
    add(k, OP_CLEAR, R(length - 1), 0, 0);
  } else {
    add(k, OP_ALLOC, R(3), inner(k), 0);
    add(k, OP_STORE, R(length - 1), R(3), 0);
  }
  gap(k);
  if (draw(k, 2)) motif_drop(k, 15);
}

// One thread does both: takes it out, and leaves something else or nothing.
static void take_out(struct maker *k)
{
  uint32_t length = 1 + draw(k, 2);
  motif_chain(k, length + draw(k, 2));
  motif_rounds(k, 1);
  on(k, k->one);
  if (draw(k, 3) == 0) add(k, OP_NAP, 0, 0, 0);
  motif_answer(k, 4);
  if (draw(k, 3) == 0) add(k, OP_NAP, 0, 0, 0);
  motif_walk(k, length);
  add(k, OP_CLEAR, R(length - 1), 0, 0);
  if (draw(k, 2)) add(k, OP_ALLOC, R(0), inner(k), 0);
  if (draw(k, 2)) add(k, OP_STORE, R(0), R(length), draw(k, 3));
  motif_settle(k);
  add(k, OP_LOAD, R(1), R(length), 0);
}

// Two write to one slot.
static void exchange(struct maker *k)
{
  motif_chain(k, 1);
  motif_rounds(k, 1);
  for (uint32_t who = 0; who < 2; who++) {
    on(k, who ? k->two : k->one);
    add(k, OP_HGET, R(0), k->handle, 0);
    for (uint32_t i = 0, n = 1 + draw(k, 3); i < n; i++) {
      if (i == 0 || draw(k, 2)) add(k, OP_ALLOC, R(1), inner(k), 0);
      add(k, draw(k, 3) ? OP_STORE : OP_CAS, R(0), R(1), 0);
      gap(k);
    }
    if (draw(k, 2)) motif_drop(k, 14);
    motif_settle(k);
  }
}

// A new object goes to another thread, which hangs into it what only its roots
// had; then it is not to be found by the way it came.
void motif_born_for_others(struct maker *k)
{
  uint32_t round = draw(k, 3);
  bool hides = draw(k, 4);
  motif_chain(k, 0);
  motif_rounds(k, 1);
  on(k, k->two);
  add(k, OP_ALLOC, R(2), inner(k), 0);
  if (draw(k, 4)) add(k, OP_STORE, R(2), R(2), 2);
  behind(k, round);
  if (draw(k, 4)) k->hurry = 4;
  add(k, OP_HGET, R(0), k->handle, 0);
  add(k, OP_LOAD, R(1), R(0), 1);
  add(k, OP_STORE, R(1), R(2), 0);
  motif_drop(k, 7);
  k->hurry = 0;
  gap(k);
  on(k, k->one);
  add(k, OP_HGET, R(0), k->handle, 0);
  ahead(k, round);
  add(k, OP_ALLOC, R(1), inner(k), 0);
  add(k, OP_STORE, R(0), R(1), 1);
  gap(k);
  if (hides) add(k, OP_CLEAR, R(0), 1, 0);
  motif_settle(k);
  if (!hides) add(k, OP_LOAD, R(1), R(0), 1);
  add(k, OP_LOAD, R(2), R(1), 0);
}

// A ring is closed by two threads, the reference from outside goes round it,
// and then it is let go.
static void ring_of_two(struct maker *k)
{
  motif_chain(k, 2);
  motif_rounds(k, 1);
  on(k, k->one);
  motif_walk(k, 2);
  add(k, OP_STORE, R(2), R(draw(k, 2)), draw(k, 2));
  for (uint32_t i = 0, n = draw(k, 4); i < n; i++) {
    add(k, OP_HSET, k->handle, R(i % 3), 0);
    gap(k);
  }
  motif_drop(k, 7);
  motif_settle(k);
  on(k, k->two);
  motif_answer(k, 1);
  motif_walk(k, 1);
  add(k, OP_STORE, R(1), R(0), 1);
  motif_drop(k, 3);
  if (draw(k, 2)) add(k, OP_HCLEAR, k->handle, 0, 0);
  gap(k);
}

// A thread comes, leaves something behind or keeps it, and goes while it is
// away or answers.
static void short_life(struct maker *k)
{
  motif_chain(k, 1);
  motif_rounds(k, 1);
  on(k, k->one);
  add(k, OP_HGET, R(0), k->handle, 0);
  add(k, OP_LOAD, R(1), R(0), 0);
  if (draw(k, 2)) add(k, OP_CLEAR, R(0), 0, 0);
  add(k, OP_ALLOC, R(2), inner(k), 0);
  if (draw(k, 2)) add(k, OP_STORE, R(2), R(1), 0);
  add(k, OP_STORE, R(0), R(2), draw(k, 2));
  if (draw(k, 2)) add(k, OP_NAP, 0, 0, 0);
  on(k, k->two);
  motif_answer(k, 2);
  motif_walk(k, 1);
  add(k, OP_NAP, 0, 0, 0);
  motif_settle(k);
}

// A list that was made from its end, so that it lies backwards in the heap.
static void backwards(struct maker *k)
{
  on(k, k->one);
  add(k, OP_ALLOC, R(0), inner(k), 0);
  for (uint32_t i = 1, n = 2 + draw(k, 4); i < n; i++) {
    add(k, OP_ALLOC, R(i % 2), inner(k), 0);
    add(k, OP_STORE, R(i % 2), R(1 - i % 2), 0);
    gap(k);
    if (i + 1 == n) motif_drop(k, 1u << (1 - i % 2));
  }
  if (draw(k, 3) == 0) add(k, OP_HSET, k->handle, R(draw(k, 2)), 0);
  motif_settle(k);
  for (uint32_t i = 0; i < 2; i++) {
    add(k, OP_LOAD, R(2), R(i), 0);
    add(k, OP_LOAD, R(3), R(2), 0);
  }
  motif_rounds(k, 1);
}

// --- arrays ------------------------------------------------------------------

// In an array, from where it was to where somebody has looked already.
void motif_move_behind(struct maker *k)
{
  on(k, k->setup);
  add(k, OP_ALLOC, R(0), THING_WIDE, ONE_OF(k, 0, 0, 1, 2, 2, 2, 4));
  add(k, OP_HSET, k->handle, R(0), 0);
  if (draw(k, 2)) motif_drop(k, 1);
  if (draw(k, 2)) add(k, OP_COLLECT, 0, 0, 0);
  motif_rounds(k, 1);
  on(k, k->one);
  for (uint32_t i = 0, n = 1 + draw(k, 3); i < n; i++) {
    add(k, OP_HGET, R(0), k->handle, 0);
    add(k, OP_ALLOC, R(1), inner(k), 0);
    if (draw(k, 2)) add(k, OP_STORE, R(1), R(1), 0);
    add(k, OP_STORE, R(0), R(1), 1 + draw(k, 3));
    motif_drop(k, draw(k, 2) ? 2 : 3);
    motif_answer(k, 3);
    add(k, OP_HGET, R(0), k->handle, 0);
    add(k, OP_MOVE, R(0), draw(k, 4) ? 1 + draw(k, 2) : draw(k, 4), 0);
    motif_settle(k);
    add(k, OP_LOAD, R(2), R(0), 0);
  }
}

// The same where array and element hold each other.
static void move_in_ring(struct maker *k)
{
  on(k, k->setup);
  for (uint32_t i = 0; i < 2; i++) add(k, OP_ALLOC, R(i), THING_PAIR, 0);
  add(k, OP_ALLOC, R(2), THING_WIDE, ONE_OF(k, 0, 0, 1));
  add(k, OP_HSET, k->handle, R(0), 0);
  add(k, OP_STORE, R(0), R(1), 0);
  add(k, OP_STORE, R(1), R(2), 0);
  add(k, OP_STORE, R(2), R(1), draw(k, 4));
  motif_drop(k, 7);
  if (draw(k, 2)) add(k, OP_COLLECT, 0, 0, 0);
  motif_rounds(k, 1);
  on(k, k->one);
  motif_answer(k, 2);
  motif_walk(k, 2);
  motif_drop(k, draw(k, 2) ? 2 : 3);
  for (uint32_t i = 0, n = 2 + draw(k, 8); i < n; i++)
    add(k, OP_MOVE, R(2), draw(k, 4), 0);
  motif_settle(k);
}

const motif motifs_any[] = {take_and_cut,      take_out,
                            exchange,          take_out,
                            ring_of_two,       short_life,
                            backwards,         motif_move_behind,
                            motif_move_behind, move_in_ring,
                            motif_born_for_others, NULL};

// --- counting ----------------------------------------------------------------

// Below something that is alive a ring is closed while others look.
static void tie(struct maker *k)
{
  motif_chain(k, 2);
  motif_rounds(k, 1);
  on(k, k->one);
  motif_answer(k, 3);
  for (uint32_t i = 0, n = 1 + draw(k, 3); i < n; i++) {
    uint32_t from = 1 + draw(k, 2);
    motif_walk(k, 2);
    add(k, OP_STORE, R(from), R(1 + draw(k, 2)), 1 + draw(k, 2));
    motif_drop(k, 7);
    if (i + 1 < n) gap(k);
    if (i + 1 < n && draw(k, 2)) {
      motif_walk(k, 2);
      add(k, OP_CLEAR, R(from), 1 + draw(k, 2), 0);
      motif_drop(k, 7);
    }
  }
  motif_settle(k);
}

// The same with what is new, below what is old.
static void tie_the_young(struct maker *k)
{
  motif_chain(k, 0);
  motif_rounds(k, 1);
  on(k, k->one);
  for (uint32_t i = 0, n = 1 + draw(k, 3); i < n; i++) {
    add(k, OP_HGET, R(0), k->handle, 0);
    add(k, OP_ALLOC, R(1), inner(k), 0);
    add(k, OP_STORE, R(0), R(1), 0);
    motif_drop(k, 2);
    if (draw(k, 4)) { // garbage that is worth a search, and others
      add(k, OP_ALLOC, R(2), inner(k), 0);
      add(k, OP_STORE, R(2), R(2), 0);
      motif_drop(k, 4);
      if (draw(k, 2)) add(k, OP_BURST, 1 + draw(k, 7), THING_PAIR, 0);
    }
    motif_answer(k, 1);
    if (draw(k, 2)) k->hurry = 4;
    add(k, OP_LOAD, R(1), R(0), 0);
    add(k, OP_STORE, R(1), R(1), draw(k, 3));
    motif_drop(k, 2);
    k->hurry = 0;
  }
  motif_settle(k);
}

// Memory is asked for faster than rounds end, which is sooner on a machine
// whose clock is fast.
static void outrun(struct maker *k)
{
  k->program->tick_ns = ONE_OF(k, 20, 20000, 100000);
  k->program->young = 65536;
  k->program->times = 1;
  motif_chain(k, 1);
  for (uint32_t who = 0; who < 2; who++) {
    on(k, who ? k->two : k->one);
    for (uint32_t i = 0, n = 2 + draw(k, 3); i < n; i++) {
      add(k, OP_BIG, 12 + draw(k, 40), 0, 0);
      gap(k);
    }
    if (draw(k, 3)) break;
  }
  if (draw(k, 2)) motif_rounds(k, 1);
}

// One object comes and goes in the slots of another: its owner's half of the
// count spills, while what was taken from it before goes down. It is in no root
// when a handshake is answered, most of the time.
static void spill(struct maker *k)
{
  uint32_t limit = 2 + draw(k, 3), at = 1;
  bool anew = draw(k, 3); // so that its owner's half is all there is
  k->program->local_limit = limit;
  if (draw(k, 3)) k->program->shared_limit = 0;
  on(k, k->one);
  add(k, OP_ALLOC, R(0), inner(k), 0);
  if (draw(k, 2)) add(k, OP_HSET, k->handle, R(0), 0);
  for (uint32_t i = 0, n = 2 + draw(k, 3); i < n; i++) {
    if (i == 0 || anew) {
      add(k, OP_ALLOC, R(1), inner(k), 0);
      for (at = 0; at + 1 < limit; at++)
        add(k, OP_STORE, R(0), R(1), at % PROGRAM_SLOTS);
      at = draw(k, 4) ? 1 : 2;
      motif_drop(k, 2);
    }
    if (draw(k, 4)) add(k, OP_CLEAR, R(0), at, 0);
    motif_answer(k, 2);
    if (draw(k, 4)) k->hurry = 4;
    add(k, OP_LOAD, R(1), R(0), 0);
    add(k, OP_STORE, R(0), R(1), at);
    if (draw(k, 2)) add(k, OP_STORE, R(0), R(1), draw(k, 3));
    if (draw(k, 4)) motif_drop(k, 2);
    k->hurry = 0;
    gap(k);
  }
  motif_settle(k);
  motif_rounds(k, 3);
  if (draw(k, 3)) return;
  on(k, k->two); // and another one counts it too
  add(k, OP_HGET, R(0), k->handle, 0);
  add(k, OP_LOAD, R(1), R(0), 0);
  for (uint32_t i = 0, n = 1 + draw(k, 4); i < n; i++)
    add(k, OP_STORE, R(0), R(1), draw(k, 3));
  motif_drop(k, 3);
}

const motif motifs_counting[] = {tie,   tie_the_young, tie_the_young, spill,
                                 spill, outrun,        NULL};

// --- one of them -------------------------------------------------------------

static uint32_t length(const motif *list)
{
  uint32_t n = 0;
  while (list[n]) n++;
  return n;
}

void motif_add(struct maker *k)
{
  const motif *lists[8], *list;
  uint32_t n = 0;
  lists[n++] = motifs_any;
  if (k->counts) lists[n++] = motifs_counting;
  lists[n++] = k->traces ? motifs_tracing
               : k->counts ? motifs_counting
                           : motifs_any;
  if (k->traces) lists[n++] = motifs_tracing;
  for (uint32_t i = 0; k->weak && i < 3; i++) lists[n++] = motifs_weak;
  list = lists[draw(k, n)];
  for (uint8_t i = 0; i < PROGRAM_ROOTS; i++) {
    uint8_t at = draw(k, i + 1u);
    k->roots[i] = k->roots[at];
    k->roots[at] = i;
  }
  k->handle = draw(k, PROGRAM_HANDLES);
  list[draw(k, length(list))](k);
}
