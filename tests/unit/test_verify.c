// test_verify.c: runtime/verify.c: wrong collectors are caught, right ones not.
// SPDX-License-Identifier: MIT
//
// Each wrong collector runs in a process of its own, which the verifier ends;
// the test reads what it said. `test_verify NAME` runs one of them.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <wane/collector.h>
#include <wane/wane.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

struct node {
  struct wane_object header;
  struct wane_slot next, other;
};

static const struct wane_type *node_type;
static _Atomic(wane_ref) victim; // what the wrong collector has its eye on

static void register_types(void)
{
  const uint32_t offsets[] = {offsetof(struct node, next),
                              offsetof(struct node, other)};
  const struct wane_type_spec spec = {.name = "node",
                                      .size = sizeof(struct node),
                                      .n_refs = 2,
                                      .ref_offsets = offsets};
  if (wane_type_register(&spec, &node_type)) exit(3);
}

static struct node *node(wane_ref o)
{
  return (struct node *)(void *)o;
}

// --- wrong collectors --------------------------------------------------------

static bool no(void *state)
{
  (void)state;
  return false;
}

static void free_the_victim(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)full;
  wane_ref o = atomic_exchange(&victim, NULL);
  if (o) wane_gc_free(round, &o, 1);
}

static void uncount_the_victim(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)full;
  wane_ref o = atomic_exchange(&victim, NULL);
  if (o) wane_gc_dec(round, o);
}

// It sweeps without having marked.
static void sweep_all(void *state, struct wane_round *round, bool full)
{
  (void)state;
  (void)full;
  if (wane_gc_mark_begin(round)) wane_gc_sweep(round);
}

static const struct wane_collector frees = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "frees",
    .help = "frees what is alive",
    .barrier = WANE_BARRIER_RC_LOG,
    .collect = free_the_victim,
};
static const struct wane_collector uncounts = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "uncounts",
    .help = "takes back a reference that is still there",
    .barrier = WANE_BARRIER_RC_LOG,
    .collect = uncount_the_victim,
};
static const struct wane_collector sweeps = {
    .size = sizeof(struct wane_collector),
    .abi = WANE_COLLECTOR_ABI,
    .name = "sweeps",
    .help = "sweeps without marking",
    .barrier = WANE_BARRIER_NONE,
    .needs = WANE_NEED_MARKS | WANE_NEED_WORLD_STOP,
    .due = no,
    .collect = sweep_all,
};

// --- scenarios ---------------------------------------------------------------

static struct wane_mutator *begin(const struct wane_collector *collector,
                                  uint64_t limit)
{
  static char error[256];
  struct wane_config config = {
      .collector = collector, .verify = 1, .heap_limit = limit};
  if (wane_start(&config, error, sizeof error)) {
    fprintf(stderr, "%s\n", error);
    exit(3);
  }
  register_types();
  return wane_thread_start("main");
}

static void end(struct wane_mutator *m)
{
  wane_thread_exit(m);
  wane_stop();
}

// A root holds `a`, and `a` holds `b` twice.
static void hold(struct wane_mutator *m, wane_ref *r)
{
  r[0] = wane_alloc(m, node_type);
  r[1] = wane_alloc(m, node_type);
  wane_store(m, r[0], &node(r[0])->next, r[1]);
  wane_store(m, r[0], &node(r[0])->other, r[1]);
}

static int run_wrong(const struct wane_collector *collector, bool with_root)
{
  struct wane_mutator *m = begin(collector, 64 << 20);
  {
    WANE_ROOTS(m, r, 2);
    hold(m, r);
    wane_collect(m);
    atomic_store(&victim, r[1]);
    if (!with_root) r[1] = NULL;
    wane_collect(m);
  }
  end(m);
  return 0;
}

static int run(const char *name)
{
  if (!strcmp(name, "frees")) return run_wrong(&frees, false);
  if (!strcmp(name, "frees-rooted")) return run_wrong(&frees, true);
  if (!strcmp(name, "uncounts")) return run_wrong(&uncounts, true);
  if (!strcmp(name, "sweeps")) return run_wrong(&sweeps, false);
  return 2;
}

// --- tests -------------------------------------------------------------------

static const char *self;

static void caught(const char *name, const char *sentence)
{
  char command[512], text[4096];
  snprintf(command, sizeof command, "%s %s 2>&1", self, name);
  FILE *f = popen(command, "r");
  assert_non_null(f);
  size_t n = fread(text, 1, sizeof text - 1, f);
  text[n] = '\0';
  int status = pclose(f);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    fail_msg("%s was not caught", name);
  if (!strstr(text, sentence))
    fail_msg("%s: expected '%s' in: %s", name, sentence, text);
}

static void a_live_object_that_was_freed_is_named(void **state)
{
  (void)state;
  caught("frees", "verifier: a live object (node at ");
  caught("frees", "which was freed although it is reachable");
  caught("frees-rooted", "a root of this round holds it");
}

static void a_wrong_count_is_named(void **state)
{
  (void)state;
  caught("uncounts", "(node) has count 1, and 2 references");
}

static void a_sweep_without_marks_is_named(void **state)
{
  (void)state;
#if WANE_BARE
  print_message("skipped: a bare build counts always\n");
  skip();
#else
  caught("sweeps", "no trace is over");
#endif
}

// Garbage comes back although it is held: ten times the heap is allocated.
static void memory_that_was_held_comes_back(void **state)
{
  (void)state;
  char error[256];
  const struct wane_collector *rc =
      wane_collector_open("rc", error, sizeof error);
  assert_non_null(rc);
  struct wane_mutator *m = begin(rc, 16 << 20);
  for (int i = 0; i < 5000000; i++) assert_non_null(wane_alloc(m, node_type));
  wane_collect(m);
  struct wane_stats stats;
  wane_stats_read(&stats);
  assert_int_equal(stats.live_objects, 0);
  end(m);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_live_object_that_was_freed_is_named),
      cmocka_unit_test(a_wrong_count_is_named),
      cmocka_unit_test(a_sweep_without_marks_is_named),
      cmocka_unit_test(memory_that_was_held_comes_back),
  };
  self = argv[0];
  return argc > 1 ? run(argv[1])
                  : cmocka_run_group_tests(tests, NULL, NULL);
}
