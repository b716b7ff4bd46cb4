// generate.c: makes small mutator programs.
// SPDX-License-Identifier: MIT
//
// Most of them are motifs (motif.h), which say what threads do to one another;
// the others are idioms of one thread each and arbitrary operations, so that
// nothing has to be foreseen.

#include "motif.h"

#include <string.h>

static uint8_t root(struct maker *k)
{
  return draw(k, PROGRAM_ROOTS);
}

static uint8_t other_root(struct maker *k, uint8_t than)
{
  return (uint8_t)((than + 1 + draw(k, PROGRAM_ROOTS - 1)) % PROGRAM_ROOTS);
}

// Threads meet more often where there are favourites.
static uint8_t slot(struct maker *k)
{
  return draw(k, 5) ? 0 : draw(k, PROGRAM_SLOTS);
}

static uint8_t handle(struct maker *k)
{
  return draw(k, 5) ? 0 : draw(k, PROGRAM_HANDLES);
}

static uint8_t thing(struct maker *k)
{
  static const uint8_t plain[] = {THING_PAIR, THING_PAIR, THING_PAIR,
                                  THING_WIDE, THING_LEAF};
  static const uint8_t all[] = {THING_PAIR, THING_PAIR, THING_WIDE, THING_LEAF,
                                THING_WEAK, THING_WEAK, THING_FINAL};
  return k->weak ? all[draw(k, sizeof all)] : plain[draw(k, sizeof plain)];
}

static void poll_sometimes(struct maker *k)
{
  if (draw(k, 4) == 0) add(k, OP_POLL, 0, 0, 0);
}

// --- idioms ------------------------------------------------------------------

// A new object goes where others find it, and out of the roots.
static void hand_over(struct maker *k)
{
  uint8_t new = root(k), into = other_root(k, new);
  add(k, OP_HGET, into, handle(k), 0);
  add(k, OP_ALLOC, new, thing(k), 0);
  add(k, OP_STORE, into, new, slot(k));
  if (draw(k, 2)) add(k, OP_DROP, new, 0, 0);
  if (draw(k, 2)) add(k, OP_DROP, into, 0, 0);
}

// The only reference goes from one slot to another one.
static void rotate(struct maker *k)
{
  uint8_t from = root(k), it = other_root(k, from), to = other_root(k, from);
  uint8_t at = slot(k);
  add(k, OP_HGET, from, handle(k), 0);
  add(k, OP_LOAD, it, from, at);
  add(k, OP_CLEAR, from, at, 0);
  poll_sometimes(k);
  if (to != it) {
    if (draw(k, 2)) add(k, OP_HGET, to, handle(k), 0);
    add(k, OP_STORE, to, it, slot(k));
  }
  if (draw(k, 2)) add(k, OP_DROP, it, 0, 0);
}

// A cycle loses what held it.
static void drop_cycle(struct maker *k)
{
  uint8_t a = root(k), b = other_root(k, a);
  add(k, OP_ALLOC, a, thing(k), 0);
  add(k, OP_ALLOC, b, thing(k), 0);
  add(k, OP_STORE, a, b, slot(k));
  if (draw(k, 2)) add(k, OP_HSET, handle(k), b, 0);
  poll_sometimes(k);
  add(k, OP_STORE, b, draw(k, 4) ? a : b, slot(k));
  if (draw(k, 2)) add(k, OP_DROP, a, 0, 0);
  if (draw(k, 2)) add(k, OP_DROP, b, 0, 0);
  if (draw(k, 3) == 0) add(k, OP_HCLEAR, handle(k), 0, 0);
}

// What is found in the heap closes a cycle there.
static void close_cycle(struct maker *k)
{
  uint8_t a = root(k), b = other_root(k, a);
  add(k, OP_HGET, a, handle(k), 0);
  add(k, OP_LOAD, b, a, slot(k));
  add(k, OP_STORE, b, draw(k, 4) ? a : b, slot(k));
  if (draw(k, 2)) add(k, OP_DROP, a, 0, 0);
  if (draw(k, 2)) add(k, OP_HCLEAR, handle(k), 0, 0);
}

// Out of the heap into a root, while the slot is overwritten.
static void take_out(struct maker *k)
{
  uint8_t from = root(k), it = other_root(k, from);
  uint8_t at = slot(k);
  add(k, OP_HGET, from, handle(k), 0);
  add(k, OP_LOAD, it, from, at);
  if (draw(k, 2))
    add(k, OP_CLEAR, from, at, 0);
  else
    add(k, OP_HCLEAR, handle(k), 0, 0);
  if (draw(k, 2)) add(k, OP_DROP, from, 0, 0);
  poll_sometimes(k);
  if (draw(k, 2)) add(k, OP_NAP, 0, 0, 0);
  add(k, OP_LOOK, it, 0, 0);
}

static void move_array(struct maker *k)
{
  uint8_t array = root(k), it = other_root(k, array);
  uint8_t h = handle(k);
  if (draw(k, 2)) {
    add(k, OP_ALLOC, array, THING_WIDE, 0);
    add(k, OP_ALLOC, it, thing(k), 0);
    add(k, OP_STORE, array, it, draw(k, 2));
    add(k, OP_HSET, h, array, 0);
    add(k, OP_DROP, it, 0, 0);
    poll_sometimes(k);
  } else {
    add(k, OP_HGET, array, h, 0);
  }
  add(k, OP_MOVE, array, draw(k, 2), 0);
  poll_sometimes(k);
  if (draw(k, 2)) add(k, OP_MOVE, array, draw(k, 2), 0);
}

static void read_weak(struct maker *k)
{
  uint8_t it = root(k);
  add(k, OP_WGET, it, draw(k, PROGRAM_SHARED_CELLS), 0);
  poll_sometimes(k);
  add(k, OP_LOOK, it, 0, 0);
  if (draw(k, 2)) add(k, OP_WGET, root(k), draw(k, PROGRAM_SHARED_CELLS), 0);
  if (draw(k, 3) == 0) {
    uint8_t into = other_root(k, it);
    add(k, OP_HGET, into, handle(k), 0);
    add(k, OP_STORE, into, it, slot(k));
  }
  if (draw(k, 2)) add(k, OP_DROP, it, 0, 0);
}

static void new_weak(struct maker *k)
{
  uint8_t it = root(k);
  add(k, OP_ALLOC, it, draw(k, 3) ? THING_WEAK : THING_FINAL, 0);
  add(k, OP_WNEW, PROGRAM_CELLS - 1, it, 0);
  add(k, OP_DROP, it, 0, 0);
  poll_sometimes(k);
  add(k, OP_WGET, root(k), PROGRAM_CELLS - 1, 0);
}

static void anything(struct maker *k)
{
  static const uint8_t kinds[] = {OP_ALLOC, OP_LOAD, OP_STORE, OP_STORE,
                                  OP_CLEAR, OP_DROP, OP_COPY,  OP_HGET,
                                  OP_HSET,  OP_CAS,  OP_POLL,  OP_NAP,
                                  OP_BURST, OP_LOOK, OP_HCLEAR};
  uint8_t kind = kinds[draw(k, sizeof kinds)];
  switch (kind) {
  case OP_ALLOC: add(k, kind, root(k), thing(k), 0); break;
  case OP_HGET: add(k, kind, root(k), handle(k), 0); break;
  case OP_HSET: add(k, kind, handle(k), root(k), 0); break;
  case OP_HCLEAR: add(k, kind, handle(k), 0, 0); break;
  case OP_CLEAR: add(k, kind, root(k), slot(k), 0); break;
  case OP_BURST: add(k, kind, 1 + draw(k, 20), thing(k), 0); break;
  default: add(k, kind, root(k), root(k), slot(k));
  }
}

// One object is stored again and again where it is already: its owner's half
// spills, while what was taken from it before goes down.
static void pump(struct maker *k)
{
  uint8_t into = root(k), it = other_root(k, into);
  uint8_t at = slot(k);
  add(k, OP_HGET, into, handle(k), 0);
  add(k, OP_ALLOC, it, draw(k, 3) ? THING_PAIR : thing(k), 0);
  for (uint32_t i = 0, n = 5 + draw(k, 6); i < n; i++)
    add(k, OP_STORE, into, it, at);
}

// One finds something and keeps it ...
static void pick(struct maker *k)
{
  uint8_t from = root(k);
  add(k, OP_HGET, from, handle(k), 0);
  add(k, OP_LOAD, other_root(k, from), from, slot(k));
  if (draw(k, 2)) add(k, OP_DROP, from, 0, 0);
}

// ... and another one cuts it off.
static void cut(struct maker *k)
{
  uint8_t from = root(k);
  add(k, OP_HGET, from, handle(k), 0);
  add(k, OP_CLEAR, from, slot(k), 0);
  if (draw(k, 3) == 0) add(k, OP_HCLEAR, handle(k), 0, 0);
}

// Much memory, soon: the collector is to be outrun.
static void outrun(struct maker *k)
{
  add(k, OP_BIG, 30 + draw(k, 30), 0, 0);
}

// The array that is in a ring with what a handle holds.
static void move_in_ring(struct maker *k)
{
  uint8_t r = root(k), array = other_root(k, r);
  add(k, OP_HGET, r, 0, 0);
  add(k, OP_LOAD, array, r, 0);
  add(k, OP_MOVE, array, draw(k, 2), 0);
}

static void some_rounds(struct maker *k)
{
  if (draw(k, 3))
    add(k, OP_COLLECT, 0, 0, 0);
  else
    add(k, OP_ASK, 0, 0, 0);
}

static void unit(struct maker *k)
{
  if (k->weak && draw(k, 2)) {
    if (draw(k, 3))
      read_weak(k);
    else
      new_weak(k);
    return;
  }
  if (k->hasty && draw(k, 2)) {
    outrun(k);
    return;
  }
  switch (draw(k, 15)) {
  case 9:
  case 10:
  case 11: pick(k); break;
  case 12:
  case 13: cut(k); break;
  case 0: hand_over(k); break;
  case 1: rotate(k); break;
  case 2: drop_cycle(k); break;
  case 3:
  case 4: close_cycle(k); break;
  case 5: take_out(k); break;
  case 6: move_array(k); break;
  case 7: move_in_ring(k); break;
  case 8: pump(k); break;
  default: anything(k);
  }
}

// --- whole programs ----------------------------------------------------------

// A graph of four; some of it in handles, some of it in roots.
static void setup_graph(struct maker *k)
{
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++) add(k, OP_ALLOC, i, thing(k), 0);
  for (uint32_t i = 0, n = draw(k, 7); i < n; i++)
    add(k, OP_STORE, root(k), root(k), slot(k));
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    if (draw(k, 8)) add(k, OP_HSET, i, root(k), 0);
  for (uint32_t i = 0, n = draw(k, 4); i < n; i++) // these may close a cycle
    add(k, OP_STORE, root(k), root(k), slot(k));
  for (uint32_t i = 0; k->weak && i < PROGRAM_SHARED_CELLS; i++)
    if (draw(k, 4)) add(k, OP_WNEW, i, root(k), 0);
}

// What is reached by one slot or handle alone.
static void setup_tree(struct maker *k)
{
  bool escaped = draw(k, 2); // then its stores close a cycle, perhaps
  add(k, OP_ALLOC, 0, draw(k, 4) ? THING_PAIR : THING_WIDE, 0);
  add(k, OP_ALLOC, 1, draw(k, 4) ? THING_PAIR : thing(k), 0);
  if (escaped) add(k, OP_HSET, 0, 0, 0);
  add(k, OP_STORE, 0, 1, 0);
  if (draw(k, 2)) {
    add(k, OP_ALLOC, 2, thing(k), 0);
    add(k, OP_STORE, draw(k, 2), 2, draw(k, 2));
    if (draw(k, 3) == 0) add(k, OP_HSET, 1, 2, 0);
  }
  if (!escaped) add(k, OP_HSET, 0, 0, 0);
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++) add(k, OP_DROP, i, 0, 0);
}

// A ring of a pair and an array, held by a handle.
static void setup_ring(struct maker *k)
{
  add(k, OP_ALLOC, 0, THING_PAIR, 0);
  add(k, OP_ALLOC, 1, THING_WIDE, 0);
  add(k, OP_STORE, 0, 1, 0);
  add(k, OP_HSET, 0, 0, 0);
  add(k, OP_STORE, 1, 0, draw(k, 2));
  if (draw(k, 2)) add(k, OP_HSET, 1, 1, 0);
}

// Two that may have weak references, in a ring, and nothing holds them.
static void setup_doomed(struct maker *k)
{
  add(k, OP_ALLOC, 0, draw(k, 3) ? THING_WEAK : THING_FINAL, 0);
  add(k, OP_ALLOC, 1, draw(k, 3) ? THING_WEAK : THING_PAIR, 0);
  add(k, OP_STORE, 0, 1, 0);
  if (draw(k, 3)) add(k, OP_STORE, 1, 0, 0);
  add(k, OP_WNEW, 0, 0, 0);
  add(k, OP_WNEW, 1, 1, 0);
  if (draw(k, 2)) add(k, OP_HSET, 0, draw(k, 2), 0);
  add(k, OP_DROP, 0, 0, 0);
  add(k, OP_DROP, 1, 0, 0);
  add(k, OP_ALLOC, 2, THING_PAIR, 0);
  add(k, OP_HSET, draw(k, 2) ? 1 : 2, 2, 0);
}

static void make_setup(struct maker *k)
{
  uint8_t turn = draw(k, 8);
  if (turn == 0)
    setup_ring(k);
  else if (turn > 3)
    setup_tree(k);
  else if (turn < 3 && k->weak)
    setup_doomed(k);
  else
    setup_graph(k);
  if (draw(k, 3) == 0) add(k, OP_COLLECT, 0, 0, 0);
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++)
    if (draw(k, 4)) add(k, OP_DROP, i, 0, 0);
  if (draw(k, 4) == 0) add(k, OP_COLLECT, 0, 0, 0);
}

// What is in the roots is held while others' rounds go by.
static void hold(struct maker *k)
{
  if (draw(k, 4) == 0) return;
  add(k, OP_COLLECT, 0, 0, 0);
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++) add(k, OP_LOOK, i, 0, 0);
}

// Threads that do the same get into each other's way.
static void mirror(struct maker *k, const struct op_list *other)
{
  for (uint32_t i = 0; i < other->n; i++) {
    const struct op *op = &other->ops[i];
    add(k, op->kind, op->a, op->b, op->c);
  }
}

static void make_config(struct program *p, struct maker *k)
{
  p->log_chunk = ONE_OF(k, 4, 4, 5, 16);
  p->local_limit = ONE_OF(k, 2, 3, 4, 4, 4, 0);
  p->shared_limit = ONE_OF(k, 0, 0, 0, 3);
  p->stress_alloc = ONE_OF(k, 0, 0, 0, 0, 1, 3);
  p->workers = ONE_OF(k, 1, 1, 1, 1, 1, 2);
  p->verify = ONE_OF(k, 1, UINT32_MAX);
  p->mark_slice = ONE_OF(k, 1, 1, 200, 0);
  // A thread begins with three chunks; these are few more than all begin with.
  p->log_pool = ONE_OF(k, 0, 0, 0, 13, 15) * (16 + 8 * p->log_chunk);
  p->tick_ns = ONE_OF(k, 20, 500, 20000);
  k->hasty = draw(k, 10) == 0;
  p->young = k->hasty ? 65536 : 0;
  p->resurrects = draw(k, 3) == 0;
  p->times = 1;
  if (!strcmp(p->collector, "trial_deletion"))
    snprintf(p->options, sizeof p->options, "young_closers=1,nursery=%s",
             draw(k, 2) ? "0" : "2");
  else if (!strcmp(p->collector, "cpython"))
    snprintf(p->options, sizeof p->options, "threshold0=%u",
             ONE_OF(k, 1, 3, 700));
}

// One motif, or two in one another's way. Where one has the lists to itself the
// rest of them is filled with idioms, now and then.
static void make_of_motifs(struct maker *k)
{
  k->rounds = 1 + (draw(k, 4) == 0);
  k->one = 2 - (k->rounds == 2);
  k->two = 3;
  if (draw(k, 2)) {
    k->one = 3;
    k->two = 2 - (k->rounds == 2);
  }
  k->program->times = ONE_OF(k, 1, 2, 4, 6);
  k->setup = k->program->times > 1 && draw(k, 2) ? 1 + draw(k, 3) : SETUP;
  motif_add(k);
  if (!k->heavy && draw(k, 4) == 0) motif_add(k);
  for (uint32_t list = 1; list <= PROGRAM_THREADS; list++) {
    if (!k->program->lists[list].n || draw(k, 6)) continue;
    on(k, list);
    unit(k);
  }
}

static void make_of_idioms(struct maker *k)
{
  on(k, SETUP);
  make_setup(k);
  on(k, 1);
  bool only_rounds = draw(k, 4);
  for (uint32_t u = 0, n = 1 + draw(k, 2); u < n; u++) {
    if (!only_rounds) unit(k);
    some_rounds(k);
  }
  on(k, 2);
  for (uint32_t u = 0, n = 1 + draw(k, 2); u < n; u++) unit(k);
  hold(k);
  on(k, 3);
  uint8_t third = draw(k, 4);
  if (third == 0) mirror(k, &k->program->lists[2]);
  if (third > 2) return;
  for (uint32_t u = 0, n = 1 + draw(k, 2); third && u < n; u++) unit(k);
  if (third) hold(k);
}

// Collectors that mark share work between nodes. From another seed, so that
// what a program is else does not depend on it.
static void add_nodes(struct program *p, uint64_t seed)
{
  uint64_t random = strategy_mix(~seed);
  if (strategy_random(&random, 4)) return;
  p->nodes = 2 + strategy_random(&random, 2);
  p->workers = 1 + strategy_random(&random, 3);
  p->steal = strategy_random(&random, 4);
  p->memory = strategy_random(&random, 3);
}

void program_make(struct program *p, uint64_t seed, const char *collector,
                  const struct program_for *what)
{
  memset(p, 0, sizeof *p);
  struct maker k = {.program = p,
                    .random = strategy_mix(seed),
                    .next_id = 1,
                    .traces = what->traces,
                    .counts = what->counts};
  snprintf(p->collector, sizeof p->collector, "%s", collector);
  k.weak = what->weak && draw(&k, 2);
  make_config(p, &k);
  if (draw(&k, 6))
    make_of_motifs(&k);
  else
    make_of_idioms(&k);
  if (what->traces) add_nodes(p, seed);
}
