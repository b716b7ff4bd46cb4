// world.c: starting and ending a runtime for a test; things; threads.
// SPDX-License-Identifier: MIT

#include "world.h"

#include <numa_model.h>

#include <string.h>

struct check_log world_log = CHECK_LOG_INIT;
struct world world;

// A mutant's build links its collector instead of loading it.
#ifdef WORLD_COLLECTOR
extern const struct wane_collector WORLD_COLLECTOR;
#endif

enum { DEAD = 1, HELD = 2, FINALIZED = 4 };
static _Atomic uint8_t fate[WORLD_IDS];
static _Atomic uint64_t born, died;
static void (*_Atomic finalize_hook)(struct wane_mutator *m, wane_ref o);
static const struct wane_type *types[THING_TYPES];

static uint64_t canary_of(uint64_t id)
{
  return (id ^ UINT64_C(0x57616e6557616e65)) * UINT64_C(0x9e3779b97f4a7c15);
}

// --- things ------------------------------------------------------------------

static void on_death(wane_ref o)
{
  struct thing *t = thing_of(o);
  if (t->canary != canary_of(t->id) || t->id >= WORLD_IDS) {
    check_record(&world_log, __FILE__, __LINE__,
                 "an object with a broken canary dies (number %" PRIu64 ")",
                 t->id);
    return;
  }
  uint8_t before = atomic_fetch_or(&fate[t->id], DEAD);
  if (before & DEAD)
    check_record(&world_log, __FILE__, __LINE__,
                 "object %" PRIu64 " dies twice", t->id);
  if (before & HELD)
    check_record(&world_log, __FILE__, __LINE__,
                 "object %" PRIu64 " dies while it is reachable", t->id);
  atomic_fetch_add(&died, 1);
}

static void on_finalize(struct wane_mutator *m, wane_ref o)
{
  uint64_t id = world_id(o);
  if (id && atomic_fetch_or(&fate[id], FINALIZED) & FINALIZED)
    check_record(&world_log, __FILE__, __LINE__,
                 "object %" PRIu64 " is finalized twice", id);
  void (*hook)(struct wane_mutator *, wane_ref) = atomic_load(&finalize_hook);
  if (hook) hook(m, o);
}

bool world_finalized(uint64_t id)
{
  return atomic_load(&fate[id]) & FINALIZED;
}

void world_on_finalize(void (*hook)(struct wane_mutator *m, wane_ref o))
{
  atomic_store(&finalize_hook, hook);
}

static void trace_slots(wane_ref o, wane_visit visit, void *context)
{
  for (uint32_t i = 0; i < THING_FIXED; i++) visit(thing_slot(o, i), context);
}

static void register_types(void)
{
  static const uint32_t offsets[THING_FIXED] = {40, 48, 56};
  const uint32_t head = sizeof(struct thing);
  const uint32_t fixed = head + THING_FIXED * sizeof(struct wane_slot);
  const struct wane_type_spec specs[THING_TYPES] = {
      [THING_PAIR] = {.name = "pair",
                      .size = fixed,
                      .n_refs = THING_FIXED,
                      .ref_offsets = offsets,
                      .death = on_death},
      [THING_TRACED] = {.name = "traced",
                        .size = fixed,
                        .trace = trace_slots,
                        .death = on_death},
      [THING_WIDE] = {.name = "wide",
                      .size = head,
                      .array_offset = head,
                      .death = on_death},
      [THING_LEAF] = {.name = "leaf",
                      .size = head,
                      .acyclic = true,
                      .death = on_death},
      [THING_WEAK] = {.name = "weak",
                      .size = fixed,
                      .n_refs = THING_FIXED,
                      .ref_offsets = offsets,
                      .weakable = true,
                      .death = on_death},
      [THING_FINAL] = {.name = "final",
                       .size = fixed,
                       .n_refs = THING_FIXED,
                       .ref_offsets = offsets,
                       .weakable = true,
                       .finalize = on_finalize,
                       .death = on_death},
  };
  for (int i = 0; i < (world.weak ? THING_TYPES : THING_KINDS); i++)
    assert_int_equal(wane_type_register(&specs[i], &types[i]), 0);
}

wane_ref world_new(struct wane_mutator *m, enum thing_kind kind, uint32_t n)
{
  wane_ref o = kind == THING_WIDE ? wane_alloc_array(m, types[kind], n, 0)
                                  : wane_alloc(m, types[kind]);
  if (!o) return NULL;
  struct thing *t = thing_of(o);
  t->id = atomic_fetch_add(&born, 1) + 1;
  if (t->id >= WORLD_IDS) {
    fprintf(stderr, "world: more than %" PRIu64 " things\n", WORLD_IDS);
    abort();
  }
  t->canary = canary_of(t->id);
  t->head.aux = kind;
  if (kind != THING_WIDE)
    t->head.length = kind == THING_LEAF ? 0 : THING_FIXED;
  for (uint32_t i = 0; i < t->head.length; i++)
    if (wane_load(&t->slots[i])) {
      check_record(&world_log, __FILE__, __LINE__,
                   "slot %u of a new object is not NULL", i);
      break;
    }
  return o;
}

wane_ref world_need(struct wane_mutator *m, enum thing_kind kind, uint32_t n)
{
  wane_ref o = world_new(m, kind, n);
  if (o) return o;
  fprintf(stderr, "world: the heap is full, after %" PRIu64 " things\n",
          world_born());
  abort();
}

bool world_check(wane_ref o)
{
  struct thing *t = thing_of(o);
  uint64_t id = t->id;
  if (id == 0 || id >= WORLD_IDS || t->canary != canary_of(id)) {
    check_record(&world_log, __FILE__, __LINE__,
                 "a reference to what is no object (number %" PRIu64 ")", id);
    return false;
  }
  if (!world_dead(id)) return true;
  check_record(&world_log, __FILE__, __LINE__,
               "a reference to object %" PRIu64 ", which was freed", id);
  return false;
}

uint64_t world_id(wane_ref o)
{
  return o && world_check(o) ? thing_of(o)->id : 0;
}

bool world_dead(uint64_t id)
{
  return atomic_load(&fate[id]) & DEAD;
}

uint64_t world_born(void)
{
  return atomic_load(&born);
}

uint64_t world_died(void)
{
  return atomic_load(&died);
}

void world_hold(uint64_t id)
{
  if (atomic_fetch_or(&fate[id], HELD) & DEAD)
    check_record(&world_log, __FILE__, __LINE__,
                 "object %" PRIu64 " is reachable, but was freed", id);
}

void world_let_go(uint64_t id)
{
  atomic_fetch_and(&fate[id], (uint8_t)~HELD);
}

// --- nodes -------------------------------------------------------------------

static struct numa_model model; // of the environment
static _Atomic uint32_t placed; // threads of world_spawn

static void place(void)
{
  char error[256];
  uint32_t index = atomic_fetch_add(&placed, 1) % NUMA_MODEL_MUTATORS;
  if (wane_place(index, error, sizeof error))
    check_record(&world_log, __FILE__, __LINE__, "%s", error);
}

// --- life --------------------------------------------------------------------

static const struct wane_collector *open_collector(const char *name)
{
  if (!name) return NULL;
#ifdef WORLD_COLLECTOR
  return &WORLD_COLLECTOR;
#else
  char error[256];
  const struct wane_collector *c =
      wane_collector_open(name, error, sizeof error);
  if (!c) fail_msg("%s", error);
  return c;
#endif
}

void world_start(const struct world_setup *setup)
{
  char error[256];
  struct wane_config config = setup->config;
  if (!config.numa) numa_model_wanted(&model, &config);
  if (!config.collector) config.collector = open_collector(setup->collector);
  // A bounded heap: a test that leaks ends with a sentence, not the machine.
  if (!config.heap_limit) config.heap_limit = (uint64_t)1 << 30;
  world = (struct world){.counts = true, .acyclic = true, .weak = true};
  if (config.collector) {
    world.counts = config.collector->barrier == WANE_BARRIER_RC_LOG;
    world.acyclic = config.collector->claims & WANE_CLAIM_ACYCLIC;
    world.complete = config.collector->claims & WANE_CLAIM_COMPLETE;
    bool frees = world.counts || config.collector->collect;
    world.weak = !frees || config.collector->claims & WANE_CLAIM_WEAK;
  }
  memset((void *)fate, 0, world_born() + 1);
  atomic_store(&born, 0);
  atomic_store(&died, 0);
  world_on_finalize(NULL);
  if (wane_start(&config, error, sizeof error)) fail_msg("%s", error);
  register_types();
}

void world_stop(void)
{
  wane_stop();
  numa_model_close(&model);
  check_assert_none(&world_log);
}

#define NAMES_MAX 16
static const char *names[NAMES_MAX + 1];

static void take_name(const char *name, const char *path, void *context)
{
  (void)path;
  size_t *n = context;
  if (*n < NAMES_MAX) names[(*n)++] = strdup(name);
}

const char *const *world_collectors(void)
{
  size_t n = 0;
  if (names[0]) return names;
  wane_plugin_list("collectors", take_name, &n);
  if (!n) {
    fprintf(stderr, "no collector is built: nothing to test\n");
    exit(3);
  }
  return names;
}

// --- threads -----------------------------------------------------------------

static void *thread_main(void *argument)
{
  struct world_thread *t = argument;
  place();
  struct wane_mutator *m = wane_thread_start(t->name);
  if (!CHECK(&world_log, m != NULL)) return NULL;
  t->body(m, t->argument);
  wane_thread_exit(m);
  return NULL;
}

void world_spawn(struct world_thread *t)
{
  int error = pthread_create(&t->thread, NULL, thread_main, t);
  if (error) {
    fprintf(stderr, "no thread: %s\n", strerror(error));
    abort();
  }
}

void world_join(struct wane_mutator *m, struct world_thread *t)
{
  if (m) wane_detach(m);
  pthread_join(t->thread, NULL);
  if (m) wane_attach(m);
}

uint64_t world_scaled(uint64_t n)
{
  uint64_t divisor = 1;
  if (!strcmp(wane_variety(), "checked")) divisor = 8;
  if (!strcmp(wane_variety(), "tsan")) divisor = 16;
  return n / divisor ? n / divisor : 1;
}
