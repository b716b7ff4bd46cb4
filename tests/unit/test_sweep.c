// test_sweep.c: runtime/sweep.c: what is unmarked goes, once, and nothing else.
// SPDX-License-Identifier: MIT
//
// Blocks that stay full, become empty or lose some cells, large objects, blocks
// that a thread is allocating in; counts while the dead are cut loose.

#include "tracer.h"

#include "cells.h"
#include "heap.h"
#include "mark.h"
#include "round.h"

#include <sched.h>
#include <string.h>

// --- which cells go ----------------------------------------------------------

#define OBJECTS 9000

static _Atomic(wane_ref) refs[OBJECTS];
static struct wane_root_set set = {.refs = refs};

// Without a count that could free it: only a sweep does.
static wane_ref looped(struct wane_mutator *m, enum thing_kind kind, uint32_t n)
{
  wane_ref o = world_need(m, kind, n);
  if (thing_length(o)) wane_store(m, o, thing_slot(o, 0), o);
  return o;
}

// Makes objects of one kind, keeps those that `period` divides (0: none), and
// expects the others to be gone after a collection, one after another.
static void some_stay(struct wane_mutator *m, enum thing_kind kind,
                      uint32_t length, size_t n, size_t period)
{
  uint64_t died = world_died(), kept = 0;
  struct wane_stats stats;
  atomic_store(&set.n, n);
  for (size_t i = 0; i < n; i++)
    atomic_store(&refs[i], looped(m, kind, length));
  wane_collect(m);
  assert_int_equal(world_died(), died);
  wane_stats_read(&stats);
  assert_int_equal(stats.live_objects, n);
  for (size_t i = 0; i < n; i++) {
    bool stays = period && i % period == 0;
    if (!stays) atomic_store(&refs[i], NULL);
    kept += stays;
  }
  wane_collect(m);
  assert_int_equal(world_died(), died + n - kept);
  for (size_t i = 0; i < n; i++) {
    wane_ref o = atomic_load(&refs[i]);
    if (o) world_check(o);
  }
  wane_stats_read(&stats);
  assert_int_equal(stats.live_objects, kept);
  tracer_judge_no_marks();
  check_assert_none(&world_log);
  for (size_t i = 0; i < n; i++) atomic_store(&refs[i], NULL);
  wane_collect(m);
  assert_int_equal(world_died(), died + n);
}

static void just_the_unmarked_go(void **state)
{
  (void)state;
  static const size_t periods[] = {0, 1, 2, 3, 64, 65, 1700};
  for (size_t i = 0; i < TRACERS; i++)
    for (uint32_t workers = 1; workers <= 4; workers += 3) {
      if (tracer_is_bare() && i) continue;
      struct wane_mutator *m =
          tracer_start(tracers[i], &(struct wane_config){.workers = workers});
      wane_root_set_add(m, &set);
      for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
        some_stay(m, THING_PAIR, 0, OBJECTS, periods[p]);
        some_stay(m, THING_WIDE, 20, OBJECTS / 3, periods[p]);
        some_stay(m, THING_WIDE, 4000, 40, periods[p]);  // one in a block
        some_stay(m, THING_WIDE, 20000, 20, periods[p]); // blocks of its own
      }
      wane_root_set_remove(m, &set);
      tracer_end(m);
    }
}

static void empty_blocks_are_used_again(void **state)
{
  (void)state;
  for (size_t i = 0; i < TRACERS; i++) {
    if (tracer_is_bare() && i) continue;
    struct wane_stats stats;
    uint64_t first = 0;
    struct wane_mutator *m = tracer_start(tracers[i], &(struct wane_config){0});
    wane_root_set_add(m, &set);
    for (int k = 0; k < 20; k++) {
      some_stay(m, k & 1 ? THING_PAIR : THING_WIDE, 20, OBJECTS, 0);
      some_stay(m, THING_WIDE, 20000, 20, 0);
      wane_stats_read(&stats);
      if (k == 1) first = stats.heap_committed_peak_bytes;
    }
    assert_true(stats.heap_committed_peak_bytes <= first + (first >> 1));
    wane_root_set_remove(m, &set);
    tracer_end(m);
  }
}

// --- counts while the dead are cut loose -------------------------------------
//
// So many blocks that a sweep has slices. The dead hold each other, and some of
// the living; after each slice every count is what the heap says.

#define WIDE (1200u << WANE_BLOCK_SHIFT >> 3) // slots that fill 1200 blocks

static wane_ref held_by_handle;

static void judge_marked(void)
{
  tracer_judge_counts(&held_by_handle, 1);
  wane__round_request(WANE_CAUSE_USER); // so that a slice ends
}

static void judge_slice(bool over)
{
  (void)over;
  tracer_judge_counts(&held_by_handle, 1);
}

static void counts_are_exact_while_the_dead_are_cut(void **state)
{
  uint64_t seed = *(uint64_t *)*state;
  struct check_random random = {seed};
  struct wane_mutator *m =
      tracer_start(&tracer_counts, &(struct wane_config){.workers = 2});
  wane_root_set_add(m, &set);
  {
    WANE_ROOTS(m, r, 1);
    size_t n = world_scaled(OBJECTS);
    r[0] = world_need(m, THING_WIDE, WIDE);
    wane_store(m, r[0], thing_slot(r[0], WIDE - 1), r[0]);
    held_by_handle = world_need(m, THING_PAIR, 0);
    struct wane_handle *handle = wane_handle_new(m, held_by_handle);
    atomic_store(&set.n, n);
    for (size_t i = 0; i < n; i++)
      atomic_store(&refs[i], world_need(m, check_below(&random, THING_KINDS),
                                        (uint32_t)check_below(&random, 9)));
    for (size_t i = 0; i < n; i++) {
      wane_ref o = atomic_load(&refs[i]);
      for (uint32_t s = 0; s < thing_length(o); s++) {
        size_t to = (size_t)check_below(&random, n);
        wane_store(m, o, thing_slot(o, s),
                   s == 1 && i % 3 == 0 ? held_by_handle
                                        : atomic_load(&refs[to]));
      }
    }
    for (size_t i = 0; i < n; i++) atomic_store(&refs[i], NULL);
    r[0] = NULL;
    tracer.marked = judge_marked;
    tracer.after_sweep = judge_slice;
    wane_collect(m);
    assert_true(tracer.sweeps >= 3);
    assert_int_equal(world_born() - world_died(), 1);
    assert_int_equal(wane_count_of(held_by_handle), 1);
    wane_handle_free(m, handle);
    held_by_handle = NULL;
  }
  wane_root_set_remove(m, &set);
  tracer_end(m);
}

// --- blocks that a thread allocates in ---------------------------------------
//
// Half of what a thread makes is dropped at once, so that its blocks have
// holes, ahead of where it allocates and behind.

#define KEPT 1500 // by the first, so that it has many blocks; or few

struct smith {
  _Atomic(wane_ref) kept[KEPT];
  size_t n;
  uint64_t seed;
};
#define SMITHS 4
static struct smith smiths[SMITHS];
static _Atomic bool over;

static void forge(struct wane_mutator *m, void *argument)
{
  struct smith *s = argument;
  struct check_random random = {s->seed};
  struct wane_root_set own = {.refs = s->kept, .n = s->n};
  for (size_t i = 0; i < KEPT; i++) atomic_store(&s->kept[i], NULL);
  wane_root_set_add(m, &own);
  for (uint64_t i = 0; i < world_scaled(300000); i++) {
    wane_ref o =
        looped(m, check_below(&random, 8) ? THING_PAIR : THING_TRACED, 0);
    size_t at = (size_t)check_below(&random, s->n);
    wane_ref old = atomic_load(&s->kept[at]);
    if (old) world_check(old);
    if (i & 1) atomic_store(&s->kept[at], o);
    wane_safepoint(m);
    if (i % 20000) continue;
    for (size_t k = 0; k < s->n; k++)
      if ((old = atomic_load(&s->kept[k]))) world_check(old);
  }
  wane_root_set_remove(m, &own);
}

static void *collect_always(void *unused)
{
  (void)unused;
  while (!atomic_load(&over)) wane_collect_foreign();
  return NULL;
}

static void a_thread_may_allocate_in_what_is_swept(void **state)
{
  uint64_t seed = *(uint64_t *)*state;
  for (size_t i = 0; i < TRACERS; i++) {
    if (tracer_is_bare() && i) continue;
    pthread_t thread;
    struct world_thread smith[SMITHS];
    struct wane_mutator *m =
        tracer_start(tracers[i], &(struct wane_config){.workers = 2});
    atomic_store(&over, false);
    for (int k = 0; k < SMITHS; k++) {
      smiths[k].seed = seed + (uint64_t)k;
      smiths[k].n = k ? 30 : KEPT;
      smith[k] = (struct world_thread){
          .name = "smith", .body = forge, .argument = &smiths[k]};
      world_spawn(&smith[k]);
    }
    assert_int_equal(pthread_create(&thread, NULL, collect_always, NULL), 0);
    for (int k = 0; k < SMITHS; k++) world_join(m, &smith[k]);
    atomic_store(&over, true);
    wane_detach(m);
    pthread_join(thread, NULL);
    wane_attach(m);
    tracer_end(m);
  }
}

// --- a word of cells ---------------------------------------------------------
//
// From the moment its bit is clear a cell belongs to the thread that owns the
// block: nobody else may touch it, not even to poison it.

#define WORD_CELLS 64
#define LAST (WORD_CELLS - 1)

static uint32_t word_block;
static _Atomic unsigned filled, taken; // times

static wane_ref last_cell(void)
{
  return (wane_ref)(void *)(wane__block_base(word_block) + LAST * 64);
}

static void *take_last_cell(void *turns)
{
  const struct wane__block *b = &wane__blocks[word_block];
  for (unsigned i = 1; i <= *(unsigned *)turns; i++) {
    while (atomic_load(&filled) != i) continue;
    while (wane__used(b->bits, LAST)) continue;
    WANE__UNPOISON(last_cell(), 64);
    last_cell()->type = (uint16_t)i;
    atomic_store(&taken, i);
  }
  return NULL;
}

static void a_cell_is_left_alone_once_it_is_free(void **state)
{
  (void)state;
  unsigned turns = 2000;
  pthread_t thread;
  if (strcmp(wane_variety(), "checked") && strcmp(wane_variety(), "tsan")) {
    print_message("skipped: only checked builds poison what is free\n");
    skip();
  }
  struct wane_mutator *m =
      tracer_start(&tracer_counts, &(struct wane_config){0});
  word_block = wane__heap_take(wane__size_class(64), 0);
  struct wane_gc_block *g = &wane_gc_heap.blocks[word_block];
  assert_int_equal(wane_gc_cell_size(g), 64);
  assert_int_equal(pthread_create(&thread, NULL, take_last_cell, &turns), 0);
  for (unsigned i = 1; i <= turns; i++) {
    WANE__UNPOISON(wane__block_base(word_block), WORD_CELLS * 64);
    for (uint32_t c = 0; c < WORD_CELLS; c++)
      wane__bit_set(&wane__blocks[word_block].bits[0].used, c);
    g->live = WORD_CELLS;
    atomic_store(&filled, i);
    wane__give_cells(g, 0, ~(uint64_t)0);
    while (atomic_load(&taken) != i) sched_yield();
    CHECK_EQ(&world_log, last_cell()->type, i);
  }
  pthread_join(thread, NULL);
  wane__heap_classify(word_block);
  tracer_end(m);
}

int main(void)
{
  static uint64_t seed;
  seed = check_seed(77011);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(just_the_unmarked_go),
      cmocka_unit_test(empty_blocks_are_used_again),
      cmocka_unit_test_prestate(counts_are_exact_while_the_dead_are_cut, &seed),
      cmocka_unit_test(a_cell_is_left_alone_once_it_is_free),
      cmocka_unit_test_prestate(a_thread_may_allocate_in_what_is_swept, &seed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
