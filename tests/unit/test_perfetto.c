// test_perfetto.c: timelines of events that are made up.
// SPDX-License-Identifier: MIT

#include "check.h"

#include "companion.h"
#include "companion_file.h"
#include "perfetto.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/wane-perfetto-XXXXXX";
static char error[512];

static void write_events(const char *const rows[][2], size_t n)
{
  char path[128];
  snprintf(path, sizeof path, "%s/gc_events.csv.zst", folder);
  struct companion_file *file =
      companion_file_open(path, companion_kind(COMPANION_EVENTS)->header);
  assert_non_null(file);
  for (size_t i = 0; i < n; i++)
    companion_file_row(file, rows[i][0], rows[i][1]);
  assert_int_equal(companion_file_close(file), 0);
}

static json_t *export(const char *invocation)
{
  char *text = NULL;
  size_t n;
  json_error_t why;
  FILE *out = open_memstream(&text, &n);
  assert_non_null(out);
  int result = perfetto_export(folder, invocation, out, error, sizeof error);
  fclose(out);
  json_t *json = result ? NULL : json_loadb(text, n, 0, &why);
  if (!result && !json) fail_msg("%s in %s", why.text, text);
  if (result) assert_int_equal(n, 0);
  free(text);
  return json;
}

static const char *text_of(const json_t *event, const char *key)
{
  const char *text = json_string_value(json_object_get(event, key));
  return text ? text : "";
}

// In ns: the text has three digits behind the point.
static long long ns_of(const json_t *event, const char *key)
{
  double us = json_number_value(json_object_get(event, key));
  return (long long)(us * 1000 + (us < 0 ? -0.5 : 0.5));
}

static const json_t *find(const json_t *json, const char *phase,
                          const char *name, size_t which)
{
  const json_t *events = json_object_get(json, "traceEvents");
  size_t i;
  json_t *event;
  json_array_foreach(events, i, event)
    if (strcmp(text_of(event, "ph"), phase) == 0 &&
        strcmp(text_of(event, "name"), name) == 0 && which-- == 0)
      return event;
  fail_msg("no %s called %s", phase, name);
  return NULL;
}

static long long arg(const json_t *event, const char *key)
{
  return json_integer_value(
      json_object_get(json_object_get(event, "args"), key));
}

// Slices of one track nest, or follow each other.
static void assert_nests(const json_t *json)
{
  const json_t *events = json_object_get(json, "traceEvents");
  size_t i, k;
  json_t *a, *b;
  json_array_foreach(events, i, a) {
    if (strcmp(text_of(a, "ph"), "X")) continue;
    long long a0 = ns_of(a, "ts"), a1 = a0 + ns_of(a, "dur");
    assert_true(a0 >= 0 && a1 >= a0);
    json_array_foreach(events, k, b) {
      if (k <= i || strcmp(text_of(b, "ph"), "X")) continue;
      if (!json_equal(json_object_get(a, "pid"), json_object_get(b, "pid")) ||
          !json_equal(json_object_get(a, "tid"), json_object_get(b, "tid")))
        continue;
      long long b0 = ns_of(b, "ts"), b1 = b0 + ns_of(b, "dur");
      assert_true(b0 >= a1 || (b0 >= a0 && b1 <= a1));
    }
  }
}

#define MARKER(name, ns)                                                      \
  "NA,marker," name ",NA,harness,NA,NA,NA,NA,NA," ns "," ns                    \
  ",NA,NA,NA,NA,NA,NA,NA,NA,NA"

static const char *const golden[][2] = {
    {"r-0", "1,0," MARKER("harness_begin", "0")},
    {"r-0", "1,1," MARKER("harness_end", "9001")},
    {"r-0", "1,2,5,cycle,NA,user,coordinator,coordinator,1,NA,1,-2000,-1500,"
            "7000,800,4096,1024,3,96,0,0,7,NA"},
    {"r-0", "1,3,5,phase,mark,user,coordinator,coordinator,1,NA,1,NA,-1500,"
            "6999,80,NA,NA,0,0,2,1,0,NA"},
    {"r-0", "1,4,5,pause,NA,NA,\"m \"\"x\"\"\",mutator,0,NA,0,NA,100,200,NA,NA,"
            "NA,0,0,0,0,0,NA"},
    {"r-0", "1,5,5,stall,NA,heap_full,\"m \"\"x\"\"\",mutator,0,NA,0,NA,150,"
            "250,NA,NA,NA,0,0,0,0,0,NA"},
    {"r-0", "1,6,5,assist,NA,NA,\"m \"\"x\"\"\",mutator,0,NA,0,NA,200,210,NA,"
            "NA,NA,0,0,0,0,3,NA"},
    {"r-0", "1,7,NA,drop,ring_full,NA,harness,NA,NA,NA,NA,NA,9001,9001,NA,NA,"
            "NA,NA,NA,NA,NA,12,NA"},
    {"r-1", "1,0," MARKER("harness_begin", "0")},
    {"r-1", "2,0," MARKER("harness_begin", "0")},
};

static void everything_is_where_it_was(void **state)
{
  (void)state;
  write_events(golden, sizeof golden / sizeof golden[0]);
  json_t *json = export(NULL);
  assert_non_null(json);
  assert_nests(json);
  assert_int_equal(json_integer_value(json_object_get(
                       json_object_get(json, "otherData"), "harness_begin_ns")),
                   1500);
  const json_t *e = find(json, "X", "round, world stopped", 0);
  assert_int_equal(ns_of(e, "ts"), 0);
  assert_int_equal(ns_of(e, "dur"), 8500);
  assert_int_equal(arg(e, "gc_id"), 5);
  assert_int_equal(arg(e, "requested_ns_before"), 500);
  assert_int_equal(arg(e, "freed_bytes"), 96);
  assert_int_equal(ns_of(find(json, "X", "mark", 0), "dur"), 8499);
  assert_int_equal(ns_of(find(json, "X", "stall", 0), "ts"), 1650);
  assert_int_equal(arg(find(json, "X", "assist", 0), "items"), 3);
  assert_int_equal(arg(find(json, "i", "drop", 0), "items"), 12);
  // The pause and the stall overlap: each has a track.
  assert_false(
      json_equal(json_object_get(find(json, "X", "pause", 0), "tid"),
                 json_object_get(find(json, "X", "stall", 0), "tid")));
  assert_int_equal(ns_of(find(json, "C", "heap used", 0), "ts"), 0);
  assert_int_equal(arg(find(json, "C", "heap used", 0), "bytes"), 4096);
  assert_int_equal(arg(find(json, "C", "heap used", 1), "bytes"), 1024);
  assert_int_equal(ns_of(find(json, "i", "harness_end", 0), "ts"), 10501);
  assert_int_equal(ns_of(find(json, "i", "harness_begin", 2), "ts"), 1500);
  const json_t *name =
      json_object_get(find(json, "M", "thread_name", 2), "args");
  assert_string_equal(text_of(name, "name"), "m \"x\" (mutator)");
  name = json_object_get(find(json, "M", "process_name", 2), "args");
  assert_string_equal(text_of(name, "name"), "r-1 iteration 2");
  json_decref(json);
}

static void one_invocation_alone(void **state)
{
  (void)state;
  write_events(golden, sizeof golden / sizeof golden[0]);
  json_t *json = export("r-1");
  assert_non_null(json);
  const json_t *name =
      json_object_get(find(json, "M", "process_name", 0), "args");
  assert_string_equal(text_of(name, "name"), "r-1 iteration 1");
  assert_int_equal(ns_of(find(json, "i", "harness_begin", 0), "ts"), 0);
  json_decref(json);
  assert_null(export("r-2"));
  assert_non_null(strstr(error, "gc_events.csv.zst: has no invocation r-2"));
}

// Whatever the threads are called, and however events overlap.
static void anything_becomes_json_that_nests(void **state)
{
  (void)state;
  enum { N = 60 };
  struct check_random dice = {.state = check_seed(1)};
  static char text[N][256];
  const char *rows[N][2];
  static const char *const threads[] = {"a", "\"\\ \"\"\"", "\xff\xfe",
                                        "\xc3\xa9"};
  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < N; i++) {
      unsigned begin = (unsigned)check_below(&dice, 50);
      snprintf(text[i], sizeof text[i],
               "1,%d,1,pause,NA,NA,%s,mutator,0,NA,0,NA,%u,%u,NA,NA,NA,0,0,0,0,"
               "0,NA",
               i, threads[check_below(&dice, 4)], begin,
               begin + (unsigned)check_below(&dice, 20));
      rows[i][0] = "r";
      rows[i][1] = text[i];
    }
    write_events((const char *const(*)[2])rows, N);
    json_t *json = export(NULL);
    assert_non_null(json);
    assert_nests(json);
    json_decref(json);
  }
}

static void what_cannot_be_read_is_refused(void **state)
{
  (void)state;
  static const char *const bad[][2] = {{"r", "1,0," MARKER("x", "0") ",more"}};
  write_events(bad, 1);
  assert_null(export(NULL));
  assert_non_null(strstr(error, "gc_events.csv.zst:2: expected 24 fields"));
  write_events(bad, 0);
  assert_null(export(NULL));
  assert_non_null(strstr(error, "gc_events.csv.zst: has no events"));
}

static int remove_all(void **state)
{
  char path[128];
  (void)state;
  snprintf(path, sizeof path, "%s/gc_events.csv.zst", folder);
  unlink(path);
  return rmdir(folder);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_is_where_it_was),
      cmocka_unit_test(one_invocation_alone),
      cmocka_unit_test(anything_becomes_json_that_nests),
      cmocka_unit_test(what_cannot_be_read_is_refused),
  };
  if (!mkdtemp(folder)) return 3;
  return cmocka_run_group_tests(tests, NULL, remove_all);
}
