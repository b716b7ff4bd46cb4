// test_gct_stats.c: statistics of traces small enough to count by hand.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

#include <math.h>

#include "gct_nominal.h"

#define HEAD                                                                   \
  "#!gct 1\ntype 1 flags=1 name=node\ntype 2 flags=2 name=leaf\n"              \
  "type 3 flags=1 name=unused\n"
#define NODE(handle) "alloc " #handle " type=1 bytes=32 slots=2\n"

static struct gct_stats stats_of(const char *text, uint32_t samples)
{
  struct gct_stats_options options = {.samples = samples};
  struct gct_file *file = fixture_text(text);
  struct gct_error error = {0};
  struct gct_stats stats;
  if (gct_stats_make(file, &options, NULL, NULL, &stats, &error) != 0)
    fail_msg("%s", error.reason);
  gct_close(file);
  return stats;
}

static void near(double value, double expected)
{
  if (!(fabs(value - expected) < 1e-9))
    fail_msg("%.12g, expected %.12g", value, expected);
}

// ---- the trace of most tests

//            clock: births, bytes, after the event
static const char story[] =
    HEAD "T0: alloc 0 type=1 bytes=32 slots=2\n" // 1, 32
         "T0: alloc 1 type=2 bytes=16 slots=0\n" // 2, 48
         "T0: write 0.0 1\n"
         "T0: unroot 1\n"
         "T0: mark 1\n"
         "T0: alloc 2 type=1 bytes=64 slots=1\n" // 3, 112
         "T0: drop 2\n"                          // lived 0 births, 0 bytes
         "T0: alloc 2 type=1 bytes=24 slots=1\n" // 4, 136
         "T0: write 2.0 2\n"
         "T0: write 0.1 1\n"
         "T0: unroot 2\n"                       // garbage in a cycle
         "T0: alloc 3 type=1 bytes=8 slots=0\n" // 5, 144
         "T0: write 2.0 nil\n"
         "T0: free 2 cycle\n" // lived 1 birth, 8 bytes
         "T0: write 0.0 nil\n"
         "T0: write 0.1 nil\n"
         "T0: free 1\n"                          // lived 3 births, 96 bytes
         "T0: alloc 1 type=1 bytes=40 slots=1\n" // 6, 184
         "T0: write 1.0 0\n"
         "T0: unroot 0\n" // held by 1
         "T0: root 0\n"
         "T0: mark 2\n"
         "T0: unroot 3\n"; // garbage at the end

static void sizes_and_lifetimes_are_counted(void **state)
{
  struct gct_stats stats = stats_of(story, 1);
  const struct gct_demographics *d = &stats.demographics;
  (void)state;
  assert_int_equal(stats.events, 23);
  assert_int_equal(stats.threads, 1);
  assert_true(stats.total);
  assert_int_equal(d->births, 6);
  assert_int_equal(d->bytes, 184);
  assert_int_equal(d->births_before_mark, 2);
  assert_int_equal(stats.peak_live, 4);
  assert_int_equal(stats.peak_bytes, 112); // before the first DROP
  assert_int_equal(d->size.weight, 6);
  near(8 * d->size.sum, 184);
  assert_int_equal(d->size.bins[8], 1); // 64 bytes
  assert_int_equal(d->size_bytes.weight, 184);
  assert_int_equal(d->size_bytes.bins[8], 64);
  assert_int_equal(d->life_births.weight, 3);
  assert_int_equal(d->life_births.bins[0], 1);
  assert_int_equal(d->life_births.bins[1], 1);
  assert_int_equal(d->life_births.bins[3], 1);
  near(d->life_bytes.sum, 0 + 8 + 96);
  assert_int_equal(d->life_bytes.max, 96);
  assert_int_equal(d->life_of_bytes.weight, 64 + 24 + 16);
  assert_int_equal(d->life_of_bytes.bins[3], 16);
  assert_int_equal(d->life_cycle.weight, 1);
  assert_int_equal(d->life_cycle.max, 1);
  gct_stats_free(&stats);
}

static void ends_are_told_apart(void **state)
{
  struct gct_stats stats = stats_of(story, 1);
  const struct gct_demographics *d = &stats.demographics;
  (void)state;
  assert_int_equal(d->ends[GCT_END_COUNT], 2);
  assert_int_equal(d->ends[GCT_END_CYCLE], 1);
  assert_int_equal(d->ends[GCT_END_LIVE], 2);
  assert_int_equal(d->ends[GCT_END_GARBAGE], 1);
  assert_int_equal(d->end_bytes[GCT_END_COUNT], 64 + 16);
  assert_int_equal(d->end_bytes[GCT_END_CYCLE], 24);
  assert_int_equal(d->end_bytes[GCT_END_LIVE], 32 + 40);
  assert_int_equal(d->end_bytes[GCT_END_GARBAGE], 8);
  gct_stats_free(&stats);
}

static void references_to_an_object_are_counted(void **state)
{
  struct gct_stats stats = stats_of(story, 1);
  const struct gct_demographics *d = &stats.demographics;
  (void)state;
  // 2 references: the leaf; 1: itself, and the first node; 0: the others.
  assert_int_equal(d->in_edges.bins[0], 3);
  assert_int_equal(d->in_edges.bins[1], 2);
  assert_int_equal(d->in_edges.bins[2], 1);
  assert_int_equal(d->lonely, 3);
  assert_int_equal(d->most_references, 2);
  gct_stats_free(&stats);
}

static void types_have_their_share(void **state)
{
  struct gct_stats stats = stats_of(story, 1);
  (void)state;
  assert_int_equal(stats.n_types, 3);
  assert_int_equal(stats.types_used, 2);
  assert_int_equal(stats.types[0].births, 5);
  assert_int_equal(stats.types[0].bytes, 168);
  assert_int_equal(stats.types[0].ends[GCT_END_COUNT], 1);
  assert_int_equal(stats.types[0].ends[GCT_END_CYCLE], 1);
  assert_int_equal(stats.types[0].ends[GCT_END_LIVE], 2);
  assert_int_equal(stats.types[0].ends[GCT_END_GARBAGE], 1);
  assert_int_equal(stats.types[0].lonely, 3);
  assert_int_equal(stats.types[0].lifetime, 1);
  assert_int_equal(stats.types[1].births, 1);
  assert_int_equal(stats.types[1].lifetime, 3);
  assert_int_equal(stats.types[1].lonely, 0);
  gct_stats_free(&stats);
}

// ---- mutators

static void writes_and_roots_are_counted(void **state)
{
  struct gct_stats stats = stats_of(story, 1);
  (void)state;
  assert_int_equal(stats.mutation.first_writes, 4);
  assert_int_equal(stats.mutation.later_writes, 3);
  assert_int_equal(stats.mutation.nil_writes, 3);
  assert_int_equal(stats.mutation.roots, 1);
  assert_int_equal(stats.mutation.unroots, 5);
  assert_int_equal(stats.mutation.finalizable, 1);
  gct_stats_free(&stats);
}

static void slot_of_a_recycled_handle_is_new(void **state)
{
  struct gct_stats stats = stats_of(
      HEAD "T0: " NODE(0) "T0: write 0.1 nil\nT0: drop 0\nT0: " NODE(
          0) "T0: write 0.1 nil\nT0: write 0.0 nil\nT0: write 0.1 nil\n",
      1);
  (void)state;
  assert_int_equal(stats.mutation.first_writes, 3);
  assert_int_equal(stats.mutation.later_writes, 1);
  gct_stats_free(&stats);
}

static void rare_events_are_counted(void **state)
{
  struct gct_stats stats = stats_of(
      HEAD "T0: " NODE(0) "T0: " NODE(1) "T0: weak 0 1 callback\n"
                                         "T0: weak 0 nil\n"
                                         "T0: weak 0 1\n"
                                         "T0: resize 0 bytes=64 slots=9\n"
                                         "T0: finalizer 1\n"
                                         "T0: finalizer 1 ran\n"
                                         "T0: finalizer 0\n"
                                         "T0: pin 0\n"
                                         "T0: pin 0 end\n"
                                         "T0: write 0.0 1\n"
                                         "T0: root 1 from 0.0\n",
      1);
  const struct gct_mutation *m = &stats.mutation;
  (void)state;
  assert_int_equal(m->weak_set, 2);
  assert_int_equal(m->weak_cleared, 1);
  assert_int_equal(m->weak_callbacks, 1);
  assert_int_equal(m->resizes, 1);
  assert_int_equal(m->finalizers, 2);
  assert_int_equal(m->finalizers_ran, 1);
  assert_int_equal(m->pins, 1);
  assert_int_equal(m->roots, 1);
  assert_int_equal(m->loads, 1);
  gct_stats_free(&stats);
}

// ---- sharing

static void sharing_between_threads_is_counted(void **state)
{
  struct gct_stats stats =
      stats_of(HEAD "T0: " NODE(0) "T0: " NODE(1) // touches 0, 1
               "T0: write 0.0 1\n"                // touches 0, 1
               "T1: wait T0 3\n"
               "T1: root 1\n"   // foreign, transferred, first of another thread
               "T1: unroot 1\n" // foreign
               "T0: wait T1 3\n"
               "T0: unroot 1\n" // transferred back
               "T0: write 0.0 nil\n"
               "T1: wait T0 6\n"
               "T1: free 1\n" // foreign, transferred
               "T1: " NODE(1) // a new object, its own
               "T1: drop 1\n",
               1);
  const struct gct_sharing *s = &stats.sharing;
  (void)state;
  assert_int_equal(s->hand_overs, 3);
  assert_int_equal(s->touches, 2 + 2 + 2 + 1 + 1 + 1 + 2);
  assert_int_equal(s->foreign, 3);
  assert_int_equal(s->transfers, 3);
  assert_int_equal(s->shared, 1);
  assert_int_equal(s->foreign_deaths, 1);
  gct_stats_free(&stats);
}

// ---- critical paths

static void paths_are(const char *text, uint64_t work, uint64_t waits,
                      uint64_t touch, uint64_t sufficient, uint64_t binding)
{
  struct gct_stats stats = stats_of(text, 1);
  assert_int_equal(stats.paths.work, work);
  assert_int_equal(stats.paths.waits, waits);
  assert_int_equal(stats.paths.touch, touch);
  assert_int_equal(stats.paths.sufficient, sufficient);
  assert_int_equal(stats.paths.binding, binding);
  gct_stats_free(&stats);
}

static void threads_that_share_nothing_run_at_once(void **state)
{
  (void)state;
  paths_are(HEAD "T0: " NODE(0) "T1: wait T0 1\nT1: " NODE(1), 2, 2, 1, 1, 0);
}

static void wait_names_an_event_of_long_ago(void **state)
{
  (void)state;
  // T0 is at 5 when T1 asks for its second event, which was over at 2.
  paths_are(HEAD "T0: gc 0\nT0: gc 0\nT0: gc 0\nT0: gc 0\nT0: gc 0\n"
                 "T1: wait T0 2\nT1: gc 0\nT1: gc 0\nT1: gc 0\nT1: gc 0\n",
            9, 6, 5, 5, 0);
  // And across a WAIT of its own: T1's third event is over at 2 + 1.
  paths_are(HEAD "T0: gc 0\nT0: gc 0\nT0: wait T1 3\nT0: gc 0\nT0: gc 0\n"
                 "T1: gc 0\nT1: wait T0 2\nT1: gc 0\nT1: gc 0\n",
            7, 5, 4, 4, 0);
}

static void wait_may_name_a_wait(void **state)
{
  (void)state;
  // T0's second event is a WAIT until 3, so that is when T2 goes on.
  paths_are(HEAD "T0: gc 0\nT0: wait T1 3\n"
                 "T1: gc 0\nT1: gc 0\nT1: gc 0\n"
                 "T2: wait T0 2\nT2: gc 0\n",
            5, 4, 3, 3, 0);
}

static void barrier_lets_all_go_on_at_once(void **state)
{
  (void)state;
  paths_are(HEAD "T0: gc 0\nT0: gc 0\nT0: ckpt 0\nT0: gc 0\n"
                 "T1: ckpt 0\nT1: gc 0\nT1: gc 0\nT1: wait T0 4\nT1: gc 0\n",
            6, 5, 3, 3, 0);
}

static void use_comes_after_birth(void **state)
{
  (void)state;
  paths_are(HEAD "T0: " NODE(0) "T1: wait T0 1\nT1: unroot 0\n", 2, 2, 2, 2, 1);
}

static void touch_keeps_its_place_but_nothing_needs_it(void **state)
{
  (void)state;
  // birth 1, root 2, unroot 3 by touch; both at 2 by need.
  paths_are(HEAD "T0: " NODE(0) "T1: wait T0 1\nT1: root 0\nT0: wait T1 2\n"
                                "T0: unroot 0\n",
            3, 3, 3, 2, 1);
}

static void root_comes_after_the_first_publication(void **state)
{
  (void)state;
  // T0: births 1, 2, published at 4, again at 6. T1 roots at 5.
  paths_are(HEAD "T0: " NODE(0) "T0: " NODE(
                1) "T0: gc 0\nT0: write 0.0 1\n"
                   "T0: gc 0\nT0: write 0.1 1\nT1: wait T0 6\nT1: root 1\n",
            7, 7, 7, 6, 1);
  paths_are(HEAD "T0: " NODE(0) "T0: " NODE(
                1) "T0: gc 0\nT0: write 0.0 1\n"
                   "T0: gc 0\nT0: write 0.1 1\nT1: wait T0 6\nT1: root 1\n"
                   "T1: gc 0\nT1: gc 0\nT1: gc 0\n",
            10, 10, 10, 8, 1);
}

static void loaded_root_comes_after_the_write_of_its_slot(void **state)
{
  (void)state;
  paths_are(HEAD "T0: " NODE(0) "T0: " NODE(
                1) "T0: gc 0\nT0: write 0.0 1\nT0: gc 0\nT0: write 0.1 1\n"
                   "T1: wait T0 6\nT1: root 1 from 0.1\n",
            7, 7, 7, 7, 1);
}

static void last_reference_goes_after_the_root(void **state)
{
  (void)state;
  // T1 roots at 5; only then may T0 overwrite the only reference.
  paths_are(HEAD "T0: " NODE(0) "T0: " NODE(
                1) "T0: write 0.0 1\n"
                   "T1: gc 0\nT1: gc 0\nT1: gc 0\nT1: gc 0\nT1: wait T0 3\n"
                   "T1: root 1\nT0: wait T1 6\nT0: write 0.0 nil\n",
            9, 6, 5, 6, 1);
  // The same when the owner of the reference dies: unroot 4, free 6.
  paths_are(HEAD "T0: " NODE(0) "T0: " NODE(
                1) "T0: write 0.0 1\n"
                   "T1: gc 0\nT1: gc 0\nT1: gc 0\nT1: gc 0\nT1: wait T0 3\n"
                   "T1: root 1\nT0: wait T1 6\nT0: unroot 0\nT0: free 0\n",
            10, 7, 5, 6, 1);
  // A second reference is left: nothing to wait for.
  paths_are(HEAD "T0: " NODE(0) "T0: " NODE(
                1) "T0: write 0.0 1\nT0: write 0.1 1\n"
                   "T1: gc 0\nT1: gc 0\nT1: gc 0\nT1: gc 0\nT1: gc 0\n"
                   "T1: wait T0 4\nT1: root 1\nT0: wait T1 7\n"
                   "T0: write 0.0 nil\n",
            11, 7, 6, 6, 0);
}

static void writes_to_a_slot_keep_their_order(void **state)
{
  (void)state;
  paths_are(HEAD "T0: " NODE(0) "T0: gc 0\nT0: gc 0\nT0: write 0.0 nil\n"
                                "T1: wait T0 4\nT1: write 0.0 nil\n",
            5, 5, 5, 5, 1);
  paths_are(HEAD "T0: " NODE(0) "T0: gc 0\nT0: gc 0\nT0: write 0.0 nil\n"
                                "T1: wait T0 4\nT1: write 0.1 nil\n",
            5, 5, 5, 4, 1);
}

static void recycled_handle_has_no_past(void **state)
{
  (void)state;
  paths_are(HEAD "T0: " NODE(0) "T0: gc 0\nT0: gc 0\nT0: drop 0\n"
                                "T1: wait T0 4\nT1: " NODE(0) "T1: drop 0\n",
            6, 6, 4, 4, 0);
}

// ---- samples

static void samples_come_at_equal_steps_of_births(void **state)
{
  struct gct_stats stats = stats_of(story, 3);
  const struct gct_sample *s = stats.samples;
  (void)state;
  assert_int_equal(stats.n_samples, 3);
  assert_int_equal(s[0].births, 2);
  assert_int_equal(s[0].event, 2);
  assert_int_equal(s[0].bytes, 48);
  assert_int_equal(s[0].roots, 2);
  assert_int_equal(s[0].rooted, 2);
  assert_int_equal(s[0].edges, 0);
  assert_int_equal(s[1].births, 4);
  assert_int_equal(s[1].live, 3);
  assert_int_equal(s[1].live_bytes, 32 + 16 + 24);
  assert_int_equal(s[1].rooted, 2);
  assert_int_equal(s[1].reachable, 3);
  assert_int_equal(s[1].edges, 1);
  assert_int_equal(s[2].births, 6);
  assert_int_equal(s[2].event, 23);
  assert_int_equal(s[2].live, 3);
  assert_int_equal(s[2].reachable, 2);
  assert_int_equal(s[2].reachable_bytes, 72);
  assert_int_equal(s[2].edges, 1);
  assert_int_equal(s[2].roots, 2);
  assert_int_equal(s[2].cyclic, 0);
  gct_stats_free(&stats);
}

static void more_samples_than_births_are_fine(void **state)
{
  struct gct_stats stats = stats_of(HEAD "T0: " NODE(0) "T0: drop 0\n", 50);
  (void)state;
  assert_in_range(stats.n_samples, 1, 50);
  assert_int_equal(stats.samples[stats.n_samples - 1].live, 0);
  gct_stats_free(&stats);
  stats = stats_of("#!gct 1\n", 50);
  assert_int_equal(stats.demographics.births, 0);
  gct_stats_free(&stats);
}

static void what_a_sample_finds_dead_is_noted(void **state)
{
  // A sample after birth 5 sees handle 2, a cycle, before it is freed.
  struct gct_stats stats = stats_of(story, 6);
  (void)state;
  assert_int_equal(stats.samples[4].births, 5);
  assert_int_equal(stats.samples[4].garbage_cyclic, 1);
  assert_int_equal(stats.demographics.seen_dead, 1);
  gct_stats_free(&stats);
}

// ---- cycles

static void components_are_found(void **state)
{
  // 0 -> 1 <-> 2 -> 3, all held by 0; 4 is its own cycle, 5 hangs from it;
  // 6 -> 7 -> 6 is garbage.
  struct gct_stats stats = stats_of(
      HEAD
      "T0: " NODE(0) "T0: " NODE(1) "T0: " NODE(2) "T0: " NODE(3) "T0: " NODE(
          4) "T0: " NODE(5) "T0: " NODE(6) "T0: " NODE(7) "T0: write 0.0 "
                                                          "1\nT0: write 1.0 "
                                                          "2\nT0: write 2.1 1\n"
                                                          "T0: write 2.0 "
                                                          "3\nT0: write 4.1 "
                                                          "4\nT0: write 4.0 5\n"
                                                          "T0: write 6.0 "
                                                          "7\nT0: write 7.0 6\n"
                                                          "T0: unroot 1\nT0: "
                                                          "unroot 2\nT0: "
                                                          "unroot 3\nT0: "
                                                          "unroot 4\n"
                                                          "T0: unroot 5\nT0: "
                                                          "unroot 6\nT0: "
                                                          "unroot 7\n",
      1);
  const struct gct_sample *s = &stats.samples[0];
  (void)state;
  assert_int_equal(s->live, 8);
  assert_int_equal(s->reachable, 4);
  assert_int_equal(s->edges, 4);
  assert_int_equal(s->cyclic, 2);
  assert_int_equal(s->garbage_cyclic, 3);
  assert_int_equal(s->components, 3);
  assert_int_equal(s->largest, 2);
  gct_stats_free(&stats);
}

// A chain of so many objects, closed to a ring if asked, held by its first.
static struct gct_stats chain(uint32_t n, bool ring)
{
  struct gct_writer *writer;
  struct gct_error error;
  struct gct_file *file;
  struct gct_stats stats;
  struct gct_stats_options options = {.samples = 1};
  assert_int_equal(gct_writer_open(fixture_path[0],
                                   &(struct gct_writer_options){.level = 1},
                                   &writer, &error),
                   0);
  gct_writer_thread(writer, 0);
  gct_writer_type(writer, &(struct gct_type){.id = 1, .name = "a"});
  for (uint32_t i = 0; i < n; i++) {
    struct gct_event birth = {
        .op = GCT_ALLOC, .handle = i, .slots = 1, .words = 4};
    gct_writer_event(writer, 0, &birth, NULL);
  }
  for (uint32_t i = 0; i < n; i++) {
    struct gct_event write = {
        .op = GCT_WRITE, .handle = i, .target = i + 1 < n ? i + 1 : 0};
    struct gct_event unroot = {.op = GCT_UNROOT, .handle = i};
    if (i + 1 < n || ring) gct_writer_event(writer, 0, &write, NULL);
    if (i > 0) gct_writer_event(writer, 0, &unroot, NULL);
  }
  assert_int_equal(gct_writer_close(writer, &error), 0);
  file = fixture_open(fixture_path[0]);
  assert_int_equal(gct_stats_make(file, &options, NULL, NULL, &stats, &error),
                   0);
  gct_close(file);
  return stats;
}

static void depth_costs_no_stack(void **state)
{
  const uint32_t n = 100000;
  struct gct_stats stats = chain(n, false);
  (void)state;
  assert_int_equal(stats.samples[0].reachable, n);
  assert_int_equal(stats.samples[0].cyclic, 0);
  gct_stats_free(&stats);
  stats = chain(n, true);
  assert_int_equal(stats.samples[0].reachable, n);
  assert_int_equal(stats.samples[0].cyclic, n);
  assert_int_equal(stats.samples[0].components, 1);
  assert_int_equal(stats.samples[0].largest, n);
  gct_stats_free(&stats);
}

// Which objects are on a cycle, by closing the relation "refers to" over all
// pairs. Returns how many of them reached[] does and does not contain.
static void close_relation(const struct gct_graph *graph, const bool *reached,
                           uint64_t cyclic[2])
{
  static bool leads[256][256];
  memset(leads, 0, sizeof leads);
  for (uint32_t i = 0; i < 256; i++)
    for (uint32_t slot = 0; slot < gct_graph_object(graph, i).n_slots; slot++) {
      uint32_t target = gct_graph_target(graph, i, slot);
      if (target != GCT_NIL) leads[i][target] = true;
    }
  for (uint32_t k = 0; k < 256; k++)
    for (uint32_t i = 0; i < 256; i++)
      for (uint32_t j = 0; leads[i][k] && j < 256; j++)
        leads[i][j] |= leads[k][j];
  cyclic[0] = cyclic[1] = 0;
  for (uint32_t i = 0; i < 256; i++) {
    bool held = reached[i];
    for (uint32_t j = 0; j < 256; j++) held |= reached[j] && leads[j][i];
    cyclic[held] += leads[i][i];
  }
}

static void random_graphs_agree_with_the_plainest_search(void **state)
{
  uint64_t seed = fixture_seed();
  struct gct_stats_options options = {.samples = 3};
  struct gct_error error;
  struct gct_stats stats;
  uint64_t cyclic[2];
  (void)state;
  for (int round = 0; round < 8; round++) {
    bool rooted[256];
    uint32_t thread;
    fixture_random_trace(fixture_path[0], seed + (uint64_t)round * 1000, 3,
                         2000, 0);
    struct gct_file *file = fixture_open(fixture_path[0]);
    struct gct_graph *graph = gct_graph_new(256, false);
    struct gct_walk *walk = gct_walk_open(file, &error);
    for (const struct gct_event *e; (e = gct_walk_next(walk, &thread));)
      assert_null(gct_graph_apply(graph, e));
    for (uint32_t i = 0; i < 256; i++) {
      struct gct_graph_object object = gct_graph_object(graph, i);
      rooted[i] = object.live && object.roots > 0;
    }
    close_relation(graph, rooted, cyclic);
    struct gct_oracle oracle = {0};
    gct_graph_oracle(graph, &oracle);
    assert_int_equal(gct_stats_make(file, &options, NULL, NULL, &stats, &error),
                     0);
    const struct gct_sample *last = &stats.samples[stats.n_samples - 1];
    assert_int_equal(last->reachable, oracle.objects);
    assert_int_equal(last->reachable_bytes, oracle.bytes);
    assert_int_equal(last->edges, oracle.edges);
    assert_int_equal(last->cyclic, cyclic[1]);
    assert_int_equal(last->garbage_cyclic, cyclic[0]);
    // And what holds for every trace in a total order.
    const struct gct_demographics *d = &stats.demographics;
    assert_int_equal(d->births,
                     d->ends[0] + d->ends[1] + d->ends[2] + d->ends[3]);
    assert_int_equal(d->in_edges.weight, d->births);
    assert_int_equal(last->live, d->ends[2] + d->ends[3]);
    assert_int_equal(stats.paths.waits, stats.paths.work);
    assert_true(stats.paths.sufficient <= stats.paths.touch);
    assert_true(stats.paths.touch <= stats.paths.work);
    gct_stats_free(&stats);
    gct_walk_close(walk);
    gct_graph_free(graph);
    gct_close(file);
  }
}

// ---- errors

static void malformed_meaning_is_refused(void **state)
{
  struct gct_stats_options options = {.samples = 1};
  struct gct_error error = {0};
  struct gct_stats stats;
  struct gct_file *file =
      fixture_text(HEAD "T0: " NODE(0) "T0: drop 0\nT0: root 0\n");
  (void)state;
  assert_int_equal(gct_stats_make(file, &options, NULL, NULL, &stats, &error),
                   -EBADMSG);
  assert_non_null(strstr(error.reason, "handle 0 is free"));
  gct_close(file);
  file = fixture_text("#!gct 1\nT0: wait T1 1\nT1: wait T0 1\n");
  assert_int_equal(gct_stats_make(file, &options, NULL, NULL, &stats, &error),
                   -EBADMSG);
  assert_non_null(strstr(error.reason, "closes a cycle"));
  gct_close(file);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_and_lifetimes_are_counted),
      cmocka_unit_test(ends_are_told_apart),
      cmocka_unit_test(references_to_an_object_are_counted),
      cmocka_unit_test(types_have_their_share),
      cmocka_unit_test(writes_and_roots_are_counted),
      cmocka_unit_test(slot_of_a_recycled_handle_is_new),
      cmocka_unit_test(rare_events_are_counted),
      cmocka_unit_test(sharing_between_threads_is_counted),
      cmocka_unit_test(threads_that_share_nothing_run_at_once),
      cmocka_unit_test(wait_names_an_event_of_long_ago),
      cmocka_unit_test(wait_may_name_a_wait),
      cmocka_unit_test(barrier_lets_all_go_on_at_once),
      cmocka_unit_test(use_comes_after_birth),
      cmocka_unit_test(touch_keeps_its_place_but_nothing_needs_it),
      cmocka_unit_test(root_comes_after_the_first_publication),
      cmocka_unit_test(loaded_root_comes_after_the_write_of_its_slot),
      cmocka_unit_test(last_reference_goes_after_the_root),
      cmocka_unit_test(writes_to_a_slot_keep_their_order),
      cmocka_unit_test(recycled_handle_has_no_past),
      cmocka_unit_test(samples_come_at_equal_steps_of_births),
      cmocka_unit_test(more_samples_than_births_are_fine),
      cmocka_unit_test(what_a_sample_finds_dead_is_noted),
      cmocka_unit_test(components_are_found),
      cmocka_unit_test(depth_costs_no_stack),
      cmocka_unit_test(random_graphs_agree_with_the_plainest_search),
      cmocka_unit_test(malformed_meaning_is_refused),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
