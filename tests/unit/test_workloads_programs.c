// test_workloads_programs.c: the program workloads, run as a host runs them.
// SPDX-License-Identifier: MIT
//
// Loads the plugins of the build tree and runs them with small parameters on
// every collector, by 1 to 3 mutators, with a round at every 97th allocation.
// Their checksums are compared with sums that are added up here one by one.
// Then it changes the heap under them and starves them of memory: each must
// notice, or the checksum is worth nothing.

#include <tests/check.h>
#include <wane/workload.h>

#include <string.h>
#include <time.h>

enum { MOST_MUTATORS = 4 };

// A host of one run.
struct host {
  struct wane_workload_run run; // first: callbacks get its address
  const struct wane_workload *workload;
  pthread_mutex_t lock; // guards the rest while bodies run
  unsigned failures;
  char sentence[256]; // the first failure
  uint64_t checksum;
  // Reported in this iteration; of them, those of a schedule.
  _Atomic uint64_t requests, scheduled;
};

static struct host *host_of(struct wane_workload_run *run)
{
  return (struct host *)run;
}

__attribute__((format(printf, 2, 3))) static void
host_fail(struct wane_workload_run *run, const char *format, ...)
{
  struct host *host = host_of(run);
  va_list args;
  va_start(args, format);
  pthread_mutex_lock(&host->lock);
  if (host->failures++ == 0)
    vsnprintf(host->sentence, sizeof host->sentence, format, args);
  pthread_mutex_unlock(&host->lock);
  va_end(args);
}

__attribute__((format(printf, 2, 3))) static void
host_note(struct wane_workload_run *run, const char *format, ...)
{
  char text[128];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  sscanf(text, "checksum=%" SCNu64, &host_of(run)->checksum);
}

static void host_report(struct wane_workload_run *run, const char *metric,
                        const char *scope, const char *stat, const char *unit,
                        double value)
{
  host_fail(run, "%s %s %s %s %g: no program has such a number", metric, scope,
            stat, unit, value);
}

static void host_request(struct wane_workload_run *run, uint32_t index,
                         uint64_t intended_ns, uint64_t start_ns,
                         uint64_t end_ns)
{
  if (index >= run->mutators || end_ns < start_ns || start_ns < intended_ns)
    host_fail(run, "a request of %u from %" PRIu64 " to %" PRIu64, index,
              start_ns, end_ns);
  atomic_fetch_add(&host_of(run)->requests, 1);
  if (intended_ns) atomic_fetch_add(&host_of(run)->scheduled, 1);
}

static void host_progress(struct wane_workload_run *run, double done)
{
  if (!(done >= 0 && done <= 1)) host_fail(run, "progress is %g", done);
}

// --- one run ---------------------------------------------------------------

struct plan {
  const char *program, *options, *collector; // collector NULL: counting only
  uint32_t mutators, iterations;
  bool verify, stress, starve, tamper;
};

struct body {
  struct host *host;
  uint32_t index;
  int result;
  atomic_bool done;
};

static void *body_main(void *argument)
{
  struct body *body = argument;
  struct host *host = body->host;
  struct wane_mutator *m = wane_thread_start("mutator");
  body->result = m ? host->workload->body(&host->run, m, body->index) : -1;
  if (m) wane_thread_exit(m);
  atomic_store(&body->done, true);
  return NULL;
}

// Both kinds of node: header, two references, one integer.
static void add_to_integer(wane_ref object, size_t cell_bytes, void *context)
{
  (void)cell_bytes, (void)context;
  const char *name = wane_type_of(object)->name;
  if (strcmp(name, "tree_node") && strcmp(name, "ring_node")) return;
  ((uint64_t *)(void *)object)[4] += (uint64_t)1 << 40;
}

// 0, or the first body's nonzero result.
static int run_bodies(struct host *host, bool tamper)
{
  struct body body[MOST_MUTATORS] = {0};
  pthread_t thread[MOST_MUTATORS];
  uint32_t n = host->run.mutators;
  int result = 0;
  for (uint32_t i = 0; i < n; i++) {
    body[i].host = host;
    body[i].index = i;
    assert_int_equal(pthread_create(&thread[i], NULL, body_main, &body[i]), 0);
  }
  // Each pause is twice the one before: the walks, which stop the world, must
  // not be all that happens.
  struct timespec pause = {.tv_nsec = 1000000};
  while (tamper && !atomic_load(&body[0].done)) {
    nanosleep(&pause, NULL);
    wane_heap_walk(add_to_integer, NULL);
    if (pause.tv_nsec < 500000000) pause.tv_nsec *= 2;
  }
  for (uint32_t i = 0; i < n; i++) {
    pthread_join(thread[i], NULL);
    if (!result) result = body[i].result;
  }
  return result;
}

// What the host does on its own mutator.
static int with_mutator(struct host *host,
                        int (*step)(struct wane_workload_run *run,
                                    struct wane_mutator *m))
{
  if (!step) return 0;
  struct wane_mutator *m = wane_thread_start("host");
  assert_non_null(m);
  int result = step(&host->run, m);
  wane_thread_exit(m);
  return result;
}

static int iterate(struct host *host, const struct plan *plan)
{
  int result = with_mutator(host, host->workload->setup);
  atomic_store(&host->requests, 0);
  atomic_store(&host->scheduled, 0);
  if (!result) result = run_bodies(host, plan->tamper);
  if (!result) result = with_mutator(host, host->workload->check);
  (void)with_mutator(host, host->workload->finish);
  return result;
}

static const void *open_program(const char *name)
{
  char error[512];
  const void *workload =
      wane_plugin_open("workloads", name, "wane_workload", WANE_WORKLOAD_ABI,
                       sizeof(struct wane_workload), error, sizeof error);
  if (!workload) fail_msg("%s", error);
  return workload;
}

static void start_runtime(const struct plan *plan)
{
  char error[512] = "";
  struct wane_config config = {.stress_alloc = plan->stress ? 97 : 0,
                               .heap_limit = plan->starve ? 8 << 20 : 256 << 20,
                               .young_bytes = 256 << 10};
  if (plan->collector) {
    config.collector =
        wane_collector_open(plan->collector, error, sizeof error);
    if (!config.collector) fail_msg("%s", error);
  }
  if (wane_start(&config, error, sizeof error)) fail_msg("%s", error);
}

// Runs a plan; the host's results stay in `host`. Returns what the last
// function returned.
static int run_plan(const struct plan *plan, struct host *host)
{
  union wane_value values[16];
  char error[512], *storage;
  *host = (struct host){.run = {.size = sizeof host->run,
                                .mutators = plan->mutators,
                                .options = values,
                                .seed = 42,
                                .verify = plan->verify,
                                .fail = host_fail,
                                .note = host_note,
                                .report = host_report,
                                .progress = host_progress,
                                .request = host_request},
                        .workload = open_program(plan->program),
                        .lock = PTHREAD_MUTEX_INITIALIZER};
  assert_true(host->workload->n_options <= 16);
  if (wane_options_parse(plan->program, host->workload->options,
                         host->workload->n_options, plan->options, values,
                         &storage, error, sizeof error))
    fail_msg("%s", error);
  int result = host->workload->prepare(&host->run);
  if (!result) {
    start_runtime(plan);
    for (uint32_t i = 1; i <= plan->iterations && !result; i++) {
      host->run.iteration = i;
      result = iterate(host, plan);
    }
    wane_stop();
  }
  if (host->workload->dispose) host->workload->dispose(&host->run);
  free(storage);
  return result;
}

// --- sums, added up one by one ---------------------------------------------

// A tree whose root has `number`.
static uint64_t tree(uint32_t depth, uint64_t number)
{
  uint64_t sum = number;
  if (depth > 0)
    sum += tree(depth - 1, 2 * number) + tree(depth - 1, 2 * number + 1);
  return sum;
}

// gcbench with stretch=8, long_lived=6, min=2, max=6: NumIters is the quotient
// of twice 511 nodes and those of a tree.
static uint64_t gcbench_sum(uint32_t mutators)
{
  uint64_t sum = tree(8, 1) + tree(6, 1);
  for (int i = 0; i < 2 * (1022 / 7); i++) sum += tree(2, 1);
  for (int i = 0; i < 2 * (1022 / 31); i++) sum += tree(4, 1);
  for (int i = 0; i < 2 * (1022 / 127); i++) sum += tree(6, 1);
  return sum * mutators;
}

// binary_trees with depth=6.
static uint64_t binary_trees_sum(uint32_t mutators)
{
  uint64_t sum = tree(7, 1) + tree(6, 1);
  for (int i = 0; i < 64; i++) sum += tree(4, 1);
  for (int i = 0; i < 16; i++) sum += tree(6, 1);
  return sum * mutators;
}

// rings with nodes=1003.
static uint64_t rings_sum(uint32_t mutators)
{
  uint64_t sum = 0;
  for (uint64_t i = 0; i < 1003; i++) sum += i;
  return sum * mutators;
}

// live_churn with trees=40, ops=25.
static uint64_t live_churn_sum(uint32_t mutators)
{
  uint64_t sum = 0;
  for (uint64_t i = 0; i < 40; i++) sum += tree(4, i);
  for (uint64_t i = 40; i < 40 + 25 * mutators; i++)
    sum += tree(4, i) + tree(5, i);
  return sum;
}

static const struct {
  const char *name, *options;
  uint64_t (*sum)(uint32_t mutators);
  const char *long_options; // long enough to be changed under way
  const char *big_options;  // more than 8 MiB live, or dropped
} programs[] = {
    {"gcbench", "stretch=8,long_lived=6,min=2,max=6,array=100", gcbench_sum,
     "stretch=15,long_lived=10,max=10", "stretch=19"},
    {"binary_trees", "depth=6", binary_trees_sum, "depth=14", "depth=18"},
    {"rings", "ring=10,nodes=1003", rings_sum, "ring=1000,nodes=1m",
     "ring=1m,nodes=1m"},
    {"live_churn", "trees=40,ops=25", live_churn_sum, "trees=2k,ops=20k",
     "trees=2^15"},
};
enum { N_PROGRAMS = sizeof programs / sizeof programs[0] };

static const char *const collectors[] = {
    NULL,
#if !WANE_BARE // there the barrier is fixed to counting
    "nogc",
#endif
    "cpython", "rc", "trial_deletion", "trial_deletion_stw"};

// --- tests -----------------------------------------------------------------

static void run_all(bool verify)
{
  struct host host;
  for (int p = 0; p < N_PROGRAMS; p++)
    for (size_t c = 0; c < sizeof collectors / sizeof collectors[0]; c++)
      for (uint32_t mutators = 1; mutators <= 3; mutators++) {
        const struct plan plan = {.program = programs[p].name,
                                  .options = programs[p].options,
                                  .collector = collectors[c],
                                  .mutators = mutators,
                                  .iterations = 2,
                                  .stress = true,
                                  .verify = verify};
        int result = run_plan(&plan, &host);
        if (result || host.failures)
          fail_msg("%s on %s, %u mutators: %d, %s", plan.program,
                   plan.collector ? plan.collector : "(none)", mutators, result,
                   host.sentence);
        assert_int_equal(host.checksum, programs[p].sum(mutators));
        if (strcmp(plan.program, "live_churn")) continue;
        assert_int_equal(host.requests, 25 * mutators);
        assert_int_equal(host.scheduled, 0);
        assert_int_equal(host.run.requests, 25);
      }
}

static void a_rate_makes_a_schedule(void **state)
{
  (void)state;
  struct host host;
  const struct plan plan = {.program = "live_churn",
                            .options = "trees=40,ops=25,rate=2000",
                            .mutators = 2,
                            .iterations = 1};
  assert_int_equal(run_plan(&plan, &host), 0);
  assert_int_equal(host.failures, 0);
  assert_int_equal(host.checksum, live_churn_sum(2));
  assert_int_equal(host.requests, 50);
  assert_int_equal(host.scheduled, 50);
}

static void checksums_are_the_sums_of_all_nodes(void **state)
{
  (void)state;
  run_all(false);
}

static void verifying_finds_nothing_wrong(void **state)
{
  (void)state;
  run_all(true);
}

static void nodes_changed_under_way_are_noticed(void **state)
{
  (void)state;
  struct host host;
  for (int p = 0; p < N_PROGRAMS; p++)
    for (int verify = 0; verify < 2; verify++) {
      const struct plan plan = {.program = programs[p].name,
                                .options = programs[p].long_options,
                                .mutators = 1,
                                .iterations = 1,
                                .verify = verify,
                                .tamper = true};
      assert_int_not_equal(run_plan(&plan, &host), 0);
      assert_int_not_equal(host.failures, 0);
      assert_memory_equal(host.sentence, plan.program, strlen(plan.program));
    }
}

static void a_full_heap_is_out_of_memory_and_no_failure(void **state)
{
  (void)state;
  struct host host;
  for (int p = 0; p < N_PROGRAMS; p++)
    for (uint32_t mutators = 1; mutators <= 2; mutators++) {
      const struct plan plan = {.program = programs[p].name,
                                .options = programs[p].big_options,
                                .mutators = mutators,
                                .iterations = 1,
                                .starve = true};
      assert_int_equal(run_plan(&plan, &host), ENOMEM);
      assert_int_equal(host.failures, 0);
    }
}

static void gcbench_refuses_a_minimum_above_the_maximum(void **state)
{
  (void)state;
  struct host host;
  const struct plan plan = {.program = "gcbench",
                            .options = "min=8,max=6",
                            .mutators = 1,
                            .iterations = 1};
  assert_int_not_equal(run_plan(&plan, &host), 0);
  assert_string_equal(host.sentence, "gcbench: min=8 is more than max=6");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(checksums_are_the_sums_of_all_nodes),
      cmocka_unit_test(a_rate_makes_a_schedule),
      cmocka_unit_test(verifying_finds_nothing_wrong),
      cmocka_unit_test(nodes_changed_under_way_are_noticed),
      cmocka_unit_test(a_full_heap_is_out_of_memory_and_no_failure),
      cmocka_unit_test(gcbench_refuses_a_minimum_above_the_maximum),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
