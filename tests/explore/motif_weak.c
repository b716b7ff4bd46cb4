// motif_weak.c: motifs of weak references, finalizers and ephemerons.
// SPDX-License-Identifier: MIT

#include "motif.h"

#define R(i) (k->roots[i])

// Nothing holds it; all cells lead to it, or to what it holds.
static void doom(struct maker *k, uint32_t kind)
{
  bool tied = draw(k, 2), holds = draw(k, 2);
  add(k, OP_ALLOC, R(0), kind, 0);
  if (tied) add(k, OP_STORE, R(0), R(0), 2);
  if (holds) {
    add(k, OP_ALLOC, R(1), draw(k, 2) ? THING_WEAK : THING_PAIR, 0);
    add(k, OP_STORE, R(0), R(1), 0);
    if (draw(k, 2)) add(k, OP_STORE, R(1), R(0), 0);
  }
  for (uint32_t i = 0, n = 1 + draw(k, PROGRAM_SHARED_CELLS); i < n; i++)
    add(k, OP_WNEW, i, R(holds && draw(k, 4) == 0), 0);
  if (draw(k, 3) == 0) add(k, OP_ENEW, 0, R(0), R(draw(k, 2)));
}

static void read_cells(struct maker *k, uint32_t most)
{
  uint32_t first = draw(k, PROGRAM_SHARED_CELLS);
  for (uint32_t i = 0, n = 1 + draw(k, most); i < n; i++) {
    uint32_t cell = (first + i) % PROGRAM_SHARED_CELLS;
    add(k, OP_WGET, R(i), cell, 0);
    if (draw(k, 3) == 0) motif_answer(k, 1);
  }
}

// Weak references are read while their target is condemned, judged, cleared;
// and what came of it is kept, stored, or let go.
static void read_the_doomed(struct maker *k)
{
  on(k, k->setup);
  doom(k, draw(k, 4) ? THING_WEAK : THING_FINAL);
  bool held = draw(k, 3) == 0;
  if (held) add(k, OP_HSET, k->handle, R(0), 0);
  motif_drop(k, 15);
  motif_rounds(k, 1);
  on(k, k->one);
  if (held) add(k, OP_HCLEAR, k->handle, 0, 0);
  motif_answer(k, 5);
  read_cells(k, 3);
  for (uint32_t i = 0; i < 3; i++) add(k, OP_LOOK, R(i), 0, 0);
  switch (draw(k, 4)) {
  case 0: add(k, OP_HSET, k->handle, R(0), 0); break;
  case 1: motif_drop(k, 1u << draw(k, 3)); break;
  default: break;
  }
  motif_settle(k);
  read_cells(k, 3);
  motif_settle(k);
  if (draw(k, 2)) return;
  on(k, k->two);
  motif_answer(k, 5);
  read_cells(k, 3);
  motif_settle(k);
}

// The thread that reads has made the doomed itself, a moment ago.
static void doom_and_read(struct maker *k)
{
  motif_rounds(k, 1);
  on(k, k->one);
  doom(k, draw(k, 4) ? THING_WEAK : THING_FINAL);
  motif_drop(k, 15);
  for (uint32_t i = 0, n = 1 + draw(k, 2); i < n; i++) {
    motif_answer(k, 3);
    read_cells(k, 3);
    motif_drop(k, draw(k, 8));
  }
  motif_settle(k);
}

// Several wait for their finalizers, which bring them back, while there is
// another collection.
static void finalizers(struct maker *k)
{
  k->program->resurrects = draw(k, 4);
  k->program->slow = draw(k, 8);
  uint32_t where = draw(k, 2) ? k->setup : k->one;
  on(k, where);
  for (uint32_t i = 0, n = 2 + draw(k, 2); i < n; i++) {
    add(k, OP_ALLOC, R(i), THING_FINAL, 0);
    if (draw(k, 3)) add(k, OP_STORE, R(i), R(i), 0);
    if (draw(k, 4) == 0) add(k, OP_STORE, R(i), R(0), 1);
  }
  motif_drop(k, 15);
  motif_rounds(k, 3);
  if (draw(k, 3)) return;
  on(k, k->one);
  motif_answer(k, 6);
  add(k, OP_HGET, R(0), 2, 0); // what was brought back
  if (draw(k, 2)) add(k, OP_HCLEAR, 2, 0, 0);
  motif_settle(k);
}

// The value of a key that dies is read, set, kept.
static void ephemerons(struct maker *k)
{
  on(k, k->setup);
  add(k, OP_ALLOC, R(0), THING_WEAK, 0);
  add(k, OP_ALLOC, R(1), draw(k, 2) ? THING_PAIR : THING_WEAK, 0);
  if (draw(k, 2)) add(k, OP_STORE, R(1), R(0), 0);
  if (draw(k, 2)) add(k, OP_STORE, R(0), R(0), 0);
  for (uint32_t i = 0; i < PROGRAM_EPHEMERONS; i++)
    add(k, OP_ENEW, i, R(0), R(1));
  if (draw(k, 2)) add(k, OP_WNEW, 0, R(0), 0);
  bool held = draw(k, 2);
  if (held) add(k, OP_HSET, k->handle, R(0), 0);
  motif_drop(k, 15);
  motif_rounds(k, 1);
  on(k, k->one);
  motif_answer(k, 4);
  if (held) add(k, OP_HCLEAR, k->handle, 0, 0);
  for (uint32_t i = 0, n = 1 + draw(k, 3); i < n; i++) {
    add(k, OP_EGET, R(i), draw(k, PROGRAM_EPHEMERONS), 0);
    motif_answer(k, 1);
  }
  if (draw(k, 2)) add(k, OP_WGET, R(3), 0, 0);
  motif_settle(k);
  on(k, k->two);
  motif_answer(k, 4);
  add(k, OP_ALLOC, R(0), THING_PAIR, 0);
  add(k, OP_ESET, draw(k, PROGRAM_EPHEMERONS), R(0), 0);
  if (draw(k, 2)) motif_drop(k, 1);
  add(k, OP_EGET, R(1), draw(k, PROGRAM_EPHEMERONS), 0);
  motif_settle(k);
}

const motif motifs_weak[] = {read_the_doomed, doom_and_read, finalizers,
                             finalizers,      ephemerons,    read_the_doomed,
                             NULL};
