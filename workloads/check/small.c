// small.c: numbering, steps and reachability of small graphs.
// SPDX-License-Identifier: MIT

#include "small.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

// --- graphs ------------------------------------------------------------------
//
// A code has one digit for each slot: 0 for nil, i + 1 for object i.

static uint32_t code_of(const struct small_space *s, const uint8_t *digits)
{
  uint32_t code = 0;
  for (uint32_t i = 0; i < s->objects * s->slots; i++)
    code = code * (s->objects + 1) + digits[i];
  return code;
}

static void digits_of(const struct small_space *s, uint32_t code,
                      uint8_t *digits)
{
  for (uint32_t i = s->objects * s->slots; i-- > 0;) {
    digits[i] = (uint8_t)(code % (s->objects + 1));
    code /= s->objects + 1;
  }
}

// Object i is called name[i] from now on.
static uint32_t renamed(const struct small_space *s, const uint8_t *digits,
                        const uint8_t *name)
{
  uint8_t other[SMALL_OBJECTS * SMALL_SLOTS] = {0};
  for (uint32_t o = 0; o < s->objects; o++)
    for (uint32_t k = 0; k < s->slots; k++) {
      uint8_t to = digits[o * s->slots + k];
      other[name[o] * s->slots + k] = to ? (uint8_t)(name[to - 1] + 1) : 0;
    }
  return code_of(s, other);
}

// Is there a renaming with a lower code? Tries all from position `at` on.
static bool is_lowest(const struct small_space *s, uint32_t code,
                      const uint8_t *digits, uint8_t *name, uint32_t at)
{
  if (at == s->objects || at == SMALL_OBJECTS)
    return renamed(s, digits, name) >= code;
  for (uint32_t i = at; i < s->objects && i < SMALL_OBJECTS; i++) {
    uint8_t old = name[at];
    name[at] = name[i], name[i] = old;
    bool lowest = is_lowest(s, code, digits, name, at + 1);
    old = name[at];
    name[at] = name[i], name[i] = old;
    if (!lowest) return false;
  }
  return true;
}

int small_open(struct small_space *s, uint32_t objects, uint32_t slots,
               uint32_t steps)
{
  uint32_t codes = 1;
  *s = (struct small_space){
      .objects = objects, .slots = slots, .steps = steps};
  for (uint32_t i = 0; i < objects * slots; i++) codes *= objects + 1;
  s->graphs = malloc(codes * sizeof *s->graphs);
  if (!s->graphs) return -ENOMEM;
  for (uint32_t code = 0; code < codes; code++) {
    uint8_t digits[SMALL_OBJECTS * SMALL_SLOTS], name[] = {0, 1, 2, 3};
    digits_of(s, code, digits);
    if (is_lowest(s, code, digits, name, 0)) s->graphs[s->n_graphs++] = code;
  }
  // Drops, stores of each object and of nil, loads.
  s->n_steps = objects + objects * slots * (objects + 1) + objects * slots;
  s->n_sequences = 1;
  for (uint32_t i = 0; i < steps; i++) s->n_sequences *= s->n_steps;
  s->n = s->n_graphs * s->n_sequences;
  return 0;
}

void small_close(struct small_space *s)
{
  free(s->graphs);
  *s = (struct small_space){0};
}

void small_graph(const struct small_space *s, uint64_t program,
                 struct small_graph *graph)
{
  uint8_t digits[SMALL_OBJECTS * SMALL_SLOTS];
  digits_of(s, s->graphs[program / s->n_sequences], digits);
  for (uint32_t o = 0; o < s->objects; o++)
    for (uint32_t k = 0; k < s->slots; k++) {
      uint8_t to = digits[o * s->slots + k];
      graph->slot[o][k] = to ? (uint8_t)(to - 1) : SMALL_NIL;
    }
  graph->rooted = (uint8_t)((1u << s->objects) - 1);
}

// --- steps -------------------------------------------------------------------

struct small_step small_step(const struct small_space *s, uint64_t program,
                             uint32_t step)
{
  uint64_t sequence = program % s->n_sequences;
  for (uint32_t i = step + 1; i < s->steps; i++) sequence /= s->n_steps;
  uint32_t k = (uint32_t)(sequence % s->n_steps);
  if (k < s->objects)
    return (struct small_step){SMALL_DROP, (uint8_t)k, 0, SMALL_NIL};
  k -= s->objects;
  uint32_t places = s->objects * s->slots, place = k % places;
  uint32_t target = k / places; // past the objects: nil, then a load
  struct small_step to = {SMALL_SET, (uint8_t)(place / s->slots),
                          (uint8_t)(place % s->slots), SMALL_NIL};
  if (target < s->objects) to.target = (uint8_t)target;
  if (target > s->objects) to.op = SMALL_LOAD;
  return to;
}

bool small_take(const struct small_step *step, struct small_graph *g)
{
  uint8_t *slot = &g->slot[step->object][step->slot];
  if (!(g->rooted >> step->object & 1)) return false;
  switch (step->op) {
  case SMALL_DROP: g->rooted &= (uint8_t)~(1u << step->object); return true;
  case SMALL_LOAD:
    if (*slot == SMALL_NIL || g->rooted >> *slot & 1) return false;
    g->rooted |= (uint8_t)(1u << *slot);
    return true;
  default:
    if (*slot == step->target) return false;
    if (step->target != SMALL_NIL && !(g->rooted >> step->target & 1))
      return false;
    *slot = step->target;
    return true;
  }
}

bool small_valid(const struct small_space *s, uint64_t program)
{
  struct small_graph graph;
  small_graph(s, program, &graph);
  for (uint32_t i = 0; i < s->steps; i++) {
    struct small_step step = small_step(s, program, i);
    if (!small_take(&step, &graph)) return false;
  }
  return true;
}

// --- what must live, what must go --------------------------------------------

uint8_t small_reachable(const struct small_space *s,
                        const struct small_graph *g)
{
  uint8_t reached = g->rooted, before;
  do {
    before = reached;
    for (uint32_t o = 0; o < s->objects; o++)
      for (uint32_t k = 0; before >> o & 1 && k < s->slots; k++)
        if (g->slot[o][k] != SMALL_NIL)
          reached |= (uint8_t)(1u << g->slot[o][k]);
  } while (reached != before);
  return reached;
}

uint8_t small_peeled(const struct small_space *s, const struct small_graph *g)
{
  uint8_t all = (uint8_t)((1u << s->objects) - 1);
  uint8_t kept = all, garbage = all & (uint8_t)~small_reachable(s, g), held;
  for (;;) {
    held = 0;
    for (uint32_t o = 0; o < s->objects; o++)
      for (uint32_t k = 0; kept >> o & 1 && k < s->slots; k++)
        if (g->slot[o][k] != SMALL_NIL) held |= (uint8_t)(1u << g->slot[o][k]);
    uint8_t next = kept & (uint8_t)~(garbage & (uint8_t)~held);
    if (next == kept) return all & (uint8_t)~kept;
    kept = next;
  }
}

// --- text --------------------------------------------------------------------

static void print_name(FILE *out, uint8_t object)
{
  if (object == SMALL_NIL)
    fputs("nil", out);
  else
    fputc('a' + object, out);
}

void small_print(const struct small_space *s, uint64_t program, char *text,
                 size_t size)
{
  struct small_graph graph;
  FILE *out = fmemopen(text, size, "w");
  if (!out) return;
  small_graph(s, program, &graph);
  for (uint32_t o = 0; o < s->objects; o++) {
    fprintf(out, "%s%c(", o ? " " : "", 'a' + (int)o);
    for (uint32_t k = 0; k < s->slots; k++) {
      if (k) fputc(',', out);
      print_name(out, graph.slot[o][k]);
    }
    fputc(')', out);
  }
  for (uint32_t i = 0; i < s->steps; i++) {
    struct small_step step = small_step(s, program, i);
    fputs(i ? "; " : ": ", out);
    if (step.op == SMALL_DROP)
      fprintf(out, "drop %c", 'a' + step.object);
    else if (step.op == SMALL_LOAD)
      fprintf(out, "load %c.%u", 'a' + step.object, step.slot);
    else
      fprintf(out, "%c.%u = ", 'a' + step.object, step.slot);
    if (step.op == SMALL_SET) print_name(out, step.target);
  }
  fclose(out);
}
