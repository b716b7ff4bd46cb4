// cpython.c: CPython's cycle collector: three generations, world stopped.
// SPDX-License-Identifier: MIT
//
// What CPython has done from 2.0 on, as of Modules/gcmodule.c of 3.12, on top
// of counts that it does not share with the program: containers (here: all
// but acyclic objects) are in one of three generations; a collection takes
// one with all younger ones, subtracts the references within it from the
// counts, frees what is then held by nobody (unreachable.c), and moves what is
// left one generation up. When:
//
//   0  it has more than threshold0 members (700)
//   1  0 was collected more than threshold1 times since (10)
//   2  1 was collected more than threshold2 times since (10), and the objects
//      that wait for their first full collection (long_lived_pending) are at
//      least a quarter of those that survived the last (long_lived_total)
//
// The oldest for which that holds is collected, and none if it does not hold
// for generation 0.
//
// It claims to be complete: every object that its thread has handed over and
// that survived the walk by count is a member until it dies, whether or not
// anything refers to it yet; large ones too (WANE_NEED_YOUNG_LARGE). So a full
// collection looks at all containers there are.
//
// Where it is not CPython:
// - CPython looks at its threshold at each allocation. Wane knows of objects
//   when they are handed over, at a round (4 MiB of allocation by default), so
//   generation 0 is looked at then, and collected in the round that follows.
//   700 is exceeded by nearly every round of a busy program: every second
//   round stops the world, and generation 0 is the survivors of two rounds,
//   which is far more than CPython's.
// - What 700 counts: CPython adds one for a container born and takes one off
//   for any container that dies, of whatever age. Here it is the members of
//   generation 0 that are alive, which a death of an old one does not lower.
// - Nothing is untracked: CPython takes tuples (and took dicts) out of its
//   lists that hold only atomic values. Here the type alone decides.
// - No tp_clear: what is unreachable is freed. Weak references and finalizers
//   are the runtime's (wane_gc_condemn).
// - Roots are not counted, so they are added to the counts. CPython's frames
//   hold counted references.
// - CPython holds its one lock meanwhile. Here the world is stopped.

#include "members.h"
#include "table.h"
#include "unreachable.h"

#include <errno.h>
#include <string.h>

#define OLDEST (GENERATIONS - 1)
#define NONE GENERATIONS // no generation is to be collected

struct collector {
  struct members generation[GENERATIONS];
  // [g]: collections of generation g - 1 since g was collected; [0]: unused.
  size_t collections[GENERATIONS];
  size_t threshold[GENERATIONS]; // options
  double share;
  size_t long_lived_total, long_lived_pending; // see above
  uint32_t next;                               // what `due` has chosen
  struct wane_gc_span *spans;                  // this round's, not entered yet
  size_t n_spans, spans_capacity;
  struct search search;
};

enum { OPTION_THRESHOLD0, OPTION_LONG_LIVED_SHARE = GENERATIONS };

static const struct wane_option options[] = {
    [OPTION_THRESHOLD0] = {.name = "threshold0",
                           .type = WANE_OPTION_INT,
                           .value = "700",
                           .help = "more members than that start a collection "
                                   "of generation 0 (0: collect on demand "
                                   "only)",
                           .min = 0,
                           .max = 1e9},
    {.name = "threshold1",
     .type = WANE_OPTION_INT,
     .value = "10",
     .help = "more collections of generation 0 than that start one of "
             "generation 1",
     .min = 0,
     .max = 1e9},
    {.name = "threshold2",
     .type = WANE_OPTION_INT,
     .value = "10",
     .help = "more collections of generation 1 than that start one of "
             "generation 2",
     .min = 0,
     .max = 1e9},
    [OPTION_LONG_LIVED_SHARE] = {.name = "long_lived_share",
                                 .type = WANE_OPTION_DOUBLE,
                                 .value = "0.25",
                                 .help = "and only if so many have become old "
                                         "since the last full collection, as "
                                         "a share of its survivors",
                                 .min = 0,
                                 .max = 1e6},
};

static int start(const union wane_value *values, void **state)
{
  struct collector *c = calloc(1, sizeof *c);
  if (!c) return -ENOMEM;
  for (uint32_t g = 0; g < GENERATIONS; g++)
    c->threshold[g] = (size_t)values[OPTION_THRESHOLD0 + g].integer;
  c->share = values[OPTION_LONG_LIVED_SHARE].real;
  c->next = NONE;
  *state = c;
  return 0;
}

static void stop(void *state)
{
  struct collector *c = state;
  for (uint32_t g = 0; g < GENERATIONS; g++) members_free(&c->generation[g]);
  search_free(&c->search);
  free(c->spans);
  free(c);
}

// --- birth -------------------------------------------------------------------

// Before the walk by count, which most of them do not survive: so only the
// places are noted.
static void young(void *state, struct wane_round *round,
                  const struct wane_gc_span *spans, size_t n, uint64_t closers,
                  uint64_t born)
{
  struct collector *c = state;
  (void)round;
  (void)closers;
  (void)born;
  if (c->n_spans + n > c->spans_capacity) {
    c->spans_capacity = 2 * (c->n_spans + n);
    c->spans = table(c->spans, c->spans_capacity * sizeof *c->spans);
  }
  memcpy(&c->spans[c->n_spans], spans, n * sizeof *spans);
  c->n_spans += n;
}

// After the walk.
static void enter(struct collector *c)
{
  members_enter(&c->generation[0], 0, c->spans, c->n_spans);
  c->n_spans = 0;
}

// --- when --------------------------------------------------------------------

static uint32_t choose(const struct collector *c)
{
  if (!c->threshold[0] || c->generation[0].n <= c->threshold[0]) return NONE;
  for (uint32_t g = OLDEST; g > 0; g--) {
    if (c->collections[g] <= c->threshold[g]) continue;
    if (g < OLDEST ||
        (double)c->long_lived_pending >= c->share * (double)c->long_lived_total)
      return g;
  }
  return 0;
}

// The end of every round.
static bool due(void *state)
{
  struct collector *c = state;
  enter(c);
  members_sweep(&c->generation[0], 0); // some have died by count
  c->next = choose(c);
  return c->next != NONE;
}

// --- a collection ------------------------------------------------------------

static void collect_generation(struct collector *c, struct wane_round *round,
                               uint32_t g)
{
  struct members *set = &c->generation[g];
  if (g < OLDEST) c->collections[g + 1]++;
  for (uint32_t k = 0; k <= g; k++) c->collections[k] = 0;
  members_sweep(set, g);
  for (uint32_t k = g; k-- > 0;) members_move(&c->generation[k], k, set, g);
  unreachable_free(&c->search, round, set, g);
  if (g == OLDEST) {
    members_sweep(set, g);
    c->long_lived_pending = 0;
    c->long_lived_total = set->n;
    return;
  }
  struct members *older = &c->generation[g + 1];
  size_t before = older->n;
  members_move(set, g, older, g + 1);
  if (g + 1 == OLDEST) c->long_lived_pending += older->n - before;
}

static void collect(void *state, struct wane_round *round, bool full)
{
  struct collector *c = state;
  uint32_t g = full ? OLDEST : c->next;
  enter(c);
  if (g != NONE) collect_generation(c, round, g);
  c->next = NONE;
}

WANE_COLLECTOR_EXPORT = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "cpython",
    .help = "reference counting with CPython's generational cycle collector, "
            "world stopped",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_SCRATCH | WANE_NEED_WORLD_STOP | WANE_NEED_YOUNG_LARGE,
    .claims = WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE | WANE_CLAIM_WEAK,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .start = start,
    .stop = stop,
    .due = due,
    .young = young,
    .collect = collect,
};
