// test_gct_merge.c: merged traces share nothing, and their oracles add up.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

#include "gct_merge.h"

#define MOST 4

// Merges to fixture_path[0]; the result of gct_merge.
static int merge(struct gct_file *const *files, uint32_t n,
                 struct gct_merge_result *made, struct gct_error *error)
{
  const struct gct_file *inputs[MOST];
  for (uint32_t i = 0; i < n; i++) inputs[i] = files[i];
  unlink(fixture_path[0]);
  return gct_merge(inputs, n, fixture_path[0], 0, NULL, NULL, made, error);
}

// The same when it must succeed; the result, open and verified.
static struct gct_file *merged(struct gct_file *const *files, uint32_t n,
                               struct gct_merge_result *made)
{
  struct gct_error error;
  struct gct_report report;
  if (merge(files, n, made, &error) != 0)
    fail_msg("%s: %s", error.chunk, error.reason);
  struct gct_file *file = fixture_open(fixture_path[0]);
  if (gct_verify(file, NULL, NULL, &report, &error) != 0)
    fail_msg("%s: %s", error.chunk, error.reason);
  const struct gct_info *info = gct_info(file);
  assert_int_equal(report.compared, info->n_checkpoints);
  assert_true(gct_oracle_equal(&report.final, &made->final));
  assert_int_equal(made->threads, info->n_threads);
  assert_int_equal(made->events, info->n_events);
  assert_int_equal(made->checkpoints, info->n_checkpoints);
  for (uint32_t i = 0; i < info->n_checkpoints; i++)
    assert_int_equal(info->checkpoints[i].threads, info->n_threads);
  return file;
}

// Opens a text as an input; `slot` is where its binary form stays.
static struct gct_file *input(const char *text, int slot)
{
  struct gct_error error;
  if (fixture_parse(text, fixture_path[slot], 0, &error) != 0)
    fail_msg("%llu: %s", (unsigned long long)error.offset, error.reason);
  return fixture_open(fixture_path[slot]);
}

static void close_all(struct gct_file **files, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) gct_close(files[i]);
}

#define NEW(handle) "alloc " #handle " type=1 bytes=32 slots=2\n"

static const char first_text[] =
    "#!gct 1\ntype 1 flags=1 name=node\nmeta program=one\n"
    "T7: " NEW(0) "T7: ckpt 0\nT7: " NEW(1) "T7: write 0.1 1\n";

// Uses every operand that has to be moved.
static const char second_text[] =
    "#!gct 1\ntype 1 flags=1 name=node\ntype 4 flags=5 name=other\n"
    "type 9 flags=5 name=node\n"
    "meta program=two\n"
    "T1: alloc 2 type=4 bytes=64 slots=3\nT1: " NEW(
        0) "T1: write 2.2 0 init\nT1: write 2.1 nil\nT1: finalizer 2\n"
           "T3: wait T1 5\nT3: root 0 from 2.2\nT3: weak 0 2 callback\n"
           "T3: weak 0 nil\nT3: pin 0\nT3: ext 99 00ff10\n"
           "T3: resize 0 bytes=640 slots=5\nT3: gc 2\n"
           "T1: wait T3 8\nT1: unroot 0\nT1: write 2.2 nil\nT1: drop 0 cycle\n";

static void operands_move_and_nothing_else(void **state)
{
  static const char expected[] =
      "T0: alloc 0 type=0 bytes=32 slots=2\nT0: ckpt 0\n"
      "T0: alloc 1 type=0 bytes=32 slots=2\nT0: write 0.1 1\nT0: ckpt 1\n"
      "T1: alloc 4 type=1 bytes=64 slots=3\n"
      "T1: alloc 2 type=0 bytes=32 slots=5\n" // what RESIZE comes to
      "T1: write 4.2 2 init\nT1: write 4.1 nil\nT1: finalizer 4\n"
      "T1: wait T2 8\nT1: unroot 2\nT1: write 4.2 nil\nT1: drop 2 cycle\n"
      "T1: ckpt 0\nT1: ckpt 1\n"
      "T2: wait T1 5\nT2: root 2 from 4.2\nT2: weak 2 4 callback\n"
      "T2: weak 2 nil\nT2: pin 2\nT2: ext 99 00ff10\n"
      "T2: resize 2 bytes=640 slots=5\nT2: gc 2\nT2: ckpt 0\nT2: ckpt 1\n";
  struct gct_merge_result made;
  struct gct_error error;
  (void)state;
  struct gct_file *files[] = {input(first_text, 1), input(second_text, 2)};
  struct gct_file *file = merged(files, 2, &made);
  char *text = NULL, events[2048] = "";
  size_t size;
  FILE *out = open_memstream(&text, &size);
  assert_non_null(out);
  assert_int_equal(gct_text_print(file, out, &error), 0);
  fclose(out);
  for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
    if (line[0] == 'T') strcat(strcat(events, line), "\n");
  assert_string_equal(events, expected);
  free(text);
  gct_close(file);
  close_all(files, 2);
}

static void tables_are_united(void **state)
{
  static const char *const meta[][2] = {{"input.1.program", "one"},
                                        {"input.1.threads", "0-0"},
                                        {"input.2.program", "two"},
                                        {"input.2.threads", "1-2"}};
  struct gct_merge_result made;
  (void)state;
  struct gct_file *files[] = {input(first_text, 1), input(second_text, 2)};
  struct gct_file *file = merged(files, 2, &made);
  const struct gct_info *info = gct_info(file);
  assert_int_equal(info->n_types, 3);
  assert_string_equal(info->types[0].name, "node");
  assert_int_equal(info->types[0].flags, 1);
  assert_string_equal(info->types[1].name, "other");
  assert_int_equal(info->types[1].flags, 5);
  assert_string_equal(info->types[2].name, "node");
  assert_int_equal(info->types[2].flags, 5);
  assert_int_equal(info->n_meta, 4);
  for (uint32_t i = 0; i < 4; i++) {
    assert_string_equal(info->meta[i].key, meta[i][0]);
    assert_string_equal(info->meta[i].value, meta[i][1]);
  }
  for (uint32_t i = 0; i < 3; i++) assert_int_equal(info->threads[i].id, i);
  assert_int_equal(info->max_handles, 5);
  gct_close(file);
  close_all(files, 2);
}

// Births are numbered in the canonical order: whoever comes last to a
// checkpoint goes on behind it.
static void oracles_are_those_of_the_canonical_order(void **state)
{
  struct gct_merge_result made;
  (void)state;
  struct gct_file *files[] = {
      input(first_text, 1),
      input("#!gct 1\ntype 1 flags=1 name=node\n"
            "T0: " NEW(0) "T0: ckpt 0\nT0: " NEW(1) "T0: write 1.0 0\n",
            2)};
  struct gct_file *file = merged(files, 2, &made);
  const struct gct_checkpoint *at = gct_info(file)->checkpoints;
  assert_int_equal(gct_info(file)->n_checkpoints, 2);
  assert_int_equal(at[0].oracle.objects, 2);
  assert_int_equal(at[0].oracle.object_hash, gct_mix(0) + gct_mix(1));
  assert_int_equal(at[1].oracle.objects, 4);
  assert_int_equal(at[1].oracle.bytes, 128);
  assert_int_equal(at[1].oracle.edges, 2);
  // First: 0 and 3, 0.1 -> 3. Second: 1 and 2, 2.0 -> 1.
  assert_int_equal(at[1].oracle.edge_hash,
                   gct_hash_edge(0, 1, 3) + gct_hash_edge(2, 0, 1));
  gct_close(file);
  close_all(files, 2);
}

// What `file` has at its k-th checkpoint as gct_cut gives it, or at its end.
static struct gct_oracle at_checkpoint(const struct gct_file *file, uint32_t k)
{
  struct gct_cut_options options = {0};
  struct gct_cut_result cut;
  struct gct_error error;
  assert_int_equal(
      gct_cut(file, fixture_path[4], &options, NULL, NULL, &cut, &error), 0);
  struct gct_file *whole = fixture_open(fixture_path[4]);
  uint32_t n = gct_info(whole)->n_checkpoints;
  struct gct_oracle oracle =
      gct_info(whole)->checkpoints[k < n ? k : n - 1].oracle;
  gct_close(whole);
  return oracle;
}

static void assert_sums(const struct gct_file *whole,
                        struct gct_file *const *files, uint32_t n)
{
  const struct gct_info *info = gct_info(whole);
  for (uint32_t k = 0; k < info->n_checkpoints; k++) {
    const struct gct_oracle *oracle = &info->checkpoints[k].oracle;
    struct gct_oracle sum = {0};
    for (uint32_t i = 0; i < n; i++) {
      struct gct_oracle part = at_checkpoint(files[i], k);
      sum.objects += part.objects;
      sum.bytes += part.bytes;
      sum.edges += part.edges;
    }
    assert_int_equal(oracle->objects, sum.objects);
    assert_int_equal(oracle->bytes, sum.bytes);
    assert_int_equal(oracle->edges, sum.edges);
  }
}

// Those that hold somebody; cutting leaves the others out.
static uint64_t count_waits(const struct gct_file *file)
{
  struct gct_error error;
  uint64_t n = 0;
  for (uint32_t i = 0; i < gct_info(file)->n_threads; i++) {
    struct gct_stream *stream = gct_stream_open(file, i, &error);
    for (const struct gct_event *e; (e = gct_next(stream));)
      n += e->op == GCT_WAIT && e->seq > 0;
    gct_stream_close(stream);
  }
  return n;
}

static void sums_of_random_traces_add_up(void **state)
{
  uint64_t seed = fixture_seed();
  (void)state;
  for (int round = 0; round < 8; round++) {
    struct gct_file *files[3];
    struct gct_merge_result made;
    uint64_t waits = 0, births = 0;
    for (uint32_t i = 0; i < 3; i++) {
      uint32_t threads = 1 + (uint32_t)fixture_random(&seed) % 4;
      uint32_t n = 500 + (uint32_t)fixture_random(&seed) % 3000;
      fixture_random_trace(fixture_path[i + 1], fixture_random(&seed), threads,
                           n, 0);
      files[i] = fixture_open(fixture_path[i + 1]);
      waits += count_waits(files[i]);
      births += gct_info(files[i])->n_births;
    }
    struct gct_file *file = merged(files, 3, &made);
    assert_int_equal(gct_info(file)->by_op[GCT_WAIT], waits);
    assert_int_equal(gct_info(file)->n_births, births);
    assert_sums(file, files, 3);
    gct_close(file);
    close_all(files, 3);
  }
}

static void same_trace_four_times(void **state)
{
  struct gct_merge_result made;
  struct gct_error error;
  (void)state;
  fixture_random_trace(fixture_path[1], 5, 2, 2000, 3);
  struct gct_file *one = fixture_open(fixture_path[1]);
  struct gct_file *files[] = {one, one, one, one};
  struct gct_file *file = merged(files, 4, &made);
  assert_int_equal(made.threads, 8);
  assert_int_equal(gct_info(file)->n_births, 4 * gct_info(one)->n_births);
  assert_sums(file, files, 4);
  gct_close(file);
  // And by itself it is what cutting makes of it, but for names.
  file = merged(files, 1, &made);
  struct gct_cut_options options = {0};
  struct gct_cut_result cut;
  assert_int_equal(
      gct_cut(one, fixture_path[2], &options, NULL, NULL, &cut, &error), 0);
  assert_true(gct_oracle_equal(&made.final, &cut.final));
  gct_close(file);
  gct_close(one);
}

static void empty_input_takes_no_part(void **state)
{
  struct gct_merge_result made;
  (void)state;
  struct gct_file *files[] = {input("#!gct 1\nmeta program=none\n", 1),
                              input(first_text, 2)};
  struct gct_file *file = merged(files, 2, &made);
  assert_int_equal(made.threads, 1);
  assert_int_equal(made.checkpoints, 2);
  gct_close(file);
  file = merged(files, 1, &made);
  assert_int_equal(made.threads, 0);
  gct_close(file);
  close_all(files, 2);
}

static void held_only_if_all_are(void **state)
{
  struct gct_merge_result made;
  (void)state;
  // The second uses what it had lost in an earlier run.
  struct gct_file *files[] = {
      input(first_text, 1), input("#!gct 1\ntype 1 flags=1 name=node\nT0: " NEW(
                                      0) "T0: unroot 0\nT0: gc 0\nT0: root 0\n",
                                  2)};
  struct gct_file *file = merged(files, 2, &made);
  assert_int_equal(gct_info(file)->header_flags, GCT_EXACT_SLOTS);
  gct_close(file);
  file = merged(files, 1, &made);
  assert_int_equal(gct_info(file)->header_flags,
                   GCT_EXACT_SLOTS | GCT_ALWAYS_HELD);
  gct_close(file);
  close_all(files, 2);
}

static void assert_refused(struct gct_file **files, uint32_t n, int result,
                           uint32_t failed, const char *reason)
{
  struct gct_merge_result made;
  struct gct_error error = {0};
  assert_int_equal(merge(files, n, &made, &error), result);
  assert_int_equal(made.failed, failed);
  if (!strstr(error.reason, reason)) fail_msg("%s", error.reason);
  assert_int_equal(access(fixture_path[0], F_OK), -1);
  close_all(files, n);
}

static void what_is_too_much_is_refused(void **state)
{
  char text[8192] = "#!gct 1\n";
  (void)state;
  for (int i = 0; i < 129; i++)
    snprintf(text + strlen(text), sizeof text - strlen(text), "T%d: gc 0\n", i);
  struct gct_file *threads[] = {input(text, 1), input(text, 2)};
  assert_refused(threads, 2, -EFBIG, 2,
                 "258 threads together, the limit is 256");
  static const char sparse[] = "#!gct 1\ntype 1 flags=1 name=node\n"
                               "T0: " NEW(60000);
  struct gct_file *handles[] = {input(sparse, 1), input(sparse, 2)};
  assert_refused(handles, 2, -EFBIG, 2,
                 "120002 handles together, the limit is 65538");
}

static void false_oracle_is_that_input_s(void **state)
{
  (void)state;
  struct gct_file *files[] = {
      input(first_text, 1),
      input("#!gct 1\nT0: ckpt 0\noracle 0 objects=1 bytes=0 "
            "object_hash=0 edges=0 edge_hash=0\n",
            2)};
  assert_refused(files, 2, -EPROTO, 1, "disagrees");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(operands_move_and_nothing_else),
      cmocka_unit_test(tables_are_united),
      cmocka_unit_test(oracles_are_those_of_the_canonical_order),
      cmocka_unit_test(sums_of_random_traces_add_up),
      cmocka_unit_test(same_trace_four_times),
      cmocka_unit_test(empty_input_takes_no_part),
      cmocka_unit_test(held_only_if_all_are),
      cmocka_unit_test(what_is_too_much_is_refused),
      cmocka_unit_test(false_oracle_is_that_input_s),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
