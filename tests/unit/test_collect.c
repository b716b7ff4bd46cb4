// test_collect.c: wane_collect, wane_heap_walk, statistics, events, purple.
// SPDX-License-Identifier: MIT

#include <torture/world.h>

#include "log.h"
#include "one_round.h"

#include <string.h>

static struct wane_mutator *begin(const struct wane_config *config)
{
  struct world_setup setup = {.collector = "trial_deletion"};
  if (config) setup.config = *config;
  world_start(&setup);
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  return m;
}

static void end(struct wane_mutator *m)
{
  world_settle(m, NULL, 0, NULL, 0);
  wane_thread_exit(m);
  world_stop();
}

static void statistics_add_up(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  struct wane_stats s;
  {
    WANE_ROOTS(m, r, 1);
    for (int i = 0; i < 100; i++) { // 50 alone, 50 in a cycle of one
      r[0] = world_need(m, THING_PAIR, 0);
      if (i & 1) wane_store(m, r[0], thing_slot(r[0], 0), r[0]);
    }
    wane_collect(m);
    wane_stats_read(&s);
    assert_int_equal(s.live_objects, 1);
    // What a plugin frees in the nursery is not asked how it died.
    assert_int_equal(s.freed_objects_rc + s.freed_objects_cycle, 99);
    assert_true(s.freed_objects_cycle >= 49);
    assert_int_equal(s.heap_used_bytes, 64);
    assert_int_equal(s.freed_bytes_cycle, s.freed_objects_cycle * 64);
    assert_true(s.full_collections >= 1);
  }
  wane_stats_reset();
  wane_collect(m);
  wane_stats_read(&s);
  assert_int_equal(s.live_objects, 0);
  assert_int_equal(s.freed_objects_cycle, 1);
  assert_int_equal(s.freed_objects_rc, 0);
  end(m);
}

struct seen {
  unsigned n;
  size_t bytes;
};

static void see(wane_ref object, size_t bytes, void *context)
{
  struct seen *s = context;
  world_check(object);
  s->n++;
  s->bytes += bytes;
}

static void walk_meets_every_object_once(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(NULL);
  {
    WANE_ROOTS(m, r, 3);
    r[0] = world_need(m, THING_WIDE, 9000); // a large object
    r[1] = world_need(m, THING_LEAF, 0);
    r[2] = world_need(m, THING_WIDE, 10);
    struct seen s = {0};
    wane_detach(m);
    wane_heap_walk(see, &s);
    wane_attach(m);
    assert_int_equal(s.n, 3);
    assert_true(s.bytes >= 40 + 9000 * 8 + 40 + 120);
    assert_int_equal(s.bytes, wane_cell_bytes(r[0]) + wane_cell_bytes(r[1]) +
                                  wane_cell_bytes(r[2]));
  }
  end(m);
}

struct tally {
  unsigned cycles, handshakes;
  uint64_t cpu_ns, phases_cpu_ns; // of rounds; of their phases
  uint64_t freed, last;
  bool ordered;
};

static void tally(const struct wane_event *e, void *context)
{
  struct tally *t = context;
  if (e->kind == WANE_EVENT_PHASE && e->phase == WANE_PHASE_HANDSHAKE)
    t->handshakes++;
  if (e->kind == WANE_EVENT_PHASE) t->phases_cpu_ns += e->cpu_ns;
  if (e->kind != WANE_EVENT_CYCLE) return;
  t->cpu_ns += e->cpu_ns;
  t->cycles++;
  t->freed += e->freed_objects;
  if (e->gc_id <= t->last || e->t_end_ns < e->t_begin_ns) t->ordered = false;
  t->last = e->gc_id;
}

static void every_round_is_an_event(void **state)
{
  (void)state;
  struct wane_mutator *m = begin(&(struct wane_config){.round_ms = 1000000});
  for (int i = 0; i < 30; i++) {
    wane_ref o = world_need(m, THING_PAIR, 0);
    if (i % 3 == 0) wane_store(m, o, thing_slot(o, 0), o);
  }
  for (int i = 0; i < 3; i++) wane_collect(m);
  struct tally t = {.ordered = true};
  assert_int_equal(wane_events_drain(tally, &t), 0);
  struct wane_stats s;
  wane_stats_read(&s);
  bool bare = !strcmp(wane_variety(), "bare"); // has no events
  assert_int_equal(t.cycles, bare ? 0 : s.rounds);
  assert_int_equal(t.handshakes, bare ? 0 : s.rounds);
  assert_int_equal(t.freed, bare ? 0 : 30);
  assert_true(t.phases_cpu_ns <= t.cpu_ns);
  assert_true(bare || t.phases_cpu_ns > 0);
  assert_true(t.ordered);
  struct tally again = {.ordered = true};
  wane_events_drain(tally, &again);
  assert_int_equal(again.cycles, 0);
  end(m);
}

static void runtime_starts_again(void **state)
{
  (void)state;
  for (int i = 0; i < 20; i++) {
    struct wane_mutator *m = begin(NULL);
    char error[128];
    // Not while it runs.
    assert_int_not_equal(wane_start(NULL, error, sizeof error), 0);
    assert_true(error[0]);
    wane_ref o = world_need(m, THING_PAIR, 0);
    wane_store(m, o, thing_slot(o, 0), o);
    end(m);
  }
}

// --- a pool of log chunks that others have emptied ---------------------------

#define CHUNK (sizeof(struct wane__chunk) + 4 * sizeof(wane_ref))

static void ring_of_two(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 2);
  r[0] = world_need(m, THING_PAIR, 0);
  r[1] = world_need(m, THING_PAIR, 0);
  wane_store(m, r[0], thing_slot(r[0], 0), r[1]);
  wane_store(m, r[1], thing_slot(r[1], 0), r[0]);
}

// Six stores, and six references given up: more than a chunk.
static void a_chunk_of_decrements(struct wane_mutator *m)
{
  WANE_ROOTS(m, r, 2);
  r[0] = world_need(m, THING_WIDE, 6);
  r[1] = world_need(m, THING_LEAF, 0);
  for (uint32_t i = 0; i < 6; i++)
    wane_store(m, r[0], thing_slot(r[0], i), r[1]);
  wane_array_clear(m, r[0], thing_slot(r[0], 0), 6);
}

static void both(struct wane_mutator *m, void *argument)
{
  (void)argument;
  ring_of_two(m);
  a_chunk_of_decrements(m);
}

// What was logged before wane_collect is applied and tried in it, whoever
// logged it and however little room the pool has.
// (What could not be logged is stuck, and counted.)
static void an_empty_pool_holds_nothing_back(void **state)
{
  (void)state;
  for (uint64_t chunks = 3; chunks < 12; chunks++) {
    struct wane_mutator *m = begin(&(struct wane_config){
        .log_chunk = 4, .log_pool_bytes = chunks * CHUNK, .round_ms = 1000000});
    struct wane_stats s;
    ring_of_two(m);
    wane_collect(m);
    wane_stats_read(&s);
    assert_int_equal(s.live_objects, 0);
    both(m, NULL);
    wane_collect(m);
    wane_stats_read(&s);
    assert_true(s.live_objects <= s.mutators.stuck);
    if (chunks >= 6) { // enough for two threads to begin with
      struct world_thread t = {.name = "leaves", .body = both};
      world_spawn(&t);
      world_join(m, &t);
      wane_collect(m);
      wane_stats_read(&s);
      assert_true(s.live_objects <= s.mutators.stuck);
    }
    wane_thread_exit(m);
    world_stop();
  }
}

// --- purple ------------------------------------------------------------------

static wane_ref purple_one;
static bool purple_died, purple_told, purple_told_dead;

static void purple_death(wane_ref o)
{
  if (o == purple_one) purple_died = true;
}

static void purple(void *state, const wane_ref *objects, size_t n)
{
  (void)state;
  for (size_t i = 0; i < n; i++) {
    if (objects[i] != purple_one) continue;
    purple_told = true;
    if (purple_died) purple_told_dead = true;
  }
}

static bool never_due(void *state)
{
  (void)state;
  return false;
}

static void no_collection(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)round;
  (void)full;
}

static const struct wane_collector purple_collector = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "purple",
    .help = "is told of what was decremented to nonzero",
    .barrier = WANE_BARRIER_RC_LOG,
    .needs = WANE_NEED_PURPLE,
    .claims = WANE_CLAIM_ACYCLIC,
    .purple = purple,
    .due = never_due,
    .collect = no_collection,
};

struct holder {
  struct wane_object header;
  struct wane_slot slot;
};

static struct wane_slot *slot_of(wane_ref o)
{
  return &((struct holder *)(void *)o)->slot;
}

static void a_round(struct wane_mutator *m)
{
  wane_detach(m);
  one_round();
  wane_attach(m);
}

// x is held by r[0] and r[1]. r[0] gives it up: purple, unless r[1] dies in the
// round in which that is applied.
static void purple_is_told(bool dies)
{
  char error[256];
  struct wane_config config = {.collector = &purple_collector,
                               .round_ms = 1000000};
  if (wane_start(&config, error, sizeof error)) fail_msg("%s", error);
  static const uint32_t offset = offsetof(struct holder, slot);
  const struct wane_type_spec spec = {.name = "holder",
                                      .size = sizeof(struct holder),
                                      .n_refs = 1,
                                      .ref_offsets = &offset,
                                      .death = purple_death};
  const struct wane_type *type;
  assert_int_equal(wane_type_register(&spec, &type), 0);
  purple_died = purple_told = purple_told_dead = false;
  struct wane_mutator *m = wane_thread_start("main");
  assert_non_null(m);
  {
    WANE_ROOTS(m, r, 3);
    for (int i = 0; i < 3; i++) r[i] = wane_alloc(m, type);
    purple_one = r[2];
    for (int i = 0; i < 2; i++) wane_store(m, r[i], slot_of(r[i]), r[2]);
    r[2] = NULL;
    a_round(m);
    wane_store(m, r[0], slot_of(r[0]), NULL);
    a_round(m);
    if (dies) r[1] = NULL;
    a_round(m);
    assert_int_equal(purple_died, dies);
    assert_int_equal(purple_told, !dies);
    assert_false(purple_told_dead);
  }
  wane_collect(m);
  wane_thread_exit(m);
  wane_stop();
}

static void purple_is_told_of_the_living(void **state)
{
  (void)state;
  purple_is_told(false);
  purple_is_told(true);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statistics_add_up),
      cmocka_unit_test(walk_meets_every_object_once),
      cmocka_unit_test(every_round_is_an_event),
      cmocka_unit_test(runtime_starts_again),
      cmocka_unit_test(an_empty_pool_holds_nothing_back),
      cmocka_unit_test(purple_is_told_of_the_living),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
