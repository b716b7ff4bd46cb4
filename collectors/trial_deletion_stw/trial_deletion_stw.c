// trial_deletion_stw.c: synchronous trial deletion with the world stopped.
// SPDX-License-Identifier: MIT
//
// Bacon and Rajan, "Concurrent Cycle Collection in Reference Counted Systems"
// (ECOOP 2001), section 3: the synchronous algorithm, each phase over all
// candidates before the next one begins, so the whole is linear. The world is
// stopped and every decrement applied, so counts are exact. Subtraction works
// on a copy of the count; the object's own is never touched. Recursion is an
// explicit stack. The slow, plain relative of `trial_deletion`: a baseline,
// and an oracle for it.

#include <wane/collector.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

// The scratch word: LISTED | 1 + place in the tables.
#define LISTED (1u << 31)
#define INDEX (LISTED - 1)

enum colour { GREY, WHITE, BLACK };

struct node {
  wane_ref object;
  int64_t count; // what is left after subtracting internal references
  enum colour colour;
};

struct collector {
  wane_ref *candidate; // closers; entries of freed objects go out lazily
  size_t n, capacity;
  size_t survivors; // candidates after the last collection
  int64_t threshold;
  struct node *node;
  uint32_t n_nodes, node_capacity;
  uint32_t *stack;
  uint32_t depth, stack_capacity;
  uint64_t edges;
  struct wane_round *round;
};

static const struct wane_option options[] = {
    {.name = "closers",
     .type = WANE_OPTION_INT,
     .value = "10000",
     .help = "new candidates that start a collection; a quarter of the "
             "survivors if that is more",
     .min = 1,
     .max = 1e9},
};

static int start(const union wane_value *values, void **state)
{
  struct collector *c = calloc(1, sizeof *c);
  if (!c) return -ENOMEM;
  c->threshold = values[0].integer;
  *state = c;
  return 0;
}

static void stop(void *state)
{
  struct collector *c = state;
  free(c->candidate);
  free(c->node);
  free(c->stack);
  free(c);
}

static void *grow(void *old, size_t n, size_t size)
{
  void *p = realloc(old, n * size);
  if (p) return p;
  fprintf(stderr, "wane: trial_deletion_stw: no memory for %zu entries\n", n);
  abort();
}

static void closers(void *state, const wane_ref *objects, size_t n)
{
  struct collector *c = state;
  for (size_t i = 0; i < n; i++) {
    uint32_t *scratch = wane_gc_scratch(objects[i]);
    if (*scratch & LISTED) continue;
    *scratch |= LISTED;
    if (c->n == c->capacity) {
      c->capacity = c->capacity ? c->capacity * 2 : 1024;
      c->candidate = grow(c->candidate, c->capacity, sizeof *c->candidate);
    }
    c->candidate[c->n++] = objects[i];
  }
}

static bool due(void *state)
{
  struct collector *c = state;
  size_t fresh = c->n > c->survivors ? c->n - c->survivors : 0;
  return fresh >= (size_t)c->threshold && fresh >= c->survivors / 4;
}

static void push(struct collector *c, uint32_t i)
{
  if (c->depth == c->stack_capacity) {
    c->stack_capacity = c->stack_capacity ? c->stack_capacity * 2 : 4096;
    c->stack = grow(c->stack, c->stack_capacity, sizeof *c->stack);
  }
  c->stack[c->depth++] = i;
}

// The place of an object that takes part, added grey with its own count and
// pushed when it is met for the first time.
static uint32_t place_of(struct collector *c, wane_ref o)
{
  uint32_t *scratch = wane_gc_scratch(o);
  if (*scratch & INDEX) return (*scratch & INDEX) - 1;
  if (c->n_nodes == c->node_capacity) {
    c->node_capacity = c->node_capacity ? c->node_capacity * 2 : 4096;
    c->node = grow(c->node, c->node_capacity, sizeof *c->node);
  }
  uint32_t i = c->n_nodes++;
  // A root of this stop is a reference like any other.
  c->node[i] = (struct node){o, wane_gc_count(o) + wane_gc_rooted(o), GREY};
  *scratch = (*scratch & LISTED) | (i + 1);
  push(c, i);
  return i;
}

static wane_ref target(struct wane_slot *slot)
{
  // Note [publish]: acquire, though the world is stopped: the stop itself
  // would order it; kept so that all readers of slots look alike.
  wane_ref o = atomic_load_explicit(&slot->wane__value, memory_order_acquire);
  return o && !wane_gc_opaque(o) ? o : NULL;
}

static void each_slot(struct collector *c, uint32_t i, wane_visit visit)
{
  wane_ref o = c->node[i].object;
  wane_each_slot(o, wane_gc_type(o), visit, c);
}

// Subtracts once per edge, duplicates included.
static void subtract(struct wane_slot *slot, void *context)
{
  struct collector *c = context;
  wane_ref o = target(slot);
  if (!o) return;
  uint32_t i = place_of(c, o); // may move the table
  c->node[i].count--;
  c->edges++;
}

static void mark_grey(struct collector *c)
{
  for (size_t i = 0; i < c->n; i++) {
    place_of(c, c->candidate[i]);
    while (c->depth) each_slot(c, c->stack[--c->depth], subtract);
  }
}

static void restore(struct wane_slot *slot, void *context)
{
  struct collector *c = context;
  wane_ref o = target(slot);
  if (!o) return;
  uint32_t i = place_of(c, o);
  c->node[i].count++;
  if (c->node[i].colour == BLACK) return;
  c->node[i].colour = BLACK;
  push(c, i);
}

// Whoever is held from outside is black, and so is all it reaches; the rest is
// white.
static void scan(struct collector *c)
{
  for (uint32_t i = 0; i < c->n_nodes; i++)
    if (c->node[i].colour == GREY) {
      if (c->node[i].count <= 0) continue;
      c->node[i].colour = BLACK;
      push(c, i);
      while (c->depth) each_slot(c, c->stack[--c->depth], restore);
    }
  for (uint32_t i = 0; i < c->n_nodes; i++)
    if (c->node[i].colour == GREY) c->node[i].colour = WHITE;
}

// White's references to what is not white are taken back.
static void take_back(struct wane_slot *slot, void *context)
{
  struct collector *c = context;
  wane_ref o = atomic_load_explicit(&slot->wane__value,
                                    memory_order_acquire); // Note [publish]
  if (!o) return;
  uint32_t place = *wane_gc_scratch(o) & INDEX;
  if (place && c->node[place - 1].colour == WHITE) return;
  wane_gc_dec(c->round, o);
}

// The engine takes the white over, if one of them is special.
static bool condemn_white(struct collector *c)
{
  size_t n = 0;
  bool special = false;
  if (!wane_gc_any_special()) return false;
  for (uint32_t i = 0; i < c->n_nodes && !special; i++)
    special = c->node[i].colour == WHITE && wane_gc_special(c->node[i].object);
  if (!special) return false;
  wane_ref *white = grow(NULL, c->n_nodes + 1, sizeof *white);
  for (uint32_t i = 0; i < c->n_nodes; i++) {
    wane_ref o = c->node[i].object;
    if (c->node[i].colour == WHITE) {
      white[n++] = o;
      *wane_gc_scratch(o) = 0; // in no list of ours
    } else {
      *wane_gc_scratch(o) &= LISTED;
    }
  }
  wane_gc_condemn(c->round, white, n);
  free(white);
  return true;
}

static void free_white(struct collector *c)
{
  if (condemn_white(c)) return;
  for (uint32_t i = 0; i < c->n_nodes; i++)
    if (c->node[i].colour == WHITE) each_slot(c, i, take_back);
  for (uint32_t i = 0; i < c->n_nodes; i++) {
    wane_ref o = c->node[i].object;
    if (c->node[i].colour == WHITE)
      wane_gc_free(c->round, &o, 1);
    else
      *wane_gc_scratch(o) &= LISTED;
  }
}

static void drop_dead_candidates(struct collector *c)
{
  size_t n = 0;
  for (size_t i = 0; i < c->n; i++) {
    wane_ref o = c->candidate[i];
    if (!wane_gc_at_cell(o)) continue;
    uint32_t *scratch = wane_gc_scratch(o);
    // A cell used again may be listed twice: the flag is taken off the first
    // time and put back below.
    if (!(*scratch & LISTED)) continue;
    *scratch &= ~LISTED;
    c->candidate[n++] = o;
  }
  c->n = n;
  for (size_t i = 0; i < n; i++) *wane_gc_scratch(c->candidate[i]) |= LISTED;
}

static void collect(void *state, struct wane_round *round, bool full)
{
  struct collector *c = state;
  (void)full; // it always looks at all candidates
  c->round = round;
  c->n_nodes = 0;
  c->edges = 0;
  drop_dead_candidates(c);
  size_t candidates = c->n;
  mark_grey(c);
  scan(c);
  free_white(c);
  drop_dead_candidates(c);
  c->survivors = c->n;
  wane_gc_traced(round, candidates, c->n_nodes, c->edges);
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "trial_deletion_stw",
    .help = "reference counting with synchronous Bacon-Rajan trial deletion, "
            "world stopped",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_CLOSERS | WANE_NEED_SCRATCH | WANE_NEED_WORLD_STOP,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .start = start,
    .stop = stop,
    .closers = closers,
    .due = due,
    .collect = collect,
};
