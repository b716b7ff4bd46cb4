// weak_fixture.h: objects, collectors and rules of the tests of weak things.
// SPDX-License-Identifier: MIT
//
// A rule is a test that runs on each collector that frees: those about cycles
// where cycles are found, those about two rounds where dead sets are condemned.
// Rounds come only when a test asks for them. When a rule is done everything is
// garbage, and must be gone after two collections.

#ifndef WANE_TESTS_WEAK_FIXTURE_H
#define WANE_TESTS_WEAK_FIXTURE_H

#include <check.h>

#include "one_round.h"

#include <wane/collector.h>
#include <wane/wane.h>

#include <string.h>

#define UNUSED __attribute__((unused))

static struct check_log log_ = CHECK_LOG_INIT;

// --- objects ----------------------------------------------------------------

#define NODES 40000

struct node {
  struct wane_object header;
  struct wane_slot a, b;
  uint64_t id; // from 1
};

enum kind { PLAIN, WEAK, FINAL, BOTH, GREEN, KINDS };
static const struct wane_type *types[KINDS];
static _Atomic uint8_t deaths[NODES], finals[NODES];
static _Atomic uint64_t born, died;

static struct node *node(wane_ref o)
{
  return (struct node *)(void *)o;
}

// A finalizer may have run, and its object be gone, before the collection that
// found it returns: what can be said at any time is the order.
static void on_death(wane_ref o)
{
  if (wane_type_of(o) == types[FINAL] || wane_type_of(o) == types[BOTH])
    CHECK_EQ(&log_, atomic_load(&finals[node(o)->id]), 1);
  atomic_fetch_add(&deaths[node(o)->id], 1);
  atomic_fetch_add(&died, 1);
}

static void (*_Atomic in_finalizer)(struct wane_mutator *m, wane_ref o);

static void finalize(struct wane_mutator *m, wane_ref o)
{
  atomic_fetch_add(&finals[node(o)->id], 1);
  void (*more)(struct wane_mutator *, wane_ref) = atomic_load(&in_finalizer);
  if (more) more(m, o);
}

static wane_ref make(struct wane_mutator *m, enum kind kind)
{
  wane_ref o = wane_alloc(m, types[kind]);
  assert_non_null(o);
  node(o)->id = atomic_fetch_add(&born, 1) + 1;
  assert_true(node(o)->id < NODES);
  return o;
}

static uint64_t id(wane_ref o)
{
  return node(o)->id;
}

static bool dead(uint64_t which)
{
  return atomic_load(&deaths[which]);
}

static void register_types(void)
{
  static const uint32_t offsets[] = {offsetof(struct node, a),
                                     offsetof(struct node, b)};
  static const char *const names[KINDS] = {"plain", "weak", "final", "both",
                                           "green"};
  for (int i = 0; i < KINDS; i++) {
    struct wane_type_spec spec = {
        .name = names[i],
        .size = sizeof(struct node),
        .n_refs = 2,
        .ref_offsets = offsets,
        .death = on_death,
        .acyclic = i == GREEN,
        .weakable = i == WEAK || i == BOTH || i == GREEN,
        .finalize = i == FINAL || i == BOTH ? finalize : NULL};
    assert_int_equal(wane_type_register(&spec, &types[i]), 0);
  }
}

// --- a test -----------------------------------------------------------------

struct entry {
  void (*body)(struct wane_mutator *m);
  const char *collector;
  bool verified;
};

static void run(void **state)
{
  const struct entry *e = *state;
  char error[256];
  struct wane_config config = {.round_ms = 3600000, .verify = e->verified};
  config.collector = wane_collector_open(e->collector, error, sizeof error);
  assert_non_null(config.collector);
  memset((void *)deaths, 0, sizeof deaths);
  memset((void *)finals, 0, sizeof finals);
  atomic_store(&born, 0);
  atomic_store(&died, 0);
  atomic_store(&in_finalizer, NULL);
  assert_int_equal(wane_start(&config, error, sizeof error), 0);
  register_types();
  struct wane_mutator *m = wane_thread_start("main");
  e->body(m);
  wane_finalizers_wait(m);
  if (config.collector->claims & WANE_CLAIM_WEAK) {
    wane_collect(m);
    wane_finalizers_wait(m);
    wane_collect(m);
    for (uint64_t i = 1; i <= atomic_load(&born); i++)
      if (atomic_load(&deaths[i]) != 1)
        fail_msg("object %" PRIu64 " died %u times", i,
                 atomic_load(&deaths[i]));
  }
  wane_thread_exit(m);
  wane_stop();
  check_assert_none(&log_);
}

UNUSED static void a_round(struct wane_mutator *m)
{
  wane_detach(m);
  one_round();
  wane_attach(m);
}

UNUSED static struct wane_weak *cell_of(struct wane_mutator *m, wane_ref o)
{
  struct wane_weak *cell = wane_weak_new(m, o, NULL, NULL);
  assert_non_null(cell);
  return cell;
}

UNUSED static void link_to(struct wane_mutator *m, wane_ref from, wane_ref to)
{
  wane_store(m, from, &node(from)->a, to);
}

// A ring of n; the first is of the kind, in r[0]; the others are plain.
UNUSED static void ring(struct wane_mutator *m, wane_ref *r, enum kind kind,
                        int n)
{
  WANE_ROOTS(m, last, 1);
  r[0] = last[0] = make(m, kind);
  for (int i = 1; i < n; i++) {
    wane_ref o = make(m, PLAIN);
    link_to(m, last[0], o);
    last[0] = o;
  }
  link_to(m, last[0], r[0]);
}

// --- all of them ------------------------------------------------------------

// On which collectors a rule holds.
// CONCURRENT: what dies by count is condemned, beside the program.
// VERIFIED, also: the verifier looks after each collection.
enum where { ALL = 1, CONCURRENT = 2, CYCLES = 4, NOGC = 8, VERIFIED = 16 };

struct rule {
  const char *sentence;
  void (*body)(struct wane_mutator *m);
  enum where where;
};

#define COLLECTORS 8
#define RULES_MAX 32

// As cmocka tests, those whose name contains the first argument; `also` may
// be NULL. Exit code for main.
static int run_rules(const struct rule *rules, size_t n_rules,
                     CMUnitTestFunction also, int argc, char **argv)
{
  static const struct {
    const char *name;
    unsigned where;
    bool counts;
  } collectors[COLLECTORS] = {
      {"rc", ALL | CONCURRENT, true},
      {"trial_deletion", ALL | CONCURRENT | CYCLES, true},
      {"trial_deletion_stw", ALL | CYCLES, true},
      {"cpython", ALL | CYCLES, true},
      {"concurrent_mark_sweep", ALL | CONCURRENT | CYCLES, true},
      {"satb_mark_sweep", ALL | CYCLES, false},
      {"mark_sweep_stw", ALL | CYCLES, false},
      {"nogc", NOGC, false}};
  static struct entry entries[RULES_MAX * COLLECTORS];
  static struct CMUnitTest tests[RULES_MAX * COLLECTORS + 1];
  static char names[RULES_MAX * COLLECTORS][128];
  const char *only = argc > 1 ? argv[1] : "";
  bool bare = !strcmp(wane_variety(), "bare"); // counts always
  size_t n = 0;
  for (size_t i = 0; i < n_rules; i++)
    for (size_t c = 0; c < COLLECTORS; c++) {
      if (!(rules[i].where & collectors[c].where)) continue;
      if (bare && !collectors[c].counts) continue;
      snprintf(names[n], sizeof names[n], "%s: %s", collectors[c].name,
               rules[i].sentence);
      if (!strstr(names[n], only)) continue;
      entries[n] = (struct entry){rules[i].body, collectors[c].name,
                                  rules[i].where & VERIFIED};
      tests[n] = (struct CMUnitTest){
          .name = names[n], .test_func = run, .initial_state = &entries[n]};
      n++;
    }
  if (also && !*only)
    tests[n++] = (struct CMUnitTest){.name = "at the end", .test_func = also};
  return _cmocka_run_group_tests("weak", tests, n, NULL, NULL);
}

#endif
