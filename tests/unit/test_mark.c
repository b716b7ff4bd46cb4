// test_mark.c: runtime/mark.c: what is reachable is marked, and nothing else.
// SPDX-License-Identifier: MIT
//
// Graphs of every shape are traced by one to four workers, with the world
// stopped and without; an oracle that knows nothing of marks judges what was
// marked. Then the things that seldom happen: no packet, no room in a log, a
// count that is stuck, a mutator that works against the marker.

#include "tracer.h"

#include "config.h"
#include "log.h"
#include "round.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

// --- graphs ------------------------------------------------------------------

#define GRAPH 12000
#define NEAR 100
#define HANDLES 4

static struct {
  _Atomic(wane_ref) refs[GRAPH]; // all objects, while the graph is made
  struct wane_root_set set;
  struct wane_handle *handle[HANDLES];
  wane_ref held[HANDLES + 8]; // what the oracle starts from
  size_t n_held, n;
  uint64_t reached;
} graph;

static void judge(void)
{
  graph.reached = tracer_judge_marks(graph.held, graph.n_held);
}

static wane_ref at(size_t i)
{
  return atomic_load(&graph.refs[i]);
}

static uint32_t some_length(struct check_random *random)
{
  uint64_t dice = check_below(random, 2000);
  if (dice == 0) return 20000; // a large object, looked at in ranges
  if (dice < 10) return 1024 + (uint32_t)check_below(random, 2) * 2000;
  return (uint32_t)check_below(random, 12);
}

static void make_objects(struct wane_mutator *m, struct check_random *random)
{
  for (size_t i = 0; i < graph.n; i++) {
    wane_ref o =
        world_need(m, check_below(random, THING_KINDS), some_length(random));
    atomic_store(&graph.refs[i], o);
  }
}

// On average an object has less than one edge, so components are small; the
// wide ones have a few each, anywhere in the array.
static void link_objects(struct wane_mutator *m, struct check_random *random)
{
  for (size_t i = 0; i < graph.n; i++) {
    wane_ref o = at(i);
    uint32_t slots = thing_length(o), edges = slots < 6 ? slots : 6;
    for (uint32_t e = 0; e < edges; e++) {
      if (check_below(random, 100) >= 30) continue;
      size_t to =
          (i + graph.n + check_below(random, NEAR) - NEAR / 2) % graph.n;
      uint32_t slot = slots <= 6 ? e : (uint32_t)check_below(random, slots);
      wane_store(m, o, thing_slot(o, slot), at(to));
    }
  }
}

// Some objects stay: in `roots` and in the handles.
static void keep_some(struct wane_mutator *m, struct check_random *random,
                      wane_ref *roots, size_t n)
{
  graph.n_held = 0;
  for (size_t i = 0; i < n; i++)
    graph.held[graph.n_held++] = roots[i] = at(check_below(random, graph.n));
  for (size_t i = 0; i < HANDLES; i++) {
    wane_ref o = at(check_below(random, graph.n));
    wane_handle_set(m, graph.handle[i], o);
    graph.held[graph.n_held++] = o;
  }
  for (size_t i = 0; i < graph.n; i++) atomic_store(&graph.refs[i], NULL);
}

static void trace_graphs(struct wane_mutator *m, uint64_t seed, int times)
{
  struct check_random random = {seed};
  graph.set = (struct wane_root_set){.refs = graph.refs};
  wane_root_set_add(m, &graph.set);
  for (size_t i = 0; i < HANDLES; i++)
    graph.handle[i] = wane_handle_new(m, NULL);
  {
    WANE_ROOTS(m, r, 8);
    for (int i = 0; i < times; i++) {
      graph.n = world_scaled(GRAPH);
      atomic_store(&graph.set.n, graph.n);
      make_objects(m, &random);
      link_objects(m, &random);
      keep_some(m, &random, r, 8);
      wane_collect(m); // what the log of the last handshake names stays
      wane_collect(m);
      CHECK_EQ(&world_log, graph.reached, world_born() - world_died());
      assert_true(graph.reached >= 4);
      tracer_judge_no_marks();
    }
  }
  wane_root_set_remove(m, &graph.set);
  for (size_t i = 0; i < HANDLES; i++) wane_handle_free(m, graph.handle[i]);
}

static void just_the_reachable_are_marked(void **state)
{
  uint64_t seed = *(uint64_t *)*state;
  for (size_t i = 0; i < TRACERS; i++)
    for (uint32_t workers = 1; workers <= 4; workers++) {
      if (tracer_is_bare() && i) continue;
      struct wane_mutator *m =
          tracer_start(tracers[i], &(struct wane_config){.workers = workers});
      tracer.marked = judge;
      trace_graphs(m, seed + workers, 3);
      tracer_end(m);
    }
}

// --- no packets --------------------------------------------------------------
//
// So little room that nearly everything is dropped and found again: more small
// objects in a block than there is room for, and an array of more ranges.

#define MANY_RANGES (1200 * 1024) // slots
#define LEAVES 20000

static void few_packets_are_enough(void **state)
{
  uint64_t seed = *(uint64_t *)*state;
  for (size_t i = 0; i < TRACERS; i++)
    for (uint32_t workers = 1; workers <= 4; workers += 3) {
      if (tracer_is_bare() && i) continue;
      struct wane_mutator *m =
          tracer_start(tracers[i],
                       &(struct wane_config){.workers = workers,
                                             .mark_bytes = 1});
      tracer.marked = judge;
      {
        struct check_random random = {seed};
        WANE_ROOTS(m, r, 3);
        r[0] = world_need(m, THING_WIDE, LEAVES);
        for (uint32_t k = 0; k < LEAVES; k++)
          wane_store(m, r[0], thing_slot(r[0], k),
                     world_need(m, THING_LEAF, 0));
        r[1] = world_need(m, THING_WIDE, MANY_RANGES);
        for (uint32_t k = 0; k < 3000; k++) {
          uint32_t slot = (uint32_t)check_below(&random, MANY_RANGES);
          wane_store(m, r[1], thing_slot(r[1], slot),
                     world_need(m, THING_PAIR, 0));
        }
        for (uint32_t k = 0; k < 5000; k++) { // a list
          wane_ref o = world_need(m, THING_TRACED, 0);
          wane_init(m, o, thing_slot(o, 1), r[2]);
          r[2] = o;
        }
        graph.n_held = 3;
        memcpy(graph.held, r, sizeof graph.held[0] * 3);
        wane_collect(m);
        wane_collect(m);
        CHECK_EQ(&world_log, graph.reached, world_born() - world_died());
        assert_true(graph.reached > LEAVES + 5000);
      }
      tracer_end(m);
    }
}

// --- stuck counts ------------------------------------------------------------

// Immortal by count; but a trace keeps what is reachable, and nothing else.
static void a_stuck_count_keeps_nothing(void **state)
{
  (void)state;
  struct wane_mutator *m =
      tracer_start(&tracer_counts,
                   &(struct wane_config){.local_limit = 2, .shared_limit = 2});
  tracer.marked = judge;
  {
    WANE_ROOTS(m, r, 2);
    r[0] = world_need(m, THING_PAIR, 0);
    for (int i = 0; i < 2; i++) {
      r[1] = world_need(m, THING_PAIR, 0);
      for (uint32_t s = 0; s < THING_FIXED; s++)
        wane_store(m, r[0], thing_slot(r[0], s), r[1]);
      assert_true(atomic_load(&r[1]->own) & WANE_IMMORTAL);
    }
    uint64_t kept = thing_of(r[1])->id;
    r[1] = NULL;
    graph.n_held = 1;
    graph.held[0] = r[0];
    wane_collect(m);
    assert_int_equal(graph.reached, 2);
    assert_int_equal(world_born() - world_died(), 2);
    assert_false(world_dead(kept));
  }
  graph.n_held = 0;
  wane_collect(m);
  assert_int_equal(world_born(), world_died());
  tracer_end(m);
}

// --- a log that was lost -----------------------------------------------------
//
// After the beginning, and before a slot was looked at, the program takes v
// out of s, and has no room to log it. Nothing that the trace knows of names v.

#define CHUNK (sizeof(struct wane__chunk) + 4 * sizeof(wane_ref))

static _Atomic bool has_begun, is_lost, is_over;

static void wait_for_the_loss(void)
{
  atomic_store(&has_begun, true);
  while (!atomic_load(&is_lost)) sched_yield();
  tracer.after_begin = NULL;
}

static void *collect_once(void *unused)
{
  (void)unused;
  wane_collect_foreign();
  atomic_store(&is_over, true);
  return NULL;
}

static void lose(struct wane_mutator *m, wane_ref *r)
{
  // Four entries fill the chunk, four more the spare one; the last is lost.
  for (uint32_t i = 0; i < 7; i++)
    wane_store(m, r[0], thing_slot(r[0], i), NULL);
  r[1] = wane_load(thing_slot(r[0], 7));
  wane_store(m, r[0], thing_slot(r[0], 7), NULL);
}

static void a_lost_entry_begins_the_trace_anew(void **state)
{
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    if (tracer_is_bare() && i) continue;
    struct wane_mutator *m =
        tracer_start(tracers[i],
                     &(struct wane_config){.log_chunk = 4,
                                           .log_pool_bytes = 3 * CHUNK});
    tracer.after_begin = wait_for_the_loss;
    atomic_store(&has_begun, false);
    atomic_store(&is_lost, false);
    atomic_store(&is_over, false);
    {
      pthread_t thread;
      WANE_ROOTS(m, r, 3);
      r[0] = world_need(m, THING_WIDE, 8);
      for (uint32_t k = 0; k < 8; k++) {
        r[2] = world_need(m, THING_PAIR, 0);
        wane_store(m, r[2], thing_slot(r[2], 0), r[2]); // no zero count
        wane_store(m, r[0], thing_slot(r[0], k), r[2]);
      }
      uint64_t v = thing_of(r[2])->id;
      r[2] = NULL;
      assert_int_equal(pthread_create(&thread, NULL, collect_once, NULL), 0);
      while (!atomic_load(&has_begun)) wane_safepoint(m);
      lose(m, r);
      atomic_store(&is_lost, true);
      while (!atomic_load(&is_over)) wane_safepoint(m);
      pthread_join(thread, NULL);
      assert_false(world_dead(v));
      world_check(r[1]);
      // A slice at the beginning, one round with the loss, and it began anew.
      assert_true(tracer.slices >= 3);
      assert_int_equal(tracer.cycles, 1);
    }
    tracer_end(m);
  }
}

// --- a walk in between -------------------------------------------------------

static void count_objects(wane_ref o, size_t bytes, void *n)
{
  (void)o;
  (void)bytes;
  ++*(unsigned *)n;
}

static void *walk_when_it_has_begun(void *n)
{
  while (!atomic_load(&has_begun)) sched_yield();
  wane_heap_walk(count_objects, n);
  return NULL;
}

static void wait_for_the_walk(void)
{
  tracer.eager = false; // one cycle
  atomic_store(&has_begun, true);
  while (!wane__round_wanted()) sched_yield();
}

// The cycle goes on after the walk, although nothing else asks for a round.
static void a_walk_does_not_hold_up_a_cycle(void **state)
{
  (void)state;
  struct wane_mutator *m =
      tracer_start(&tracer_counts, &(struct wane_config){0});
  atomic_store(&has_begun, false);
  tracer.after_begin = wait_for_the_walk;
  tracer.eager = true;
  {
    WANE_ROOTS(m, r, 1);
    pthread_t thread;
    unsigned n = 0;
    r[0] = world_need(m, THING_PAIR, 0);
    assert_int_equal(pthread_create(&thread, NULL, walk_when_it_has_begun, &n),
                     0);
    wane_detach(m);
    wane__round_request(WANE_CAUSE_STRESS);
    while (!tracer.cycles) usleep(50); // a hang is for the time limit
    pthread_join(thread, NULL);
    wane_attach(m);
    assert_int_equal(n, 1);
  }
  tracer_end(m);
}

// --- a mutator that works against it -----------------------------------------
//
// Slices are short, and between them the program moves references from where
// the marker has not been to where it has, through its roots and back.

#define DECK 64
#define BALLAST 6000

static void want_short_slices(void)
{
  wane__round_request(WANE_CAUSE_USER);
}

static void *collect_always(void *unused)
{
  (void)unused;
  while (!atomic_load(&is_over)) wane_collect_foreign();
  return NULL;
}

static void shuffle(struct wane_mutator *m, struct check_random *random,
                    wane_ref *r)
{
  struct wane_slot *x = thing_slot(r[0], (uint32_t)check_below(random, DECK));
  struct wane_slot *y = thing_slot(r[1], (uint32_t)check_below(random, DECK));
  wane_ref o = wane_load(x);
  switch (check_below(random, 6)) {
  case 0: // out of one array, into a root; later into the other
    if (!o) break;
    world_check(o);
    if (r[2]) wane_store(m, r[1], y, r[2]);
    r[2] = o;
    wane_store(m, r[0], x, NULL);
    break;
  case 1: // a new one, which nobody looks into, takes over
    if (!o) break;
    r[3] = world_need(m, THING_PAIR, 0);
    o = wane_load(x); // the allocation was a safepoint
    wane_init(m, r[3], thing_slot(r[3], 0), o);
    wane_store(m, r[0], x, r[3]);
    break;
  case 2: // and gives it back
    if (!o || thing_length(o) != THING_FIXED) break;
    wane_store(m, r[1], y, wane_load(thing_slot(o, 0)));
    wane_store(m, o, thing_slot(o, 0), NULL);
    break;
  case 3:
    wane_store(m, r[0], x, wane_exchange(m, r[1], y, o));
    break;
  case 4:
    y = thing_slot(r[0], (uint32_t)check_below(random, DECK));
    if (o && !wane_load(y)) wane_array_move(m, r[0], y, x, 1);
    r[3] = r[0];
    r[0] = r[1];
    r[1] = r[3];
    break;
  default:
    if (!o) wane_store(m, r[0], x, world_need(m, THING_PAIR, 0));
  }
}

static void all_that_is_reachable_survives_slices(void **state)
{
  uint64_t seed = *(uint64_t *)*state;
  for (size_t i = 0; i < 2; i++)
    for (uint32_t workers = 1; workers <= 4; workers++) {
      if (tracer_is_bare() && i) continue;
      struct wane_mutator *m =
          tracer_start(tracers[i],
                       &(struct wane_config){.workers = workers,
                                             .mark_slice = 1});
      tracer.after_begin = want_short_slices;
      atomic_store(&is_over, false);
      {
        struct check_random random = {seed + workers};
        pthread_t thread;
        WANE_ROOTS(m, r, 5);
        r[0] = world_need(m, THING_WIDE, DECK);
        r[1] = world_need(m, THING_WIDE, DECK);
        for (uint64_t k = 0; k < BALLAST; k++) {
          wane_ref o = world_need(m, THING_PAIR, 0);
          wane_init(m, o, thing_slot(o, 0), r[4]);
          r[4] = o;
        }
        assert_int_equal(pthread_create(&thread, NULL, collect_always, NULL),
                         0);
        for (uint64_t k = 0; k < world_scaled(200000) || tracer.cycles < 3;
             k++) {
          shuffle(m, &random, r);
          wane_safepoint(m);
        }
        atomic_store(&is_over, true);
        wane_detach(m);
        pthread_join(thread, NULL);
        wane_attach(m);
        // How many more depends on who ran when.
        assert_true(tracer.slices > tracer.begins);
        world_settle(m, NULL, 0, r, 5);
      }
      tracer_end(m);
    }
}

int main(void)
{
  static uint64_t seed;
  seed = check_seed(77010);

  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(just_the_reachable_are_marked, &seed),
      cmocka_unit_test_prestate(few_packets_are_enough, &seed),
      cmocka_unit_test(a_stuck_count_keeps_nothing),
      cmocka_unit_test(a_lost_entry_begins_the_trace_anew),
      cmocka_unit_test(a_walk_does_not_hold_up_a_cycle),
      cmocka_unit_test_prestate(all_that_is_reachable_survives_slices, &seed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
