// run.c: one program under one schedule, from start to the last check.
// SPDX-License-Identifier: MIT
//
// What is checked, at each step: an object that a
// thread looks at is alive; an object that dies is in no thread's roots; one
// whose weak reference was read as NULL is never seen again; none dies or is
// finalized twice. At the end: everything that can be reached is alive, and
// when all is let go all of it dies. The runtime's own checks and its verifier
// are on as well.

#include "world.h"

#include <wane/numa.h>

#include <string.h>

// Anchors beside the operations'.
enum { BETWEEN = 0x10000, AFTER, END };

#define EACH_COLLECTOR(X)                                                      \
  X(rc) X(trial_deletion) X(trial_deletion_stw) X(cpython)                     \
  X(concurrent_mark_sweep) X(satb_mark_sweep) X(mark_sweep_stw)

// Linked under names of their own (explore.cmake).
#define X(name) extern const struct wane_collector explore_##name;
EACH_COLLECTOR(X)
#undef X

const struct wane_collector *run_collector(const char *name)
{
#define X(collector)                                                           \
  if (!strcmp(name, #collector)) return &explore_##collector;
  EACH_COLLECTOR(X)
#undef X
  return NULL;
}

// `then`: what names the decisions that come after them.
static void act(struct actor *a, const struct op_list *list, uint32_t times,
                uint32_t then)
{
  for (uint32_t turn = 0; turn < times; turn++)
    for (uint32_t i = 0; i < list->n; i++) {
      sched_anchor(PROGRAM_ANCHOR(turn, list->ops[i].id));
      sched_point('o', __builtin_return_address(0));
      operate(a, &list->ops[i]);
      if (!list->ops[i].quiet) wane_safepoint(a->m);
    }
  sched_anchor(then);
}

static void place(const struct actor *a)
{
  char error[256];
  if (wane_place((uint32_t)(a - world.actors), error, sizeof error))
    FAIL("%s", error);
}

static void *live(void *argument)
{
  struct actor *a = argument;
  sched_anchor(0);
  place(a);
  a->m = wane_thread_start(a->name);
  if (!a->m) return NULL; // it may be refused while no log chunk can be had
  {
    WANE_ROOTS(a->m, roots, PROGRAM_ROOTS);
    a->roots = roots;
    act(a, a->list, world.program->times, AFTER);
    a->roots = NULL;
  }
  wane_thread_exit(a->m);
  return NULL;
}

// --- the whole ---------------------------------------------------------------

static void push(wane_ref *stack, uint32_t *n, wane_ref o, bool *seen)
{
  look(o, "at the end", "what can be reached");
  if (!o || seen[thing_of(o)->id]) return;
  seen[thing_of(o)->id] = true;
  stack[(*n)++] = o;
}

// What can be reached from `o` and was not seen yet; each is looked at.
static void reach(wane_ref o, bool *seen)
{
  static wane_ref stack[THINGS]; // each comes onto it once
  uint32_t n = 0;
  push(stack, &n, o, seen);
  while (n) {
    struct thing *t = thing_of(stack[--n]);
    for (uint32_t i = 0; i < t->head.length; i++)
      push(stack, &n, wane_load(&t->slots[i]), seen);
  }
}

static void look_at_all(struct actor *a)
{
  static bool seen[THINGS];
  for (uint32_t i = 0; i < PROGRAM_ROOTS; i++) reach(a->roots[i], seen);
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    reach(wane_handle_get(world.handles[i]), seen);
}

// What a saturated count has made immortal is no leak, nor what it holds.
static void look_for_leaks(struct wane_mutator *m)
{
  static bool excused[THINGS];
  for (uint32_t id = 1; id <= world.born; id++)
    if (!world.dead[id] &&
        atomic_load(&world.objects[id]->own) & WANE_IMMORTAL)
      reach(world.objects[id], excused);
  // An ephemeron's value is held by its key; and the next one's by that.
  for (uint32_t i = 0; i < PROGRAM_EPHEMERONS * PROGRAM_EPHEMERONS; i++) {
    struct wane_ephemeron *e = world.ephemerons[i % PROGRAM_EPHEMERONS];
    wane_ref key = e ? wane_ephemeron_key(m, e) : NULL;
    if (key && excused[thing_of(key)->id])
      reach(wane_ephemeron_get(m, e), excused);
  }
  for (uint32_t id = 1; id <= world.born; id++)
    if (!world.dead[id] && !excused[id])
      FAIL("leak: object %u of %u is left after a collection at the end", id,
           world.born);
}

static void let_go(struct actor *a, const struct wane_collector *collector)
{
  struct wane_mutator *m = a->m;
  memset(a->roots, 0, PROGRAM_ROOTS * sizeof *a->roots);
  for (uint32_t turn = 0; turn < 3; turn++) { // finalizers may bring some back
    for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
      wane_handle_set(m, world.handles[i], NULL);
    wane_collect(m);
    wane_finalizers_wait(m);
  }
  if (collector->claims & WANE_CLAIM_COMPLETE) look_for_leaks(m);
  for (uint32_t i = 0; i < PROGRAM_CELLS; i++)
    if (world.cells[i]) wane_weak_free(m, world.cells[i]);
  for (uint32_t i = 0; i < world.n_retired; i++)
    wane_weak_free(m, world.retired[i]);
  for (uint32_t i = 0; i < PROGRAM_EPHEMERONS; i++)
    if (world.ephemerons[i]) wane_ephemeron_free(m, world.ephemerons[i]);
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    wane_handle_free(m, world.handles[i]);
}

static void run_main(struct actor *a, const struct wane_collector *collector)
{
  const struct program *p = world.program;
  WANE_ROOTS(a->m, roots, PROGRAM_ROOTS);
  a->roots = roots;
  for (uint32_t i = 0; i < PROGRAM_HANDLES; i++)
    world.handles[i] = wane_handle_new(a->m, NULL);
  act(a, &p->lists[0], 1, BETWEEN);
  sched_arm(true);
  for (uint32_t i = 1; i < PROGRAM_THREADS; i++) {
    struct actor *other = &world.actors[i];
    other->list = &p->lists[i + 1];
    snprintf(other->name, sizeof other->name, "%c", 'A' + (char)i - 1);
    if (other->list->n && pthread_create(&other->pthread, NULL, live, other))
      FAIL("no thread");
  }
  act(a, &p->lists[1], p->times, AFTER);
  for (uint32_t i = 1; i < PROGRAM_THREADS; i++) {
    if (!world.actors[i].list->n) continue;
    wane_detach(a->m);
    pthread_join(world.actors[i].pthread, NULL);
    wane_attach(a->m);
  }
  sched_arm(false);
  sched_anchor(END);
  look_at_all(a);
  let_go(a, collector);
  a->roots = NULL;
}

// --- nodes -------------------------------------------------------------------

static void open_nodes(const struct program *p, struct wane_numa_config *numa)
{
  static const char *const memory[] = {"local", "next-node", "interleave"};
  char source[64], error[256];
  snprintf(source, sizeof source, "synthetic:numa:%u pu:2", p->nodes);
  *numa = (struct wane_numa_config){
      .model = true, .count = true, .steal = p->steal % 4};
  numa->topology = wane_topology_open(source, error, sizeof error);
  if (!numa->topology) FAIL("%s", error);
  numa->placement = wane_placement_plan(numa->topology, "per-node",
                                        PROGRAM_THREADS, p->workers, error,
                                        sizeof error);
  if (!numa->placement ||
      wane_memory_parse(numa->topology, memory[p->memory % 3], &numa->objects,
                        error, sizeof error))
    FAIL("%s", error);
}

_Noreturn void run_program(const struct program *p,
                           const struct sched_setup *setup)
{
  static const char *const pacings[] = {NULL, "go,least=1m,step=1m"};
  char error[256];
  const struct wane_collector *collector = run_collector(p->collector);
  struct wane_config config = {.collector = collector,
                               .collector_options = p->options,
                               .pacing = pacings[p->pacing % 2],
                               .round_ms = UINT64_MAX,
                               .young_bytes = p->young,
                               .workers = p->workers,
                               .verify = p->verify,
                               .log_chunk = p->log_chunk,
                               .local_limit = p->local_limit,
                               .shared_limit = p->shared_limit,
                               .stress_alloc = p->stress_alloc,
                               .mark_slice = p->mark_slice,
                               .mark_bytes = p->mark_bytes,
                               .log_pool_bytes = p->log_pool,
                               .heap_limit = (uint64_t)256 << 20,
                               .event_ring = 16};
  struct wane_numa_config numa;
  world.program = p;
  sched_start(setup);
  if (p->nodes) {
    open_nodes(p, &numa);
    config.numa = &numa;
  }
  if (!collector) FAIL("no collector is called %s", p->collector);
  if (wane_start(&config, error, sizeof error)) FAIL("%s", error);
  register_types(collector->claims & WANE_CLAIM_WEAK);
  struct actor *a = &world.actors[0];
  snprintf(a->name, sizeof a->name, "main");
  place(a);
  a->m = wane_thread_start(a->name);
  if (!a->m) FAIL("no thread");
  run_main(a, collector);
  wane_thread_exit(a->m);
  wane_stop();
  sched_pass();
}
