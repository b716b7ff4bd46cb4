// test_cpython.c: which generation is collected when, and what is in it.
// SPDX-License-Identifier: MIT
//
// A collection says how many members it looked at (wane_stats), which is the
// size of the generations it took. Rounds come only when they are asked for,
// so every number is exact: first sequences worked out by hand from CPython's
// rules, then random programs beside a model of them.

#include <check.h>

#include <wane/collector.h>
#include <wane/wane.h>

#include "one_round.h"

#include <string.h>

#define NEVER 1000000000
#define ROOTS 1024

struct box {
  struct wane_object header;
  struct wane_slot next;
};

static struct {
  const struct wane_type *box, *array;
  const struct wane_type *wide; // a box of which few fill a block
  struct wane_mutator *m;
  wane_ref *root; // ROOTS of them
  struct wane_stats before;
} t;

static void start(const char *options, const struct wane_config *more)
{
  static const uint32_t offsets[] = {offsetof(struct box, next)};
  const struct wane_type_spec boxes = {.name = "box",
                                       .size = sizeof(struct box),
                                       .n_refs = 1,
                                       .ref_offsets = offsets};
  struct wane_type_spec wide = boxes;
  wide.name = "wide";
  wide.size = 1024;
  const struct wane_type_spec arrays = {
      .name = "array", .size = 24, .array_offset = 24};
  struct wane_config config = more ? *more : (struct wane_config){0};
  char error[256];
  config.collector = wane_collector_open("cpython", error, sizeof error);
  if (!config.collector) fail_msg("%s", error);
  config.collector_options = options;
  config.young_bytes = config.round_ms = NEVER;
  config.verify = UINT32_MAX; // its rounds are not in the model
  if (wane_start(&config, error, sizeof error)) fail_msg("%s", error);
  assert_int_equal(wane_type_register(&boxes, &t.box), 0);
  assert_int_equal(wane_type_register(&wide, &t.wide), 0);
  assert_int_equal(wane_type_register(&arrays, &t.array), 0);
  t.m = wane_thread_start("main");
  assert_non_null(t.m);
  t.root = wane_roots_push(t.m, ROOTS);
  wane_stats_read(&t.before);
}

static void finish(void)
{
  wane_roots_pop(t.m, t.root);
  wane_collect(t.m);
  wane_thread_exit(t.m);
  wane_stop();
}

static struct wane_slot *next(wane_ref o)
{
  return &((struct box *)(void *)o)->next;
}

static struct wane_slot *element(wane_ref o, size_t i)
{
  return (struct wane_slot *)(void *)((char *)o + 24) + i;
}

// What has happened since this was asked last.
struct news {
  uint64_t collections, members, freed, died;
};

static struct news news(void)
{
  struct wane_stats now;
  wane_stats_read(&now);
  struct news n = {now.cycle_collections - t.before.cycle_collections,
                   now.cycle_candidates - t.before.cycle_candidates,
                   now.freed_objects_cycle - t.before.freed_objects_cycle,
                   now.freed_objects_rc - t.before.freed_objects_rc};
  t.before = now;
  return n;
}

static struct news a_round(void)
{
  wane_detach(t.m);
  one_round();
  wane_attach(t.m);
  return news();
}

static struct news a_full_collection(void)
{
  wane_collect(t.m);
  return news();
}

// `n` more containers in a chain that starts at the first free root.
static void grow(size_t n)
{
  size_t at = 0;
  while (t.root[at]) at++;
  assert_true(at < ROOTS - 1);
  for (size_t i = 0; i < n; i++) {
    wane_ref o = wane_alloc(t.m, t.box);
    assert_non_null(o);
    wane_init(t.m, o, next(o), t.root[at]);
    t.root[at] = o;
  }
}

// Makes generation 0 exceed its threshold: collected in the second round.
// Returns how many members the collection looked at.
static uint64_t grow_and_collect(size_t n)
{
  grow(n);
  assert_int_equal(a_round().collections, 0);
  struct news collected = a_round();
  assert_int_equal(collected.collections, 1);
  return collected.members;
}

// --- thresholds --------------------------------------------------------------

static void more_than_700_start_a_collection(void **state)
{
  (void)state;
  start(NULL, NULL);
  grow(700);
  assert_int_equal(a_round().collections, 0);
  assert_int_equal(a_round().collections, 0);
  grow(1);
  assert_int_equal(a_round().collections, 0); // now it is known
  struct news n = a_round();
  assert_int_equal(n.collections, 1);
  assert_int_equal(n.members, 701);
  assert_int_equal(a_round().collections, 0); // they are in generation 1
  finish();
}

static void the_dead_and_the_acyclic_do_not_count(void **state)
{
  (void)state;
  start("threshold0=100", NULL);
  const struct wane_type_spec spec = {
      .name = "atom", .size = 16, .acyclic = true};
  const struct wane_type *atom;
  assert_int_equal(wane_type_register(&spec, &atom), 0);
  grow(100);
  for (int i = 1; i < 200; i++) t.root[i] = wane_alloc(t.m, atom);
  for (int i = 0; i < 500; i++) assert_non_null(wane_alloc(t.m, t.box));
  assert_int_equal(a_round().died, 500);
  assert_int_equal(a_round().collections, 0);
  grow(50); // 150, of which 100 are about to die
  t.root[0] = NULL;
  assert_int_equal(a_round().died, 100);
  assert_int_equal(a_round().collections, 0);
  finish();
}

static void none_is_collected_unasked_without_a_threshold(void **state)
{
  (void)state;
  start("threshold0=0", NULL);
  grow(5000);
  for (int i = 0; i < 3; i++) assert_int_equal(a_round().collections, 0);
  struct news n = a_full_collection();
  assert_int_equal(n.collections, 1);
  assert_int_equal(n.members, 5000);
  finish();
}

// 701 at a time: generation 0 eleven times, then 1; that eleven times, then 2.
static void the_defaults_are_700_10_and_10(void **state)
{
  (void)state;
  start(NULL, NULL);
  for (uint64_t i = 1; i <= 133; i++) {
    uint64_t with_older = i % 12 ? 1 : 12; // of the last twelve batches
    if (i == 133) with_older = 133;
    assert_int_equal(grow_and_collect(701), with_older * 701);
  }
  // Everything is old, and all counting starts again.
  for (int i = 1; i <= 12; i++)
    assert_int_equal(grow_and_collect(701), i < 12 ? 701 : 12 * 701);
  finish();
}

// --- the oldest --------------------------------------------------------------

// 100 have survived a full collection; then generation 1 is collected three
// times with a, b and c members. Returns how many the next one looks at, which
// starts with 4 young ones: 4, or all.
static uint64_t after_three(const char *options, size_t a, size_t b, size_t c)
{
  start(options, NULL);
  grow(100);
  assert_int_equal(a_full_collection().members, 100);
  const size_t members[] = {a, b, c};
  for (int i = 0; i < 3; i++) {
    assert_int_equal(grow_and_collect(4), 4);
    assert_int_equal(grow_and_collect(members[i] - 4), members[i]);
  }
  uint64_t looked_at = grow_and_collect(4);
  finish();
  return looked_at;
}

static void the_oldest_wait_until_a_quarter_is_new(void **state)
{
  (void)state;
  static const char thresholds[] = "threshold0=1,threshold1=0,threshold2=0";
  assert_int_equal(after_three(thresholds, 8, 8, 8), 4);
  assert_int_equal(after_three(thresholds, 8, 8, 9), 100 + 25 + 4);
}

static void the_quarter_is_an_option(void **state)
{
  (void)state;
  assert_int_equal(after_three("threshold0=1,threshold1=0,threshold2=0,"
                               "long_lived_share=0.31",
                               10, 10, 10),
                   4);
  assert_int_equal(after_three("threshold0=1,threshold1=0,threshold2=0,"
                               "long_lived_share=0.31",
                               10, 10, 11),
                   100 + 31 + 4);
}

// Half of the survivors die by count: what waits is what has become old, dead
// or not, as in CPython; what is looked at is what is left.
static void what_died_since_is_not_looked_at(void **state)
{
  (void)state;
  start("threshold0=1,threshold1=0,threshold2=0", NULL);
  grow(40); // root 0
  grow(60);
  assert_int_equal(a_full_collection().members, 100);
  assert_int_equal(grow_and_collect(4), 4);
  assert_int_equal(grow_and_collect(21), 25);
  t.root[0] = NULL;
  assert_int_equal(a_round().died, 40);
  assert_int_equal(grow_and_collect(4), 60 + 25 + 4);
  finish();
}

// --- what is looked at -------------------------------------------------------

static wane_ref large(size_t root)
{
  t.root[root] = wane_alloc_array(t.m, t.array, 9000, 0);
  assert_non_null(t.root[root]);
  return t.root[root];
}

static uint64_t live(void)
{
  struct wane_stats now;
  wane_stats_read(&now);
  return now.live_objects;
}

// Large objects in cycles of every kind, closed early or late, held by roots
// alone when they are handed over.
static void large_objects_are_members(void **state)
{
  (void)state;
  for (int rounds = 0; rounds < 3; rounds++) {
    start(NULL, NULL);
    wane_ref o[8];
    for (size_t i = 0; i < 6; i++) o[i] = large(i);
    for (size_t i = 6; i < 8; i++) {
      t.root[i] = o[i] = wane_alloc(t.m, t.box);
      assert_non_null(o[i]);
    }
    for (int i = 0; i < rounds; i++) a_round();
    wane_store(t.m, o[0], element(o[0], 8999), o[0]); // itself
    wane_store(t.m, o[1], element(o[1], 0), o[2]);    // each other
    wane_store(t.m, o[2], element(o[2], 7000), o[1]);
    wane_store(t.m, o[3], element(o[3], 1), o[6]); // a small one
    wane_store(t.m, o[6], next(o[6]), o[3]);
    wane_store(t.m, o[1], element(o[1], 5), o[4]); // hangs from a cycle
    wane_store(t.m, o[5], element(o[5], 5), o[7]); // stays
    for (size_t i = 0; i < 8; i++)
      if (i != 5) t.root[i] = NULL;
    struct news n = a_full_collection();
    assert_int_equal(n.freed + n.died, 6);
    assert_in_range(n.freed, 5, 6); // what hangs from a cycle may go either way
    assert_int_equal(live(), 2);
    t.root[5] = NULL;
    n = a_full_collection();
    assert_int_equal(n.died, 2);
    assert_int_equal(live(), 0);
    finish();
  }
}

// Counts of an immortal object say nothing: it stays, and what it reaches.
static void an_immortal_member_is_held(void **state)
{
  (void)state;
  start(NULL, &(struct wane_config){.local_limit = 2, .shared_limit = 16});
  wane_ref keeper = t.root[0] = wane_alloc_array(t.m, t.array, 64, 0);
  wane_ref o = t.root[1] = wane_alloc(t.m, t.box);
  assert_int_equal(a_full_collection().members, 2);
  for (size_t i = 0; i < 64; i++)
    wane_store(t.m, keeper, element(keeper, i), o);
  wane_store(t.m, o, next(o), keeper);
  t.root[0] = t.root[1] = NULL;
  for (int i = 0; i < 2; i++) {
    struct news n = a_full_collection();
    assert_int_equal(n.members, 2);
    assert_int_equal(n.freed, 0);
  }
  assert_int_equal(live(), 2);
  finish();
}

// --- a model -----------------------------------------------------------------

struct model {
  struct check_random random;
  size_t threshold[3], since[3];
  double share;
  uint64_t members[3]; // alive, or dead cycles that nobody has freed
  uint64_t cycles[3];  // the latter
  uint64_t total, pending;
  int chosen; // for the next round, or -1
  // What root i holds: its generation, and is it a cycle?
  int generation[ROOTS];
  bool cycle[ROOTS];
};

static size_t below(struct model *model, size_t n)
{
  return check_below(&model->random, n);
}

static void model_choose(struct model *o)
{
  o->chosen = -1;
  if (!o->threshold[0] || o->members[0] <= o->threshold[0]) return;
  o->chosen = 0;
  if (o->since[1] > o->threshold[1]) o->chosen = 1;
  if (o->since[2] > o->threshold[2] &&
      (double)o->pending >= o->share * (double)o->total)
    o->chosen = 2;
}

// A collection of generation g; what it should say.
static struct news model_collect(struct model *o, int g)
{
  struct news n = {.collections = 1};
  for (int k = 0; k <= g; k++) {
    n.members += o->members[k];
    n.freed += o->cycles[k];
    o->members[k] = o->cycles[k] = o->since[k] = 0;
  }
  int to = g < 2 ? g + 1 : 2;
  o->members[to] += n.members - n.freed;
  if (g < 2) o->since[g + 1]++;
  if (g == 1) o->pending += n.members - n.freed;
  if (g == 2) {
    o->pending = 0;
    o->total = o->members[2];
  }
  for (size_t i = 0; i < ROOTS; i++)
    if (o->generation[i] <= g) o->generation[i] = to;
  return n;
}

// Before a round: some are born, some of those and of the others dropped.
// Returns how many of the born and the old die by count. They are wide, so
// cells are soon used again, and old entries of the lists name new objects.
static uint64_t live_a_little(struct model *o)
{
  uint64_t died = 0;
  size_t births = below(o, 2 * o->threshold[0] + 4);
  for (size_t i = 0; i < ROOTS; i++) {
    if (t.root[i]) {
      if (below(o, 12)) continue;
      t.root[i] = NULL;
      if (o->cycle[i]) {
        o->cycles[o->generation[i]]++;
      } else {
        o->members[o->generation[i]]--;
        died++;
      }
    } else if (births) {
      births--;
      wane_ref b = t.root[i] = wane_alloc(t.m, t.wide);
      assert_non_null(b);
      o->cycle[i] = !below(o, 3);
      if (o->cycle[i]) wane_store(t.m, b, next(b), b);
      bool dropped = !below(o, 4);
      if (dropped) t.root[i] = NULL;
      if (dropped && !o->cycle[i]) {
        died++;
        continue;
      }
      o->members[0]++; // a dead cycle enters too
      if (dropped) o->cycles[0]++;
      o->generation[i] = 0;
    }
  }
  return died;
}

static void compare(struct news is, struct news expected)
{
  assert_int_equal(is.collections, expected.collections);
  assert_int_equal(is.members, expected.members);
  assert_int_equal(is.freed, expected.freed);
  assert_int_equal(is.died, expected.died);
}

// `chosen`: how often each generation was, full collections apart.
static void play(struct model *o, int rounds, unsigned chosen[3])
{
  static const double shares[] = {0, 0.25, 1};
  char options[128];
  for (int g = 0; g < 3; g++)
    o->threshold[g] = g ? below(o, 4) : 1 + below(o, 40);
  o->share = shares[below(o, 3)];
  o->chosen = -1;
  snprintf(options, sizeof options,
           "threshold0=%zu,threshold1=%zu,threshold2=%zu,long_lived_share=%g",
           o->threshold[0], o->threshold[1], o->threshold[2], o->share);
  start(options, NULL);
  for (int i = 0; i < rounds; i++) {
    uint64_t died = live_a_little(o);
    bool full = !below(o, 100);
    int g = full ? 2 : o->chosen;
    struct news is = full ? a_full_collection() : a_round();
    struct news expected = {0};
    if (g >= 0) expected = model_collect(o, g);
    if (g >= 0 && !full) chosen[g]++;
    expected.died = died;
    compare(is, expected);
    model_choose(o);
  }
  finish();
}

static void random_programs_are_collected_as_the_model_says(void **state)
{
  (void)state;
  unsigned chosen[3] = {0};
  uint64_t seed = check_seed(1);
  for (uint64_t i = 0; i < 12; i++) {
    struct model model = {.random = {seed + i}};
    play(&model, 300, chosen);
  }
  for (int g = 0; g < 3; g++) assert_int_not_equal(chosen[g], 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(more_than_700_start_a_collection),
      cmocka_unit_test(the_dead_and_the_acyclic_do_not_count),
      cmocka_unit_test(none_is_collected_unasked_without_a_threshold),
      cmocka_unit_test(the_defaults_are_700_10_and_10),
      cmocka_unit_test(the_oldest_wait_until_a_quarter_is_new),
      cmocka_unit_test(the_quarter_is_an_option),
      cmocka_unit_test(what_died_since_is_not_looked_at),
      cmocka_unit_test(large_objects_are_members),
      cmocka_unit_test(an_immortal_member_is_held),
      cmocka_unit_test(random_programs_are_collected_as_the_model_says),
  };
  return cmocka_run_group_tests_name("cpython", tests, NULL, NULL);
}
