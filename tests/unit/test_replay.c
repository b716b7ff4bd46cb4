// test_replay.c: the trace replayer on small traces written here.
// SPDX-License-Identifier: MIT
//
// Each trace is written with the library's writer, whose oracle records are
// checked by the library itself when the replayer opens the file; so what is
// tested here is the real heap against the trace. A round at every allocation
// makes each of the replayer's own root rules necessary.

#include "drive_workload.h"

#include <unistd.h>

#include "gct.h"
#include "gct_random.h"
#include "gct_writer.h"

static const char *const collectors[] = {
#if !WANE_BARE // there the barrier is fixed to counting
    "nogc",
#endif
    "rc",
    "trial_deletion",
    "trial_deletion_stw",
    "cpython",
#if !WANE_BARE
    "mark_sweep_stw",
    "satb_mark_sweep",
#endif
    "concurrent_mark_sweep"};
enum { N_COLLECTORS = sizeof collectors / sizeof *collectors };

// --- writing ---------------------------------------------------------------

struct script {
  char path[64];
  struct gct_writer *writer;
  uint32_t plain, tracked; // types
  uint64_t births;
};

static void begin(struct script *s, uint32_t threads)
{
  struct gct_error error;
  strcpy(s->path, "/tmp/wane-replay-XXXXXX");
  int fd = mkstemp(s->path);
  assert_true(fd >= 0);
  close(fd);
  s->births = 0;
  if (gct_writer_open(s->path, NULL, &s->writer, &error))
    fail_msg("%s", error.reason);
  for (uint32_t i = 0; i < threads; i++)
    assert_int_equal(gct_writer_thread(s->writer, 10 + i), i);
  struct gct_type type = {.id = 1, .name = "str"};
  s->plain = gct_writer_type(s->writer, &type);
  type = (struct gct_type){.id = 2, .flags = GCT_TYPE_TRACKED, .name = "dict"};
  s->tracked = gct_writer_type(s->writer, &type);
}

static void finish(struct script *s)
{
  struct gct_error error;
  if (gct_writer_close(s->writer, &error)) fail_msg("%s", error.reason);
}

static void put(struct script *s, uint32_t thread, struct gct_event event)
{
  gct_writer_event(s->writer, thread, &event, NULL);
}

static void alloc(struct script *s, uint32_t thread, uint32_t handle,
                  uint32_t type, uint32_t slots)
{
  s->births++;
  put(s, thread,
      (struct gct_event){.op = GCT_ALLOC,
                         .handle = handle,
                         .type = type,
                         .slots = slots,
                         .words = 3 + slots});
}

static void set(struct script *s, uint32_t thread, uint32_t owner,
                uint32_t slot, uint32_t target)
{
  uint8_t flags = target == GCT_NIL ? GCT_TO_NIL : 0;
  put(s, thread,
      (struct gct_event){.op = GCT_WRITE,
                         .flags = flags,
                         .handle = owner,
                         .slot = slot,
                         .target = target});
}

static void on(struct script *s, uint32_t thread, enum gct_op op,
               uint32_t handle)
{
  put(s, thread, (struct gct_event){.op = (uint8_t)op, .handle = handle});
}

// `handle` becomes a weak reference to `target`, or to nothing.
static void weak(struct script *s, uint32_t thread, uint32_t handle,
                 uint32_t target, bool callback)
{
  put(s, thread,
      (struct gct_event){.op = GCT_WEAK,
                         .flags = callback ? GCT_WITH_CALLBACK : 0,
                         .handle = handle,
                         .target = target});
}

// Hands the baton of the recorded program from one thread to another.
static void hand_over(struct script *s, uint32_t from, uint32_t to)
{
  put(s, to,
      (struct gct_event){.op = GCT_WAIT,
                         .thread = (uint16_t)from,
                         .seq = (uint32_t)gct_writer_seq(s->writer, from)});
}

// --- running ---------------------------------------------------------------

static int replay_in(struct drive *d, const struct script *s, unsigned copies,
                     const char *order)
{
  static char options[128];
  snprintf(options, sizeof options, "file=%s,copies=%u,order=%s", s->path,
           copies, order);
  d->options = options;
  return drive_run(d, "trace");
}

static int replay(struct drive *d, const struct script *s, unsigned copies)
{
  return replay_in(d, s, copies, "strict");
}

// Two copies in strict order, one in relaxed order; and serial order, for which
// one collector is as good as another.
static void replays_on_every_collector(const struct script *s,
                                       uint32_t stress_alloc)
{
  static const char *const orders[] = {"strict", "relaxed", "serial"};
  for (int i = 0; i < N_COLLECTORS; i++)
    for (unsigned order = 0; order < 3; order++) {
      if (order == 2 && strcmp(collectors[i], "cpython")) continue;
      struct drive d = {.collector = collectors[i],
                        .verify = true,
                        .iterations = 2,
                        .config = {.stress_alloc = stress_alloc}};
      int result = replay_in(&d, s, order == 0 ? 2 : 1, orders[order]);
      if (*d.sentence)
        fail_msg("%s, %s: %s", collectors[i], orders[order], d.sentence);
      assert_int_equal(result, 0);
      if (d.run.complete && d.left)
        fail_msg("%s, %s: %lu objects are left", collectors[i], orders[order],
                 (unsigned long)d.left);
    }
}

// dict 0 -> {dict 1 <-> dict 2}, str 3 dropped; a ring 4 <-> 5 dropped.
static void write_small(struct script *s, bool with_checkpoint)
{
  struct gct_oracle oracle = {0};
  begin(s, 1);
  for (uint32_t i = 0; i < 6; i++)
    alloc(s, 0, i, i == 3 ? s->plain : s->tracked, i == 3 ? 0 : 2);
  set(s, 0, 0, 0, 1);
  set(s, 0, 1, 0, 2);
  set(s, 0, 2, 7, 1); // slots grow
  set(s, 0, 4, 0, 5);
  set(s, 0, 5, 0, 4);
  on(s, 0, GCT_UNROOT, 1);
  on(s, 0, GCT_UNROOT, 2);
  on(s, 0, GCT_DROP, 3);
  on(s, 0, GCT_UNROOT, 4);
  on(s, 0, GCT_UNROOT, 5);
  for (uint32_t i = 0; i < 3; i++) gct_oracle_object(&oracle, i, 8 * 5);
  gct_oracle_edge(&oracle, 0, 0, 1);
  gct_oracle_edge(&oracle, 1, 0, 2);
  gct_oracle_edge(&oracle, 2, 7, 1);
  if (with_checkpoint) {
    put(s, 0, (struct gct_event){.op = GCT_CHECKPOINT, .number = 0});
    gct_writer_checkpoint(s->writer, &oracle);
  }
  finish(s);
}

static void a_small_graph_survives_and_its_rings_die(void **state)
{
  (void)state;
  struct script s;
  write_small(&s, true);
  replays_on_every_collector(&s, 1);
  struct drive d = {.collector = "rc", .verify = true};
  assert_int_equal(replay(&d, &s, 3), 0);
  assert_int_equal(d.events, 3 * 17);
  assert_int_equal(d.checkpoints, 3);
  assert_non_null(strstr(d.notes, "6 unreachable objects are left\n"));
  unlink(s.path);
}

static void a_false_claim_of_completeness_is_found(void **state)
{
  (void)state;
  struct script s;
  write_small(&s, false);
  struct drive d = {.collector = "rc", .verify = true, .complete = true};
  assert_int_not_equal(replay(&d, &s, 1), 0);
  assert_string_equal(d.sentence, "copy 0: 5 objects are left after a full "
                                  "collection, 3 are reachable");
  assert_non_null(strstr(d.notes, "left, for example: object 4 (type dict, "
                                  "born as no. 4)"));
  unlink(s.path);
}

// --- damage ----------------------------------------------------------------

// Replayed objects: struct wane_array, whose `aux` is the birth number; then
// the size in words, 32 bits; slots from byte 32.
static bool is_dict(wane_ref o, uint32_t birth)
{
  return !strcmp(wane_type_of(o)->name, "dict") &&
         ((struct wane_array *)(void *)o)->aux == birth;
}

static void damage_size(wane_ref o)
{
  if (is_dict(o, 2)) ((uint32_t *)(void *)o)[6]++;
}

static void damage_birth(wane_ref o)
{
  if (is_dict(o, 0)) ((struct wane_array *)(void *)o)->aux = 3;
}

static void damage_length(wane_ref o)
{
  if (is_dict(o, 1)) ((struct wane_array *)(void *)o)->length--;
}

static void damage_slot(wane_ref o)
{
  if (!is_dict(o, 0)) return;
  struct wane_slot *slot = (struct wane_slot *)(void *)((char *)o + 32);
  atomic_store(&slot->wane__value, NULL);
}

static void damage_edge(wane_ref o) // to itself, not to dict 1
{
  if (!is_dict(o, 2)) return;
  struct wane_slot *slot = (struct wane_slot *)(void *)((char *)o + 32);
  atomic_store(&slot[7].wane__value, o);
}

static void a_damaged_heap_is_found(void **state)
{
  (void)state;
  static const struct {
    void (*tamper)(wane_ref object);
    const char *sentence;
  } damages[] = {
      {damage_size, "end of trace, copy 0: reachable bytes: the heap has 128, "
                    "the oracle says 120"},
      {damage_birth, "end of trace, copy 0: object 0 (type dict, born as no. "
                     "0) is a root and has another birth number"},
      {damage_length, "end of trace, copy 0: object 1 (type dict, born as no. "
                      "1) has another number of slots"},
      {damage_slot, "end of trace, copy 0: reachable objects: the heap has 1, "
                    "the oracle says 3"},
      {damage_edge, "end of trace, copy 0: reachable edge hash: the heap has "},
  };
  struct script s;
  write_small(&s, false);
  for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
    struct drive d = {.collector = collectors[0],
                      .verify = true,
                      .tamper = damages[i].tamper};
    assert_int_not_equal(replay(&d, &s, 1), 0);
    if (strncmp(d.sentence, damages[i].sentence, strlen(damages[i].sentence)))
      fail_msg("damage %zu: '%s'", i, d.sentence);
  }
  unlink(s.path);
}

// --- weak references -------------------------------------------------------

// Weak references 1 to 7, all rooted. At the end 1 and 2 (it has a callback)
// refer to the rooted 0; 3, 4 (likewise) and 5 to a ring that nothing holds,
// 8 <-> 9; 6 was one to the ring, is one to 0; 7 to nothing. Another one was
// freed before its target, whose handle 12 is another object now.
static void write_weak(struct script *s)
{
  struct gct_oracle oracle = {0};
  begin(s, 1);
  for (uint32_t i = 0; i < 13; i++) alloc(s, 0, i, s->tracked, 1);
  set(s, 0, 8, 0, 9);
  set(s, 0, 9, 0, 8);
  weak(s, 0, 1, 0, false);
  weak(s, 0, 2, 0, true);
  weak(s, 0, 3, 8, false);
  weak(s, 0, 4, 8, true);
  weak(s, 0, 5, 9, false);
  weak(s, 0, 6, 9, true);
  weak(s, 0, 7, 9, false);
  weak(s, 0, 11, 10, false);
  weak(s, 0, 10, 12, true);
  weak(s, 0, 6, 0, false);
  weak(s, 0, 7, GCT_NIL, false);
  put(s, 0, (struct gct_event){.op = GCT_CHECKPOINT, .number = 0});
  for (uint32_t i = 0; i < 13; i++) gct_oracle_object(&oracle, i, 8 * 4);
  gct_oracle_edge(&oracle, 8, 0, 9);
  gct_oracle_edge(&oracle, 9, 0, 8);
  gct_writer_checkpoint(s->writer, &oracle);
  on(s, 0, GCT_DROP, 11);
  on(s, 0, GCT_DROP, 10);
  on(s, 0, GCT_DROP, 12);
  on(s, 0, GCT_UNROOT, 8);
  on(s, 0, GCT_UNROOT, 9);
  alloc(s, 0, 12, s->tracked, 1);
  finish(s);
}

static void weak_references_are_cells(void **state)
{
  (void)state;
  struct script s;
  write_weak(&s);
  for (uint32_t stress = 0; stress < 2; stress++)
    replays_on_every_collector(&s, stress);
  for (int i = 0; i < N_COLLECTORS; i++) {
    struct drive d = {.collector = collectors[i], .verify = true};
    assert_int_equal(replay(&d, &s, 2), 0);
    bool complete = d.run.complete;
    const char *note = complete ? "20 weak cells, 6 of them NULL at the end\n"
                                : "20 weak cells, 0 of them NULL at the end\n";
    if (!strstr(d.notes, note)) fail_msg("%s: '%s'", collectors[i], d.notes);
  }
  unlink(s.path);
}

// The ring lives on, and so do the cells of what must be gone.
static void a_cell_that_keeps_the_dead_is_found(void **state)
{
  (void)state;
  struct script s;
  write_weak(&s);
  struct drive d = {.collector = "rc", .verify = true, .complete = true};
  assert_int_not_equal(replay(&d, &s, 1), 0);
  assert_string_equal(d.sentence,
                      "end of trace, copy 0: the weak reference 3 to object 8 "
                      "(type dict, born as no. 8) gives an object that should "
                      "be gone");
  unlink(s.path);
}

static void damage_ring(wane_ref o)
{
  if (is_dict(o, 9)) ((struct wane_array *)(void *)o)->aux = 8;
}

static void a_cell_that_gives_another_object_is_found(void **state)
{
  (void)state;
  struct script s;
  write_weak(&s);
  struct drive d = {.collector = "rc", .verify = true, .tamper = damage_ring};
  assert_int_not_equal(replay(&d, &s, 1), 0);
  assert_string_equal(d.sentence,
                      "end of trace, copy 0: the weak reference 5 to object 9 "
                      "(type dict, born as no. 9) gives another object");
  unlink(s.path);
}

static void without_weak_references_only_ends_are_checked(void **state)
{
  (void)state;
  struct script s;
  write_weak(&s);
  struct drive d = {.collector = "rc", .verify = true, .no_weak = true};
  assert_int_equal(replay(&d, &s, 1), 0);
  assert_string_equal(d.sentence, "");
  assert_non_null(strstr(d.notes, "the collector knows no weak references"));
  assert_null(strstr(d.notes, "weak cells"));
  unlink(s.path);
}

// --- the rules of replay_roots.h -------------------------------------------

// Within a batch, 1 is in no root and no slot, while 4 is born and another
// round passes; then it is used again. Relaxed order makes a barrier there.
static void a_batch_may_let_go_for_a_while(void **state)
{
  (void)state;
  struct script s;
  begin(&s, 1);
  alloc(&s, 0, 0, s.tracked, 2);
  alloc(&s, 0, 1, s.tracked, 2);
  alloc(&s, 0, 2, s.tracked, 2);
  set(&s, 0, 0, 0, 1);
  on(&s, 0, GCT_UNROOT, 1);
  for (uint32_t round = 0; round < 50; round++) {
    alloc(&s, 0, 3, s.tracked, 1); // the state is consistent before it
    set(&s, 0, 0, 0, GCT_NIL);
    alloc(&s, 0, 4, s.plain, 0);
    on(&s, 0, GCT_DROP, 4);
    alloc(&s, 0, 4, s.plain, 0);
    on(&s, 0, GCT_DROP, 4);
    alloc(&s, 0, 4, s.plain, 0);
    on(&s, 0, GCT_DROP, 4);
    set(&s, 0, 0, 0, 1);
    on(&s, 0, GCT_DROP, 3);
  }
  finish(&s);
  replays_on_every_collector(&s, 1);
  unlink(s.path);
}

// Threads take objects out of what the others root, and drop for each other.
static void roots_change_hands(void **state)
{
  (void)state;
  enum { THREADS = 3, ROUNDS = 300 };
  struct script s;
  begin(&s, THREADS);
  uint32_t at = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    uint32_t next = (at + 1) % THREADS;
    uint32_t holder = 2 * round, child = 2 * round + 1;
    alloc(&s, at, holder, s.tracked, 1);
    alloc(&s, at, child, s.tracked, 1);
    set(&s, at, holder, 0, child);
    on(&s, at, GCT_UNROOT, child);
    hand_over(&s, at, next);
    alloc(&s, next, 2 * ROUNDS, s.plain, 0); // perhaps a safepoint
    on(&s, next, GCT_DROP, 2 * ROUNDS);
    on(&s, next, GCT_ROOT, child);
    if (round % 2) { // it drops what it does not hold
      on(&s, next, GCT_DROP, holder);
    } else {
      hand_over(&s, next, at);
      on(&s, at, GCT_DROP, holder);
      alloc(&s, at, 2 * ROUNDS, s.plain, 0);
      on(&s, at, GCT_DROP, 2 * ROUNDS);
      hand_over(&s, at, next);
    }
    at = next;
  }
  finish(&s);
  replays_on_every_collector(&s, 1);
  unlink(s.path);
}

// --- random traces ---------------------------------------------------------

static void random_traces_replay(void **state)
{
  (void)state;
  struct check_random random = {check_seed(20)};
  uint64_t number = check_below(&random, UINT64_MAX);
  for (uint32_t threads = 1; threads <= 5; threads += 2) {
    struct script s = {.path = "/tmp/wane-replay-XXXXXX"};
    struct gct_error error;
    int fd = mkstemp(s.path);
    assert_true(fd >= 0);
    close(fd);
    if (random_trace(s.path, threads, 4000, &number, &error))
      fail_msg("%s", error.reason);
    replays_on_every_collector(&s, 7);
    unlink(s.path);
  }
}

// --- refusals --------------------------------------------------------------

static void bad_input_gets_a_sentence(void **state)
{
  (void)state;
  struct script s;
  struct drive d = {.options = ""};
  assert_int_not_equal(drive_run(&d, "trace"), 0);
  assert_string_equal(d.sentence, "trace: no file given, expected trace:FILE");
  d.options = "file=/nowhere/x";
  assert_int_not_equal(drive_run(&d, "trace"), 0);
  assert_non_null(strstr(d.sentence, "/nowhere/x:0:file: "));

  begin(&s, 1);
  alloc(&s, 0, 0, s.tracked, 1);
  on(&s, 0, GCT_PIN, 0);
  finish(&s);
  assert_int_not_equal(replay(&d, &s, 1), 0);
  assert_non_null(strstr(d.sentence, "1 events pin objects"));
  unlink(s.path);

  begin(&s, 1); // wrong in meaning: not the collector's fault
  alloc(&s, 0, 0, s.tracked, 1);
  on(&s, 0, GCT_DROP, 0);
  on(&s, 0, GCT_ROOT, 0);
  finish(&s);
  assert_int_not_equal(replay(&d, &s, 1), 0);
  assert_non_null(strstr(d.sentence, "is free"));
  unlink(s.path);
}

static void out_of_memory_ends_every_thread(void **state)
{
  (void)state;
  struct script s;
  begin(&s, 2);
  for (uint32_t i = 0; i < 4000; i++) {
    uint32_t thread = i / 10 % 2;
    if (i && i % 10 == 0) hand_over(&s, 1 - thread, thread);
    alloc(&s, thread, i, s.tracked, 1000);
  }
  finish(&s);
  static const char *const orders[] = {"strict", "relaxed", "serial"};
  for (int i = 0; i < 3; i++) {
    struct drive d = {.collector = "rc", .config = {.heap_limit = 8 << 20}};
    assert_int_equal(replay_in(&d, &s, 2, orders[i]), ENOMEM);
    assert_string_equal(d.sentence, "");
    assert_int_equal(d.left, 0);
  }
  unlink(s.path);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_small_graph_survives_and_its_rings_die),
      cmocka_unit_test(a_false_claim_of_completeness_is_found),
      cmocka_unit_test(a_damaged_heap_is_found),
      cmocka_unit_test(weak_references_are_cells),
      cmocka_unit_test(a_cell_that_keeps_the_dead_is_found),
      cmocka_unit_test(a_cell_that_gives_another_object_is_found),
      cmocka_unit_test(without_weak_references_only_ends_are_checked),
      cmocka_unit_test(a_batch_may_let_go_for_a_while),
      cmocka_unit_test(roots_change_hands),
      cmocka_unit_test(random_traces_replay),
      cmocka_unit_test(bad_input_gets_a_sentence),
      cmocka_unit_test(out_of_memory_ends_every_thread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
