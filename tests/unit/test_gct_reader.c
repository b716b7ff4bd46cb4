// test_gct_reader.c: what the reader accepts, and everything it must refuse.
// SPDX-License-Identifier: MIT
//
// Malformed files are made by hand from a list of chunks whose CRCs are right,
// one for each row of the table of defects, and at random.
#include "gct_fixture.h"

#include <pthread.h>
#include <zstd.h>

// One chunk of a file made by hand. raw < 0: as long as the payload.
struct piece {
  const char *type;
  const void *payload;
  int n;
  uint32_t n_events, thread;
  uint64_t seq;
  uint16_t codec, flags;
  int64_t raw;
};

struct made {
  uint8_t bytes[1 << 16];
  size_t n;
};

static const char types[] = "1\t0\tthing\n";
static const uint8_t alloc[] = {GCT_ALLOC, 0, 1, 2, 4};

static void add(struct made *made, const struct piece *piece)
{
  struct gct__head head = {
      .codec = piece->codec,
      .flags = piece->flags,
      .thread = piece->thread,
      .n_events = piece->n_events,
      .stored = (uint32_t)piece->n,
      .raw = (uint32_t)(piece->raw < 0 ? piece->n : piece->raw),
      .seq = piece->seq,
  };
  memcpy(head.type, piece->type, 4);
  gct__pack_head(&head, piece->payload, made->bytes + made->n);
  made->n += GCT__HEAD_BYTES;
  if (piece->n) memcpy(made->bytes + made->n, piece->payload, piece->n);
  made->n += (size_t)piece->n;
}

static void set_header(struct made *made, uint32_t threads, uint32_t handles,
                       uint64_t events)
{
  struct gct__header header = {.major = 1,
                               .minor = 1,
                               .n_threads = threads,
                               .max_handles = handles,
                               .n_events = events};
  gct__pack_header(&header, made->bytes);
}

static void begin(struct made *made, uint64_t events)
{
  made->n = GCT__HEADER_BYTES;
  set_header(made, 1, 1, events);
  add(made,
      &(struct piece){"TYPE", types, sizeof types - 1, .flags = 1, .raw = -1});
}

static void end(struct made *made, uint64_t chunks, uint64_t events)
{
  uint8_t payload[20];
  size_t n = gct__put_varint(payload, chunks);
  n += gct__put_varint(payload + n, events);
  add(made, &(struct piece){"END ", payload, (int)n, .flags = 1, .raw = -1});
}

// A file whose only EVTS chunk is this.
static void whole(struct made *made, const void *events, int n, uint32_t count)
{
  begin(made, count);
  add(made, &(struct piece){"EVTS", events, n, .n_events = count, .flags = 1,
                            .raw = -1});
  end(made, 3, count);
}

static void expect_good(const void *bytes, size_t n)
{
  struct gct_error error;
  struct gct_file *file = NULL;
  if (gct_open_memory(bytes, n, &file, &error) != 0)
    fail_msg("%s: %s", error.chunk, error.reason);
  gct_close(file);
}

static void expect_bad(const void *bytes, size_t n, const char *chunk,
                       const char *reason)
{
  struct gct_error error = {0};
  struct gct_file *file = NULL;
  assert_int_equal(gct_open_memory(bytes, n, &file, &error), -EBADMSG);
  assert_null(file);
  assert_string_equal(error.chunk, chunk);
  if (!strstr(error.reason, reason))
    fail_msg("'%s' does not say '%s'", error.reason, reason);
}

static void expect_bad_events(const char *reason, const void *events, int n,
                              uint32_t count)
{
  struct made made;
  whole(&made, events, n, count);
  expect_bad(made.bytes, made.n, "EVTS", reason);
}

static void crc_has_the_published_check_value(void **state)
{
  (void)state;
  assert_int_equal(gct__crc32c(0, "123456789", 9), 0xE3069283u);
  assert_int_equal(gct__crc32c_plain(0, "123456789", 9), 0xE3069283u);
  uint8_t zeros[32] = {0}; // RFC 3720, B.4
  assert_int_equal(gct__crc32c(0, zeros, 32), 0x8A9136AAu);
  assert_int_equal(gct__crc32c(gct__crc32c(0, zeros, 13), zeros, 19),
                   0x8A9136AAu);
}

static void hand_made_file_is_read(void **state)
{
  struct made made;
  (void)state;
  whole(&made, alloc, sizeof alloc, 1);
  expect_good(made.bytes, made.n);
}

static void info_tells_what_was_written(void **state)
{
  (void)state;
  fixture_random_trace(fixture_path[0], 7, 3, 4000, 3);
  struct gct_file *file = fixture_open(fixture_path[0]);
  const struct gct_info *info = gct_info(file);
  assert_int_equal(info->n_threads, 3);
  assert_int_equal(info->threads[2].id, 5);
  assert_int_equal(info->n_types, 2);
  assert_string_equal(info->types[1].name, "b c");
  assert_int_equal(info->types[1].id, 8);
  assert_string_equal(info->meta[0].value, "random");
  assert_int_equal(info->n_checkpoints, 4);
  assert_int_equal(info->checkpoints[3].threads, 1);
  assert_int_equal(info->n_events - info->by_op[GCT_WAIT], 4000);
  gct_close(file);
}

static void what_is_not_a_trace_is_refused(void **state)
{
  struct made made;
  (void)state;
  whole(&made, alloc, sizeof alloc, 1);
  expect_bad("", 0, "header", "shorter than a header");
  expect_bad(made.bytes, 63, "header", "shorter than a header");
  made.bytes[4] = '\n'; // as text-mode transfer would do
  expect_bad(made.bytes, made.n, "header", "bad magic");
  whole(&made, alloc, sizeof alloc, 1);
  made.bytes[24] ^= 2;
  expect_bad(made.bytes, made.n, "header", "CRC");
}

static void unknown_major_is_refused_and_unknown_minor_read(void **state)
{
  struct made made;
  (void)state;
  whole(&made, alloc, sizeof alloc, 1);
  gct__put(made.bytes + 8, 2, 2);
  gct__put(made.bytes + 56, gct__header_crc(made.bytes), 4);
  expect_bad(made.bytes, made.n, "header", "major version 2");
  gct__put(made.bytes + 8, 1, 2);
  gct__put(made.bytes + 10, 999, 2);
  gct__put(made.bytes + 56, gct__header_crc(made.bytes), 4);
  expect_good(made.bytes, made.n);
}

static void truncated_file_is_reported_with_its_offset(void **state)
{
  struct made made;
  struct gct_error error;
  struct gct_file *file;
  (void)state;
  whole(&made, alloc, sizeof alloc, 1);
  size_t second = GCT__HEADER_BYTES + GCT__HEAD_BYTES + sizeof types - 1;
  for (size_t n = 0; n < made.n; n++)
    assert_int_equal(gct_open_memory(made.bytes, n, &file, &error), -EBADMSG);
  gct_open_memory(made.bytes, second + 10, &file, &error);
  assert_int_equal(error.offset, second);
  gct_open_memory(made.bytes, second + GCT__HEAD_BYTES + 2, &file, &error);
  assert_int_equal(error.offset, second);
  assert_string_equal(error.chunk, "EVTS");
  assert_non_null(strstr(error.reason, "truncated"));
}

static void end_is_required_last_and_counts(void **state)
{
  struct made made;
  (void)state;
  begin(&made, 0);
  expect_bad(made.bytes, made.n, "END", "no END chunk");
  whole(&made, alloc, sizeof alloc, 1);
  memset(made.bytes + made.n, 0, 1);
  expect_bad(made.bytes, made.n + 1, "END", "behind the END");
  begin(&made, 0);
  end(&made, 7, 0);
  expect_bad(made.bytes, made.n, "END", "7 chunks");
  begin(&made, 0);
  end(&made, 2, 1);
  expect_bad(made.bytes, made.n, "END", "1 events");
  whole(&made, alloc, sizeof alloc, 1);
  set_header(&made, 1, 1, 2);
  expect_bad(made.bytes, made.n, "END", "1 events");
}

static void flipped_dropped_and_reordered_chunks_are_refused(void **state)
{
  struct made made;
  (void)state;
  whole(&made, alloc, sizeof alloc, 1);
  made.bytes[made.n - 1] ^= 1;
  expect_bad(made.bytes, made.n, "END", "CRC");
  begin(&made, 2);
  struct piece late = {"EVTS",     "\x03\x00", 2,        .n_events = 1,
                       .flags = 1, .seq = 1,   .raw = -1};
  add(&made, &late);
  end(&made, 3, 1);
  expect_bad(made.bytes, made.n, "EVTS", "event 1, expected 0");
}

static void chunks_that_must_not_be_ignored_are_refused(void **state)
{
  struct made made;
  (void)state;
  begin(&made, 0);
  add(&made, &(struct piece){"NEWS", "x", 1, .flags = 0, .raw = -1});
  end(&made, 3, 0);
  set_header(&made, 0, 0, 0);
  expect_good(made.bytes, made.n);
  begin(&made, 0);
  add(&made, &(struct piece){"NEWS", "x", 1, .flags = 1, .raw = -1});
  end(&made, 3, 0);
  expect_bad(made.bytes, made.n, "NEWS", "unknown critical");
  begin(&made, 0);
  add(&made, &(struct piece){"META", "a=b\n", 4, .codec = 9, .raw = -1});
  expect_bad(made.bytes, made.n, "META", "codec 9");
}

static void decompression_bombs_are_refused(void **state)
{
  struct made made;
  uint8_t *zeros = calloc(1, 1 << 20), packed[4096];
  (void)state;
  assert_non_null(zeros);
  size_t n = ZSTD_compress(packed, sizeof packed, zeros, 1 << 20, 1);
  free(zeros);
  assert_false(ZSTD_isError(n));
  struct piece bomb = {"META", packed, (int)n, .codec = 1, .raw = 17 << 20};
  begin(&made, 0);
  add(&made, &bomb);
  end(&made, 3, 0);
  expect_bad(made.bytes, made.n, "META", "the limit is");
  bomb.raw = 100; // more comes out than it says
  begin(&made, 0);
  add(&made, &bomb);
  end(&made, 3, 0);
  expect_bad(made.bytes, made.n, "META", "zstd");
  bomb.raw = 2 << 20; // less comes out
  begin(&made, 0);
  add(&made, &bomb);
  end(&made, 3, 0);
  expect_bad(made.bytes, made.n, "META", "unpacked, expected");
  bomb.payload = "garbage";
  bomb.n = 7;
  begin(&made, 0);
  add(&made, &bomb);
  end(&made, 3, 0);
  expect_bad(made.bytes, made.n, "META", "zstd");
}

static void malformed_events_are_refused(void **state)
{
  static const uint8_t handle[] = {GCT_ALLOC, 1, 1, 2, 4};
  static const uint8_t type[] = {GCT_ALLOC, 0, 9, 2, 4};
  static const uint8_t wide[] = {GCT_GC, 0xff, 0xff, 0xff, 0xff, 0x1f};
  static const uint8_t endless[] = {GCT_GC, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
  static const uint8_t padded[] = {GCT_GC, 0x80, 0};
  static const uint8_t cut[] = {GCT_GC, 0x80};
  static const uint8_t owner[] = {GCT_WRITE | GCT_SAME_OWNER, 0, 0};
  static const uint8_t next[] = {GCT_WRITE | GCT_NEXT_SLOT, 0, 0};
  static const uint8_t slot[] = {
      GCT_WRITE | GCT_TO_NIL, 0, 0x80, 0x80, 0x80, 0x80, 1};
  static const uint8_t thread[] = {GCT_WAIT, 7, 0};
  static const uint8_t flag[] = {GCT_GC | 0x40, 0};
  static const uint8_t weak[] = {GCT_WEAK, 0, 2};
  static const uint8_t ext[] = {GCT_EXT, 1, 200, 1, 0};
  (void)state;
  expect_bad_events("handle 1", handle, sizeof handle, 1);
  expect_bad_events("unknown type 9", type, sizeof type, 1);
  expect_bad_events("exceeds 32 bits", wide, sizeof wide, 1);
  expect_bad_events("32 bits", endless, sizeof endless, 1);
  expect_bad_events("shortest form", padded, sizeof padded, 1);
  expect_bad_events("truncated", cut, sizeof cut, 1);
  expect_bad_events("no owner", owner, sizeof owner, 1);
  expect_bad_events("not given", next, sizeof next, 1);
  expect_bad_events("slot", slot, sizeof slot, 1);
  expect_bad_events("unknown thread 7", thread, sizeof thread, 1);
  expect_bad_events("unknown flag", flag, sizeof flag, 1);
  expect_bad_events("weak target 1", weak, sizeof weak, 1);
  expect_bad_events("extension of", ext, sizeof ext, 1);
  expect_bad_events("fewer events", alloc, sizeof alloc, 2);
  static const uint8_t two[] = {GCT_ALLOC, 0, 1, 2, 4, GCT_UNROOT, 0};
  expect_bad_events("more events", two, sizeof two, 1);
}

static void checkpoints_must_agree_between_threads_and_records(void **state)
{
  struct gct_error error;
  (void)state;
  assert_int_equal(
      fixture_parse("#!gct 1\nT0: ckpt 0\nT1: ckpt 0\nT2: mark 0\n",
                    fixture_path[0], 0, &error),
      -EBADMSG);
  assert_non_null(strstr(error.reason, "2 of 3 threads"));
  assert_int_equal(
      fixture_parse("#!gct 1\nT0: ckpt 1\n", fixture_path[0], 0, &error),
      -EBADMSG);
  assert_int_equal(fixture_parse("#!gct 1\nT0: ckpt 0\nT0: ckpt 0\n",
                                 fixture_path[0], 0, &error),
                   -EBADMSG);
  assert_int_equal(
      fixture_parse("#!gct 1\nT0: ckpt 0\nT0: ckpt 1\n"
                    "oracle 0 objects=0 bytes=0 object_hash=0 edges=0 "
                    "edge_hash=0\n",
                    fixture_path[0], 0, &error),
      -EBADMSG);
  assert_non_null(strstr(error.reason, "1 oracle records"));
}

// Changes something; returns the new length.
static size_t corrupt(uint8_t *copy, const struct bytes *good, uint64_t *seed)
{
  size_t n = good->n, at = fixture_random(seed) % n, length;
  memcpy(copy, good->at, n);
  switch (fixture_random(seed) % 4) {
  case 0:
    return at;
  case 1:
    copy[at] ^= (uint8_t)(1u << fixture_random(seed) % 8);
    return n;
  case 2:
    for (length = fixture_random(seed) % 64; length > 0 && at < n; length--)
      copy[at++] = (uint8_t)fixture_random(seed);
    return n;
  default:
    length = 1 + fixture_random(seed) % 512;
    if (length > n - at) length = n - at;
    memmove(copy + at, copy + at + length, n - at - length);
    return n - length;
  }
}

static void corrupt_many(int level, uint64_t *seed)
{
  fixture_random_trace(fixture_path[1], 5, 3, 3000, level);
  struct bytes good = fixture_load(fixture_path[1]);
  uint8_t *copy = malloc(good.n);
  int real = 0;
  assert_non_null(copy);
  for (int i = 0; i < 2500; i++) {
    struct gct_error error;
    struct gct_file *file = NULL;
    size_t n = corrupt(copy, &good, seed);
    if (n == good.n && memcmp(copy, good.at, n) == 0) continue;
    real++;
    assert_int_equal(gct_open_memory(copy, n, &file, &error), -EBADMSG);
    assert_true(error.reason[0] != 0);
  }
  print_message("%d corruptions at level %d, all reported\n", real, level);
  free(copy);
  free(good.at);
}

static void two_thousand_corruptions_are_all_reported(void **state)
{
  uint64_t seed = fixture_seed();
  (void)state;
  corrupt_many(0, &seed);
  corrupt_many(3, &seed);
}

static void random_payload_with_a_valid_crc_stays_in_bounds(void **state)
{
  uint64_t seed = fixture_seed();
  struct made made;
  uint8_t payload[2000];
  int refused = 0;
  (void)state;
  for (int i = 0; i < 3000; i++) {
    struct gct_error error;
    struct gct_file *file = NULL;
    int n = 1 + (int)(fixture_random(&seed) % 2000);
    // Half of them small numbers, to get further than the first operand.
    for (int k = 0; k < n; k++)
      payload[k] = (uint8_t)(fixture_random(&seed) % (i % 2 ? 256 : 16));
    uint32_t count = 1 + (uint32_t)(fixture_random(&seed) % (unsigned)n);
    whole(&made, payload, n, count);
    refused += gct_open_memory(made.bytes, made.n, &file, &error) != 0;
    gct_close(file);
  }
  print_message("%d of 3000 refused\n", refused);
  assert_true(refused > 2900);
}

struct reading {
  const struct gct_file *file;
  uint32_t thread;
  uint64_t events, sum;
};

static void *read_stream(void *argument)
{
  struct reading *reading = argument;
  struct gct_error error;
  struct gct_stream *stream =
      gct_stream_open(reading->file, reading->thread, &error);
  if (!stream) return NULL;
  for (const struct gct_event *e; (e = gct_next(stream));) {
    reading->events++;
    reading->sum = gct_mix(reading->sum + e->handle);
  }
  if (gct_stream_error(stream)) reading->events = 0;
  if (gct_stream_seq(stream) != reading->events) reading->events = 0;
  gct_stream_close(stream);
  return NULL;
}

static void streams_of_one_file_run_in_parallel(void **state)
{
  pthread_t threads[6];
  struct reading readings[6] = {{0}};
  (void)state;
  fixture_random_trace(fixture_path[2], 11, 3, 60000, 3);
  struct gct_file *file = fixture_open(fixture_path[2]);
  for (uint32_t i = 0; i < 6; i++) {
    readings[i] = (struct reading){.file = file, .thread = i % 3};
    pthread_create(&threads[i], NULL, read_stream, &readings[i]);
  }
  for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(readings[i].events, gct_info(file)->threads[i].n_events);
    assert_int_equal(readings[i].sum, readings[i + 3].sum);
  }
  gct_close(file);
}

static void change_behind_the_readers_back_breaks_the_stream(void **state)
{
  struct gct_error error;
  struct gct_file *file;
  (void)state;
  fixture_random_trace(fixture_path[3], 13, 1, 3000, 0);
  struct bytes good = fixture_load(fixture_path[3]);
  assert_int_equal(gct_open_memory(good.at, good.n, &file, &error), 0);
  good.at[good.n / 2] ^= 64;
  struct gct_stream *stream = gct_stream_open(file, 0, &error);
  while (gct_next(stream)) continue;
  assert_non_null(gct_stream_error(stream));
  gct_stream_close(stream);
  gct_close(file);
  free(good.at);
}

static void missing_file_is_the_systems_error(void **state)
{
  struct gct_error error;
  struct gct_file *file;
  (void)state;
  assert_int_equal(gct_open("/nowhere/at/all", &file, &error), -ENOENT);
  assert_int_equal(gct_open("/tmp", &file, &error), -EINVAL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(crc_has_the_published_check_value),
      cmocka_unit_test(hand_made_file_is_read),
      cmocka_unit_test(info_tells_what_was_written),
      cmocka_unit_test(what_is_not_a_trace_is_refused),
      cmocka_unit_test(unknown_major_is_refused_and_unknown_minor_read),
      cmocka_unit_test(truncated_file_is_reported_with_its_offset),
      cmocka_unit_test(end_is_required_last_and_counts),
      cmocka_unit_test(flipped_dropped_and_reordered_chunks_are_refused),
      cmocka_unit_test(chunks_that_must_not_be_ignored_are_refused),
      cmocka_unit_test(decompression_bombs_are_refused),
      cmocka_unit_test(malformed_events_are_refused),
      cmocka_unit_test(checkpoints_must_agree_between_threads_and_records),
      cmocka_unit_test(two_thousand_corruptions_are_all_reported),
      cmocka_unit_test(random_payload_with_a_valid_crc_stays_in_bounds),
      cmocka_unit_test(streams_of_one_file_run_in_parallel),
      cmocka_unit_test(change_behind_the_readers_back_breaks_the_stream),
      cmocka_unit_test(missing_file_is_the_systems_error),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
