// test_gct_text.c: binary to text and back, byte by byte; errors by line.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

static void print_to(const char *from, const char *to)
{
  struct gct_error error;
  struct gct_file *file = fixture_open(from);
  FILE *out = fopen(to, "w");
  assert_non_null(out);
  assert_int_equal(gct_text_print(file, out, &error), 0);
  assert_int_equal(fclose(out), 0);
  gct_close(file);
}

static void parse_from(const char *from, const char *to)
{
  struct gct_error error;
  FILE *in = fopen(from, "r");
  assert_non_null(in);
  if (gct_text_parse(in, to, 0, &error) != 0)
    fail_msg("%llu: %s", (unsigned long long)error.offset, error.reason);
  fclose(in);
}

static void same_bytes(const char *a, const char *b)
{
  struct bytes x = fixture_load(a), y = fixture_load(b);
  assert_int_equal(x.n, y.n);
  assert_memory_equal(x.at, y.at, x.n);
  free(x.at);
  free(y.at);
}

// fixture_path[0] -> text [1] -> binary [2] -> text [3].
static void goes_round(void)
{
  print_to(fixture_path[0], fixture_path[1]);
  parse_from(fixture_path[1], fixture_path[2]);
  same_bytes(fixture_path[0], fixture_path[2]);
  print_to(fixture_path[2], fixture_path[3]);
  same_bytes(fixture_path[1], fixture_path[3]);
}

static void random_binaries_go_round(void **state)
{
  uint64_t seed = fixture_seed();
  (void)state;
  for (int i = 0; i < 20; i++) {
    fixture_random_trace(fixture_path[0], fixture_random(&seed),
                         1 + (uint32_t)i % 4, 2000, 0);
    goes_round();
  }
}

static void many_chunks_go_round(void **state)
{
  (void)state;
  fixture_random_trace(fixture_path[0], 3, 3, 500000, 0);
  goes_round();
}

// Everything that the writer would not do of itself.
static const char odd[] =
    "#!gct 1\n"
    "trace minor=7 flags=12 threads=9 handles=100 index=5\n"
    "chunk META flags=1\n"
    "meta a=b c=d # no comment\n"
    "meta empty=\n"
    "chunk EVTS T3\n"
    "T3: thread\n"
    "T3: alloc 0 type=17 bytes=16 slots=2\n"
    "chunk other type=4e455753 flags=0 thread=4 events=5 seq=6\n"
    "hex 000102ff05\n"
    "chunk TYPE\n"
    "type 17 flags=3 name= two words # and this\n"
    "type 2 flags=0 size=32 slots=2 name=size=3\n"
    "chunk EVTS T3 flags=0\n"
    "T3: write 0.1 0\n"
    "T3: write 0.2 0 enc=0x10\n"
    "T3: write 0.3 nil init enc=0\n"
    "T3: write 0.4 nil init\n"
    "chunk EVTS T3\n"
    "T3: root 0 from 0.2\n"
    "T3: unroot 0\n"
    "T3: weak 0 0 callback\n"
    "T3: weak 0 nil\n"
    "T3: resize 0 bytes=8\n"
    "T3: resize 0 bytes=8 slots=0\n"
    "T3: gc 2\n"
    "T3: gc 2 end\n"
    "T3: finalizer 0\n"
    "T3: finalizer 0 ran\n"
    "T3: pin 0\n"
    "T3: pin 0 end\n"
    "T3: ext 99 00ff10\n"
    "T3: ext 99 \n"
    "T3: ckpt 0\n"
    "T3: mark 4294967295\n"
    "chunk EVTS T200\n"
    "T200: wait T3 4\n"
    "T200: drop 0 cycle\n"
    "T200: thread end\n"
    "chunk TYPE\n"
    "chunk CKPT\n"
    "oracle 0 objects=1 bytes=16 object_hash=0xff edges=3 edge_hash=0\n"
    "chunk END flags=0\n";

static void odd_encodings_go_round(void **state)
{
  struct gct_error error;
  (void)state;
  int result = fixture_parse(odd, fixture_path[0], 0, &error);
  if (result != 0) fail_msg("%s: %s", error.chunk, error.reason);
  goes_round();
  struct bytes text = fixture_load(fixture_path[1]);
  assert_int_equal(text.n, sizeof odd - 1);
  assert_memory_equal(text.at, odd, text.n);
  free(text.at);
}

static void compressed_file_loses_only_its_compression(void **state)
{
  (void)state;
  fixture_random_trace(fixture_path[4], 8, 2, 5000, 3);
  fixture_random_trace(fixture_path[0], 8, 2, 5000, 0);
  print_to(fixture_path[4], fixture_path[1]);
  parse_from(fixture_path[1], fixture_path[2]);
  same_bytes(fixture_path[0], fixture_path[2]);
}

static void hand_written_text_needs_no_chunks(void **state)
{
  (void)state;
  struct gct_file *file = fixture_text("#!gct 1\n"
                                       "# two threads\n"
                                       "type 1 flags=1 name=node\n"
                                       "\n"
                                       "T0: alloc 0 type=1 bytes=32 slots=2\n"
                                       "  T1: wait T0 1  # until it is there\n"
                                       "T0: write 0.0 0\n"
                                       "T1: root 0\n"
                                       "meta by=hand\n");
  const struct gct_info *info = gct_info(file);
  assert_int_equal(info->n_threads, 2);
  assert_int_equal(info->max_handles, 1);
  assert_int_equal(info->n_events, 4);
  assert_int_equal(info->n_chunks, 5);
  gct_close(file);
}

static void wrong(uint64_t line, const char *reason, const char *body)
{
  char text[400];
  struct gct_error error;
  snprintf(text, sizeof text, "#!gct 1\ntype 1 flags=0 name=t\n%s", body);
  assert_int_equal(fixture_parse(text, fixture_path[0], 0, &error), -EBADMSG);
  if (error.offset != line || !strstr(error.reason, reason))
    fail_msg("%llu: '%s', expected %llu: '%s'",
             (unsigned long long)error.offset, error.reason,
             (unsigned long long)line, reason);
  assert_string_equal(error.chunk, "line");
  assert_int_equal(access(fixture_path[0], F_OK), -1);
}

static void errors_name_line_and_token(void **state)
{
  (void)state;
  unlink(fixture_path[0]);
  wrong(3, "'bogus': expected an event", "T0: bogus\n");
  wrong(4, "'frob': expected", "# fine\nfrob\n");
  wrong(3, "'x1': expected a number", "T0: gc x1\n");
  wrong(3, "end of line: expected a number", "T0: alloc\n");
  wrong(3, "'typ=1': expected type=", "T0: alloc 0 typ=1\n");
  wrong(3, "'12': bytes come in eights",
        "T0: alloc 0 type=1 bytes=12 slots=1\n");
  wrong(3, "'type=2': unknown type", "T0: alloc 0 type=2 bytes=8 slots=1\n");
  wrong(4, "'T1': a thread without events", "T0: gc 0\nT0: wait T1 0\n");
  wrong(3, "'256': the limit", "T256: gc 0\n");
  wrong(3, "'x': expected a number", "Tx: gc 0\n");
  wrong(3, "'5': expected OWNER.SLOT", "T0: write 5 nil\n");
  wrong(3, "'more': expected the end", "T0: gc 0 end more\n");
  wrong(3, "'ran': expected end", "T0: gc 0 ran\n");
  wrong(3, "enc=0x20", "T0: write 0.0 nil enc=0x20\n");
  wrong(3, "'-1': expected a number", "T0: gc -1\n");
  wrong(3, "'4294967296': the limit", "T0: gc 4294967296\n");
  wrong(4, "handles are below 2", "trace handles=2\nT0: root 2\n");
  wrong(3, "type is there twice", "type 1 flags=0 name=u\n");
  wrong(3, "expected name=NAME", "type 2 flags=0 u\n");
  wrong(3, "'hex': not in a chunk", "hex ab\n");
  wrong(3, "pairs of hex digits", "T0: ext 1 abc\n");
  wrong(3, "pairs of hex digits", "T0: ext 1 zz\n");
  wrong(3, "'FOO': expected a chunk type", "chunk FOO\n");
  wrong(4, "after END", "chunk END\nT0: gc 0\n");
  wrong(3, "'hello': expected KEY=VALUE", "meta hello\n");
}

static void first_line_is_checked(void **state)
{
  struct gct_error error;
  (void)state;
  assert_int_equal(fixture_parse("#!gct 2\n", fixture_path[0], 0, &error),
                   -EBADMSG);
  assert_int_equal(error.offset, 1);
  assert_int_equal(fixture_parse("\n", fixture_path[0], 0, &error), -EBADMSG);
}

// Lines of a good text, damaged: an error or a good file, never a crash.
static void damaged_text_never_crashes(void **state)
{
  uint64_t seed = fixture_seed();
  char text[sizeof odd];
  int good = 0;
  (void)state;
  for (int i = 0; i < 3000; i++) {
    struct gct_error error = {0};
    memcpy(text, odd, sizeof odd);
    for (uint64_t n = 1 + fixture_random(&seed) % 3; n > 0; n--) {
      size_t at = 8 + fixture_random(&seed) % (sizeof odd - 9);
      text[at] = " \n#=.:0127Tnx"[fixture_random(&seed) % 13];
    }
    int result = fixture_parse(text, fixture_path[0], 0, &error);
    assert_true(result == 0 || (result == -EBADMSG && error.reason[0]));
    if (result != 0) continue;
    goes_round();
    good++;
  }
  print_message("%d of 3000 still good\n", good);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_binaries_go_round),
      cmocka_unit_test(many_chunks_go_round),
      cmocka_unit_test(odd_encodings_go_round),
      cmocka_unit_test(compressed_file_loses_only_its_compression),
      cmocka_unit_test(hand_written_text_needs_no_chunks),
      cmocka_unit_test(errors_name_line_and_token),
      cmocka_unit_test(first_line_is_checked),
      cmocka_unit_test(damaged_text_never_crashes),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
