// test_replay_lives.c: when a replay says that objects died and were freed.
// SPDX-License-Identifier: MIT
//
// By hand where the order is known, and on random programs, whose judge is the
// order itself: nothing is freed before it is out of reach, and a collector
// that frees all garbage leaves none of it. What is out of reach and when, is
// tested without a runtime in test_gct_deaths.c.

#include "drive_workload.h"

#include <errno.h>
#include <unistd.h>

#include "gct.h"
#include "gct_random.h"
#include "gct_text.h"

#define HEAD "#!gct 1\ntype 1 flags=1 name=node\n"
#define NEW(handle) "T0: alloc " #handle " type=1 bytes=40 slots=2\n"

// A ring that is given up, and a chain behind it; then births, for rounds.
static const char ring_and_chain[] =
    HEAD NEW(0) NEW(1) "T0: write 0.0 1\nT0: write 1.0 0\n" NEW(2) NEW(3)
        "T0: write 2.0 3\nT0: unroot 1\nT0: unroot 3\nT0: unroot 0\n"
        "T0: unroot 2\n" NEW(4) NEW(5) NEW(6);
// Leaves: born, dropped, one after the other.
static const char leaves[] =
    "#!gct 1\ntype 1 flags=1 name=node\ntype 2 flags=1 name=leaf\n"
    "T0: alloc 0 type=2 bytes=40 slots=0\nT0: drop 0\n"
    "T0: alloc 0 type=2 bytes=40 slots=0\nT0: drop 0\n"
    "T0: alloc 0 type=2 bytes=40 slots=0\nT0: drop 0\n" NEW(1) NEW(2);

struct seen {
  size_t n, n_live;
  struct wane_life *lives;
  struct wane_live *live;
  uint32_t every;
};

static void *copy_of(const void *from, size_t bytes)
{
  void *copy = malloc(bytes + 1);
  assert_non_null(copy);
  if (bytes) memcpy(copy, from, bytes);
  return copy;
}

static void keep(struct drive *d)
{
  struct seen *seen = d->context;
  const struct wane_lives *lives = d->run.lives;
  free(seen->lives);
  free(seen->live);
  *seen = (struct seen){0};
  if (!lives) return;
  *seen = (struct seen){lives->n, lives->n_live,
                        copy_of(lives->lives, lives->n * sizeof *seen->lives),
                        copy_of(lives->live,
                                lives->n_live * sizeof *seen->live),
                        lives->every};
}

// `path` with these further options; a round at each allocation that leaves the
// inline path.
static struct seen replay(const char *collector, const char *path,
                          const char *more, uint32_t iterations)
{
  struct seen seen = {0};
  char options[256];
  snprintf(options, sizeof options, "file=%s,%s", path, more);
  struct drive d = {.collector = collector,
                    .options = options,
                    .iterations = iterations,
                    .verify = true,
                    .drain = true,
                    .checked = keep,
                    .context = &seen,
                    .config = {.stress_alloc = 1}};
  if (drive_run(&d, "trace")) fail_msg("%s: %s", collector, d.sentence);
  assert_string_equal(d.sentence, "");
  return seen;
}

// `path` ends in XXXXXX.
static void write_text(char *path, const char *text)
{
  struct gct_error error;
  close(mkstemp(path));
  FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
  if (gct_text_parse(in, path, 0, &error)) fail_msg("%s", error.reason);
  fclose(in);
}

static struct seen replay_text(const char *collector, const char *text)
{
  char path[] = "/tmp/wane-lives-XXXXXX";
  write_text(path, text);
  struct seen seen = replay(collector, path, "lifetimes=1", 1);
  unlink(path);
  return seen;
}

static void forget(struct seen *seen)
{
  free(seen->lives);
  free(seen->live);
}

static void expect_freed(const struct wane_life *life, enum wane_freed_by by)
{
  if (!life->t_dead_ns || life->t_reclaimed_ns < life->t_dead_ns)
    fail_msg("object %llu: dead at %llu, freed at %llu",
             (unsigned long long)life->object,
             (unsigned long long)life->t_dead_ns,
             (unsigned long long)life->t_reclaimed_ns);
  assert_int_equal(life->freed_by, by);
}

static void expect_censored(const struct wane_life *life)
{
  assert_true(life->t_dead_ns && !life->t_reclaimed_ns);
  assert_int_equal(life->freed_by, WANE_FREED_BY_NONE);
}

static void counting_frees_chains_and_no_rings(void **state)
{
  (void)state;
  struct seen s = replay_text("rc", ring_and_chain);
  assert_int_equal(s.n, 7);
  for (int i = 0; i < 2; i++) expect_censored(&s.lives[i]);
  for (int i = 2; i < 4; i++) expect_freed(&s.lives[i], WANE_FREED_BY_RC);
  for (int i = 4; i < 7; i++)
    assert_true(!s.lives[i].t_dead_ns && !s.lives[i].t_reclaimed_ns);
  forget(&s);
}

static void a_collector_of_cycles_frees_both(void **state)
{
  (void)state;
  struct seen s = replay_text("trial_deletion", ring_and_chain);
  for (int i = 0; i < 2; i++) expect_freed(&s.lives[i], WANE_FREED_BY_CYCLE);
  // The chain is young: a nursery may take it.
  for (int i = 2; i < 4; i++) assert_true(s.lives[i].t_reclaimed_ns != 0);
  forget(&s);
}

static void a_leaf_dies_within_a_round_by_count(void **state)
{
  (void)state;
  struct seen s = replay_text("rc", leaves);
  assert_int_equal(s.n, 5);
  for (int i = 0; i < 3; i++) {
    expect_freed(&s.lives[i], WANE_FREED_BY_RC);
    if (i) assert_true(s.lives[i].t_dead_ns > s.lives[i - 1].t_dead_ns);
    // The next birth waits for a round.
    assert_true(s.lives[i].dead_bytes <= 2 * s.lives[3].size);
  }
  forget(&s);
}

#if !WANE_BARE
static void a_trace_frees_by_sweep(void **state)
{
  (void)state;
  struct seen s = replay_text("mark_sweep_stw", ring_and_chain);
  for (int i = 0; i < 4; i++) expect_freed(&s.lives[i], WANE_FREED_BY_SWEEP);
  forget(&s);
}

static void without_a_collector_all_are_censored(void **state)
{
  (void)state;
  struct seen s = replay_text("nogc", ring_and_chain);
  for (int i = 0; i < 4; i++) expect_censored(&s.lives[i]);
  forget(&s);
}
#endif

static void what_lives_is_what_was_born_and_did_not_die(void **state)
{
  (void)state;
  struct seen s = replay_text("rc", ring_and_chain);
  uint64_t born = 0, left = 0, most = 0;
  for (size_t i = 0; i < s.n; i++) {
    born += s.lives[i].size;
    if (!s.lives[i].t_dead_ns) left += s.lives[i].size;
  }
  assert_int_equal(s.n_live, 7 + 4); // births and deaths
  for (size_t i = 0; i < s.n_live; i++) {
    assert_true(i == 0 || s.live[i].t_ns >= s.live[i - 1].t_ns);
    if (s.live[i].bytes > most) most = s.live[i].bytes;
  }
  assert_int_equal(s.live[s.n_live - 1].bytes, left);
  assert_int_equal(most, born - left); // as large as what comes after
  forget(&s);
}

// --- random programs -------------------------------------------------------

static void check_order(const char *collector, const struct seen *s, bool all)
{
  for (size_t i = 0; i < s->n; i++) {
    const struct wane_life *l = &s->lives[i];
    bool good = l->t_alloc_ns != 0;
    if (l->t_dead_ns) good = good && l->t_dead_ns > l->t_alloc_ns;
    if (l->t_reclaimed_ns)
      good = good && l->t_dead_ns && l->t_reclaimed_ns >= l->t_dead_ns;
    else if (l->t_dead_ns)
      good = good && !all;
    if (!good)
      fail_msg("%s: object %llu born %llu, dead %llu, freed %llu", collector,
               (unsigned long long)l->object, (unsigned long long)l->t_alloc_ns,
               (unsigned long long)l->t_dead_ns,
               (unsigned long long)l->t_reclaimed_ns);
  }
}

static void nothing_is_freed_before_it_is_out_of_reach(void **state)
{
  static const struct {
    const char *name;
    bool all;
  } collectors[] = {
#if !WANE_BARE
      {"nogc", false},
      {"mark_sweep_stw", true},
      {"satb_mark_sweep", true},
#endif
      {"rc", false},
      {"trial_deletion", true},
      {"cpython", true},
      {"concurrent_mark_sweep", true}};
  static const char *const orders[] = {"lifetimes=1",
                                       "lifetimes=1,copies=2",
                                       "lifetimes=1,order=serial"};
  char path[] = "/tmp/wane-lives-XXXXXX";
  struct gct_error error;
  uint64_t random = 11;
  (void)state;
  close(mkstemp(path));
  for (uint32_t i = 0; i < 3; i++) {
    if (random_trace(path, 1 + i, 300, &random, &error))
      fail_msg("%s", error.reason);
    for (size_t c = 0; c < sizeof collectors / sizeof *collectors; c++) {
      struct seen s = replay(collectors[c].name, path, orders[i], 1);
      assert_true(s.n > 0);
      check_order(collectors[c].name, &s, collectors[c].all);
      forget(&s);
    }
  }
  unlink(path);
}

static void a_choice_is_always_the_same(void **state)
{
  char path[] = "/tmp/wane-lives-XXXXXX";
  struct gct_error error;
  uint64_t random = 5;
  (void)state;
  close(mkstemp(path));
  if (random_trace(path, 1, 600, &random, &error)) fail_msg("%s", error.reason);
  struct seen all = replay("rc", path, "lifetimes=1", 1);
  struct seen some = replay("rc", path, "lifetimes=4", 1);
  struct seen again = replay("trial_deletion", path, "lifetimes=4", 2);
  assert_int_equal(some.every, 4);
  assert_true(some.n > 0 && some.n < all.n);
  assert_int_equal(some.n, again.n);
  for (size_t i = 0; i < some.n; i++) {
    assert_int_equal(some.lives[i].object, again.lives[i].object);
    const struct wane_life *same = &all.lives[some.lives[i].object];
    assert_int_equal(same->object, some.lives[i].object);
    assert_int_equal(same->size, some.lives[i].size);
    assert_int_equal(!same->t_dead_ns, !some.lives[i].t_dead_ns);
  }
  forget(&all);
  forget(&some);
  forget(&again);
  unlink(path);
}

// As if a collector had freed an object that nothing uses again.
static void free_a_live_one(wane_ref object)
{
  const struct wane_type *type = wane_type_of(object);
  if (!strcmp(type->name, "node")) type->death(object);
}

static void what_is_freed_in_reach_is_noticed(void **state)
{
  char path[] = "/tmp/wane-lives-XXXXXX", options[128];
  (void)state;
  write_text(path, ring_and_chain);
  snprintf(options, sizeof options, "file=%s,lifetimes=1", path);
  struct drive d = {
      .collector = "rc", .options = options, .tamper = free_a_live_one};
  assert_int_equal(drive_run(&d, "trace"), EPROTO);
  assert_non_null(strstr(d.sentence, "was freed while it was in reach"));
  unlink(path);
}

static void relaxed_order_has_no_oracle_of_death(void **state)
{
  char path[] = "/tmp/wane-lives-XXXXXX", options[128];
  struct gct_error error;
  uint64_t random = 5;
  struct seen seen = {0};
  (void)state;
  close(mkstemp(path));
  if (random_trace(path, 2, 100, &random, &error)) fail_msg("%s", error.reason);
  snprintf(options, sizeof options, "file=%s,order=relaxed,lifetimes=1", path);
  struct drive d = {.collector = "rc",
                    .options = options,
                    .checked = keep,
                    .context = &seen};
  assert_int_equal(drive_run(&d, "trace"), 0);
  assert_non_null(strstr(d.notes, "no lifetimes: under relaxed order"));
  assert_int_equal(seen.n, 0);
  assert_null(seen.lives);
  unlink(path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counting_frees_chains_and_no_rings),
      cmocka_unit_test(a_collector_of_cycles_frees_both),
      cmocka_unit_test(a_leaf_dies_within_a_round_by_count),
#if !WANE_BARE
      cmocka_unit_test(a_trace_frees_by_sweep),
      cmocka_unit_test(without_a_collector_all_are_censored),
#endif
      cmocka_unit_test(what_lives_is_what_was_born_and_did_not_die),
      cmocka_unit_test(nothing_is_freed_before_it_is_out_of_reach),
      cmocka_unit_test(a_choice_is_always_the_same),
      cmocka_unit_test(what_is_freed_in_reach_is_noticed),
      cmocka_unit_test(relaxed_order_has_no_oracle_of_death),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
