// test_gct_verify.c: order, meaning and oracles of traces made by hand.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

#define HEAD "#!gct 1\ntype 1 flags=1 name=node\n"
#define NEW(handle) "alloc " #handle " type=1 bytes=32 slots=2\n"

static int verify(const char *text, struct gct_report *report,
                  struct gct_error *error)
{
  struct gct_file *file = fixture_text(text);
  int result = gct_verify(file, NULL, NULL, report, error);
  gct_close(file);
  return result;
}

static void good(const char *text, struct gct_report *report)
{
  struct gct_error error = {0};
  if (verify(text, report, &error) != 0) fail_msg("%s", error.reason);
}

static void bad(const char *reason, const char *text)
{
  struct gct_error error = {0};
  struct gct_report report;
  assert_int_equal(verify(text, &report, &error), -EBADMSG);
  assert_string_equal(error.chunk, "EVTS");
  assert_int_not_equal(error.offset, 0);
  if (!strstr(error.reason, reason))
    fail_msg("'%s' does not say '%s'", error.reason, reason);
}

static void mix_is_that_of_the_recorder(void **state)
{
  (void)state;
  // SplitMix64 of the first three states of seed 0.
  assert_int_equal(gct_mix(0), 0xE220A8397B1DCDAFu);
  assert_int_equal(gct_mix(0x9E3779B97F4A7C15u), 0x6E789E6AA1B965F4u);
  assert_int_equal(
      gct_hash_edge(2, 3, 5),
      gct_mix(2 * 0x100000001B3u ^ 3ull * 0x9E3779B1u ^ gct_mix(5)));
}

static void final_oracle_is_the_reachable_graph(void **state)
{
  struct gct_report report;
  (void)state;
  good(HEAD "T0: " NEW(0) "T0: " NEW(1) "T0: " NEW(
           2) "T0: write 0.1 1\nT0: write 2.0 0\nT0: unroot 1\nT0: unroot 2\n",
       &report);
  assert_int_equal(report.final.objects, 2);
  assert_int_equal(report.final.bytes, 64);
  assert_int_equal(report.final.edges, 1);
  assert_int_equal(report.final.object_hash, gct_mix(0) + gct_mix(1));
  assert_int_equal(report.final.edge_hash, gct_hash_edge(0, 1, 1));
  assert_int_equal(report.sizes.live, 3);
  assert_int_equal(report.sizes.peak_bytes, 96);
}

static void births_are_counted_over_all_threads(void **state)
{
  struct gct_report report;
  (void)state;
  good(HEAD "T0: wait T1 1\nT0: " NEW(0) "T1: " NEW(1) "T1: wait T0 2\n"
                                                       "T1: drop 1\n",
       &report);
  assert_int_equal(report.final.object_hash, gct_mix(1));
  assert_true(report.total);
}

static void recycled_handle_is_another_object(void **state)
{
  struct gct_report report;
  (void)state;
  good(HEAD "T0: " NEW(0) "T0: " NEW(1) "T0: write 0.0 1\nT0: drop 1\n"
                                        "T0: " NEW(1) "T0: unroot 1\n",
       &report);
  assert_int_equal(report.final.objects, 1);
  assert_int_equal(report.final.edges, 0);
}

static void misuse_of_handles_is_found(void **state)
{
  (void)state;
  bad("busy handle 0", HEAD "T0: " NEW(0) "T0: " NEW(0));
  bad("owner 1 is free", HEAD "T0: " NEW(0) "T0: write 1.0 0\n");
  bad("target 1 is free", HEAD "T0: " NEW(0) "T0: write 0.0 1\n");
  bad("handle 0 is free", HEAD "T0: " NEW(0) "T0: drop 0\nT0: root 0\n");
  bad("handle 0 is free", HEAD "T0: " NEW(0) "T0: drop 0\nT0: free 0\n");
  bad("handle 0 is free", HEAD "T0: " NEW(0) "T0: drop 0\nT0: pin 0\n");
  bad("owner 1 is free", HEAD "T0: " NEW(0) "T0: root 0 from 1.0\n");
  bad("no root to take", HEAD "T0: " NEW(0) "T0: unroot 0\nT0: unroot 0\n");
  bad("no root to take", HEAD "T0: " NEW(0) "T0: unroot 0\nT0: drop 0\n");
  bad("FREE of rooted", HEAD "T0: " NEW(0) "T0: free 0\n");
  bad("target 1 is free", HEAD "T0: " NEW(0) "T0: weak 0 1\n");
  bad("weak reference 1 is free", HEAD "T0: " NEW(0) "T0: weak 1 0\n");
}

static void slots_are_checked_when_the_file_says_exact(void **state)
{
  struct gct_report report;
  (void)state;
  good(HEAD "T0: " NEW(0) "T0: write 0.2 0\n", &report);
  assert_int_equal(report.sizes.beyond_slots, 1);
  bad("slot 2 of 2", HEAD "trace flags=1\nT0: " NEW(0) "T0: write 0.2 0\n");
  good(HEAD "trace flags=1\nT0: " NEW(
           0) "T0: resize 0 bytes=8 slots=3\nT0: write 0.2 0\n",
       &report);
}

static void lost_object_must_not_come_back(void **state)
{
  struct gct_report report;
  (void)state;
  bad("unreachable at a checkpoint",
      HEAD "T0: " NEW(0) "T0: unroot 0\nT0: ckpt 0\nT0: root 0\n");
  good(HEAD "T0: " NEW(0) "T0: unroot 0\nT0: ckpt 0\nT0: free 0\n", &report);
  good(HEAD "T0: " NEW(0) "T0: unroot 0\nT0: root 0\n", &report);
  bad("nothing holds",
      HEAD "trace flags=2\nT0: " NEW(0) "T0: unroot 0\nT0: root 0\n");
}

static void wait_cycles_are_found(void **state)
{
  (void)state;
  bad("closes a cycle", "#!gct 1\nT0: wait T1 1\nT1: wait T0 1\n");
  bad("closes a cycle", "#!gct 1\nT5: gc 0\nT5: wait T5 3\nT5: gc 0\n");
  bad("closes a cycle", "#!gct 1\nT0: wait T1 1\nT1: wait T2 1\n"
                        "T2: wait T0 1\nT3: gc 0\n");
  bad("which has 1", "#!gct 1\nT0: wait T1 2\nT1: gc 0\n");
  // The one beyond an end is named even if a thread before it waits in vain.
  bad("which has 2", "#!gct 1\nT0: wait T1 2\nT1: wait T0 9\nT1: gc 0\n"
                     "T0: gc 0\n");
}

static void barriers_that_do_not_meet_are_found(void **state)
{
  struct gct_report report;
  (void)state;
  good("#!gct 1\nT0: ckpt 0\nT0: ckpt 1\nT1: ckpt 0\nT1: ckpt 1\n", &report);
  bad("closes a cycle",
      "#!gct 1\nT0: ckpt 0\nT0: gc 0\nT1: wait T0 2\nT1: ckpt 0\n");
  // Threads that meet the same checkpoints in another order.
  bad("checkpoint", "#!gct 1\nT0: ckpt 1\nT1: wait T0 1\nT1: ckpt 0\n");
}

static void checkpoint_in_one_thread_needs_the_others_stopped(void **state)
{
  struct gct_report report;
  (void)state;
  good("#!gct 1\nT0: ckpt 0\nT0: gc 0\nT1: wait T0 2\nT1: gc 0\n", &report);
  bad("in thread 0 only, and thread 1",
      "#!gct 1\nT0: ckpt 0\nT0: gc 0\nT1: gc 0\n");
}

static void total_order_is_recognised(void **state)
{
  struct gct_report report;
  (void)state;
  good("#!gct 1\nT0: gc 0\nT0: gc 1\nT1: wait T0 1\n", &report);
  assert_false(report.total);
  good("#!gct 1\nT0: gc 0\nT0: gc 1\nT1: wait T0 2\n", &report);
  assert_true(report.total);
  good("#!gct 1\nT0: gc 0\nT0: ckpt 0\nT1: ckpt 0\nT1: wait T0 1\n", &report);
  assert_true(report.total);
}

static void false_oracle_is_told_from_malformed_events(void **state)
{
  static const char *const fields[5] = {"objects", "bytes", "object hash",
                                        "edges", "edge hash"};
  struct gct_report report;
  struct gct_error error;
  char text[400];
  (void)state;
  for (int i = -1; i < 5; i++) {
    uint64_t o[5] = {1, 32, gct_mix(0), 1, gct_hash_edge(0, 0, 0)};
    if (i >= 0) o[i]++;
    snprintf(text, sizeof text,
             HEAD
             "T0: " NEW(0) "T0: write 0.0 0\nT0: ckpt 0\n"
                           "oracle 0 objects=%llu bytes=%llu object_hash=%llu "
                           "edges=%llu edge_hash=%llu\n",
             (unsigned long long)o[0], (unsigned long long)o[1],
             (unsigned long long)o[2], (unsigned long long)o[3],
             (unsigned long long)o[4]);
    assert_int_equal(verify(text, &report, &error), i < 0 ? 0 : -EPROTO);
    assert_int_equal(report.compared, 1);
    if (i < 0) continue;
    assert_string_equal(error.chunk, "CKPT");
    assert_non_null(strstr(error.reason, fields[i]));
  }
}

static void deep_list_needs_no_deep_stack(void **state)
{
  enum { LENGTH = 1000000 };
  struct gct_writer *writer;
  struct gct_error error;
  struct gct_report report;
  (void)state;
  assert_int_equal(gct_writer_open(fixture_path[0], NULL, &writer, &error), 0);
  gct_writer_thread(writer, 0);
  gct_writer_type(writer, &(struct gct_type){.id = 1, .name = "node"});
  for (uint32_t i = 0; i < LENGTH; i++) {
    struct gct_event alloc = {.op = GCT_ALLOC, .handle = i, .words = 2};
    struct gct_event write = {.op = GCT_WRITE, .handle = i - 1, .target = i};
    struct gct_event unroot = {.op = GCT_UNROOT, .handle = i};
    gct_writer_event(writer, 0, &alloc, NULL);
    if (i == 0) continue;
    gct_writer_event(writer, 0, &write, NULL);
    gct_writer_event(writer, 0, &unroot, NULL);
  }
  assert_int_equal(gct_writer_close(writer, &error), 0);
  struct gct_file *file = fixture_open(fixture_path[0]);
  assert_int_equal(gct_verify(file, NULL, NULL, &report, &error), 0);
  assert_int_equal(report.final.objects, LENGTH);
  gct_close(file);
}

static void schedule_tells_births_and_slices(void **state)
{
  struct gct_schedule schedule;
  struct gct_error error;
  (void)state;
  struct gct_file *file = fixture_text(HEAD "T0: " NEW(0) "T0: " NEW(
      1) "T0: wait T1 2\nT0: " NEW(2) "T1: wait T0 2\nT1: " NEW(3));
  assert_int_equal(gct_schedule_make(file, &schedule, &error), 0);
  assert_int_equal(schedule.n_slices, 3);
  assert_int_equal(schedule.slices[0].n_events, 2);
  assert_int_equal(schedule.slices[1].thread, 1);
  assert_int_equal(schedule.slices[1].birth, 2);
  assert_int_equal(schedule.slices[0].next, 2);
  assert_int_equal(schedule.slices[2].birth, 3);
  assert_int_equal(schedule.slices[2].seq, 2);
  assert_int_equal(schedule.slices[2].next, GCT_NIL);
  assert_int_equal(schedule.first[1], 1);
  assert_int_equal(schedule.first[2], GCT_NIL);
  assert_true(schedule.total);
  gct_schedule_free(&schedule);
  gct_close(file);
}

static void slots_needed_are_the_largest_ever(void **state)
{
  struct gct_error error;
  uint32_t *slots;
  (void)state;
  struct gct_file *file =
      fixture_text(HEAD "T0: " NEW(0) "T0: write 0.6 0\nT0: drop 0\nT0: " NEW(
          0) "T0: " NEW(1) "T0: resize 1 bytes=8 slots=5\n");
  assert_int_equal(gct_slots_needed(file, &slots, &error), 0);
  assert_int_equal(slots[0], 7);
  assert_int_equal(slots[1], 2);
  assert_int_equal(slots[2], 5);
  free(slots);
  assert_int_equal(gct_slots_needed_in(file, 1, &slots, &error), 0);
  assert_int_equal(slots[0], 2);
  free(slots);
  gct_close(file);
}

static void random_traces_are_good(void **state)
{
  uint64_t seed = fixture_seed();
  (void)state;
  for (int i = 0; i < 20; i++) {
    struct gct_report report;
    struct gct_error error;
    fixture_random_trace(fixture_path[0], fixture_random(&seed),
                         1 + (uint32_t)i % 4, 5000, 0);
    struct gct_file *file = fixture_open(fixture_path[0]);
    if (gct_verify(file, NULL, NULL, &report, &error) != 0)
      fail_msg("%s", error.reason);
    assert_true(report.total);
    gct_close(file);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mix_is_that_of_the_recorder),
      cmocka_unit_test(final_oracle_is_the_reachable_graph),
      cmocka_unit_test(births_are_counted_over_all_threads),
      cmocka_unit_test(recycled_handle_is_another_object),
      cmocka_unit_test(misuse_of_handles_is_found),
      cmocka_unit_test(slots_are_checked_when_the_file_says_exact),
      cmocka_unit_test(lost_object_must_not_come_back),
      cmocka_unit_test(wait_cycles_are_found),
      cmocka_unit_test(barriers_that_do_not_meet_are_found),
      cmocka_unit_test(checkpoint_in_one_thread_needs_the_others_stopped),
      cmocka_unit_test(total_order_is_recognised),
      cmocka_unit_test(false_oracle_is_told_from_malformed_events),
      cmocka_unit_test(deep_list_needs_no_deep_stack),
      cmocka_unit_test(schedule_tells_births_and_slices),
      cmocka_unit_test(slots_needed_are_the_largest_ever),
      cmocka_unit_test(random_traces_are_good),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
