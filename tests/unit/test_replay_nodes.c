// test_replay_nodes.c: replays on modelled nodes: what the matrices say.
// SPDX-License-Identifier: MIT
//
// Against the trace itself, which is read here event by event; against another
// run and another order; and what the model's cost makes of policies. By
// default on random traces; with --full on recorded ones, too.

#include "drive_workload.h"

#include <unistd.h>

#include "gct.h"
#include "gct_random.h"

static bool full;

// --- traces -----------------------------------------------------------------

static void random_trace_new(char path[64], uint32_t threads, uint32_t events)
{
  struct gct_error error;
  uint64_t number = 4711 + threads;
  strcpy(path, "/tmp/wane-nodes-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  if (random_trace(path, threads, events, &number, &error))
    fail_msg("%s", error.reason);
}

#if !WANE_BARE // there nobody can look on

static void recorded(char path[512], const char *name)
{
  const char *source = getenv("WANE_SOURCE_DIR");
  snprintf(path, 512, "%s/workloads/traces/%s.gct", source ? source : ".",
           name);
}

// What the events of one thread come to.
struct sums {
  uint64_t births, writes, reads, roots; // roots: left at the end
};

static void add_event(struct sums *sums, bool *registered,
                      const struct gct_event *e)
{
  bool *r = &registered[e->handle];
  bool ends = e->op == GCT_FREE || e->op == GCT_DROP ||
              (e->op == GCT_FINALIZER && e->flags & GCT_ENDS);
  sums->births += e->op == GCT_ALLOC;
  sums->writes += e->op == GCT_WRITE;
  sums->reads +=
      e->op == GCT_ROOT || e->op == GCT_WEAK || e->op == GCT_RESIZE;
  sums->roots += e->op == GCT_ALLOC || e->op == GCT_ROOT;
  sums->roots -= e->op == GCT_UNROOT || e->op == GCT_DROP;
  if (e->op == GCT_ALLOC) *r = false;
  if (e->op == GCT_FINALIZER && !ends && !*r) sums->roots++, *r = true;
  if (ends && *r) sums->roots--, *r = false;
}

static struct sums sums_of(const char *path)
{
  struct gct_error error;
  struct gct_file *file;
  struct sums sums = {0};
  if (gct_open(path, &file, &error)) fail_msg("%s: %s", path, error.reason);
  assert_int_equal(gct_info(file)->n_threads, 1);
  bool *registered = calloc(gct_info(file)->max_handles + 1, 1);
  struct gct_stream *stream = gct_stream_open(file, 0, &error);
  assert_true(registered && stream);
  while (gct_fill(stream))
    for (; stream->cursor != stream->limit; stream->cursor++)
      add_event(&sums, registered, stream->cursor);
  assert_null(gct_stream_error(stream));
  gct_stream_close(stream);
  free(registered);
  gct_close(file);
  return sums;
}

#endif

// --- runs -------------------------------------------------------------------

enum { ROWS_MAX = 9, CELLS = ROWS_MAX * ROWS_MAX };

// Read when the bodies have ended.
static struct seen {
  uint32_t rows;
  uint64_t stores[CELLS], loads[CELLS], births[CELLS], increments[CELLS];
  struct wane_numa_cost cost;
  uint32_t placed[64]; // by number of the place: mutators
} seen;

static void take_thread(const struct wane_numa_thread *thread, void *context)
{
  (void)context;
  if (thread->role == WANE_PLACE_MUTATOR) seen.placed[thread->index]++;
}

static void look(struct drive *d, bool after)
{
  (void)d;
  if (!after) {
    wane_numa_reset();
    return;
  }
  seen = (struct seen){.rows = wane_numa_rows()};
  bool kept = wane_numa_matrix(WANE_NUMA_STORES, seen.stores);
  assert_true(kept == wane_numa_matrix(WANE_NUMA_LOADS, seen.loads));
  assert_true(kept == wane_numa_matrix(WANE_NUMA_INCREMENTS, seen.increments));
  assert_true(wane_numa_matrix(WANE_NUMA_ALLOC_OBJECTS, seen.births));
  seen.cost = wane_numa_cost();
  wane_numa_threads(take_thread, NULL);
}

struct run {
  const char *collector, *path, *options, *memory;
  uint32_t nodes;
  bool inject;
};

// `options`: what follows the file's name. Everything is verified.
static void replay(struct run r)
{
  char source[64], options[640];
  struct numa_model model;
  snprintf(source, sizeof source, "synthetic:numa:%u pu:2", r.nodes);
  snprintf(options, sizeof options, "file=%s,%s", r.path, r.options);
  numa_model_of(&model, source, r.memory ? r.memory : "local");
  model.config.inject = r.inject;
  struct drive d = {.collector = r.collector,
                    .options = options,
                    .verify = true,
                    .around = look,
                    .config = {.numa = &model.config}};
  int result = drive_run(&d, "trace");
  numa_model_close(&model);
  if (*d.sentence) fail_msg("%s, %s: %s", r.collector, options, d.sentence);
  assert_int_equal(result, 0);
  if (d.run.complete) assert_int_equal(d.left, 0);
}

static uint64_t total(const uint64_t *cells)
{
  uint64_t sum = 0;
  for (uint32_t i = 0; i < seen.rows * seen.rows; i++) sum += cells[i];
  return sum;
}

static uint64_t remote(const uint64_t *cells)
{
  uint64_t local = 0;
  for (uint32_t i = 0; i < seen.rows; i++) local += cells[i * (seen.rows + 1)];
  return total(cells) - local;
}

#if !WANE_BARE

// --- totals -----------------------------------------------------------------

static void totals_are_the_trace_s(const char *path)
{
  static const char *const collectors[] = {"rc", "satb_mark_sweep"};
  struct sums sums = sums_of(path);
  for (uint32_t i = 0; i < 2; i++)
    for (uint32_t nodes = 1; nodes <= 3; nodes += 2) {
      replay((struct run){collectors[i], path, "copies=1", "interleave",
                          nodes, false});
      // The thread's grave, and an array that keeps what is rooted at the end.
      assert_int_equal(total(seen.births), sums.births + 2);
      assert_int_equal(total(seen.stores), sums.writes + sums.roots);
      assert_int_equal(total(seen.loads), sums.reads);
      assert_true(i == 0 || !total(seen.increments));
      assert_true(i == 1 || total(seen.increments) >= sums.roots);
      assert_int_equal(remote(seen.loads) != 0, nodes > 1);
      assert_int_equal(seen.cost.uncovered, 0);
    }
}

static void totals_are_those_of_the_trace(void **state)
{
  (void)state;
  char path[64], name[512];
  random_trace_new(path, 1, 4000);
  totals_are_the_trace_s(path);
  unlink(path);
  if (!full) return;
  recorded(name, "lru_cycles");
  totals_are_the_trace_s(name);
  recorded(name, "json_walk");
  totals_are_the_trace_s(name);
}

// --- orders -----------------------------------------------------------------
//
// With `local` an object's home is its maker's node, whatever happens when. So
// who touches what is a matter of the trace alone.

static void expect_same(const struct seen *a, bool stores)
{
  size_t bytes = seen.rows * seen.rows * sizeof(uint64_t);
  assert_int_equal(a->rows, seen.rows);
  assert_memory_equal(a->loads, seen.loads, bytes);
  if (!stores) return;
  assert_memory_equal(a->stores, seen.stores, bytes);
  assert_memory_equal(a->increments, seen.increments, bytes);
  assert_memory_equal(a->births, seen.births, bytes);
  assert_true(a->cost.mutators_ns > 0);
}

static void orders_agree_on(const char *path)
{
  struct run r = {.collector = "rc",
                  .path = path,
                  .options = "order=strict,copies=2",
                  .nodes = 3};
  replay(r);
  struct seen first = seen;
  assert_true(remote(first.loads) && remote(first.stores));
  assert_true(seen.cost.waited_ns == 0);
  replay(r);
  expect_same(&first, true);
  r.inject = true; // who waits does the same
  replay(r);
  expect_same(&first, true);
  assert_true(seen.cost.waited_ns > 0);
  r.inject = false;
  r.collector = "trial_deletion";
  replay(r);
  expect_same(&first, true);
  r.options = "order=relaxed,copies=2"; // its graves are others
  replay(r);
  expect_same(&first, false);
}

static void who_touches_what_is_the_trace_s(void **state)
{
  (void)state;
  char path[64], name[512];
  random_trace_new(path, 4, 6000);
  orders_agree_on(path);
  unlink(path);
  if (!full) return;
  recorded(name, "threads_queue");
  orders_agree_on(name);
}

// --- policies ---------------------------------------------------------------

// What a copy makes nobody else uses: a cost of 0, of 2 in 3 accesses, of all.
static void policies_are_ordered_on(const char *path)
{
  struct run r = {"rc", path, "copies=3,order=serial", "local", 3, false};
  replay(r);
  assert_int_equal(remote(seen.stores) + remote(seen.loads), 0);
  double local = seen.cost.mutators_ns;
  r.memory = "interleave";
  replay(r);
  double interleave = seen.cost.mutators_ns;
  r.memory = "worst";
  replay(r);
  double worst = seen.cost.mutators_ns;
  assert_true(local == 0);
  assert_true(local < interleave && interleave < worst);
  uint64_t all = total(seen.stores) + total(seen.loads) + total(seen.births) +
                 total(seen.increments);
  assert_true(worst == (double)all * 90); // all nodes are 20 from each other
}

static void local_memory_is_cheapest_for_those_who_share_nothing(void **state)
{
  (void)state;
  char path[64], name[512];
  random_trace_new(path, 1, 4000);
  policies_are_ordered_on(path);
  unlink(path);
  if (!full) return;
  recorded(name, "lru_cycles");
  policies_are_ordered_on(name);
}

#endif

// --- places -----------------------------------------------------------------

// The first mutators' places; `rest` is not one. 0 is the host's, too.
static void expect_places(const char *what, const uint32_t *places)
{
  for (uint32_t i = 0; i < 8; i++)
    if (seen.placed[i] != places[i])
      fail_msg("%s: %u mutators at place %u, not %u", what, seen.placed[i], i,
               places[i]);
}

static void threads_are_where_the_option_says(void **state)
{
  (void)state;
  char path[64];
  random_trace_new(path, 3, 2000);
  struct run r = {"rc", path, "copies=2", NULL, 4, false};
  replay(r);
  expect_places(r.options, (uint32_t[8]){1, 1, 1, 1, 1, 1});
  r.options = "copies=2,nodes=thread";
  replay(r);
  expect_places(r.options, (uint32_t[8]){2, 2, 2});
  r.options = "copies=2,nodes=copy";
  replay(r);
  expect_places(r.options, (uint32_t[8]){3, 3});
  assert_int_equal(remote(seen.births), 0);
  assert_int_equal(remote(seen.stores) + remote(seen.loads), 0);
  r.options = "copies=3,nodes=thread,order=serial";
  replay(r);
  expect_places(r.options, (uint32_t[8]){3});
  unlink(path);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
#if !WANE_BARE
      cmocka_unit_test(totals_are_those_of_the_trace),
      cmocka_unit_test(who_touches_what_is_the_trace_s),
      cmocka_unit_test(local_memory_is_cheapest_for_those_who_share_nothing),
#endif
      cmocka_unit_test(threads_are_where_the_option_says),
  };
  full = argc > 1 && !strcmp(argv[1], "--full");
  return cmocka_run_group_tests(tests, NULL, NULL);
}
