// test_gct_writer.c: what is written is read back, or there is no file.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

// One event of each opcode and flag, in an order that makes sense.
static const struct gct_event all_kinds[] = {
    {.op = GCT_THREAD},
    {.op = GCT_ALLOC, .handle = 0, .type = 1, .words = 3, .slots = 2},
    {.op = GCT_ALLOC, .handle = 300000, .type = 0, .words = 1u << 31},
    {.op = GCT_WRITE,
     .flags = GCT_INITIALISING,
     .handle = 0,
     .slot = 7,
     .target = 300000},
    {.op = GCT_WRITE, .handle = 0, .slot = 8, .target = 0},
    {.op = GCT_WRITE, .handle = 0, .slot = 7, .target = GCT_NIL},
    {.op = GCT_ROOT, .handle = 0},
    {.op = GCT_ROOT, .flags = GCT_LOADED, .handle = 0, .target = 0, .slot = 8},
    {.op = GCT_UNROOT, .handle = 0},
    {.op = GCT_WEAK, .flags = GCT_WITH_CALLBACK, .handle = 0, .target = 300000},
    {.op = GCT_WEAK, .handle = 0, .target = GCT_NIL},
    {.op = GCT_RESIZE, .handle = 0, .words = 20},
    {.op = GCT_RESIZE,
     .flags = GCT_WITH_SLOTS,
     .handle = 0,
     .words = 20,
     .slots = 9},
    {.op = GCT_GC, .number = 2},
    {.op = GCT_GC, .flags = GCT_ENDS, .number = 2},
    {.op = GCT_FINALIZER, .handle = 0},
    {.op = GCT_FINALIZER, .flags = GCT_ENDS, .handle = 0},
    {.op = GCT_PIN, .handle = 0},
    {.op = GCT_PIN, .flags = GCT_ENDS, .handle = 0},
    {.op = GCT_MARK, .number = UINT32_MAX},
    {.op = GCT_EXT, .number = 77, .length = 5},
    {.op = GCT_CHECKPOINT, .number = 0},
    {.op = GCT_DROP, .flags = GCT_BY_CYCLE, .handle = 300000},
    {.op = GCT_FREE, .handle = 0},
    {.op = GCT_THREAD, .flags = GCT_ENDS},
};
enum { N_KINDS = sizeof all_kinds / sizeof all_kinds[0] };

static struct gct_writer *begin(const char *path, int level)
{
  struct gct_writer_options options = {.level = level, .header_flags = 1};
  struct gct_writer *writer;
  struct gct_error error;
  assert_int_equal(gct_writer_open(path, &options, &writer, &error), 0);
  gct_writer_type(writer, &(struct gct_type){.id = 9, .name = "nine"});
  gct_writer_type(
      writer, &(struct gct_type){
                  .id = 4, .flags = 5, .name = "x", .size = 24, .slots = 1});
  gct_writer_thread(writer, 200);
  return writer;
}

static void same_event(const struct gct_event *a, const struct gct_event *b)
{
  uint8_t encoding = a->op == GCT_WRITE ? 0x70 : 0;
  assert_int_equal(a->op, b->op);
  assert_int_equal(a->flags & ~encoding, b->flags & ~encoding);
  assert_int_equal(a->handle, b->handle);
  assert_int_equal(a->slot, b->slot);
  if (a->op != GCT_EXT) assert_int_equal(a->target, b->target);
  assert_int_equal(a->words, b->words);
}

static void all_kinds_come_back(const char *path, int level, int times)
{
  struct gct_writer *writer = begin(path, level);
  struct gct_error error;
  gct_writer_checkpoint(writer, &(struct gct_oracle){.objects = 42});
  for (int i = 0; i < times; i++)
    for (int k = 0; k < N_KINDS; k++)
      if (all_kinds[k].op != GCT_CHECKPOINT || i == 0)
        gct_writer_event(writer, 0, &all_kinds[k], (const uint8_t *)"hello");
  assert_int_equal(gct_writer_close(writer, &error), 0);
  struct gct_file *file = fixture_open(path);
  const struct gct_info *info = gct_info(file);
  assert_int_equal(info->header_flags, 1);
  assert_int_equal(info->types[1].slots, 1);
  assert_int_equal(info->threads[0].id, 200);
  assert_int_equal(info->max_handles, 300001);
  assert_true(info->checkpoints[0].has_oracle);
  assert_int_equal(info->checkpoints[0].oracle.objects, 42);
  struct gct_stream *stream = gct_stream_open(file, 0, &error);
  for (int i = 0; i < times; i++)
    for (int k = 0; k < N_KINDS; k++) {
      if (all_kinds[k].op == GCT_CHECKPOINT && i > 0) continue;
      const struct gct_event *e = gct_next(stream);
      assert_non_null(e);
      same_event(e, &all_kinds[k]);
      if (e->op == GCT_EXT)
        assert_memory_equal(gct_stream_bytes(stream, e), "hello", 5);
    }
  assert_null(gct_next(stream));
  assert_null(gct_stream_error(stream));
  gct_stream_close(stream);
  gct_close(file);
}

static void every_kind_of_event_comes_back(void **state)
{
  (void)state;
  all_kinds_come_back(fixture_path[0], 0, 120000);
}

static void every_kind_of_event_comes_back_compressed(void **state)
{
  (void)state;
  all_kinds_come_back(fixture_path[1], 3, 120000);
}

static void chunks_hold_at_most_65536_events(void **state)
{
  struct gct_writer *writer = begin(fixture_path[2], 0);
  struct gct_event e = {.op = GCT_MARK};
  struct gct_error error;
  (void)state;
  for (int i = 0; i < 65536 * 2 + 1; i++) {
    e.number = (uint32_t)i;
    gct_writer_event(writer, 0, &e, NULL);
  }
  assert_int_equal(gct_writer_seq(writer, 0), 65536 * 2 + 1);
  assert_int_equal(gct_writer_close(writer, &error), 0);
  struct gct_file *file = fixture_open(fixture_path[2]);
  assert_int_equal(gct_info(file)->threads[0].n_chunks, 3);
  gct_close(file);
}

static void refuse(const struct gct_event *event, const char *reason)
{
  struct gct_writer *writer = begin(fixture_path[3], 0);
  struct gct_error error;
  gct_writer_event(writer, 0, event, NULL);
  assert_int_equal(gct_writer_close(writer, &error), -EINVAL);
  assert_non_null(strstr(error.reason, reason));
  assert_int_equal(access(fixture_path[3], F_OK), -1);
}

static void bad_event_leaves_no_file(void **state)
{
  (void)state;
  refuse(&(struct gct_event){.op = 16}, "opcode");
  refuse(&(struct gct_event){.op = GCT_ALLOC, .type = 2}, "type");
  refuse(&(struct gct_event){.op = GCT_WAIT, .thread = 1}, "thread");
  refuse(&(struct gct_event){.op = GCT_WRITE, .slot = GCT_MAX_SLOTS}, "slot");
  refuse(&(struct gct_event){.op = GCT_GC, .flags = 0x20}, "flag");
}

static void abandoned_writer_leaves_the_old_file(void **state)
{
  struct gct_error error;
  (void)state;
  assert_int_equal(gct_writer_close(begin(fixture_path[3], 0), &error), 0);
  struct bytes before = fixture_load(fixture_path[3]);
  struct gct_writer *writer = begin(fixture_path[3], 0);
  gct_writer_event(writer, 0, &all_kinds[0], NULL);
  gct_writer_abandon(writer);
  struct bytes after = fixture_load(fixture_path[3]);
  assert_int_equal(before.n, after.n);
  assert_memory_equal(before.at, after.at, after.n);
  free(before.at);
  free(after.at);
}

static void directory_that_is_not_there_is_an_error(void **state)
{
  struct gct_writer *writer;
  struct gct_error error;
  (void)state;
  assert_int_equal(gct_writer_open("/nowhere/at/all", NULL, &writer, &error),
                   -ENOENT);
}

static void thread_twice_and_bad_names_are_errors(void **state)
{
  struct gct_error error;
  struct gct_writer *writer = begin(fixture_path[3], 0);
  (void)state;
  gct_writer_thread(writer, 200);
  assert_int_equal(gct_writer_close(writer, &error), -EINVAL);
  writer = begin(fixture_path[3], 0);
  gct_writer_type(writer, &(struct gct_type){.name = "a\tb"});
  assert_int_equal(gct_writer_close(writer, &error), -EINVAL);
  writer = begin(fixture_path[3], 0);
  gct_writer_meta(writer, "a b", "c");
  assert_int_equal(gct_writer_close(writer, &error), -EINVAL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind_of_event_comes_back),
      cmocka_unit_test(every_kind_of_event_comes_back_compressed),
      cmocka_unit_test(chunks_hold_at_most_65536_events),
      cmocka_unit_test(bad_event_leaves_no_file),
      cmocka_unit_test(abandoned_writer_leaves_the_old_file),
      cmocka_unit_test(directory_that_is_not_there_is_an_error),
      cmocka_unit_test(thread_twice_and_bad_names_are_errors),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
