// test_gct_relax.c: relaxed order: the waits, and that they are enough.
// SPDX-License-Identifier: MIT
//
// Enough is judged by executing the events of a trace in orders that its waits
// allow, chosen by a seeded scheduler, on the checker's own graph, which knows
// nothing of the pass: no event may use an object that nothing holds, or that
// was found unreachable before, and the sums at each checkpoint and at the end
// are the canonical ones. Each kind of dependency has a trace on which leaving
// it out is found that way.
#include "gct_fixture.h"

#include "gct_random.h"
#include "gct_relax.h"

// ---- orders

// What the canonical order gives: the number of each birth, and the end.
struct canon {
  uint32_t *births[GCT_MAX_THREADS]; // of each thread's ALLOCs
  uint64_t *history;                 // two by birth, see record
  struct gct_oracle final;
};

// One execution in another order.
struct order {
  struct gct_file *file;
  const struct gct_info *info;
  const struct gct_relax *relax;
  const struct canon *canon;
  struct gct_graph *graph;
  struct gct_stream *streams[GCT_MAX_THREADS];
  uint64_t done[GCT_MAX_THREADS];
  uint32_t born[GCT_MAX_THREADS];
  size_t waits[GCT_MAX_THREADS]; // passed
  uint64_t *history;             // as in canon
  uint64_t *birth_of;            // by handle
  uint32_t arrived;
  uint64_t every; // events between two looks at what is unreachable
  char why[200];
};

// The WEAK events of an object, and its FINALIZER events, which the graph does
// not know: one number for each of the two sequences.
static void record(uint64_t *history, const uint64_t *birth_of,
                   const struct gct_event *e)
{
  if (e->op != GCT_WEAK && e->op != GCT_FINALIZER) return;
  uint64_t *one = &history[2 * birth_of[e->handle] + (e->op == GCT_WEAK)];
  bool refers = e->op == GCT_WEAK && e->target != GCT_NIL;
  uint64_t what = refers ? birth_of[e->target] + 3 : e->flags;
  *one = gct_mix(*one ^ gct_mix(what));
}

static void canon_make(struct gct_file *file, struct canon *canon)
{
  const struct gct_info *info = gct_info(file);
  struct gct_report report;
  struct gct_error error;
  uint32_t born[GCT_MAX_THREADS] = {0}, thread;
  uint64_t births = 0;
  uint64_t *birth_of = calloc(info->max_handles + 1u, sizeof *birth_of);
  if (gct_verify(file, NULL, NULL, &report, &error))
    fail_msg("%s", error.reason);
  canon->final = report.final;
  canon->history = calloc(2 * info->n_births + 1, sizeof *canon->history);
  for (uint32_t i = 0; i < info->n_threads; i++)
    canon->births[i] = calloc(info->n_births + 1, sizeof *canon->births[i]);
  struct gct_walk *walk = gct_walk_open(file, &error);
  for (const struct gct_event *e; (e = gct_walk_next(walk, &thread));) {
    if (e->op == GCT_ALLOC) {
      birth_of[e->handle] = births;
      canon->births[thread][born[thread]++] = (uint32_t)births++;
    }
    record(canon->history, birth_of, e);
  }
  gct_walk_close(walk);
  free(birth_of);
}

static void canon_free(struct canon *canon, uint32_t n_threads)
{
  for (uint32_t i = 0; i < n_threads; i++) free(canon->births[i]);
  free(canon->history);
}

static bool compare(struct order *o, const char *when,
                    const struct gct_oracle *right)
{
  struct gct_oracle sums = {.number = right->number};
  gct_graph_oracle(o->graph, &sums);
  if (gct_oracle_equal(&sums, right)) return true;
  snprintf(o->why, sizeof o->why, "%s has another graph", when);
  return false;
}

static const struct gct_event *peek(struct order *o, uint32_t thread)
{
  struct gct_stream *stream = o->streams[thread];
  if (stream->cursor == stream->limit && gct_fill(stream) == 0) return NULL;
  return stream->cursor;
}

static bool can_go(struct order *o, uint32_t thread)
{
  const struct gct_relax_waits *waits = &o->relax->threads[thread];
  if (!peek(o, thread)) return false;
  for (; o->waits[thread] < waits->n; o->waits[thread]++) {
    const struct gct_relax_wait *wait = &waits->waits[o->waits[thread]];
    if (wait->at > o->done[thread]) return true;
    if (o->done[wait->thread] < wait->seq) return false;
  }
  return true;
}

// Executes the thread's next event. false: it should not have come now.
static bool step(struct order *o, uint32_t thread)
{
  const struct gct_event *e = peek(o, thread);
  const struct gct_checkpoint *c = NULL;
  if (e->op == GCT_ALLOC) {
    uint32_t birth = o->canon->births[thread][o->born[thread]++];
    gct_graph_number(o->graph, birth);
    o->birth_of[e->handle] = birth;
  }
  if (e->op == GCT_CHECKPOINT) c = &o->info->checkpoints[e->number];
  const char *why = gct_graph_unheld(o->graph, e) == GCT_NIL
                        ? gct_graph_apply(o->graph, e)
                        : "uses what nothing holds";
  if (why) {
    snprintf(o->why, sizeof o->why, "event %lu of thread %u (%s): %s",
             (unsigned long)o->done[thread], thread, gct_op_name(e->op), why);
    return false;
  }
  record(o->history, o->birth_of, e);
  o->streams[thread]->cursor++;
  o->done[thread]++;
  if (!c || ++o->arrived < c->threads) return true;
  o->arrived = 0;
  return !c->has_oracle || compare(o, "a checkpoint", &c->oracle);
}

// Threads have priorities, which change now and then: so that one of them
// often runs as far ahead as it can.
static bool execute(struct order *o, uint64_t *random)
{
  uint64_t priority[GCT_MAX_THREADS], events = 0;
  for (uint32_t i = 0; i < o->info->n_threads; i++)
    priority[i] = fixture_random(random);
  for (;;) {
    uint32_t next = GCT_NIL;
    for (uint32_t i = 0; i < o->info->n_threads; i++)
      if (can_go(o, i) && (next == GCT_NIL || priority[i] > priority[next]))
        next = i;
    if (next == GCT_NIL) break;
    if (!step(o, next)) return false;
    if (++events % o->every == 0) {
      struct gct_oracle unused = {0};
      gct_graph_oracle(o->graph, &unused); // what is lost now is lost for good
    }
    if (fixture_random(random) % 16 == 0)
      priority[fixture_random(random) % o->info->n_threads] =
          fixture_random(random);
  }
  for (uint32_t i = 0; i < o->info->n_threads; i++)
    if (peek(o, i)) {
      snprintf(o->why, sizeof o->why, "thread %u waits for ever", i);
      return false;
    }
  if (memcmp(o->history, o->canon->history,
             2 * o->info->n_births * sizeof *o->history)) {
    snprintf(o->why, sizeof o->why, "weak references or finalizers differ");
    return false;
  }
  return compare(o, "the end", &o->canon->final);
}

// Tries some orders. Returns whether all were good; why[]: what was wrong.
static bool try_orders(struct gct_file *file, const struct gct_relax *relax,
                       int orders, uint64_t every, uint64_t *random, char *why)
{
  const struct gct_info *info = gct_info(file);
  struct canon canon;
  bool good = true;
  canon_make(file, &canon);
  for (int i = 0; i < orders && good; i++) {
    struct order o = {.file = file,
                      .info = info,
                      .relax = relax,
                      .canon = &canon,
                      .every = every};
    struct gct_error error;
    o.graph =
        gct_graph_new(info->max_handles, info->header_flags & GCT_EXACT_SLOTS);
    o.history = calloc(2 * info->n_births + 1, sizeof *o.history);
    o.birth_of = calloc(info->max_handles + 1u, sizeof *o.birth_of);
    for (uint32_t t = 0; t < info->n_threads; t++)
      o.streams[t] = gct_stream_open(file, t, &error);
    good = execute(&o, random);
    memcpy(why, o.why, sizeof o.why);
    for (uint32_t t = 0; t < info->n_threads; t++)
      gct_stream_close(o.streams[t]);
    gct_graph_free(o.graph);
    free(o.history);
    free(o.birth_of);
  }
  canon_free(&canon, info->n_threads);
  return good;
}

// ---- small traces

#define HEAD                                                                   \
  "#!gct 1\ntrace minor=1 flags=3 threads=3 handles=9\n"                       \
  "type 1 flags=5 name=t\n"

static struct gct_file *parse(const char *text)
{
  struct gct_error error;
  struct gct_file *file;
  char whole[4096];
  snprintf(whole, sizeof whole, HEAD "%s", text);
  FILE *in = fmemopen(whole, strlen(whole), "r");
  assert_non_null(in);
  if (gct_text_parse(in, fixture_path[0], 0, &error))
    fail_msg("line %lu: %s", (unsigned long)error.offset, error.reason);
  fclose(in);
  if (gct_open(fixture_path[0], &file, &error)) fail_msg("%s", error.reason);
  return file;
}

static void relax(struct gct_file *file, unsigned without,
                  struct gct_relax *result)
{
  struct gct_error error;
  if (gct_relax_make(file, without, NULL, NULL, result, &error))
    fail_msg("%s", error.reason);
}

// "T1@3 after T0:2; ", for all waits.
static void print_waits(const struct gct_relax *relax, char *text, size_t n)
{
  size_t at = 0;
  *text = 0;
  for (uint32_t i = 0; i < relax->n_threads; i++)
    for (size_t j = 0; j < relax->threads[i].n && at < n; j++) {
      const struct gct_relax_wait *wait = &relax->threads[i].waits[j];
      at += (size_t)snprintf(text + at, n - at, "T%u@%lu after T%u:%u; ", i,
                             (unsigned long)wait->at, wait->thread, wait->seq);
    }
}

static const struct {
  enum gct_relax_kind kind;
  const char *text, *waits;
} small[] = {
    {GCT_RELAX_BEGIN,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T1: wait T0 1\nT1: root 0\n",
     "T1@1 after T0:1; "},
    {GCT_RELAX_BEGIN, // a reference
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T0: alloc 1 type=1 bytes=32 slots=1\n"
     "T0: write 0.0 1\nT0: unroot 1\n"
     "T1: wait T0 4\nT1: root 1 from 0.0\n",
     "T1@1 after T0:3; "},
    {GCT_RELAX_END,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T1: wait T0 1\nT1: root 0\n"
     "T0: wait T1 2\nT0: unroot 0\n",
     "T0@2 after T1:2; T1@1 after T0:1; "},
    {GCT_RELAX_END, // a reference, two steps up, whose owner is not named
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T0: alloc 1 type=1 bytes=32 slots=1\n"
     "T0: alloc 2 type=1 bytes=32 slots=1\n"
     "T0: write 0.0 1\nT0: write 1.0 2\nT0: unroot 1\nT0: unroot 2\n"
     "T1: wait T0 7\nT1: root 2\n"
     "T0: wait T1 2\nT0: write 0.0 nil\n",
     "T0@8 after T1:2; T1@1 after T0:5; "},
    {GCT_RELAX_SLOT,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T0: alloc 1 type=1 bytes=32 slots=1\n"
     "T0: alloc 2 type=1 bytes=32 slots=1\n"
     "T0: write 0.0 1\n"
     "T1: wait T0 4\nT1: write 0.0 2\n",
     "T1@1 after T0:4; "},
    {GCT_RELAX_DEATH,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T1: wait T0 1\nT1: root 0\nT1: unroot 0\n"
     "T0: wait T1 3\nT0: drop 0\n",
     "T0@2 after T1:3; T1@1 after T0:1; "},
    {GCT_RELAX_REUSE,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T1: wait T0 1\nT1: root 0\n"
     "T0: wait T1 2\nT0: unroot 0\n"
     "T1: wait T0 3\nT1: drop 0\n"
     "T0: wait T1 4\nT0: alloc 0 type=1 bytes=32 slots=1\n",
     "T0@2 after T1:2; T0@4 after T1:4; T1@1 after T0:1; T1@3 after T0:3; "},
    {GCT_RELAX_SIZE,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T0: alloc 1 type=1 bytes=32 slots=1\n"
     "T0: resize 0 bytes=64 slots=5\n"
     "T1: wait T0 3\nT1: write 0.4 1\n"
     "T0: wait T1 2\nT0: resize 0 bytes=32 slots=1\n",
     "T0@4 after T1:2; T1@1 after T0:3; "},
    {GCT_RELAX_WEAK,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T0: alloc 1 type=1 bytes=32 slots=1\n"
     "T0: weak 0 1\n"
     "T1: wait T0 3\nT1: weak 0 nil\n",
     "T1@1 after T0:3; "},
    {GCT_RELAX_FINALIZER,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T0: finalizer 0\n"
     "T1: wait T0 2\nT1: finalizer 0 ran\n",
     "T1@1 after T0:2; "},
    {GCT_RELAX_BARRIER,
     "T0: alloc 0 type=1 bytes=32 slots=1\n"
     "T0: ckpt 0\nT0: unroot 0\n"
     "T1: alloc 1 type=1 bytes=32 slots=1\n"
     "T1: ckpt 0\nT1: unroot 1\n"
     "oracle 0 objects=2 bytes=64 object_hash=0x732ad62604202a70 edges=0 "
     "edge_hash=0x0\n",
     "T0@2 after T1:2; T1@1 after T0:2; "},
};

static void each_kind_has_its_waits_and_no_more(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
    struct gct_relax result;
    struct gct_file *file = parse(small[i].text);
    char text[512];
    relax(file, 0, &result);
    print_waits(&result, text, sizeof text);
    if (strcmp(text, small[i].waits)) fail_msg("trace %zu: %s", i, text);
    assert_int_equal(result.unwitnessed, 0);
    gct_relax_free(&result);
    gct_close(file);
  }
}

static void a_kind_left_out_is_noticed(void **state)
{
  (void)state;
  uint64_t random = fixture_seed();
  for (size_t i = 0; i < sizeof small / sizeof *small; i++)
    for (unsigned wrong = 0; wrong < 2; wrong++) {
      struct gct_relax result;
      struct gct_file *file = parse(small[i].text);
      char why[200];
      relax(file, wrong << small[i].kind, &result);
      bool good = try_orders(file, &result, 200, 1, &random, why);
      if (!good != wrong) fail_msg("trace %zu, %u: %s", i, wrong, why);
      gct_relax_free(&result);
      gct_close(file);
    }
}

// T2 hears of 1 from T1, which has it from T0.
static void what_follows_is_left_out(void **state)
{
  (void)state;
  struct gct_relax result;
  char text[512];
  struct gct_file *file = parse("T0: alloc 0 type=1 bytes=32 slots=1\n"
                                "T0: alloc 1 type=1 bytes=32 slots=1\n"
                                "T1: wait T0 2\nT1: write 0.0 1\n"
                                "T2: wait T1 2\nT2: write 0.0 nil\n");
  relax(file, 0, &result);
  print_waits(&result, text, sizeof text);
  assert_string_equal(text, "T1@1 after T0:2; T2@1 after T1:2; ");
  assert_int_equal(result.critical, 2 + 1 + 1);
  gct_relax_free(&result);
  gct_close(file);
}

// What each thread does with its own needs no wait.
static void strangers_do_not_wait(void **state)
{
  (void)state;
  struct gct_relax result;
  struct gct_file *file = parse("T0: alloc 0 type=1 bytes=32 slots=1\n"
                                "T1: wait T0 1\n"
                                "T1: alloc 1 type=1 bytes=32 slots=1\n"
                                "T0: wait T1 2\nT0: drop 0\n"
                                "T1: wait T0 3\nT1: drop 1\n");
  relax(file, 0, &result);
  assert_int_equal(gct_relax_count(&result), 0);
  assert_false(result.shared[0] || result.shared[1]);
  gct_relax_free(&result);
  gct_close(file);
}

// 1 is only held by the ring 1 <-> 2, which nothing rooted leads to: no order
// but the recorded one is known to be good there.
static void a_use_without_a_witness_is_a_barrier(void **state)
{
  (void)state;
  struct gct_relax result;
  char text[512];
  struct gct_file *file = parse("T0: alloc 1 type=1 bytes=32 slots=1\n"
                                "T0: alloc 2 type=1 bytes=32 slots=1\n"
                                "T0: write 1.0 2\nT0: write 2.0 1\n"
                                "T0: unroot 1\nT0: unroot 2\n"
                                "T1: wait T0 6\nT1: root 1\n"
                                "T0: wait T1 2\n"
                                "T0: alloc 0 type=1 bytes=32 slots=1\n");
  relax(file, 0, &result);
  print_waits(&result, text, sizeof text);
  assert_int_equal(result.unwitnessed, 1);
  assert_string_equal(text, "T0@6 after T1:2; T1@1 after T0:6; ");
  gct_relax_free(&result);
  gct_close(file);
}

// ---- random traces, a recorded one

static struct gct_file *open_good(const char *path, struct gct_report *report)
{
  struct gct_error error;
  struct gct_file *file;
  if (gct_open(path, &file, &error)) fail_msg("%s", error.reason);
  if (gct_verify(file, NULL, NULL, report, &error))
    fail_msg("%s", error.reason);
  return file;
}

// And so is the file with these waits only, whose canonical order is another.
static void a_random_trace_is_good_in_other_orders(void **state)
{
  (void)state;
  uint64_t random = fixture_seed();
  for (uint32_t threads = 2; threads <= 8; threads++) {
    struct gct_error error;
    struct gct_cut_result made;
    struct gct_report before, after;
    struct gct_relax result;
    char why[200];
    if (random_trace(fixture_path[0], threads, 1500, &random, &error))
      fail_msg("%s", error.reason);
    struct gct_file *file = open_good(fixture_path[0], &before);
    relax(file, 0, &result);
    assert_int_equal(result.unwitnessed, 0);
    if (!try_orders(file, &result, 10, 1, &random, why)) fail_msg("%s", why);
    if (gct_relax_write(file, &result, fixture_path[1], 1, NULL, NULL, &made,
                        &error))
      fail_msg("%s", error.reason);
    gct_relax_free(&result);
    gct_close(file);
    file = open_good(fixture_path[1], &after);
    assert_int_equal(after.final.objects, before.final.objects);
    assert_int_equal(after.final.edges, before.final.edges);
    assert_int_equal(after.final.bytes, before.final.bytes);
    assert_false(after.total);
    relax(file, 0, &result);
    if (!try_orders(file, &result, 3, 1, &random, why)) fail_msg("%s", why);
    gct_relax_free(&result);
    gct_close(file);
  }
}

static void a_recorded_trace_is_good_in_other_orders(void **state)
{
  (void)state;
  uint64_t random = fixture_seed();
  struct gct_relax result;
  struct gct_error error;
  struct gct_file *file;
  char path[512], why[200];
  const char *source = getenv("WANE_SOURCE_DIR");
  snprintf(path, sizeof path, "%s/workloads/traces/threads_queue.gct",
           source ? source : ".");
  if (gct_open(path, &file, &error)) fail_msg("%s: %s", path, error.reason);
  relax(file, 0, &result);
  assert_int_equal(result.unwitnessed, 0);
  assert_true(gct_relax_count(&result) > 0);
  if (!try_orders(file, &result, 2, 40000, &random, why)) fail_msg("%s", why);
  gct_relax_free(&result);
  gct_close(file);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_has_its_waits_and_no_more),
      cmocka_unit_test(a_kind_left_out_is_noticed),
      cmocka_unit_test(what_follows_is_left_out),
      cmocka_unit_test(strangers_do_not_wait),
      cmocka_unit_test(a_use_without_a_witness_is_a_barrier),
      cmocka_unit_test(a_random_trace_is_good_in_other_orders),
      cmocka_unit_test(a_recorded_trace_is_good_in_other_orders),
  };
  return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
