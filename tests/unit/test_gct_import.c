// test_gct_import.c: other tools' dumps and traces become the right traces.
// SPDX-License-Identifier: MIT
#include "gct_fixture.h"

#include "gct_import.h"
#include "hprof_sample.h"

static char output[64];

static int make(void **state)
{
  const char *folder = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
  snprintf(output, sizeof output, "%s/wane-import-%d", folder, (int)getpid());
  return fixture_make(state);
}

static int tear_down(void **state)
{
  unlink(output);
  return fixture_remove(state);
}

static struct bytes sample(const char *name)
{
  char path[512];
  const char *source = getenv("WANE_SOURCE_DIR");
  snprintf(path, sizeof path, "%s/tests/fuzz/corpus/import/%s",
           source ? source : ".", name);
  return fixture_load(path);
}

// Checks a trace from beginning to end; returns its last checkpoint.
static struct gct_oracle verified(void)
{
  struct gct_file *file = fixture_open(output);
  const struct gct_info *info = gct_info(file);
  struct gct_report report;
  struct gct_error error;
  if (gct_verify(file, NULL, NULL, &report, &error) != 0)
    fail_msg("%llu:%s: %s", (unsigned long long)error.offset, error.chunk,
             error.reason);
  assert_int_equal(report.compared, info->n_checkpoints);
  assert_int_equal(info->header_flags, GCT_EXACT_SLOTS | GCT_ALWAYS_HELD);
  struct gct_oracle last = info->checkpoints[info->n_checkpoints - 1].oracle;
  gct_close(file);
  return last;
}

static struct gct_import_result imported(struct bytes bytes,
                                         struct gct_import_options options)
{
  struct gct_import_result result;
  struct gct_error error;
  if (gct_import_memory(bytes.at, bytes.n, output, &options, &result, &error))
    fail_msg("%llu:%s: %s", (unsigned long long)error.offset, error.chunk,
             error.reason);
  return result;
}

static struct bytes text_bytes(const char *text)
{
  return (struct bytes){(uint8_t *)(uintptr_t)text, strlen(text)};
}

static uint64_t count_of(const struct gct_import_result *result,
                         const char *key)
{
  for (uint32_t i = 0; i < result->n_counts; i++)
    if (strcmp(result->counts[i].key, key) == 0) return result->counts[i].n;
  fail_msg("there is no count %s", key);
  return 0;
}

// The events of the trace as text, without the lines around them.
static void events_are(const char *expected)
{
  struct gct_file *file = fixture_open(output);
  struct gct_error error;
  char *text = NULL, *found = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  assert_int_equal(gct_text_print(file, out, &error), 0);
  fclose(out);
  out = open_memstream(&found, &n);
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
    if (line[0] == 'T') fprintf(out, "%s\n", line);
  fclose(out);
  assert_string_equal(found, expected);
  free(text);
  free(found);
  gct_close(file);
}

// ---- V8

static const char small_snapshot[] =
    "{\"snapshot\":{\"meta\":{"
    "\"node_fields\":[\"type\",\"name\",\"self_size\",\"edge_count\"],"
    "\"node_types\":[[\"synthetic\",\"object\",\"string\"],\"string\"],"
    "\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],"
    "\"edge_types\":[[\"property\",\"weak\",\"shortcut\"],\"node\"]},"
    "\"node_count\":6,\"edge_count\":9},"
    "\"nodes\":[0,0,0,1, 0,0,0,1, 1,1,24,3, 1,1,24,2, 2,0,9,0, 1,2,16,2],"
    "\"edges\":[0,0,4, 0,0,8, 0,0,12, 1,0,16, 2,0,20, 0,0,8, 0,0,16,"
    " 0,0,8, 1,0,12],"
    "\"strings\":[\"\",\"L\\u00e9af\",\"Lost\"]}";

static void a_snapshot_is_built_parents_first(void **state)
{
  (void)state;
  struct gct_import_options options = {.level = 0};
  struct gct_import_result result =
      imported(text_bytes(small_snapshot), options);
  assert_int_equal(result.format, GCT_IMPORT_HEAPSNAPSHOT);
  events_are("T0: alloc 0 type=2 bytes=24 slots=1\n"
             "T0: alloc 1 type=2 bytes=24 slots=2\n"
             "T0: write 0.0 1 init\n"
             "T0: unroot 1\n"
             "T0: write 1.0 0 init\n"
             "T0: alloc 2 type=1 bytes=16 slots=0\n"
             "T0: write 1.1 2 init\n"
             "T0: unroot 2\n"
             "T0: weak 0 2\n"
             "T0: ckpt 0\n");
  assert_int_equal(count_of(&result, "import.shortcuts"), 1);
  assert_int_equal(count_of(&result, "import.unreachable"), 1);
  assert_int_equal(count_of(&result, "import.sizes_rounded"), 1);
  struct gct_oracle last = verified();
  assert_int_equal(last.objects, 3);
  assert_int_equal(last.bytes, 64);
  assert_int_equal(last.edges, 3);
}

static void a_snapshot_is_built_children_first(void **state)
{
  (void)state;
  imported(text_bytes(small_snapshot),
           (struct gct_import_options){.order = GCT_IMPORT_CHILDREN_FIRST,
                                       .teardown = true});
  events_are("T0: alloc 0 type=1 bytes=16 slots=0\n"
             "T0: alloc 1 type=2 bytes=24 slots=2\n"
             "T0: write 1.1 0 init\n"
             "T0: unroot 0\n"
             "T0: alloc 2 type=2 bytes=24 slots=1\n"
             "T0: write 2.0 1 init\n"
             "T0: unroot 1\n"
             "T0: write 1.0 2 init\n"
             "T0: weak 2 0\n"
             "T0: ckpt 0\n"
             "T0: unroot 2\n"
             "T0: free 0 cycle\n"
             "T0: free 1 cycle\n"
             "T0: free 2 cycle\n"
             "T0: ckpt 1\n");
  assert_int_equal(verified().objects, 0);
}

static void names_of_types_are_those_of_constructors(void **state)
{
  (void)state;
  imported(text_bytes(small_snapshot), (struct gct_import_options){0});
  struct gct_file *file = fixture_open(output);
  const struct gct_info *info = gct_info(file);
  assert_int_equal(info->n_types, 2);
  assert_string_equal(info->types[0].name, "(string)");
  assert_int_equal(info->types[0].flags, GCT_TYPE_WEAKABLE);
  assert_string_equal(info->types[1].name, "L\xc3\xa9"
                                           "af");
  assert_int_equal(info->types[1].flags, GCT_TYPE_TRACKED);
  gct_close(file);
}

// Thirty nodes, whose counts are known (see the file). The same graph with
// other fields, in another order, with members in another order.
static void every_order_builds_the_same_graph(void **state)
{
  (void)state;
  static const char *const names[] = {"window.heapsnapshot",
                                      "other_order.heapsnapshot"};
  uint64_t edge_hash[GCT_IMPORT_ORDERS] = {0};
  for (int i = 0; i < 2; i++) {
    struct bytes bytes = sample(names[i]);
    for (unsigned order = 0; order < GCT_IMPORT_ORDERS; order++) {
      struct gct_import_options options = {.order = order};
      struct gct_import_result result = imported(bytes, options);
      struct gct_oracle last = verified();
      assert_int_equal(last.objects, 22);
      assert_int_equal(last.bytes, 3136);
      assert_int_equal(last.edges, 39);
      if (i == 0) edge_hash[order] = last.edge_hash;
      assert_int_equal(last.edge_hash, edge_hash[order]);
      assert_int_equal(count_of(&result, "import.roots"), 5);
      assert_int_equal(count_of(&result, "import.unreachable"), 4);
      assert_int_equal(count_of(&result, "import.weak"), 2);
      assert_int_equal(count_of(&result, "import.weak_only"), 1);
      assert_int_equal(count_of(&result, "import.weak_more"), 2);
      assert_int_equal(count_of(&result, "import.shortcuts"), 2);
      options.teardown = true;
      imported(bytes, options);
      assert_int_equal(verified().objects, 0);
    }
    free(bytes.at);
  }
}

// ---- Java

static void a_java_heap_is_built(void **state)
{
  (void)state;
  for (uint32_t id_bytes = 4; id_bytes <= 8; id_bytes += 4)
    for (int segments = 0; segments < 2; segments++) {
      struct hprof_sample s;
      hprof_make(&s, id_bytes, segments);
      struct gct_import_result result = imported(
          (struct bytes){s.bytes, s.n}, (struct gct_import_options){0});
      assert_int_equal(result.format, GCT_IMPORT_HPROF);
      struct gct_oracle last = verified();
      // hprof_sample.h: 7 classes and 10 objects; 6 superclasses, HEAD, the
      // ring, 2 of the pair, its queue, 2 elements.
      assert_int_equal(last.objects, 17);
      assert_int_equal(last.edges, 15);
      assert_int_equal(last.bytes, id_bytes == 8 ? 488 : 264);
      assert_int_equal(count_of(&result, "import.roots"), 9);
      assert_int_equal(count_of(&result, "import.roots_unknown"), 1);
      assert_int_equal(count_of(&result, "import.references_unknown"), 1);
      assert_int_equal(count_of(&result, "import.unreachable"), 2);
      assert_int_equal(count_of(&result, "import.weak"), 1);
      assert_int_equal(count_of(&result, "import.weak_only"), 1);
      assert_int_equal(count_of(&result, "import.duplicates"), 1);
      assert_int_equal(count_of(&result, "import.classes_unknown"), 0);
    }
}

static void a_java_heap_that_is_cut_is_refused(void **state)
{
  (void)state;
  struct gct_import_options options = {0};
  struct gct_import_result result;
  for (int segments = 0; segments < 2; segments++) {
    struct hprof_sample s;
    hprof_make(&s, 8, segments);
    for (size_t n = 0; n < s.n; n++) {
      struct gct_error error = {0};
      uint8_t *copy = malloc(n + 1); // its very size, for AddressSanitizer
      assert_non_null(copy);
      memcpy(copy, s.bytes, n);
      assert_int_not_equal(
          gct_import_memory(copy, n, output, &options, &result, &error), 0);
      assert_true(error.reason[0] != 0);
      assert_true(error.offset <= n);
      free(copy);
    }
  }
}

// ---- texts

static void deaths_tell_what_has_a_root(void **state)
{
  (void)state;
  struct gct_import_result result =
      imported(text_bytes("# pushed on a list: the newest holds the others\n"
                          "N 0x10 18 LNode; 1 0 0x64\n"
                          "N 11 18 LNode; 1 0 64\n"
                          "U 0 11 10 3 64\n"
                          "N 12 18 LNode; 1 0 64\n"
                          "U 0 12 11 3 64\n"
                          "A 20 20 [LNode; 1 2 65\n"
                          "U 0 20 12 1 65\n"
                          "D 10 64\n" // too early: it is a receiver below
                          "M 7 10 64\n"
                          "U 12 20 0 1 65\n"
                          "E 7 10 64\n"
                          "D 12 64\n"
                          "D 11 64\n"),
               (struct gct_import_options){0});
  assert_int_equal(result.format, GCT_IMPORT_ELEPHANT_TRACKS);
  events_are("T0: alloc 0 type=1 bytes=24 slots=1\n"
             "T0: alloc 1 type=1 bytes=24 slots=1\n"
             "T0: write 1.0 0\n"
             "T0: unroot 0\n"
             "T0: alloc 2 type=1 bytes=24 slots=1\n"
             "T0: write 2.0 1\n"
             "T0: unroot 1\n"
             "T0: ckpt 0\n"
             "T1: wait T0 7\n"
             "T1: alloc 3 type=2 bytes=32 slots=2\n"
             "T1: write 3.1 2\n"
             "T1: unroot 2\n"
             "T1: root 2\n"
             "T1: write 3.1 nil\n"
             "T1: drop 2\n"
             "T1: free 1\n"
             "T1: free 0\n"
             "T1: ckpt 0\n");
  assert_int_equal(count_of(&result, "import.deaths_put_off"), 1);
  assert_int_equal(count_of(&result, "import.cut"), 0);
  assert_int_equal(verified().objects, 1);
}

static void a_death_cuts_what_still_refers_to_it(void **state)
{
  (void)state;
  struct gct_import_result result =
      imported(text_bytes("N 1 10 LA; 1 0 9\n"
                          "N 2 10 LA; 1 0 9\n"
                          "U 0 1 2 5 9\n"
                          "U 0 0 1 6 9\n" // a static field
                          "D 2 9\n"
                          "U 2 1 0 5 9\n"),
               (struct gct_import_options){0});
  events_are("T0: alloc 0 type=1 bytes=16 slots=1\n"
             "T0: alloc 1 type=1 bytes=16 slots=1\n"
             "T0: write 0.0 1\n"
             "T0: unroot 1\n" // by what outlives it
             "T0: alloc 2 type=2 bytes=8 slots=1\n"
             "T0: write 2.0 0\n"
             "T0: unroot 0\n"
             "T0: write 0.0 nil\n"
             "T0: free 1\n"
             "T0: write 0.0 nil\n"
             "T0: ckpt 0\n");
  assert_int_equal(count_of(&result, "import.cut"), 1);
  assert_int_equal(count_of(&result, "import.old_differs"), 1);
}

static void roots_tell_when_objects_die(void **state)
{
  (void)state;
  struct gct_import_result result =
      imported(text_bytes("% rings and leaves\n"
                          "a T4 O1 S32 N2 C7\n"
                          "+ T4 O1\n" // the root of its birth
                          "a T4 O2 S24 N1 C7\n"
                          "w T4 P1 #0 O2\n"
                          "w T4 P2 #0 O1\n"
                          "r T4 O1 F8 S4 V0\n"
                          "a T9 O3 S8 N0\n" // never held
                          "c T9 C7 F16 O2\n"
                          "- T4 O1\n" // the static field holds the ring
                          "c T9 C7 F16 O0\n"),
               (struct gct_import_options){0});
  assert_int_equal(result.format, GCT_IMPORT_GARCOSIM);
  events_are("T0: alloc 0 type=1 bytes=32 slots=2\n"
             "T0: alloc 1 type=1 bytes=24 slots=1\n"
             "T0: write 0.0 1\n"
             "T0: unroot 1\n"
             "T0: write 1.0 0\n"
             "T0: wait T1 5\n"
             "T0: unroot 0\n"
             "T0: ckpt 0\n"
             "T1: wait T0 5\n"
             "T1: alloc 2 type=2 bytes=8 slots=0\n"
             "T1: drop 2\n"
             "T1: alloc 2 type=3 bytes=8 slots=1\n"
             "T1: write 2.0 1\n"
             "T1: wait T0 7\n"
             "T1: write 2.0 nil\n"
             "T1: free 0 cycle\n"
             "T1: free 1 cycle\n"
             "T1: ckpt 0\n");
  assert_int_equal(count_of(&result, "import.kept"), 0);
  assert_int_equal(count_of(&result, "import.no_event"), 1);
  assert_int_equal(verified().objects, 1);
}

static void what_is_used_later_is_kept(void **state)
{
  (void)state;
  struct gct_import_result result =
      imported(text_bytes("a T1 O1 S16 N1\n"
                          "+ T1 O1\n"
                          "w T1 P1 #0 O1\n"
                          "- T1 O1\n" // a ring that nothing reaches
                          "a T1 O2 S16 N1\n"
                          "+ T1 O2\n"
                          "w T1 P2 #0 O1\n" // but here it is again
                          "- T1 O2\n"),
               (struct gct_import_options){.every = 1});
  assert_int_equal(count_of(&result, "import.kept"), 1);
  assert_int_equal(verified().objects, 0);
}

// A list that only its head has a root for grows at its end; then its end is
// loaded. That is reachable; when it is far and roots have gone meanwhile, it
// is not looked for for ever, but kept, which is safe.
static void a_root_that_is_far_is_not_looked_for_for_ever(void **state)
{
  (void)state;
  for (uint32_t length = 500; length <= 20000; length += 19500) {
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    fprintf(out, "a T1 O1 S16 N1\n+ T1 O1\n+ T1 O1\n");
    for (uint32_t i = 2; i <= length; i++)
      fprintf(out, "a T1 O%u S16 N1\nw T1 P%u #0 O%u\n", i, i - 1, i);
    fprintf(out, "- T1 O1\n+ T1 O%u\n- T1 O%u\n", length, length);
    fclose(out);
    struct gct_import_result result =
        imported(text_bytes(text), (struct gct_import_options){0});
    free(text);
    assert_int_equal(count_of(&result, "import.kept"), length > 1000);
    assert_int_equal(verified().objects, length);
  }
}

// ---- refusals

static void refused(const char *text, uint64_t offset, const char *format,
                    const char *reason)
{
  struct gct_import_options options = {0};
  struct gct_import_result result;
  struct gct_error error = {0};
  int code =
      gct_import_memory(text, strlen(text), output, &options, &result, &error);
  assert_int_equal(code, -EBADMSG);
  assert_false(result.output_failed);
  assert_string_equal(error.chunk, format);
  if (!strstr(error.reason, reason))
    fail_msg("'%s' does not say '%s'", error.reason, reason);
  assert_int_equal(error.offset, offset);
  assert_int_not_equal(access(output, F_OK), 0);
}

static void a_refusal_names_place_and_reason(void **state)
{
  (void)state;
  unlink(output);
  refused("", 0, "import", "not of a known format");
  refused("hello", 0, "import", "not of a known format");
  refused("{\"nodes\":[", 10, "heapsnapshot", "the file ends here");
  refused("{\"nodes\":[1]}", 13, "heapsnapshot", "no member \"snapshot\"");
  refused("{\"nodes\":[1 2]}", 12, "heapsnapshot", "expected ','");
  refused("{\"snapshot\":{},\"nodes\":[],\"edges\":[],\"strings\":[]}", 14,
          "heapsnapshot", "meta must name");
  refused("JAVA PROFILE 9", 0, "hprof", "does not begin with");
  refused("a T1 O1 S8 N0\na T1 O1 S8 N0\n", 2, "garcosim", "born twice");
  refused("a T1 O1 S8 N0\n+ T1\n", 2, "garcosim", "no operand O");
  refused("a T1 O1 S8 N0\n+ T1 Ox\n", 2, "garcosim", "'Ox': expected a number");
  refused("a T1 O1 S8 N0\nq T1\n", 2, "garcosim", "no such operation");
  refused("r T1 O1\n", 0, "garcosim", "no events");
  refused("N 1 8 LA; 1 0 1\nU 0 1 0 1\n", 2, "elephant-tracks",
          "record U has 4 operands, expected 5");
  refused("A 1 8 [LA; 1 64 1\n", 1, "elephant-tracks", "in 8 bytes");
}

static void counts_that_lie_ask_for_no_memory(void **state)
{
  (void)state;
  static const char head[] =
      "{\"snapshot\":{\"meta\":{"
      "\"node_fields\":[\"type\",\"name\",\"self_size\",\"edge_count\"],"
      "\"node_types\":[[\"object\"]],\"edge_fields\":[\"type\",\"to_node\"],"
      "\"edge_types\":[[\"property\"]]},";
  char text[1024], deep[1024] = "{\"a\":";
  snprintf(text, sizeof text,
           "%s\"node_count\":4000000000,\"edge_count\":1},\"nodes\":[],"
           "\"edges\":[],\"strings\":[]}",
           head);
  refused(text, 203, "heapsnapshot", "cannot be true");
  snprintf(text, sizeof text,
           "%s\"node_count\":1,\"edge_count\":1},\"nodes\":[0,0,8,2],"
           "\"edges\":[0,0],\"strings\":[\"a\"]}",
           head);
  refused(text, 211, "heapsnapshot", "do not add up");
  snprintf(text, sizeof text,
           "%s\"node_count\":1,\"edge_count\":1},\"nodes\":[0,9,8,1],"
           "\"edges\":[0,0],\"strings\":[\"a\"]}",
           head);
  refused(text, 242, "heapsnapshot", "a name is not in");
  memset(deep + 5, '[', 500);
  refused(deep, 69, "heapsnapshot", "nested too deeply");
}

// java/lang/Object extends an array class, which extends it.
static void a_circle_of_superclasses_is_refused(void **state)
{
  (void)state;
  struct hprof_sample s;
  struct gct_import_options options = {0};
  struct gct_import_result result;
  struct gct_error error = {0};
  hprof_make(&s, 4, false);
  static const uint8_t object[] = {0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  uint8_t *at = memmem(s.bytes, s.n, object, sizeof object);
  assert_non_null(at);
  memcpy(at + 9, (uint8_t[]){0, 0, 1, 0x30}, 4);
  assert_int_equal(
      gct_import_memory(s.bytes, s.n, output, &options, &result, &error),
      -EBADMSG);
  assert_string_equal(error.reason, "a class has more than 1000 superclasses");
}

static void types_beyond_the_bound_are_one(void **state)
{
  (void)state;
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  for (int i = 1; i <= 5000; i++) fprintf(out, "a T1 O%d S8 N0 C%d\n", i, i);
  fclose(out);
  struct gct_import_result result =
      imported(text_bytes(text), (struct gct_import_options){0});
  free(text);
  struct gct_file *file = fixture_open(output);
  assert_int_equal(gct_info(file)->n_types, 4097);
  assert_string_equal(gct_info(file)->types[4096].name, "(other types)");
  assert_int_equal(count_of(&result, "import.types_folded"), 904);
  gct_close(file);
}

// Each sample with a byte or two changed, or cut: refused with a sentence and
// no file, or imported to a trace that is right.
static void try_mutation(const struct bytes *from, uint64_t *state)
{
  struct gct_import_options options = {.order = fixture_random(state) %
                                                GCT_IMPORT_ORDERS,
                                       .every = fixture_random(state) % 4,
                                       .teardown = fixture_random(state) % 2};
  struct gct_import_result result;
  struct gct_error error = {0};
  size_t n = from->n;
  if (fixture_random(state) % 4 == 0) n = fixture_random(state) % n;
  uint8_t *copy = malloc(n + 1);
  assert_non_null(copy);
  memcpy(copy, from->at, n);
  for (uint64_t k = fixture_random(state) % 3; n && k; k--)
    copy[fixture_random(state) % n] ^=
        (uint8_t)(1u << fixture_random(state) % 8);
  unlink(output);
  if (gct_import_memory(copy, n, output, &options, &result, &error) == 0) {
    verified();
  } else {
    assert_true(error.reason[0] && error.chunk[0]);
    assert_int_not_equal(access(output, F_OK), 0);
  }
  free(copy);
}

static void damaged_files_never_make_a_wrong_trace(void **state)
{
  static const char *const names[] = {"window.heapsnapshot", "calls.elephant",
                                      "lists.garcosim"};
  uint64_t seed = fixture_seed();
  struct hprof_sample s;
  struct bytes bytes[4];
  (void)state;
  hprof_make(&s, 4, true);
  bytes[0] = (struct bytes){s.bytes, s.n};
  for (int i = 0; i < 3; i++) bytes[i + 1] = sample(names[i]);
  for (int i = 0; i < 1500; i++) try_mutation(&bytes[i % 4], &seed);
  for (int i = 1; i < 4; i++) free(bytes[i].at);
}

static void an_output_that_cannot_be_made_is_said_to_be_that(void **state)
{
  (void)state;
  struct gct_import_options options = {0};
  struct gct_import_result result;
  struct gct_error error = {0};
  int code = gct_import_memory(small_snapshot, strlen(small_snapshot),
                               "/no/such/folder/x", &options, &result, &error);
  assert_int_equal(code, -ENOENT);
  assert_true(result.output_failed);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_snapshot_is_built_parents_first),
      cmocka_unit_test(a_snapshot_is_built_children_first),
      cmocka_unit_test(names_of_types_are_those_of_constructors),
      cmocka_unit_test(every_order_builds_the_same_graph),
      cmocka_unit_test(a_java_heap_is_built),
      cmocka_unit_test(a_java_heap_that_is_cut_is_refused),
      cmocka_unit_test(deaths_tell_what_has_a_root),
      cmocka_unit_test(a_death_cuts_what_still_refers_to_it),
      cmocka_unit_test(roots_tell_when_objects_die),
      cmocka_unit_test(what_is_used_later_is_kept),
      cmocka_unit_test(a_root_that_is_far_is_not_looked_for_for_ever),
      cmocka_unit_test(a_refusal_names_place_and_reason),
      cmocka_unit_test(counts_that_lie_ask_for_no_memory),
      cmocka_unit_test(a_circle_of_superclasses_is_refused),
      cmocka_unit_test(types_beyond_the_bound_are_one),
      cmocka_unit_test(damaged_files_never_make_a_wrong_trace),
      cmocka_unit_test(an_output_that_cannot_be_made_is_said_to_be_that),
  };
  return cmocka_run_group_tests(tests, make, tear_down);
}
