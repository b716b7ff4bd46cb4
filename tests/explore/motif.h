// motif.h: what makes a program: draws, operations, and motifs.
// SPDX-License-Identifier: MIT
//
// A motif is a hazard that collectors of this kind are known to have, as parts
// for the program's threads: what is there before, what one thread does, what
// another does meanwhile. Sizes, kinds, order and what stands between are
// drawn. A motif names no bug and looks at no mutant.

#ifndef WANE_EXPLORE_MOTIF_H
#define WANE_EXPLORE_MOTIF_H

#include "program.h"

#include "strategy.h"

struct maker {
  struct program *program;
  uint64_t random;
  struct op_list *list; // where operations go
  uint16_t next_id;
  bool weak, hasty;
  bool traces, counts; // the collector
  // Which list is whose, in a program of motifs.
  uint8_t one, two, rounds;
  uint8_t setup; // SETUP; or one of them, which does it anew each time
  uint8_t roots[PROGRAM_ROOTS]; // in an order of the motif's own
  uint8_t handle;               // its own, too
  bool heavy;    // thousands of objects
  uint8_t hurry; // of 4 operations so many are followed by no safepoint
};

static inline uint8_t draw(struct maker *k, uint32_t below)
{
  return (uint8_t)strategy_random(&k->random, below);
}

static inline void add(struct maker *k, enum op_kind kind, uint32_t a,
                       uint32_t b, uint32_t c)
{
  if (k->list->n == PROGRAM_OPS) return;
  k->list->ops[k->list->n++] = (struct op){.id = k->next_id++,
                                           .kind = (uint8_t)kind,
                                           .a = (uint8_t)a,
                                           .b = (uint8_t)b,
                                           .c = (uint8_t)c,
                                           .quiet = draw(k, 4) < k->hurry};
}

static inline uint32_t one_of(struct maker *k, const uint32_t *values,
                              uint32_t n)
{
  return values[draw(k, n)];
}
#define ONE_OF(k, ...)                                                         \
  one_of((k), (const uint32_t[]){__VA_ARGS__},                                 \
         sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

// One motif, drawn; it may change the configuration to what it needs.
void motif_add(struct maker *k);

// --- for motifs --------------------------------------------------------------

// Where operations go from now on: SETUP, or k->setup, one, two, rounds.
#define SETUP 0
static inline void on(struct maker *k, uint32_t list)
{
  k->list = &k->program->lists[list];
  k->hurry = 0;
  if (list != SETUP && draw(k, 2)) k->hurry = 3 + draw(k, 2);
}

// Until the thread has answered so many handshakes; or nothing, or a poll.
void motif_answer(struct maker *k, uint32_t most);
// Polls, naps, collections or nothing, and then its roots are looked at.
void motif_settle(struct maker *k);
// Some roots are dropped.
void motif_drop(struct maker *k, uint32_t roots);
// Rounds, from the thread that is to have them.
void motif_rounds(struct maker *k, uint32_t least);
// k->setup: handle -> roots[0] -> roots[1] ... by slot 0; no root is left.
void motif_chain(struct maker *k, uint32_t length);
// roots[0] = the handle, roots[1] = its slot 0, and so on.
void motif_walk(struct maker *k, uint32_t length);

// Motifs of more than one list.
void motif_born_for_others(struct maker *k);
void motif_move_behind(struct maker *k);

typedef void (*motif)(struct maker *k);
extern const motif motifs_any[], motifs_counting[], motifs_tracing[],
    motifs_weak[]; // end with NULL

#endif
