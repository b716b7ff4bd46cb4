// test_steal.c: runtime/steal.c, work.c, marker.c: who marks what, by nodes.
// SPDX-License-Identifier: MIT
//
// On models of machines with 1 to 8 nodes. First the plans; then work.c alone,
// with items that are numbers (each is at home on node number mod n), under
// every policy; then graphs in a real heap whose pages are spread. With --long
// more of all.

#include "tracer.h"

#include "marker.h"
#include "numa.h"
#include "pool.h"
#include "round.h"
#include "steal.h"
#include "work.h"

#include <sched.h>
#include <string.h>

#define MOST_WORKERS 6

static struct check_log failures = CHECK_LOG_INIT;
static bool is_long;

static bool is_slow(void)
{
  return !is_long && strcmp(wane_variety(), "measure") &&
         strcmp(wane_variety(), "bare");
}

static const enum wane_steal policies[] = {
    WANE_STEAL_ANY, WANE_STEAL_LOCAL_FIRST, WANE_STEAL_LOCAL_ONLY,
    WANE_STEAL_OWNER};
#define POLICIES (sizeof policies / sizeof *policies)

// --- a model of a machine ----------------------------------------------------

static struct {
  struct wane_topology *topology;
  struct wane_placement *placement;
  struct wane_numa_config config;
} model;

// Worker i is on node i mod `n`, or wherever `placement` says.
static void model_open(uint32_t n, enum wane_steal steal,
                       const char *placement, uint32_t workers)
{
  char source[64], error[512];
  snprintf(source, sizeof source, "synthetic:numa:%u pu:2", n);
  model.topology = wane_topology_open(source, error, sizeof error);
  if (!model.topology) fail_msg("%s", error);
  model.placement = wane_placement_plan(model.topology, placement, 64, workers,
                                        error, sizeof error);
  if (!model.placement) fail_msg("%s", error);
  struct wane_numa_config *c = &model.config;
  *c = (struct wane_numa_config){.topology = model.topology,
                                 .placement = model.placement,
                                 .model = true,
                                 .count = true,
                                 .steal = steal};
  if (wane_memory_parse(model.topology, "interleave", &c->objects, error,
                        sizeof error))
    fail_msg("%s", error);
}

static void model_close(void)
{
  wane_placement_free(model.placement);
  wane_topology_close(model.topology);
}

#define ROWS (WANE_NODES_MAX + 1)
static uint64_t cells[ROWS * ROWS];

static uint64_t cell(enum wane_numa_kind kind, uint32_t from, uint32_t to)
{
  assert_true(wane_numa_matrix(kind, cells));
  return cells[from * wane_numa_rows() + to];
}

static uint64_t sum_of(enum wane_numa_kind kind)
{
  uint64_t sum = 0;
  assert_true(wane_numa_matrix(kind, cells));
  for (uint32_t i = 0; i < wane_numa_rows() * wane_numa_rows(); i++)
    sum += cells[i];
  return sum;
}

// Does a node have one of the model's workers?
static bool is_manned(uint32_t node, uint32_t workers)
{
  bool manned = false;
  for (uint32_t i = 0; i < workers; i++)
    manned |= wane_placement_node(model.placement, WANE_PLACE_WORKER, i) ==
              node;
  return manned;
}

// From one node to another that has a worker.
static uint64_t sum_between(enum wane_numa_kind kind, uint32_t workers)
{
  uint64_t sum = 0;
  uint32_t rows = wane_numa_rows();
  assert_true(wane_numa_matrix(kind, cells));
  for (uint32_t from = 0; from < rows; from++)
    for (uint32_t to = 0; to < rows - 1; to++)
      if (from != to && is_manned(to, workers)) sum += cells[from * rows + to];
  return sum;
}

// --- plans -------------------------------------------------------------------

static bool reaches(const struct wane__reach *r, uint32_t domain)
{
  for (uint32_t i = 0; i < r->n; i++)
    if (r->domain[i] == domain) return true;
  return false;
}

static void judge_reach(enum wane_steal policy, uint32_t domains,
                        const uint32_t *workers, const struct wane__reach *r)
{
  for (uint32_t own = 0; own < domains; own++) {
    uint32_t last = 0;
    assert_int_equal(r[own].domain[0], own);
    for (uint32_t i = 1; i < r[own].n; i++) {
      uint32_t to = r[own].domain[i], far = UINT32_MAX;
      assert_true(to < domains && to != own);
      if (own < domains - 1 && to < domains - 1)
        far = wane_topology_distance(model.topology, own, to);
      assert_true(far >= last);
      last = far;
    }
    for (uint32_t to = 0; to < domains; to++)
      assert_int_equal(reaches(&r[own], to),
                       to == own || !workers[to] ||
                           policy != WANE_STEAL_LOCAL_ONLY);
    assert_int_equal(r[own].near, policy == WANE_STEAL_OWNER ? 1 : r[own].n);
  }
}

// Every list is in reach of a worker, whoever is where; nearest first.
static void every_list_is_in_reach(void **state)
{
  static struct wane__reach r[WANE__DOMAINS_MAX];
  struct check_random random = {*(uint64_t *)*state};
  for (uint32_t n = 1; n <= 64; n *= 2)
    for (size_t p = 0; p < POLICIES; p++) {
      model_open(n, policies[p], "none", 1);
      uint32_t domains = wane__steal_domains(policies[p], model.topology);
      assert_int_equal(domains, policies[p] == WANE_STEAL_ANY ? 1 : n + 1);
      uint32_t workers[WANE__DOMAINS_MAX] = {0};
      for (uint32_t i = 0; i < 5; i++)
        workers[check_below(&random, domains)]++;
      wane__steal_plan(policies[p], model.topology, domains, workers, r);
      judge_reach(policies[p], domains, workers, r);
      for (uint32_t to = 0; to < domains; to++) {
        bool found = false;
        for (uint32_t from = 0; from < domains; from++)
          found |= workers[from] && reaches(&r[from], to);
        assert_true(found);
        uint64_t peers = wane__steal_peers(policies[p], domains, workers, to);
        for (uint32_t node = 0; node < n; node++)
          assert_int_equal(wane__work_is_one_of(peers, node),
                           policies[p] >= WANE_STEAL_LOCAL_ONLY &&
                               node != to && workers[node]);
      }
      assert_false(wane__work_is_one_of(UINT64_MAX, WANE_NODE_ANY));
      model_close();
    }
}

// --- items -------------------------------------------------------------------

#define MOST ((uint64_t)1 << 18)

static struct {
  uint64_t n, fan; // of a tree; 1: a chain
  uint32_t nodes;
} shape;
static _Atomic uint8_t looks[MOST];
static _Atomic uint64_t dropped;
static _Atomic uint64_t drops[MOST];

static void start(uint32_t nodes, enum wane_steal policy,
                  const char *placement, uint32_t workers, uint64_t mark_bytes)
{
  char error[256] = "";
  model_open(nodes, policy, placement, workers);
  shape.nodes = nodes;
  wane__config.mark_bytes = mark_bytes;
  assert_int_equal(wane__numa_start(&model.config, error, sizeof error), 0);
  assert_int_equal(
      wane__numa_place(WANE_PLACE_WORKER, 0, error, sizeof error), 0);
  assert_int_equal(wane__pool_start(workers, error, sizeof error), 0);
  assert_int_equal(wane__work_start(workers), 0);
}

static void stop(void)
{
  wane__work_stop();
  wane__pool_stop();
  wane__numa_stop();
  model_close();
}

static void push(struct wane__worker *w, uint64_t item)
{
  uint32_t home = (uint32_t)(item % shape.nodes);
  if (wane__work_is_one_of(w->sends, home) && wane__work_send(w, home, item))
    return;
  if (wane__work_push(w, item)) return;
  atomic_store(&drops[atomic_fetch_add(&dropped, 1) % MOST], item);
}

static void look(struct wane__worker *w)
{
  uint64_t item = w->open->items[--w->open->n];
  if (!CHECK(&failures, item < shape.n)) return;
  atomic_fetch_add(&looks[item], 1);
  for (uint64_t i = 1; i <= shape.fan; i++) {
    uint64_t child = item * shape.fan + i;
    if (child < shape.n) push(w, child);
  }
}

static void drain(struct wane__worker *w)
{
  for (;;) {
    for (unsigned i = 0; i < 64 && w->open->n; i++) look(w);
    if (!wane__work_share(w)) return;
    if (!w->open->n && !wane__work_refill(w)) return;
  }
}

static void drain_some(struct wane__worker *w)
{
  for (unsigned i = 0; i < 700 && w->open->n; i++) look(w);
}

static void begin(uint64_t n, uint64_t fan)
{
  shape.n = n;
  shape.fan = fan;
  memset((void *)looks, 0, n);
  atomic_store(&dropped, 0);
  push(wane__work_own(), 0);
}

static void each_was_met_once(void)
{
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < shape.n; i++) wrong += atomic_load(&looks[i]) != 1;
  CHECK_EQ(&failures, wrong, 0);
  assert_true(wane__work_none());
  check_assert_none(&failures);
}

static _Atomic uint32_t questions;

static bool every_third_time(void)
{
  return atomic_fetch_add(&questions, 1) % 3 == 2;
}

// What was dropped is pushed again, until nothing is.
static void run_to_the_end(bool (*stops)(void))
{
  uint64_t i = 0;
  do {
    for (; i < atomic_load(&dropped); i++)
      while (!wane__work_push(wane__work_own(), atomic_load(&drops[i])))
        while (!wane__work_run(drain, stops)) continue;
    while (!wane__work_run(drain, stops)) assert_false(wane__work_none());
  } while (i < atomic_load(&dropped));
}

static void try_shapes(bool (*stops)(void))
{
  static const uint64_t fans[] = {1, 2, 3000};
  for (size_t f = 0; f < sizeof fans / sizeof *fans; f++) {
    uint64_t n = is_long ? MOST / 8 : is_slow() ? 1100 : 6000;
    begin(fans[f] == 1 ? n / 50 : n, fans[f]);
    run_to_the_end(stops);
    each_was_met_once();
  }
}

static uint32_t more_workers(void)
{
  return is_long ? 1 : is_slow() ? 4 : 2;
}

static void no_item_is_lost_or_met_twice(void **state)
{
  (void)state;
  for (uint32_t nodes = 2; nodes <= 8; nodes *= is_long ? 2 : 4)
    for (uint32_t workers = 1; workers <= 5; workers += more_workers())
      for (size_t p = 0; p < POLICIES; p++) {
        start(nodes, policies[p], "per-node", workers, UINT64_MAX);
        try_shapes(NULL);
        try_shapes(every_third_time);
        if (policies[p] == WANE_STEAL_LOCAL_ONLY)
          CHECK_EQ(&failures, sum_between(WANE_NUMA_STEALS, workers), 0);
        if (policies[p] != WANE_STEAL_OWNER)
          CHECK_EQ(&failures, sum_of(WANE_NUMA_SENT), 0);
        CHECK_EQ(&failures, sum_of(WANE_NUMA_STEALS), wane__work_steals());
        check_assert_none(&failures);
        stop();
      }
}

static void few_packets_are_enough_for_all(void **state)
{
  (void)state;
  uint64_t all = 0;
  for (uint32_t workers = 1; workers <= 4; workers += 3)
    for (size_t p = 0; p < POLICIES; p++) {
      start(4, policies[p], "per-node", workers, 1);
      try_shapes(NULL);
      all += atomic_load(&dropped); // of the last one, which is wide
      stop();
    }
  assert_true(all > 0);
}

// --- assistants --------------------------------------------------------------

static _Atomic bool over;

static void *assist(void *index)
{
  char error[256];
  assert_int_equal(wane_place((uint32_t)(uintptr_t)index, error, sizeof error),
                   0);
  while (!atomic_load(&over)) {
    (void)wane__work_assist(drain_some);
    sched_yield();
  }
  return NULL;
}

// Collectors on one node, assistants on all: what they leave is on lists of
// nodes without a worker.
static void what_assistants_leave_is_found(void **state)
{
  (void)state;
  for (size_t p = 0; p < POLICIES; p++)
    for (uint32_t workers = 1; workers <= 3; workers += 2) {
      pthread_t thread[4];
      start(4, policies[p], workers == 1 ? "mutators@0-3/collectors@1"
                                         : "mutators@0-3/collectors@1,2",
            workers, UINT64_MAX);
      wane__work_admit_assistants(true);
      atomic_store(&over, false);
      for (uintptr_t i = 0; i < 4; i++)
        assert_int_equal(
            pthread_create(&thread[i], NULL, assist, (void *)i), 0);
      try_shapes(NULL);
      try_shapes(every_third_time);
      atomic_store(&over, true);
      for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
      wane__work_admit_assistants(false);
      if (policies[p] == WANE_STEAL_LOCAL_ONLY)
        CHECK_EQ(&failures, sum_between(WANE_NUMA_STEALS, workers), 0);
      check_assert_none(&failures);
      stop();
    }
}

// --- owners and thieves ------------------------------------------------------

static _Atomic uint32_t met_by[2]; // items that a node's worker got
static _Atomic uint64_t sends_of[2];
static uint32_t waits; // this node's worker looks for work when the other has
                       // got some

static void meet(struct wane__worker *w)
{
  while (w->node == waits && !atomic_load(&met_by[1 - waits])) {
    if (!wane__work_share(w)) return;
    sched_yield();
  }
  while (w->open->n || wane__work_refill(w)) {
    atomic_fetch_add(&met_by[w->node], w->open->n);
    atomic_store(&sends_of[w->node], w->sends);
    w->open->n = 0;
  }
}

static void send_three(enum wane_steal policy)
{
  start(2, policy, "per-node", 2, UINT64_MAX);
  struct wane__worker *own = wane__work_own();
  atomic_store(&met_by[0], 0);
  atomic_store(&met_by[1], 0);
  assert_int_equal(own->peers, 2);
  for (uint64_t i = 0; i < 3; i++) assert_true(wane__work_send(own, 1, i));
  assert_false(wane__work_none());
}

// Worker 0 waits until worker 1 has what is its own.
static void what_is_sent_is_met_by_its_owner(void **state)
{
  (void)state;
  for (size_t p = 2; p < POLICIES; p++) {
    send_three(policies[p]);
    waits = 0;
    assert_true(wane__work_run(meet, NULL));
    assert_int_equal(atomic_load(&met_by[1]), 3);
    assert_int_equal(atomic_load(&met_by[0]), 0);
    assert_int_equal(atomic_load(&sends_of[1]),
                     policies[p] == WANE_STEAL_OWNER ? 1 : 0);
    assert_int_equal(cell(WANE_NUMA_SENT, 0, 1), 3);
    assert_int_equal(sum_of(WANE_NUMA_STEALS), 0);
    stop();
  }
}

// Worker 1 does not come: under `owner` the other steals, and then sends
// nothing.
static void who_has_nothing_else_to_do_steals(void **state)
{
  (void)state;
  send_three(WANE_STEAL_OWNER);
  waits = 1;
  assert_true(wane__work_run(meet, NULL));
  assert_int_equal(atomic_load(&met_by[0]), 3);
  assert_int_equal(atomic_load(&met_by[1]), 0);
  assert_int_equal(atomic_load(&sends_of[0]), 0);
  assert_int_equal(cell(WANE_NUMA_STEALS, 0, 1), 1);
  stop();
}

static bool is_even(uint64_t item)
{
  return item % 2 == 0;
}

static void what_is_sent_can_be_filtered(void **state)
{
  (void)state;
  send_three(WANE_STEAL_OWNER); // 0, 1, 2
  wane__work_filter(is_even);
  waits = 0;
  assert_true(wane__work_run(meet, NULL));
  assert_int_equal(atomic_load(&met_by[1]), 2);
  stop();
  send_three(WANE_STEAL_OWNER);
  wane__work_clear();
  assert_true(wane__work_none());
  assert_true(wane__work_run(drain, NULL));
  stop();
  send_three(WANE_STEAL_OWNER); // and it may be left where it is
  stop();
}

// --- graphs ------------------------------------------------------------------

#define GRAPH 3000

static struct {
  wane_ref *refs;
  size_t n;
  wane_ref held[8];
  uint64_t reached, looked; // by the last trace; by all of this runtime
  uint32_t workers, quiet; // graphs without a thief
} graph;

static void judge(void)
{
  graph.reached = tracer_judge_marks(graph.held, 8);
  uint64_t looked = atomic_load(&wane__trace.objects);
  graph.looked += looked;
  CHECK_EQ(&world_log, sum_of(WANE_NUMA_MARKED), graph.looked);
  if (wane__config.collector == &tracer_stops)
    CHECK_EQ(&world_log, looked, graph.reached);
  uint64_t thefts = sum_between(WANE_NUMA_STEALS, graph.workers);
  if (model.config.steal == WANE_STEAL_LOCAL_ONLY)
    CHECK_EQ(&world_log, thefts, 0);
  if (model.config.steal == WANE_STEAL_OWNER && !thefts) {
    CHECK_EQ(&world_log, sum_between(WANE_NUMA_MARKED, graph.workers), 0);
    graph.quiet++;
  }
}

static void make_graph(struct wane_mutator *m, struct check_random *random,
                       wane_ref *roots)
{
  for (size_t i = 0; i < graph.n; i++) {
    enum thing_kind kind = check_below(random, THING_KINDS);
    uint32_t n = (uint32_t)check_below(random, 200);
    graph.refs[i] = world_need(m, kind, n ? n % 8 : 3000);
  }
  for (size_t i = 0; i < graph.n; i++) {
    uint32_t slots = thing_length(graph.refs[i]);
    for (uint32_t e = 0; slots && e < 2; e++)
      wane_store(m, graph.refs[i],
                 thing_slot(graph.refs[i],
                            (uint32_t)check_below(random, slots)),
                 graph.refs[check_below(random, graph.n)]);
  }
  for (size_t i = 0; i < 8; i++)
    graph.held[i] = roots[i] = graph.refs[check_below(random, graph.n)];
  memset(graph.refs, 0, graph.n * sizeof *graph.refs);
}

static void trace_graph(const struct wane_collector *collector,
                        uint32_t workers, uint64_t mark_bytes, uint64_t seed)
{
  struct check_random random = {seed};
  struct wane_config config = {
      .workers = workers, .numa = &model.config, .mark_bytes = mark_bytes};
  graph.looked = 0;
  graph.workers = workers;
  graph.n = is_long ? 10 * GRAPH : is_slow() ? GRAPH / 8 : GRAPH;
  struct wane_mutator *m = tracer_start(collector, &config);
  struct wane_stats stats;
  {
    struct wane_root_set set = {.n = graph.n};
    WANE_ROOTS(m, roots, 8);
    graph.refs = calloc(graph.n, sizeof *graph.refs);
    assert_non_null(graph.refs);
    set.refs = (void *)graph.refs;
    wane_root_set_add(m, &set);
    make_graph(m, &random, roots);
    tracer.marked = mark_bytes ? NULL : judge;
    wane_collect(m); // what the log of the last handshake names stays
    wane_collect(m);
    if (!mark_bytes)
      CHECK_EQ(&world_log, graph.reached, world_born() - world_died());
    CHECK_EQ(&world_log, sum_of(WANE_NUMA_FREED_OBJECTS), world_died());
    wane_stats_read(&stats);
    CHECK_EQ(&world_log, sum_of(WANE_NUMA_DECREMENTS),
             stats.decs_applied + stats.decs_cascade);
    wane_root_set_remove(m, &set);
    free(graph.refs);
  }
  tracer_end(m);
}

static void just_the_reachable_are_marked(void **state)
{
  uint64_t seed = *(uint64_t *)*state;
  graph.quiet = 0;
  for (uint32_t nodes = is_slow() ? 2 : 1; nodes <= 8;
       nodes *= is_slow() ? 4 : 2)
    for (uint32_t workers = 1; workers <= MOST_WORKERS;
         workers += is_slow() ? 3 : 1)
      for (size_t p = 0; p < POLICIES; p++) {
        model_open(nodes, policies[p], "per-node", workers);
        trace_graph(tracers[tracer_is_bare() ? 0 : seed % TRACERS], workers,
                    workers == 5, seed);
        model_close();
        seed++;
      }
  print_message("%u graphs without a thief\n", graph.quiet);
}

// --- what goes ---------------------------------------------------------------

// Rings, chains, shared children; some may have weak references.
static void make_garbage(struct wane_mutator *m, struct check_random *random)
{
  WANE_ROOTS(m, r, 8);
  for (int i = 0; i < 4000; i++) {
    enum thing_kind kinds = world.weak ? THING_FINAL : THING_KINDS;
    wane_ref *root = &r[check_below(random, 8)];
    wane_ref o = world_need(m, check_below(random, kinds), i % 500 ? 4 : 6000);
    for (uint32_t s = 0; s < thing_length(o) && s < 4; s++)
      wane_store(m, o, thing_slot(o, s), r[check_below(random, 8)]);
    if (*root && thing_length(*root) && check_below(random, 3) == 0)
      wane_store(m, *root, thing_slot(*root, 0), o);
    *root = o;
  }
}

// Whichever way an object dies: by count, in the walk, by a plugin, condemned.
static void what_goes_is_counted_once(void **state)
{
  struct check_random random = {*(uint64_t *)*state};
  for (const char *const *name = world_collectors(); *name; name++) {
    char error[256];
    const struct wane_collector *c =
        wane_collector_open(*name, error, sizeof error);
    assert_non_null(c);
    if (tracer_is_bare() && c->barrier != WANE_BARRIER_RC_LOG) continue;
    model_open(3, WANE_STEAL_LOCAL_FIRST, "per-node", 2);
    struct world_setup setup = {
        .collector = *name, .config = {.numa = &model.config, .workers = 2}};
    struct wane_stats stats;
    world_start(&setup);
    struct wane_mutator *m = wane_thread_start("main");
    assert_non_null(m);
    make_garbage(m, &random);
    wane_collect(m);
    wane_stats_read(&stats);
    if (world.complete) CHECK_EQ(&world_log, world_died(), world_born());
    print_message("%s: %" PRIu64 " freed, %" PRIu64 " decrements\n", *name,
                  world_died(), stats.decs_applied + stats.decs_cascade);
    CHECK_EQ(&world_log, sum_of(WANE_NUMA_FREED_OBJECTS), world_died());
    CHECK_EQ(&world_log, sum_of(WANE_NUMA_DECREMENTS),
             stats.decs_applied + stats.decs_cascade);
    wane_thread_exit(m);
    world_stop();
    model_close();
  }
}

int main(int argc, char **argv)
{
  static uint64_t seed;
  seed = check_seed(1);
  is_long = argc > 1 && !strcmp(argv[1], "--long");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(every_list_is_in_reach, &seed),
      cmocka_unit_test(no_item_is_lost_or_met_twice),
      cmocka_unit_test(few_packets_are_enough_for_all),
      cmocka_unit_test(what_assistants_leave_is_found),
      cmocka_unit_test(what_is_sent_is_met_by_its_owner),
      cmocka_unit_test(who_has_nothing_else_to_do_steals),
      cmocka_unit_test(what_is_sent_can_be_filtered),
      cmocka_unit_test_prestate(just_the_reachable_are_marked, &seed),
      cmocka_unit_test_prestate(what_goes_is_counted_once, &seed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
