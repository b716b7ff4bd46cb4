// test_gct_cut.c: a cut trace is a trace; its oracles are those of a prefix.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

static struct gct_cut_result cut(const struct gct_file *file, const char *path,
                                 const struct gct_cut_options *options)
{
  struct gct_cut_result result;
  struct gct_error error;
  if (gct_cut(file, path, options, NULL, NULL, &result, &error) != 0)
    fail_msg("%s: %s", error.chunk, error.reason);
  return result;
}

static struct gct_report verified(const char *path)
{
  struct gct_file *file = fixture_open(path);
  struct gct_report report;
  struct gct_error error;
  if (gct_verify(file, NULL, NULL, &report, &error) != 0)
    fail_msg("%llu:%s: %s", (unsigned long long)error.offset, error.chunk,
             error.reason);
  assert_int_equal(report.compared, gct_info(file)->n_checkpoints);
  for (uint32_t i = 0; i < gct_info(file)->n_checkpoints; i++)
    assert_int_equal(gct_info(file)->checkpoints[i].threads,
                     gct_info(file)->n_threads);
  gct_close(file);
  return report;
}

// The graph after the first n events, by walk and graph alone.
static struct gct_oracle prefix_oracle(const struct gct_file *file, uint64_t n)
{
  struct gct_oracle oracle = {0};
  struct gct_error error;
  uint32_t thread;
  struct gct_walk *walk = gct_walk_open(file, &error);
  struct gct_graph *graph = gct_graph_new(gct_info(file)->max_handles, false);
  for (const struct gct_event *e; n > 0 && (e = gct_walk_next(walk, &thread));
       n--)
    assert_null(gct_graph_apply(graph, e));
  gct_graph_oracle(graph, &oracle);
  gct_graph_free(graph);
  gct_walk_close(walk);
  return oracle;
}

static void every_prefix_of_a_small_trace_is_exact(void **state)
{
  uint64_t seed = fixture_seed();
  (void)state;
  for (uint32_t threads = 1; threads <= 4; threads++) {
    fixture_random_trace(fixture_path[0], fixture_random(&seed), threads, 800,
                         0);
    struct gct_file *file = fixture_open(fixture_path[0]);
    for (uint64_t n = 1; n < 820; n += 7) {
      struct gct_cut_options options = {.events = n, .every = n % 5 * 40};
      struct gct_cut_result made = cut(file, fixture_path[1], &options);
      assert_true(made.events >= n || made.events >= 800);
      struct gct_oracle oracle = prefix_oracle(file, made.events);
      assert_true(gct_oracle_equal(&oracle, &made.final));
      struct gct_report report = verified(fixture_path[1]);
      assert_true(gct_oracle_equal(&oracle, &report.final));
      assert_true(report.total);
    }
    gct_close(file);
  }
}

static void cut_of_a_cut_changes_nothing(void **state)
{
  struct gct_cut_options options = {.every = 300};
  (void)state;
  fixture_random_trace(fixture_path[0], 21, 3, 4000, 0);
  struct gct_file *file = fixture_open(fixture_path[0]);
  cut(file, fixture_path[1], &options);
  gct_close(file);
  options.every = 0;
  file = fixture_open(fixture_path[1]);
  struct gct_cut_result again = cut(file, fixture_path[2], &options);
  gct_close(file);
  assert_int_equal(again.moved + again.guards, 0);
  struct bytes a = fixture_load(fixture_path[1]);
  struct bytes b = fixture_load(fixture_path[2]);
  assert_int_equal(a.n, b.n);
  assert_memory_equal(a.at, b.at, a.n);
  free(a.at);
  free(b.at);
}

#define HEAD "#!gct 1\ntype 1 flags=1 name=node\n"
#define NEW(handle) "alloc " #handle " type=1 bytes=32 slots=2\n"

static const struct gct_info *cut_text(const char *text,
                                       const struct gct_cut_options *options,
                                       struct gct_file **made,
                                       struct gct_cut_result *result)
{
  struct gct_file *file = fixture_text(text);
  *result = cut(file, fixture_path[0], options);
  gct_close(file);
  verified(fixture_path[0]);
  *made = fixture_open(fixture_path[0]);
  return gct_info(*made);
}

static void checkpoint_of_one_thread_becomes_a_barrier(void **state)
{
  struct gct_cut_options options = {0};
  struct gct_cut_result result;
  struct gct_file *made;
  struct gct_error error;
  (void)state;
  const struct gct_info *info =
      cut_text(HEAD "T0: " NEW(0) "T1: wait T0 1\nT1: ckpt 0\nT1: " NEW(
                   1) "T0: wait T1 3\nT0: drop 1\n",
               &options, &made, &result);
  assert_int_equal(info->n_checkpoints, 2);
  assert_int_equal(info->by_op[GCT_CHECKPOINT], 4);
  struct gct_stream *stream = gct_stream_open(made, 0, &error);
  assert_int_equal(gct_next(stream)->op, GCT_ALLOC);
  assert_int_equal(gct_next(stream)->op, GCT_CHECKPOINT);
  assert_int_equal(gct_next(stream)->seq, 3);
  gct_stream_close(stream);
  gct_close(made);
}

static void waits_are_renumbered_behind_added_checkpoints(void **state)
{
  struct gct_cut_options options = {.every = 2};
  struct gct_cut_result result;
  struct gct_file *made;
  (void)state;
  const struct gct_info *info = cut_text(
      "#!gct 1\nT0: gc 0\nT0: gc 1\nT0: gc 2\nT1: wait T0 3\nT1: gc 0\n"
      "T0: wait T1 2\nT0: gc 3\n",
      &options, &made, &result);
  assert_int_equal(info->n_checkpoints, 4);
  gct_close(made);
}

static void partial_order_stays_partial(void **state)
{
  struct gct_cut_options options = {.every = 2};
  struct gct_cut_result result;
  struct gct_file *made;
  (void)state;
  const struct gct_info *info = cut_text(
      HEAD "T0: " NEW(0) "T0: " NEW(1) "T0: gc 0\nT1: wait T0 1\nT1: " NEW(
          2) "T1: write 2.0 0\nT2: gc 0\n",
      &options, &made, &result);
  assert_int_equal(info->header_flags & GCT_ALWAYS_HELD, 0);
  assert_int_equal(info->by_op[GCT_WAIT], 1);
  gct_close(made);
}

static void threads_behind_the_cut_are_left_out(void **state)
{
  struct gct_cut_options options = {.events = 2};
  struct gct_cut_result result;
  struct gct_file *made;
  (void)state;
  const struct gct_info *info =
      cut_text("#!gct 1\nT0: gc 0\nT0: gc 1\nT5: wait T0 2\nT5: gc 1\n",
               &options, &made, &result);
  assert_int_equal(info->n_threads, 1);
  assert_int_equal(info->n_events, 3);
  gct_close(made);
}

static void slots_become_exact_unless_kept(void **state)
{
  static const char text[] = HEAD "T0: " NEW(0) "T0: write 0.9 0\nT0: gc 0\n";
  struct gct_cut_options options = {.keep_slots = true};
  struct gct_cut_result result;
  struct gct_file *made;
  (void)state;
  const struct gct_info *info = cut_text(text, &options, &made, &result);
  assert_int_equal(info->header_flags & GCT_EXACT_SLOTS, 0);
  gct_close(made);
  options.keep_slots = false;
  info = cut_text(text, &options, &made, &result);
  assert_int_equal(info->header_flags & GCT_EXACT_SLOTS, GCT_EXACT_SLOTS);
  gct_close(made);
}

static void object_between_list_and_local_variable_is_held(void **state)
{
  struct gct_cut_options options = {0};
  struct gct_cut_result result;
  struct gct_file *made;
  (void)state;
  // A ROOT behind the WRITE that takes the last reference is moved.
  const struct gct_info *info = cut_text(
      HEAD
      "T0: " NEW(0) "T0: " NEW(1) "T0: write 0.0 1\nT0: unroot 1\n"
                                  "T0: gc 0\nT0: write 0.0 nil\nT0: root 1\n",
      &options, &made, &result);
  assert_int_equal(result.moved, 1);
  assert_int_equal(result.guards, 0);
  assert_int_equal(info->header_flags & GCT_ALWAYS_HELD, GCT_ALWAYS_HELD);
  gct_close(made);
  // A WRITE behind it is guarded.
  info = cut_text(HEAD "T0: " NEW(0) "T0: " NEW(
                      1) "T0: write 0.0 1\nT0: unroot 1\n"
                         "T0: gc 0\nT0: write 0.0 nil\nT0: write 0.1 1\n",
                  &options, &made, &result);
  assert_int_equal(result.guards, 1);
  assert_int_equal(info->by_op[GCT_UNROOT], 2);
  assert_int_equal(info->header_flags & GCT_ALWAYS_HELD, GCT_ALWAYS_HELD);
  gct_close(made);
  options.keep_order = true;
  info = cut_text(HEAD "T0: " NEW(0) "T0: " NEW(
                      1) "T0: write 0.0 1\nT0: unroot 1\n"
                         "T0: gc 0\nT0: write 0.0 nil\nT0: root 1\n",
                  &options, &made, &result);
  assert_int_equal(result.moved, 0);
  assert_int_equal(info->header_flags & GCT_ALWAYS_HELD, 0);
  gct_close(made);
}

static void guard_of_an_object_that_dies_ends_before_it(void **state)
{
  struct gct_cut_options options = {0};
  struct gct_cut_result result;
  struct gct_file *made;
  (void)state;
  cut_text(HEAD "T0: " NEW(0) "T0: " NEW(
               1) "T0: write 0.0 1\nT0: unroot 1\n"
                  "T0: gc 0\nT0: write 0.0 nil\nT0: write 0.1 1\n"
                  "T0: write 0.1 nil\nT0: free 1\nT0: gc 1\n",
           &options, &made, &result);
  assert_int_equal(result.guards, 1);
  assert_int_equal(gct_info(made)->header_flags & GCT_ALWAYS_HELD,
                   GCT_ALWAYS_HELD);
  gct_close(made);
}

// 0 is a dead cycle that keeps 1; then a weak means hands 1 out again.
#define LOST                                                                   \
  HEAD "T0: " NEW(0) "T0: " NEW(1) "T0: write 0.0 0\nT0: write 0.1 1\n"        \
                                   "T0: unroot 1\nT0: unroot 0\nT0: gc 0\n"   \
                                   "T1: wait T0 7\nT1: gc 1\n"                \
                                   "T0: wait T1 2\nT0: root 1\n"

static void a_revived_object_is_kept_from_its_birth(void **state)
{
  struct gct_cut_options options = {.every = 2};
  struct gct_cut_result result;
  struct gct_error error;
  struct gct_file *made;
  (void)state;
  // Unmarked, its use is one that no collector could know of.
  struct gct_file *file = fixture_text(LOST "T0: gc 2\nT0: unroot 1\n");
  assert_int_equal(
      gct_cut(file, fixture_path[0], &options, NULL, NULL, &result, &error),
      -EBADMSG);
  assert_non_null(strstr(error.reason, "was unreachable at a checkpoint"));
  gct_close(file);
  const struct gct_info *info =
      cut_text(LOST "T0: ext 1 01000000\nT0: gc 2\nT0: unroot 1\nT0: gc 3\n",
               &options, &made, &result);
  assert_int_equal(info->by_op[GCT_EXT], 0);
  assert_int_equal(info->by_op[GCT_ROOT], 2);
  assert_int_equal(info->by_op[GCT_UNROOT], 4);
  assert_int_equal(result.final.objects, 0);
  struct gct_stream *stream = gct_stream_open(made, 0, &error);
  const struct gct_event *e = gct_next(stream);
  while (e->op != GCT_ALLOC || e->handle != 1) e = gct_next(stream);
  e = gct_next(stream);
  assert_int_equal(e->op, GCT_ROOT);
  assert_int_equal(e->handle, 1);
  gct_stream_close(stream);
  gct_close(made);
  // Revived behind the part that is kept: no business of this part.
  options.events = 8;
  info = cut_text(LOST "T0: ext 1 01000000\nT0: gc 2\n", &options, &made,
                  &result);
  assert_int_equal(info->by_op[GCT_ROOT], 0);
  gct_close(made);
}

static void finalizers_may_use_what_they_reach(void **state)
{
  static const char text[] =
      HEAD "T0: " NEW(0) "T0: " NEW(1) "T0: finalizer 0\nT0: write 0.0 1\n"
                                       "T0: unroot 1\nT0: unroot 0\nT0: gc 0\n"
                                       "T0: gc 1\n";
  struct gct_cut_options options = {.every = 7};
  struct gct_cut_result result;
  struct gct_error error;
  struct gct_file *made;
  char more[512];
  (void)state;
  snprintf(more, sizeof more, "%s%s", text,
           "T0: root 0\nT0: finalizer 0 ran\nT0: write 0.1 1\nT0: unroot 0\n"
           "T0: gc 2\nT0: gc 3\nT0: gc 4\n");
  cut_text(more, &options, &made, &result);
  assert_int_equal(gct_info(made)->checkpoints[0].oracle.objects, 0);
  gct_close(made);
  // Once it has run, what it did not bring back is lost.
  snprintf(more, sizeof more, "%s%s", text,
           "T0: finalizer 0 ran\nT0: gc 2\nT0: gc 3\nT0: gc 4\nT0: gc 5\n"
           "T0: gc 6\nT0: gc 7\nT0: gc 8\nT0: root 1\n");
  struct gct_file *file = fixture_text(more);
  assert_int_equal(
      gct_cut(file, fixture_path[0], &options, NULL, NULL, &result, &error),
      -EBADMSG);
  gct_close(file);
}

static void what_was_lost_before_its_run_is_beyond_help(void **state)
{
  struct gct_cut_options options = {0};
  struct gct_cut_result result;
  struct gct_file *made;
  (void)state;
  cut_text(HEAD "T0: " NEW(0) "T0: unroot 0\nT0: gc 0\nT0: root 0\n", &options,
           &made, &result);
  assert_int_equal(result.beyond_help, 1);
  assert_int_equal(gct_info(made)->header_flags & GCT_ALWAYS_HELD, 0);
  gct_close(made);
}

static void false_oracle_of_the_original_is_reported(void **state)
{
  struct gct_cut_options options = {0};
  struct gct_cut_result result;
  struct gct_error error;
  (void)state;
  struct gct_file *file =
      fixture_text("#!gct 1\nT0: ckpt 0\noracle 0 objects=1 bytes=0 "
                   "object_hash=0 edges=0 edge_hash=0\n");
  unlink(fixture_path[0]);
  assert_int_equal(
      gct_cut(file, fixture_path[0], &options, NULL, NULL, &result, &error),
      -EPROTO);
  assert_int_equal(access(fixture_path[0], F_OK), -1);
  gct_close(file);
}

// The traces that come with the sources, and every point of their use.
static void traces_of_the_project_are_good(void **state)
{
  static const char *const names[] = {"lru_cycles", "threads_queue"};
  const char *root = getenv("WANE_SOURCE_DIR");
  (void)state;
  if (!root) skip();
  for (int i = 0; i < 2; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/workloads/traces/%s.gct", root, names[i]);
    struct gct_report report = verified(path);
    assert_true(report.total);
    assert_int_equal(report.sizes.beyond_slots, 0);
    struct gct_file *file = fixture_open(path);
    assert_int_equal(gct_info(file)->header_flags,
                     GCT_EXACT_SLOTS | GCT_ALWAYS_HELD);
    assert_true(gct_info(file)->n_checkpoints >= 4);
    gct_close(file);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_prefix_of_a_small_trace_is_exact),
      cmocka_unit_test(cut_of_a_cut_changes_nothing),
      cmocka_unit_test(checkpoint_of_one_thread_becomes_a_barrier),
      cmocka_unit_test(waits_are_renumbered_behind_added_checkpoints),
      cmocka_unit_test(partial_order_stays_partial),
      cmocka_unit_test(threads_behind_the_cut_are_left_out),
      cmocka_unit_test(slots_become_exact_unless_kept),
      cmocka_unit_test(object_between_list_and_local_variable_is_held),
      cmocka_unit_test(guard_of_an_object_that_dies_ends_before_it),
      cmocka_unit_test(a_revived_object_is_kept_from_its_birth),
      cmocka_unit_test(finalizers_may_use_what_they_reach),
      cmocka_unit_test(what_was_lost_before_its_run_is_beyond_help),
      cmocka_unit_test(false_oracle_of_the_original_is_reported),
      cmocka_unit_test(traces_of_the_project_are_good),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
