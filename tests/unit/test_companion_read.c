// test_companion_read.c: events, requests, samples and lifetimes, read back.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "companion_read.h"
#include "companion.h"
#include "companion_file.h"
#include "event_log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

static char error[512];
static char packed[1 << 16];
static size_t n_packed;

// Adds a frame with `text`.
static void pack(const char *text)
{
  size_t n = ZSTD_compress(packed + n_packed, sizeof packed - n_packed, text,
                           strlen(text), 3);
  assert_false(ZSTD_isError(n));
  n_packed += n;
}

static struct companion_reader *read_packed(enum companion kind)
{
  *error = '\0';
  return companion_bytes(kind, "f", packed, n_packed, error, sizeof error);
}

static struct companion_reader *read_text(enum companion kind,
                                          const char *text)
{
  n_packed = 0;
  pack(text);
  return read_packed(kind);
}

static void what_the_harness_writes_is_read(void **state)
{
  (void)state;
  char path[] = "wane-events-XXXXXX";
  int fd = mkstemp(path);
  union companion_row row;
  struct companion_file *file =
      companion_file_open(path, companion_kind(COMPANION_EVENTS)->header);
  assert_true(fd >= 0 && file);
  close(fd);
  companion_file_row(file, "r-0",
                 "1,0,NA,marker,harness_begin,NA,harness,NA,NA,NA,NA,NA,0,0,"
                 "NA,NA,NA,NA,NA,NA,NA,NA,NA");
  assert_int_equal(companion_file_end_frame(file), 0);
  companion_file_row(file, "r-1",
                 "2,1,7,phase,mark,NA,\"a,b\",coordinator,3,0,1,NA,-5,9,4,"
                 "100,50,2,64,8,9,10,NA");
  assert_int_equal(companion_file_close(file), 0);
  struct companion_reader *r =
      companion_open(COMPANION_EVENTS, path, error, sizeof error);
  assert_non_null(r);
  assert_int_equal(companion_next(r, &row, error, sizeof error), 1);
  assert_string_equal(row.event.event, "marker");
  assert_string_equal(row.event.kind, "harness_begin");
  assert_null(row.event.role);
  assert_true(row.event.gc_id == COMPANION_NO_COUNT);
  assert_true(row.event.t_request_ns == COMPANION_NO_TIME);
  assert_true(row.event.t_begin_ns == 0);
  assert_int_equal(companion_next(r, &row, error, sizeof error), 1);
  const struct companion_event *e = &row.event;
  assert_string_equal(e->invocation, "r-1");
  assert_string_equal(e->thread, "a,b");
  assert_true(e->t_request_ns == COMPANION_NO_TIME);
  assert_true(e->t_begin_ns == -5 && e->t_end_ns == 9 && e->cpu_ns == 4);
  assert_true(e->iteration == 2 && e->gc_id == 7 && e->cpu == 3 && e->stw == 1);
  assert_true(e->used_before_bytes == 100 && e->used_after_bytes == 50);
  assert_true(e->freed_objects == 2 && e->freed_bytes == 64);
  assert_true(e->objects == 8 && e->edges == 9 && e->items == 10);
  assert_int_equal(companion_next(r, &row, error, sizeof error), 0);
  companion_close(r);
  unlink(path);
}

static void columns_are_found_by_name(void **state)
{
  (void)state;
  union companion_row row;
  struct companion_reader *r = read_text(
      COMPANION_REQUESTS, "extra,t_end_ns,t_start_ns,t_intended_ns,thread,"
                          "request,iteration,invocation_id\n"
                          "x,9,4,NA,m0,3,1,r-0\n");
  assert_non_null(r);
  assert_int_equal(companion_next(r, &row, error, sizeof error), 1);
  assert_true(row.request.t_intended_ns == COMPANION_NO_TIME);
  assert_true(row.request.t_start_ns == 4 && row.request.t_end_ns == 9);
  assert_true(row.request.request == 3);
  companion_close(r);
  r = read_text(COMPANION_SAMPLES,
                "invocation_id,iteration,t_ns,node,used_bytes,reserved_bytes,"
                "meta_bytes,rss_bytes,live_bytes\nr-0,1,5,all,1,2,3,4,NA\n");
  assert_non_null(r);
  assert_int_equal(companion_next(r, &row, error, sizeof error), 1);
  assert_true(row.sample.live_bytes == COMPANION_NO_COUNT);
  assert_true(row.sample.rss_bytes == 4 && row.sample.t_ns == 5);
  companion_close(r);
  r = read_text(COMPANION_LIFETIMES,
                "invocation_id,iteration,object,size,t_alloc_ns,t_dead_ns,"
                "t_reclaimed_ns,dead_bytes,reclaimed_by\n"
                "r-0,1,2,48,-3,7,NA,NA,NA\n");
  assert_non_null(r);
  assert_int_equal(companion_next(r, &row, error, sizeof error), 1);
  assert_true(row.lifetime.t_reclaimed_ns == COMPANION_NO_TIME);
  assert_true(row.lifetime.t_alloc_ns == -3 && row.lifetime.size == 48);
  assert_null(row.lifetime.reclaimed_by);
  companion_close(r);
}

static void refused(enum companion kind, const char *text, const char *said)
{
  union companion_row row;
  int got = 1;
  struct companion_reader *r = read_text(kind, text);
  while (r && got == 1) got = companion_next(r, &row, error, sizeof error);
  assert_true(!r || got == -EINVAL);
  if (strcmp(error, said)) fail_msg("\"%s\" is not \"%s\"", error, said);
  companion_close(r);
}

#define REQUESTS                                                              \
  "invocation_id,iteration,request,thread,t_intended_ns,t_start_ns,t_end_ns\n"

static void what_is_wrong_is_named(void **state)
{
  (void)state;
  enum companion k = COMPANION_REQUESTS;
  refused(k, "", "f:1: expected a header, found nothing");
  refused(k, "invocation_id,iteration\n", "f: has no column request");
  refused(k, REQUESTS "r,1,0,m,NA,NA,4\n",
          "f:2: t_start_ns: expected a time in ns, found NA");
  refused(k, REQUESTS "r,1,0,m,NA,3,4\nr,1,-1,m,NA,3,4\n",
          "f:3: request: expected a count, found \"-1\"");
  refused(k, REQUESTS "r,1,18446744073709551615,m,NA,3,4\n",
          "f:2: request: expected a count, found \"18446744073709551615\"");
  refused(k, REQUESTS "r,1,0,m,NA,3,9223372036854775808\n",
          "f:2: t_end_ns: expected a time in ns, found "
          "\"9223372036854775808\"");
  refused(k, REQUESTS "r,1,0,m,NA,--3,4\n",
          "f:2: t_start_ns: expected a time in ns, found \"--3\"");
  refused(k, REQUESTS "NA,1,0,m,NA,3,4\n",
          "f:2: invocation_id: expected a name, found NA");
  refused(k, REQUESTS "r,1,0,m,NA,5,4\n",
          "f:2: a request that ends before it starts");
  refused(k, REQUESTS "r,1,0,m,NA,5\n", "f:2: expected 7 fields, found 6");
}

// What is there of a file that was cut is told of, and then that it was cut.
static void a_cut_frame_is_a_sentence(void **state)
{
  (void)state;
  union companion_row row;
  n_packed = 0;
  pack(REQUESTS);
  pack("r,1,0,m,NA,3,4\nr,1,1,m,NA,3,4\n");
  size_t good = n_packed;
  pack("r,1,2,m,NA,3,4\n");
  size_t all = n_packed;
  for (n_packed = good + 1; n_packed < all; n_packed++) {
    struct companion_reader *r = read_packed(COMPANION_REQUESTS);
    int got, rows = 0;
    assert_non_null(r);
    while ((got = companion_next(r, &row, error, sizeof error)) == 1) rows++;
    assert_int_equal(got, -EINVAL);
    assert_true(rows >= 2);
    assert_non_null(strstr(error, "f: the last zstd frame was cut"));
    assert_int_equal(companion_next(r, &row, error, sizeof error), -EINVAL);
    companion_close(r);
  }
  n_packed = good;
  memcpy(packed + n_packed, "garbage!", 8);
  n_packed += 8;
  struct companion_reader *r = read_packed(COMPANION_REQUESTS);
  int got = 1;
  while (r && got == 1) got = companion_next(r, &row, error, sizeof error);
  assert_int_equal(got, -EINVAL);
  assert_non_null(strstr(error, "f: Unknown frame descriptor"));
  companion_close(r);
}

static void a_long_file_is_read(void **state)
{
  (void)state;
  enum { ROWS = 200000 };
  union companion_row row;
  char *text = NULL;
  size_t n;
  FILE *out = open_memstream(&text, &n);
  assert_non_null(out);
  fputs(REQUESTS, out);
  for (int i = 0; i < ROWS; i++) fprintf(out, "r,1,%d,m,NA,%d,%d\n", i, i, i);
  fclose(out);
  size_t room = ZSTD_compressBound(n);
  char *bytes = malloc(room);
  size_t size = ZSTD_compress(bytes, room, text, n, 1);
  struct companion_reader *r = companion_bytes(COMPANION_REQUESTS, "f", bytes,
                                               size, error, sizeof error);
  assert_non_null(r);
  for (uint64_t i = 0; i < ROWS; i++) {
    assert_int_equal(companion_next(r, &row, error, sizeof error), 1);
    assert_true(row.request.request == i);
  }
  assert_int_equal(companion_next(r, &row, error, sizeof error), 0);
  companion_close(r);
  free(bytes);
  free(text);
}

static void a_file_that_is_not_there_is_named(void **state)
{
  (void)state;
  assert_null(companion_open(COMPANION_EVENTS, "/nonexistent", error,
                             sizeof error));
  assert_string_equal(error, "/nonexistent: cannot be read: No such file or "
                             "directory");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_the_harness_writes_is_read),
      cmocka_unit_test(columns_are_found_by_name),
      cmocka_unit_test(what_is_wrong_is_named),
      cmocka_unit_test(a_cut_frame_is_a_sentence),
      cmocka_unit_test(a_long_file_is_read),
      cmocka_unit_test(a_file_that_is_not_there_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
