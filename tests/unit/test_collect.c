// test_collect.c: wane_collect, wane_heap_walk, statistics, events.
// SPDX-License-Identifier: MIT

#include <torture/world.h>

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
  uint64_t freed, last;
  bool ordered;
};

static void tally(const struct wane_event *e, void *context)
{
  struct tally *t = context;
  if (e->kind == WANE_EVENT_PHASE && e->phase == WANE_PHASE_HANDSHAKE)
    t->handshakes++;
  if (e->kind != WANE_EVENT_CYCLE) return;
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statistics_add_up),
      cmocka_unit_test(walk_meets_every_object_once),
      cmocka_unit_test(every_round_is_an_event),
      cmocka_unit_test(runtime_starts_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
