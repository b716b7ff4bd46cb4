// program.c: makes, prints and reads small mutator programs.
// SPDX-License-Identifier: MIT
//
// The idioms are those that naive implementations fail: hand-over through one
// slot, the only reference moved round, a cycle torn while it is looked at, an
// array moved behind the marker, weak reads of what is dying.

#include "program.h"

#include "strategy.h"

#include <string.h>

struct maker {
  uint64_t random;
  struct op_list *list;
  uint16_t *next_id;
  bool weak, hasty;
};

static uint8_t draw(struct maker *k, uint32_t below)
{
  return (uint8_t)strategy_random(&k->random, below);
}

static void add(struct maker *k, enum op_kind kind, uint32_t a, uint32_t b,
                uint32_t c)
{
  if (k->list->n == PROGRAM_OPS) return;
  k->list->ops[k->list->n++] = (struct op){.id = (*k->next_id)++,
                                           .kind = (uint8_t)kind,
                                           .a = (uint8_t)a,
                                           .b = (uint8_t)b,
                                           .c = (uint8_t)c};
}

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

static uint32_t one_of(struct maker *k, const uint32_t *values, uint32_t n)
{
  return values[draw(k, n)];
}
#define ONE_OF(k, ...)                                                         \
  one_of((k), (const uint32_t[]){__VA_ARGS__},                                 \
         sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

static void make_config(struct program *p, struct maker *k)
{
  p->log_chunk = ONE_OF(k, 4, 4, 5, 16);
  p->local_limit = ONE_OF(k, 2, 3, 4, 4, 4, 0);
  p->shared_limit = ONE_OF(k, 0, 0, 0, 3);
  p->stress_alloc = ONE_OF(k, 0, 0, 0, 0, 1, 3);
  p->workers = ONE_OF(k, 1, 1, 1, 1, 1, 2);
  p->verify = ONE_OF(k, 1, UINT32_MAX);
  p->mark_slice = ONE_OF(k, 1, 1, 200, 0);
  p->mark_bytes = 0;
  // A thread begins with three chunks; these are few more than all begin with.
  // Not where the finalizers' thread may come too: it cannot be refused.
  if (!k->weak)
    p->log_pool = ONE_OF(k, 0, 0, 0, 13, 15) * (16 + 8 * p->log_chunk);
  p->tick_ns = ONE_OF(k, 20, 500, 20000);
  k->hasty = draw(k, 10) == 0;
  p->young = k->hasty ? 65536 : 0;
  p->resurrects = draw(k, 3) == 0;
  if (!strcmp(p->collector, "trial_deletion"))
    snprintf(p->options, sizeof p->options, "young_closers=1,nursery=%s",
             draw(k, 2) ? "0" : "2");
  else if (!strcmp(p->collector, "cpython"))
    snprintf(p->options, sizeof p->options, "threshold0=%u",
             ONE_OF(k, 1, 3, 700));
}

void program_make(struct program *p, uint64_t seed, const char *collector,
                  bool weak)
{
  uint16_t next_id = 1;
  memset(p, 0, sizeof *p);
  struct maker k = {.random = strategy_mix(seed), .next_id = &next_id};
  snprintf(p->collector, sizeof p->collector, "%s", collector);
  k.weak = weak && draw(&k, 2);
  make_config(p, &k);
  k.list = &p->lists[0];
  make_setup(&k);
  k.list = &p->lists[1];
  bool only_rounds = draw(&k, 4);
  for (uint32_t u = 0, n = 1 + draw(&k, 2); u < n; u++) {
    if (!only_rounds) unit(&k);
    some_rounds(&k);
  }
  k.list = &p->lists[2];
  for (uint32_t u = 0, n = 1 + draw(&k, 2); u < n; u++) unit(&k);
  hold(&k);
  k.list = &p->lists[3];
  uint8_t third = draw(&k, 4);
  if (third == 0) mirror(&k, &p->lists[2]);
  if (third > 2) return;
  for (uint32_t u = 0, n = 1 + draw(&k, 2); third && u < n; u++) unit(&k);
  if (third) hold(&k);
}

uint32_t program_operations(const struct program *p)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i <= PROGRAM_THREADS; i++) n += p->lists[i].n;
  return n;
}

// --- text --------------------------------------------------------------------

static const char *const thing_names[] = {"pair", "wide", "leaf", "weak",
                                          "final"};
static const struct {
  const char *name, *text; // %a %b %c: operands; %k: b as a kind
} kinds[OP_KINDS] = {
    [OP_ALLOC] = {"alloc", "r%a = new %k"},
    [OP_LOAD] = {"load", "r%a = r%b.%c"},
    [OP_STORE] = {"store", "r%a.%c = r%b"},
    [OP_CLEAR] = {"clear", "r%a.%b = NULL"},
    [OP_DROP] = {"drop", "r%a = NULL"},
    [OP_COPY] = {"copy", "r%a = r%b"},
    [OP_HGET] = {"hget", "r%a = handle %b"},
    [OP_HSET] = {"hset", "handle %a = r%b"},
    [OP_HCLEAR] = {"hclear", "handle %a = NULL"},
    [OP_MOVE] = {"move", "move two slots of r%a %d"},
    [OP_CAS] = {"cas", "r%a.%c = r%b, compared"},
    [OP_WNEW] = {"wnew", "cell %a = weak r%b"},
    [OP_WGET] = {"wget", "r%a = cell %b"},
    [OP_POLL] = {"poll", "safepoint"},
    [OP_NAP] = {"nap", "detach, attach"},
    [OP_ASK] = {"ask", "ask for a round"},
    [OP_COLLECT] = {"collect", "collect"},
    [OP_BURST] = {"burst", "%a times new %k"},
    [OP_LOOK] = {"look", "look at r%a"},
    [OP_BIG] = {"big", "%a times 128 KiB"},
};

void program_print_op(FILE *out, const struct op *op)
{
  for (const char *s = kinds[op->kind].text; *s; s++) {
    if (*s != '%') {
      fputc(*s, out);
      continue;
    }
    switch (*++s) {
    case 'a': fprintf(out, "%u", op->a); break;
    case 'b': fprintf(out, "%u", op->b); break;
    case 'c': fprintf(out, "%u", op->c); break;
    case 'd': fputs(op->b ? "down" : "up", out); break;
    default: fputs(thing_names[op->b % THING_KINDS], out);
    }
  }
}

// Each number of the configuration under its name.
#define NUMBERS(X)                                                             \
  X(log_chunk) X(local_limit) X(shared_limit) X(stress_alloc) X(workers)       \
  X(verify) X(mark_slice) X(mark_bytes) X(log_pool) X(tick_ns)       \
  X(young)

void program_write(FILE *out, const struct program *p)
{
  static const char *const titles[] = {"setup", "main", "A", "B"};
  fprintf(out, "collector %s %s\n", p->collector,
          *p->options ? p->options : "-");
#define X(name) fprintf(out, "config " #name " %u\n", p->name);
  NUMBERS(X)
#undef X
  fprintf(out, "config resurrects %u\n", p->resurrects);
  for (uint32_t i = 0; i <= PROGRAM_THREADS; i++)
    for (uint32_t o = 0; o < p->lists[i].n; o++) {
      const struct op *op = &p->lists[i].ops[o];
      fprintf(out, "op %u %u %s %u %u %u # %s: ", i, op->id,
              kinds[op->kind].name, op->a, op->b, op->c, titles[i]);
      program_print_op(out, op);
      fputc('\n', out);
    }
  fprintf(out, "end\n");
}

static bool read_number(struct program *p, const char *name, uint32_t value)
{
#define X(field)                                                               \
  if (!strcmp(name, #field)) {                                                 \
    p->field = value;                                                          \
    return true;                                                               \
  }
  NUMBERS(X)
#undef X
  if (strcmp(name, "resurrects") != 0) return false;
  p->resurrects = value;
  return true;
}

static bool read_op(struct program *p, const char *line)
{
  char name[16];
  unsigned list, id, a, b, c;
  if (sscanf(line, "op %u %u %15s %u %u %u", &list, &id, name, &a, &b, &c) !=
          6 ||
      list > PROGRAM_THREADS || p->lists[list].n == PROGRAM_OPS)
    return false;
  for (uint8_t kind = 0; kind < OP_KINDS; kind++)
    if (!strcmp(name, kinds[kind].name)) {
      p->lists[list].ops[p->lists[list].n++] =
          (struct op){.id = (uint16_t)id,
                      .kind = kind,
                      .a = (uint8_t)a,
                      .b = (uint8_t)b,
                      .c = (uint8_t)c};
      return true;
    }
  return false;
}

bool program_read(FILE *in, struct program *p)
{
  char line[256], name[32];
  uint32_t value;
  memset(p, 0, sizeof *p);
  while (fgets(line, sizeof line, in)) {
    if (!strcmp(line, "end\n")) return true;
    if (sscanf(line, "collector %31s %63s", p->collector, p->options) == 2) {
      if (!strcmp(p->options, "-")) *p->options = '\0';
    } else if (sscanf(line, "config %31s %u", name, &value) == 2) {
      if (!read_number(p, name, value)) return false;
    } else if (!read_op(p, line)) {
      return false;
    }
  }
  return false;
}
