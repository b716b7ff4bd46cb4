// graphs.c: all small graphs, and every short program on each of them.
// SPDX-License-Identifier: MIT
//
// Programs are taken in batches: all graphs of a batch are built, then all take
// their first step, and so on; so the collections between the steps cost
// little. After each collection what roots reach must be alive, and what is
// garbage, and claimed, must be gone. At the end the roots are dropped.
//
// One mutator. The space (small.h) is searched in order, so that the first
// program that fails is among the shortest; `from` and `to` run some of them.

#include "small.h"
#include "things.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTS, SLOTS, STEPS, KIND, BETWEEN, BATCH, FROM, TO, N_OPTIONS };
#define PROGRAMS_MAX (1 << 25)
static const struct wane_option options[N_OPTIONS] = {
    [OBJECTS] = {.name = "objects",
                 .type = WANE_OPTION_INT,
                 .value = "3",
                 .help = "in each graph",
                 .min = 1,
                 .max = SMALL_OBJECTS},
    [SLOTS] = {.name = "slots",
               .type = WANE_OPTION_INT,
               .value = "2",
               .help = "of each object",
               .min = 1,
               .max = SMALL_SLOTS},
    [STEPS] = {.name = "steps",
               .type = WANE_OPTION_INT,
               .value = "1",
               .help = "of each program: drop, store, load",
               .max = SMALL_STEPS,
               .min = 0},
    [KIND] = {.name = "kind",
              .type = WANE_OPTION_STRING,
              .value = "pair",
              .choices = "pair|traced|wide",
              .help = "how the collector finds the slots"},
    [BETWEEN] = {.name = "between",
                 .type = WANE_OPTION_BOOL,
                 .value = "yes",
                 .help = "collect between steps; no: at the end only"},
    [BATCH] = {.name = "batch",
               .type = WANE_OPTION_INT,
               .value = "4096",
               .help = "graphs that are in the heap together",
               .min = 1,
               .max = 1 << 20},
    [FROM] = {.name = "from",
              .type = WANE_OPTION_INT,
              .value = "0",
              .help = "the number of the first program",
              .min = 0,
              .max = PROGRAMS_MAX},
    [TO] = {.name = "to",
            .type = WANE_OPTION_INT,
            .value = "2^25",
            .help = "and of the one after the last, if there are so many",
            .min = 1,
            .max = PROGRAMS_MAX},
};

struct one {
  uint64_t program, first_id; // its objects have the numbers from there on
  struct small_graph graph;
};

struct graphs {
  struct small_space space;
  enum thing_kind kind;
  struct one *batch;
  size_t n; // in the batch now
  uint64_t done;
  struct wane_root_set set; // registers: `objects` for each of the batch
  _Atomic(wane_ref) *refs;
};

static uint64_t option(const struct wane_workload_run *run, int i)
{
  return (uint64_t)run->options[i].integer;
}

static wane_ref object(const struct graphs *g, size_t i, uint32_t o)
{
  return atomic_load(&g->refs[i * g->space.objects + o]);
}

static void put(struct graphs *g, size_t i, uint32_t o, wane_ref value)
{
  atomic_store(&g->refs[i * g->space.objects + o], value);
}

static void broken(const struct graphs *g, const struct one *one,
                   const char *when, uint32_t o, const char *what)
{
  char text[160];
  small_print(&g->space, one->program, text, sizeof text);
  things_fail("program %" PRIu64 " (%s): %s, %c %s", one->program, text, when,
              'a' + (int)o, what);
}

// --- a batch -----------------------------------------------------------------

static bool build(struct graphs *g, struct wane_mutator *m, size_t i)
{
  struct one *one = &g->batch[i];
  for (uint32_t o = 0; o < g->space.objects; o++) {
    wane_ref new = things_new(m, g->kind, g->space.slots);
    if (!new) return false;
    if (!o) one->first_id = thing_of(new)->id;
    put(g, i, o, new);
  }
  small_graph(&g->space, one->program, &one->graph);
  for (uint32_t o = 0; o < g->space.objects; o++)
    for (uint32_t k = 0; k < g->space.slots; k++) {
      uint8_t to = one->graph.slot[o][k];
      if (to == SMALL_NIL) continue;
      wane_ref owner = object(g, i, o);
      wane_store(m, owner, &thing_of(owner)->slots[k], object(g, i, to));
    }
  return true;
}

static void take(struct graphs *g, struct wane_mutator *m, size_t i,
                 uint32_t number)
{
  struct one *one = &g->batch[i];
  struct small_step step = small_step(&g->space, one->program, number);
  wane_ref o = object(g, i, step.object);
  uint8_t to = one->graph.slot[step.object][step.slot];
  small_take(&step, &one->graph);
  if (!things_id(o, "a register")) return;
  struct wane_slot *slot = &thing_of(o)->slots[step.slot];
  if (step.op == SMALL_DROP) {
    put(g, i, step.object, NULL);
  } else if (step.op == SMALL_SET) {
    wane_store(m, o, slot,
               step.target == SMALL_NIL ? NULL : object(g, i, step.target));
  } else {
    wane_ref value = wane_load(slot);
    if (things_id(value, "a slot") != one->first_id + to)
      broken(g, one, "at a load", to, "was not found");
    put(g, i, to, value);
  }
}

static void judge(const struct wane_workload_run *run, const struct graphs *g,
                  const struct one *one, const char *when)
{
  uint8_t reachable = small_reachable(&g->space, &one->graph);
  uint8_t due = run->complete   ? (uint8_t)~reachable
                : run->reclaims ? small_peeled(&g->space, &one->graph)
                                : 0;
  for (uint32_t o = 0; o < g->space.objects; o++) {
    bool dead = things_dead(one->first_id + o);
    if (dead && reachable >> o & 1)
      broken(g, one, when, o, "is reachable, but was freed");
    if (!dead && due >> o & 1)
      broken(g, one, when, o, "is garbage, but was not freed");
  }
}

static void collect(struct wane_workload_run *run, struct wane_mutator *m,
                    struct graphs *g, const char *when)
{
  wane_collect(m);
  for (size_t i = 0; i < g->n && !things_failed(); i++)
    judge(run, g, &g->batch[i], when);
}

static bool play(struct wane_workload_run *run, struct wane_mutator *m,
                 struct graphs *g)
{
  static const char *const after[] = {"after step 1", "after step 2",
                                      "after step 3", "after step 4"};
  bool between = run->options[BETWEEN].boolean;
  for (size_t i = 0; i < g->n; i++)
    if (!build(g, m, i)) return false;
  if (between) collect(run, m, g, "when it was built");
  for (uint32_t step = 0; step < g->space.steps && !things_failed(); step++) {
    for (size_t i = 0; i < g->n; i++) take(g, m, i, step);
    if (between) collect(run, m, g, after[step]);
  }
  if (!between) collect(run, m, g, "after the last step");
  for (size_t i = 0; i < g->n; i++) {
    for (uint32_t o = 0; o < g->space.objects; o++) put(g, i, o, NULL);
    g->batch[i].graph.rooted = 0;
  }
  collect(run, m, g, "when all was dropped");
  g->done += g->n;
  g->n = 0;
  return true;
}

static int body(struct wane_workload_run *run, struct wane_mutator *m,
                uint32_t index)
{
  struct graphs *g = run->state;
  uint64_t from = option(run, FROM), to = option(run, TO);
  bool memory = true;
  (void)index;
  if (to > g->space.n) to = g->space.n;
  g->done = g->n = 0;
  wane_root_set_add(m, &g->set);
  for (uint64_t i = from; i < to && memory && !things_failed(); i++) {
    if (small_valid(&g->space, i)) g->batch[g->n++].program = i;
    if (g->n == option(run, BATCH)) {
      run->progress(run, (double)(i - from) / (double)(to - from));
      memory = play(run, m, g);
    }
  }
  if (memory && g->n && !things_failed()) memory = play(run, m, g);
  wane_root_set_remove(m, &g->set);
  return memory ? 0 : ENOMEM;
}

// --- the workload ------------------------------------------------------------

static int refuse(struct wane_workload_run *run, const char *sentence)
{
  run->fail(run, "graphs: %s", sentence);
  return EINVAL;
}

static int prepare(struct wane_workload_run *run)
{
  struct graphs *g = calloc(1, sizeof *g);
  if (!g) return refuse(run, "no memory");
  run->state = g;
  run->mutators = 1;
  const char *kind = run->options[KIND].string;
  g->kind = !strcmp(kind, "wide")     ? THING_WIDE
            : !strcmp(kind, "traced") ? THING_TRACED
                                      : THING_PAIR;
  // Fixed kinds have two slots; what is not used of them stays empty.
  uint32_t objects = (uint32_t)option(run, OBJECTS);
  if (small_open(&g->space, objects, (uint32_t)option(run, SLOTS),
                 (uint32_t)option(run, STEPS)))
    return refuse(run, "no memory for the list of graphs");
  if (g->space.n > PROGRAMS_MAX)
    return refuse(run, "that are more than 33 million programs");
  if (option(run, FROM) >= g->space.n || option(run, FROM) >= option(run, TO))
    return refuse(run, "from, to: there are no such programs");
  size_t registers = option(run, BATCH) * objects;
  g->batch = calloc(option(run, BATCH), sizeof *g->batch);
  g->refs = calloc(registers, sizeof *g->refs);
  if (!g->batch || !g->refs) return refuse(run, "no memory for a batch");
  g->set.refs = g->refs;
  atomic_store(&g->set.n, registers);
  return 0;
}

static int setup(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct graphs *g = run->state;
  (void)m;
  if (run->options[TO].integer == run->options[FROM].integer + 1) {
    char text[160];
    small_print(&g->space, option(run, FROM), text, sizeof text);
    run->note(run, "program %" PRIu64 ": %s", option(run, FROM), text);
  }
  return things_start(run, g->space.n * g->space.objects);
}

static int check(struct wane_workload_run *run, struct wane_mutator *m)
{
  struct graphs *g = run->state;
  (void)m;
  run->report(run, "requests.count", "process", "total", "count",
              (double)g->done);
  return 0;
}

static void dispose(struct wane_workload_run *run)
{
  struct graphs *g = run->state;
  if (!g) return;
  things_stop();
  small_close(&g->space);
  free(g->batch);
  free(g->refs);
  free(g);
}

WANE_WORKLOAD_EXPORT = {
    .size = sizeof(struct wane_workload),
    .abi = WANE_WORKLOAD_ABI,
    .name = "graphs",
    .help = "every graph of a few objects, and every short program on it",
    .options = options,
    .n_options = N_OPTIONS,
    .prepare = prepare,
    .setup = setup,
    .body = body,
    .check = check,
    .dispose = dispose,
};
