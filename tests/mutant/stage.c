// stage.c: puppets, windows and checks of the mutant scenarios.
// SPDX-License-Identifier: MIT

#include "stage.h"

#include "../numa_model.h"
#include "round.h"

#include <wane/collector.h>
#include <wane/numa.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAMED_MAX 64
#define PUPPETS_MAX 8
#define PATIENCE_NS UINT64_C(8000000000) // for a window; the child has 20 s

extern const struct wane_collector wane_collector; // the linked one

static struct {
  const struct wane_type *node_type, *array_type, *weak_type, *final_type;
  // Objects with a name; ids are from 1. Filled by one thread at a time:
  // scenarios make named objects in turn.
  struct {
    const char *name;
    wane_ref object; // valid while it lives
    _Atomic uint32_t deaths, finalized;
    _Atomic uint32_t freed_by; // enum wane_freed_by
  } named[NAMED_MAX];
  uint32_t n_named;
  void (*_Atomic in_finalizer)(struct wane_mutator *m, wane_ref o);
  _Atomic uint64_t births, deaths;
  struct puppet puppets[PUPPETS_MAX];
  uint32_t n_puppets;
} stage;

// --- the end of a scenario ---------------------------------------------------

static _Noreturn void end(int code, const char *sentence)
{
  fprintf(stderr, "%s\n", sentence);
  fflush(stderr);
  _exit(code);
}

_Noreturn void fail(const char *format, ...)
{
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  end(STAGE_FAILED, text);
}

__attribute__((format(printf, 1, 2))) static _Noreturn void
miss(const char *format, ...)
{
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  end(STAGE_MISSED, text);
}

static void doze(void)
{
  nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

// Waits until the flag has the value; MISSED when it takes too long.
static void await(_Atomic bool *flag, bool value, const char *what)
{
  uint64_t start = wane__now_ns();
  while (atomic_load(flag) != value) {
    if (wane__now_ns() - start > PATIENCE_NS)
      miss("%s was waited for in vain", what);
    doze();
  }
}

// --- objects -----------------------------------------------------------------

static void died(uint32_t id)
{
  if (id < NAMED_MAX) {
    atomic_fetch_add(&stage.named[id].deaths, 1);
    atomic_store(&stage.named[id].freed_by, wane_freed_by());
  }
  atomic_fetch_add(&stage.deaths, 1);
}

static void node_died(wane_ref o)
{
  died(node(o)->id);
}

static void array_died(wane_ref o)
{
  died(array(o)->header.aux);
}

static void node_finalized(struct wane_mutator *m, wane_ref o)
{
  atomic_fetch_add(&stage.named[node(o)->id].finalized, 1);
  void (*more)(struct wane_mutator *, wane_ref) =
      atomic_load(&stage.in_finalizer);
  if (more) more(m, o);
}

void finalizer_set(void (*more)(struct wane_mutator *m, wane_ref o))
{
  atomic_store(&stage.in_finalizer, more);
}

static void register_types(void)
{
  static const uint32_t offsets[] = {offsetof(struct node, a),
                                     offsetof(struct node, b),
                                     offsetof(struct node, c)};
  struct wane_type_spec nodes = {.name = "node",
                                 .size = sizeof(struct node),
                                 .n_refs = 3,
                                 .ref_offsets = offsets,
                                 .death = node_died};
  struct wane_type_spec arrays = {.name = "array",
                                  .size = sizeof(struct wane_array),
                                  .array_offset = offsetof(struct array, slots),
                                  .death = array_died};
  struct wane_type_spec weak = nodes, final = nodes;
  weak.name = "weak";
  weak.weakable = true;
  final.name = "final";
  final.weakable = true;
  final.finalize = node_finalized;
  if (wane_collector.claims & WANE_CLAIM_WEAK &&
      (wane_type_register(&weak, &stage.weak_type) ||
       wane_type_register(&final, &stage.final_type)))
    miss("the weakable types were refused");
  if (wane_type_register(&nodes, &stage.node_type) ||
      wane_type_register(&arrays, &stage.array_type))
    miss("the types were refused");
}

static uint32_t name_it(wane_ref o, const char *name)
{
  if (!o || stage.n_named + 1 == NAMED_MAX) miss("no room for \"%s\"", name);
  uint32_t id = ++stage.n_named;
  stage.named[id].name = name;
  stage.named[id].object = o;
  atomic_fetch_add(&stage.births, 1);
  return id;
}

static wane_ref make(struct puppet *p, const struct wane_type *type,
                     size_t root, const char *name)
{
  wane_ref o = p->root[root] = wane_alloc(p->m, type);
  node(o)->id = name_it(o, name);
  return o;
}

wane_ref make_node(struct puppet *p, size_t root, const char *name)
{
  return make(p, stage.node_type, root, name);
}

wane_ref make_node_at(struct puppet *p, size_t root, const char *name,
                      uint32_t home)
{
  do p->root[root] = make_nameless(p);
  while (wane_numa_home(p->root[root]) != home);
  atomic_fetch_sub(&stage.births, 1); // counted with its name
  node(p->root[root])->id = name_it(p->root[root], name);
  return p->root[root];
}

wane_ref make_weak(struct puppet *p, size_t root, const char *name)
{
  return make(p, stage.weak_type, root, name);
}

wane_ref make_final(struct puppet *p, size_t root, const char *name)
{
  return make(p, stage.final_type, root, name);
}

wane_ref make_wide(struct puppet *p, size_t root, const char *name,
                   uint32_t slots)
{
  wane_ref o = p->root[root] =
      wane_alloc_array(p->m, stage.array_type, slots, 0);
  array(o)->header.aux = name_it(o, name);
  return o;
}

wane_ref make_array(struct puppet *p, size_t root, const char *name)
{
  return make_wide(p, root, name, STAGE_SLOTS);
}

wane_ref make_nameless(struct puppet *p)
{
  wane_ref o = wane_alloc(p->m, stage.node_type);
  if (!o) miss("no memory for a node");
  atomic_fetch_add(&stage.births, 1);
  return o;
}

void drop_roots(struct puppet *p)
{
  for (int i = 0; i < PUPPET_ROOTS; i++) p->root[i] = NULL;
}

// --- puppets -----------------------------------------------------------------

static void *live(void *context)
{
  struct puppet *p = context;
  char error[256];
  if (wane_place((uint32_t)(p - stage.puppets), error, sizeof error))
    miss("puppet \"%s\": %s", p->name, error);
  p->m = wane_thread_start(p->name);
  if (!p->m) miss("puppet \"%s\" could not start", p->name);
  p->root = wane_roots_push(p->m, PUPPET_ROOTS);
  while (!atomic_load(&p->quit)) {
    void (*act)(struct puppet *) = atomic_load(&p->act);
    if (act) {
      act(p);
      atomic_store(&p->act, NULL);
    }
    wane_safepoint(p->m);
    doze();
  }
  wane_roots_pop(p->m, p->root);
  wane_thread_exit(p->m);
  return NULL;
}

static void nothing(struct puppet *p)
{
  (void)p;
}

struct puppet *puppet_start(const char *name)
{
  if (stage.n_puppets == PUPPETS_MAX) miss("no room for puppet %s", name);
  struct puppet *p = &stage.puppets[stage.n_puppets++];
  p->name = name;
  if (pthread_create(&p->thread, NULL, live, p))
    miss("no thread for puppet %s", name);
  puppet_call(p, nothing); // it is a mutator from here on
  return p;
}

void puppet_stop(struct puppet *p)
{
  if (atomic_exchange(&p->quit, true)) return;
  pthread_join(p->thread, NULL);
}

void puppet_post(struct puppet *p, void (*act)(struct puppet *))
{
  void (*none)(struct puppet *) = NULL;
  if (!atomic_compare_exchange_strong(&p->act, &none, act))
    miss("puppet %s is busy", p->name);
}

void puppet_wait(struct puppet *p)
{
  uint64_t start = wane__now_ns();
  while (atomic_load(&p->act)) {
    if (wane__now_ns() - start > PATIENCE_NS)
      miss("puppet %s did not finish its act", p->name);
    doze();
  }
}

void puppet_call(struct puppet *p, void (*act)(struct puppet *))
{
  puppet_post(p, act);
  puppet_wait(p);
}

static struct numa_model model; // of the environment; this process has one

void stage_start(const struct wane_config *more)
{
  struct wane_config config = more ? *more : (struct wane_config){0};
  char error[256];
  if (!config.collector) config.collector = &wane_collector;
  config.round_ms = 3600000; // none but those that are asked for
  if (!config.numa) numa_model_wanted(&model, &config);
  if (wane_start(&config, error, sizeof error)) miss("%s", error);
  register_types();
}

void stage_stop(void)
{
  hook_set(NULL);
  for (uint32_t i = 0; i < stage.n_puppets; i++) puppet_stop(&stage.puppets[i]);
  wane_stop();
  numa_model_close(&model);
}

// --- rounds ------------------------------------------------------------------

// Not wane__round_wait: woken early, it may ask for a second round.
void one_round(void)
{
  uint64_t start = wane__now_ns(), before = wane__round_ended();
  wane__round_request(WANE_CAUSE_USER);
  while (wane__round_ended() == before) {
    if (wane__now_ns() - start > PATIENCE_NS) miss("a round does not end");
    doze();
  }
}

void wait_for_a_round(struct puppet *p)
{
  uint64_t start = wane__now_ns(), before = wane__round_ended();
  while (wane__round_ended() == before) {
    if (wane__now_ns() - start > PATIENCE_NS) miss("no round ended");
    wane_safepoint(p->m);
    doze();
  }
}

void settle(void)
{
  one_round();
  one_round();
}

void collect(void)
{
  wane_collect_foreign();
}

void hook_set(void (*hook)(int place))
{
  atomic_store(&wane__yield_hook, hook);
}

bool gate_once(struct gate *g)
{
  return !atomic_exchange(&g->reached, true);
}

void gate_park(struct gate *g)
{
  atomic_store(&g->reached, true);
  await(&g->open, true, "the opening of a gate");
}

void gate_await(struct gate *g)
{
  await(&g->reached, true, "a thread at a gate");
}

void gate_open(struct gate *g)
{
  atomic_store(&g->open, true);
}

void gate_expect(struct gate *g)
{
  if (!atomic_load(&g->reached)) miss("the window was not reached");
}

// --- checks ------------------------------------------------------------------

static uint32_t id_of(const char *name)
{
  for (uint32_t id = 1; id <= stage.n_named; id++)
    if (!strcmp(stage.named[id].name, name)) return id;
  miss("the scenario has no object \"%s\"", name);
}

void expect_live(const char *name)
{
  if (atomic_load(&stage.named[id_of(name)].deaths))
    fail("%s died, although it was reachable", name);
}

void expect_dead(const char *name)
{
  uint32_t deaths = atomic_load(&stage.named[id_of(name)].deaths);
  if (!deaths) fail("%s leaked: it was dropped, and did not die", name);
  if (deaths > 1) fail("%s died %u times", name, deaths);
}

void expect_freed_by(const char *name, enum wane_freed_by by)
{
  expect_dead(name);
  uint32_t said = atomic_load(&stage.named[id_of(name)].freed_by);
  if (said != by)
    fail("%s was freed by %u, it is said, expected %u", name, said, by);
}

void expect_count(const char *name, int64_t count)
{
  expect_live(name);
  int64_t now = wane_count_of(stage.named[id_of(name)].object);
  if (now != count)
    fail("%s has the count %lld, expected %lld", name, (long long)now,
         (long long)count);
}

void expect_finalized(const char *name, uint32_t times)
{
  uint32_t ran = atomic_load(&stage.named[id_of(name)].finalized);
  if (ran != times)
    fail("%s was finalized %u times, expected %u", name, ran, times);
}

void expect_nothing_left(void)
{
  for (uint32_t id = 1; id <= stage.n_named; id++)
    expect_dead(stage.named[id].name);
  uint64_t births = atomic_load(&stage.births);
  uint64_t deaths = atomic_load(&stage.deaths);
  if (births != deaths)
    fail("%llu births, but %llu deaths", (unsigned long long)births,
         (unsigned long long)deaths);
}
