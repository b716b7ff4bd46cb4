// test_placement.c: plans for threads, and threads that follow them.
// SPDX-License-Identifier: MIT

#include "topology_fixture.h"

#include <sys/syscall.h>
#include <sys/wait.h>

static struct wane_placement *plan(const struct wane_topology *t,
                                   const char *policy, uint32_t mutators,
                                   uint32_t workers)
{
  char error[256] = "";
  struct wane_placement *p =
      wane_placement_plan(t, policy, mutators, workers, error, sizeof error);
  if (!p) fail_msg("%s", error);
  return p;
}

// "0 1 | 2": the PUs of each mutator, then of each worker.
static char *text_of(const struct wane_placement *p, uint32_t mutators,
                     uint32_t workers)
{
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  assert_non_null(out);
  for (uint32_t i = 0; i < mutators + workers; i++) {
    bool mutator = i < mutators;
    char *cpus =
        wane_placement_cpus(p, mutator ? WANE_PLACE_MUTATOR : WANE_PLACE_WORKER,
                            mutator ? i : i - mutators);
    fprintf(out, "%s%s%s", i ? " " : "", i == mutators ? "| " : "", cpus);
    free(cpus);
  }
  fclose(out);
  return text;
}

// --- golden plans ------------------------------------------------------------

static const struct golden {
  const char *topology, *policy;
  uint32_t mutators, workers;
  const char *plan;
  const char *written; // NULL: as `policy`
} goldens[] = {
    {"sparse", "compact", 4, 2, "0 1 2 3 | 4 5", NULL},
    {"sparse", "scatter", 4, 2, "0 1 2 4 | 5 3", NULL},
    {"sparse", "per-node", 4, 2, "0-1 2-3 4-5 0-1 | 0-1 2-3", NULL},
    {"sparse", "list:5,0-2", 3, 3, "5 0 1 | 2 5 0", NULL},
    {"sparse", "list:00,1,2,4-4,5", 2, 1, "0 1 | 2", "list:0-2,4-5"},
    {"sparse", "list:3,2,2", 2, 2, "3 2 | 2 3", NULL},
    {"sparse", "mutators@0/collectors@1-2", 2, 3, "0-1 0-1 | 2-3 4-5 2-3",
     NULL},
    {"sparse", "mutators@2,0,1/collectors@1", 3, 1, "0-1 2-3 4-5 | 2-3",
     "mutators@0-2/collectors@1"},
    {"sparse", "none", 1, 1, " | ", NULL},
    // More threads than PUs.
    {"sparse", "compact", 8, 1, "0 1 2 3 4 5 0 1 | 2", NULL},
    {"sparse", "scatter", 9, 0, "0 0 1 2 2 3 4 4 5", NULL},
    // Core after core, and both threads of each.
    {"interleaved", "compact", 5, 2, "0 8 2 10 4 | 12 6", NULL},
    {"interleaved", "scatter", 4, 2, "0 4 1 5 | 15 14", NULL},
    {"interleaved", "scatter", 1, 1, "0 | 15", NULL},
    {"interleaved", "per-node", 2, 1,
     "0,2,4,6,8,10,12,14 1,3,5,7,9,11,13,15 | 0,2,4,6,8,10,12,14", NULL},
    // Memory without processors gets no thread.
    {"memory_only", "per-node", 3, 2, "0-3 4-7 0-3 | 0-3 4-7", NULL},
    {"memory_only", "scatter", 4, 4, "0 2 4 6 | 7 5 3 1", NULL},
    {"memory_only", "mutators@0-1/collectors@2-4", 2, 1, "0-3 0-3 | 4-7", NULL},
    // What is forbidden gets none; numbers do not start at 0.
    {"cpuset", "compact", 5, 2, "4 5 6 7 9 | 10 4", NULL},
    {"cpuset", "scatter", 4, 1, "4 6 9 10 | 10", NULL},
    {"cpuset", "per-node", 3, 0, "4-7 9-10 4-7", NULL},
    {"cpuset", "list:10,4", 2, 1, "10 4 | 10", NULL},
    // PUs whose node is forbidden: only for those who ask for PUs.
    {"forbidden_memory", "compact", 5, 0, "0 1 2 3 4", NULL},
    {"forbidden_memory", "scatter", 2, 2, "4 12 | 15 7", NULL},
    {"forbidden_memory", "per-node", 2, 1, "4-7 12-15 | 4-7", NULL},
    {"no_own_memory", "compact", 2, 1, "0 1 | 0", NULL},
    // Equal shares, until the small ones are full.
    {"asymmetric", "scatter", 3, 3, "0 4 6 | 7 5 3", NULL},
    {"asymmetric", "scatter", 8, 0, "0 1 2 3 4 5 6 7", NULL},
    {"asymmetric", "per-node", 4, 0, "0-3 4-5 6-7 0-3", NULL},
    {"eight", "scatter", 2, 2, "0 8 | 15 7", NULL},
    {"eight", "scatter", 4, 0, "0 4 8 12", NULL},
    {"eight", "compact", 3, 1, "0 1 2 | 3", NULL},
    {"eight", "mutators@0-3/collectors@4-7", 5, 4,
     "0-1 2-3 4-5 6-7 0-1 | 8-9 10-11 12-13 14-15", NULL},
    {"synthetic:core:2 pu:1", "scatter", 1, 1, "0 | 1", NULL},
    {"synthetic:core:2 pu:1", "per-node", 1, 1, "0-1 | 0-1", NULL},
    {"synthetic:core:2 pu:1", "scatter", 0, 0, "", NULL},
};

static void golden_plans(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
    const struct golden *g = &goldens[i];
    struct wane_topology *t = fixture_open(g->topology);
    struct wane_placement *p = plan(t, g->policy, g->mutators, g->workers);
    char *found = text_of(p, g->mutators, g->workers);
    if (strcmp(found, g->plan))
      fail_msg("%s, %s, %u + %u: \"%s\", expected \"%s\"", g->topology,
               g->policy, g->mutators, g->workers, found, g->plan);
    assert_string_equal(wane_placement_policy(p),
                        g->written ? g->written : g->policy);
    free(found);
    wane_placement_free(p);
    wane_topology_close(t);
  }
}

static void nodes_of_threads(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_open("memory_only");
  struct wane_placement *p = plan(t, "per-node", 2, 2);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_MUTATOR, 0), 1);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_MUTATOR, 1), 2);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_MUTATOR, 3), 2);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_WORKER, 1), 2);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_FINALIZER, 0), 1);
  wane_placement_free(p);
  p = plan(t, "none", 2, 2);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_MUTATOR, 0),
                   WANE_NODE_ANY);
  wane_placement_free(p);
  p = plan(t, "compact", 0, 1); // no mutator was planned
  assert_int_equal(wane_placement_node(p, WANE_PLACE_MUTATOR, 0),
                   WANE_NODE_ANY);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_FINALIZER, 0), 1);
  wane_placement_free(p);
  wane_topology_close(t);
  t = fixture_open("forbidden_memory");
  p = plan(t, "compact", 5, 0);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_MUTATOR, 3),
                   WANE_NODE_ANY);
  assert_int_equal(wane_placement_node(p, WANE_PLACE_MUTATOR, 4), 0);
  wane_placement_free(p);
  wane_topology_close(t);
}

static void second_threads_far_away(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_open(fixture_dotnet());
  struct wane_placement *p = plan(t, "scatter", 56, 56);
  for (uint32_t i = 0; i < 56; i++) { // each on a core of its own
    char *mutator = wane_placement_cpus(p, WANE_PLACE_MUTATOR, i);
    char *worker = wane_placement_cpus(p, WANE_PLACE_WORKER, i);
    assert_int_equal(atoi(mutator), i);
    assert_int_equal(atoi(worker), 111 - i);
    free(mutator);
    free(worker);
  }
  wane_placement_free(p);
  wane_topology_close(t);
}

// --- properties --------------------------------------------------------------

#define MOST_PUS 160
#define MOST_NODES 16

struct tally {
  uint32_t node[MOST_NODES + 1]; // threads; last: of no node
  uint32_t pu[MOST_PUS];         // by the system's number
};

// Counts threads of a role, each of which is on PUs that there are.
static void tally(const struct wane_topology *t, const struct wane_placement *p,
                  enum wane_place_role role, uint32_t n, struct tally *tally)
{
  *tally = (struct tally){0};
  for (uint32_t i = 0; i < n; i++) {
    char *cpus = wane_placement_cpus(p, role, i), *at = cpus;
    uint32_t node = wane_placement_node(p, role, i);
    assert_true(*cpus);
    while (*at) {
      unsigned long first = strtoul(at, &at, 10), last = first;
      if (*at == '-') last = strtoul(at + 1, &at, 10);
      if (*at == ',') at++;
      for (unsigned long cpu = first; cpu <= last; cpu++) {
        assert_true(cpu < MOST_PUS);
        assert_int_equal(wane_topology_node_of_cpu(t, (uint32_t)cpu), node);
        tally->pu[cpu]++;
      }
    }
    free(cpus);
    assert_true(node < wane_topology_nodes(t));
    tally->node[node]++;
  }
}

static void balanced(const struct wane_topology *t, const struct tally *tally)
{
  uint32_t least = UINT32_MAX, most = 0;
  for (uint32_t i = 0; i < wane_topology_nodes(t); i++) {
    if (tally->node[i] < least) least = tally->node[i];
    if (tally->node[i] > most) most = tally->node[i];
  }
  assert_true(most - least <= 1);
}

static void no_pu_twice(const struct tally *tally)
{
  for (uint32_t i = 0; i < MOST_PUS; i++) assert_true(tally->pu[i] <= 1);
}

static void compact_fills(const struct wane_topology *t,
                          const struct wane_placement *p, uint32_t n)
{
  struct tally all;
  uint32_t pus = wane_topology_pus(t), before = 0;
  tally(t, p, WANE_PLACE_MUTATOR, n < pus ? n : pus, &all);
  no_pu_twice(&all);
  for (uint32_t i = 0; i < n && i < pus; i++) {
    uint32_t node = wane_placement_node(p, WANE_PLACE_MUTATOR, i);
    assert_true(node == before || node == before + 1);
    if (node != before) // the last one is full
      assert_int_equal(all.node[before], wane_topology_node(t, before).pus);
    before = node;
  }
}

static void policies_hold(const struct wane_topology *t, uint32_t mutators,
                          uint32_t workers)
{
  static const enum wane_place_role roles[] = {WANE_PLACE_MUTATOR,
                                               WANE_PLACE_WORKER};
  static const char *const fair[] = {"scatter", "per-node"};
  struct tally all;
  for (int f = 0; f < 2; f++) {
    struct wane_placement *p = plan(t, fair[f], mutators, workers);
    for (int r = 0; r < 2; r++) {
      uint32_t n = r ? workers : mutators;
      tally(t, p, roles[r], n, &all);
      balanced(t, &all);
      if (f == 0 && n <= wane_topology_pus(t)) no_pu_twice(&all);
    }
    wane_placement_free(p);
  }
  struct wane_placement *p = plan(t, "compact", mutators, workers);
  compact_fills(t, p, mutators);
  wane_placement_free(p);
}

static void random_topologies(void **state)
{
  (void)state;
  struct check_random random = {check_seed(7)};
  for (int i = 0; i < 60; i++) {
    const char *source = fixture_random(&random);
    struct wane_topology *t = fixture_open(source);
    for (int j = 0; j < 4; j++) {
      uint32_t pus = wane_topology_pus(t);
      policies_hold(t, 1 + (uint32_t)check_below(&random, 2 * pus),
                    (uint32_t)check_below(&random, 2 * pus));
    }
    wane_topology_close(t);
  }
}

// The same plans when the topology has been a file, and policies when they
// have been read and written.
static void files_and_texts(void **state)
{
  (void)state;
  static const char *const policies[] = {"compact", "scatter", "per-node",
                                         "list:0", "mutators@0/collectors@0"};
  struct check_random random = {check_seed(3)};
  char path[] = "/tmp/wane_placement_XXXXXX", source[64];
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  snprintf(source, sizeof source, "xml:%s", path);
  for (int i = 0; i < 20; i++) {
    struct wane_topology *a = fixture_open(fixture_random(&random));
    char *xml = wane_topology_xml(a);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(xml, out);
    fclose(out);
    free(xml);
    struct wane_topology *b = fixture_open(source);
    for (int j = 0; j < 5; j++) {
      struct wane_placement *p = plan(a, policies[j], 9, 5);
      struct wane_placement *q = plan(b, wane_placement_policy(p), 9, 5);
      char *x = text_of(p, 9, 5), *y = text_of(q, 9, 5);
      assert_string_equal(x, y);
      assert_string_equal(wane_placement_policy(p), wane_placement_policy(q));
      free(x);
      free(y);
      wane_placement_free(p);
      wane_placement_free(q);
    }
    wane_topology_close(a);
    wane_topology_close(b);
  }
  unlink(path);
}

// --- what is refused ---------------------------------------------------------

static void refuses_in_a_sentence(void **state)
{
  (void)state;
#define POLICIES                                                               \
  "expected none, compact, scatter, per-node, list:CPUS or "                   \
  "mutators@NODES/collectors@NODES"
#define LIST "expected the system's numbers of PUs, such as list:0,2,4-7"
  static const char *const wrong[][3] = {
      {"cpuset", "", POLICIES},
      {"cpuset", "Compact", POLICIES},
      {"cpuset", "compact ", POLICIES},
      {"cpuset", "none:", POLICIES},
      {"cpuset", "list", POLICIES},
      {"cpuset", "list:", LIST},
      {"cpuset", "list:4,", LIST},
      {"cpuset", "list:,4", LIST},
      {"cpuset", "list:4,,5", LIST},
      {"cpuset", "list:4 ,5", LIST},
      {"cpuset", "list:-4", LIST},
      {"cpuset", "list:+4", LIST},
      {"cpuset", "list:4-", LIST},
      {"cpuset", "list:5-4", LIST},
      {"cpuset", "list:4-5-6", LIST},
      {"cpuset", "list:0x4", LIST},
      {"cpuset", "list:8", "there is no PU 8, or we may not use it"},
      {"cpuset", "list:4-9", "there is no PU 8, or we may not use it"},
      {"cpuset", "list:4-4294967295", "there is no PU 8, or we may not use it"},
      {"cpuset", "list:99999999999999999999999", "there is no PU 999999999"},
      {"cpuset", "mutators@0", "expected mutators@NODES/collectors@NODES"},
      {"cpuset", "mutators@0/collectors@",
       "expected nodes out of 0-1, found \"\""},
      {"cpuset", "mutators@/collectors@0",
       "expected nodes out of 0-1, found \"\""},
      {"cpuset", "mutators@2/collectors@0",
       "expected nodes out of 0-1, found \"2\""},
      {"cpuset", "mutators@0/collectors@0-2",
       "expected nodes out of 0-1, found \"0-2\""},
      {"cpuset", "mutators@0/collectors@1/collectors@1",
       "expected nodes out of 0-1, found \"1/collectors@1\""},
      {"memory_only", "mutators@1/collectors@0,3-4",
       "no node of \"0,3-4\" has a PU"},
      {"no_own_memory", "scatter", "no node has a PU that we may use"},
      {"no_own_memory", "per-node", "no node has a PU that we may use"},
      {"no_own_memory", "mutators@0/collectors@0", "no node of \"0\" has a PU"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char error[256] = "";
    struct wane_topology *t = fixture_open(wrong[i][0]);
    assert_null(wane_placement_plan(t, wrong[i][1], 2, 2, error, sizeof error));
    char expected[256];
    snprintf(expected, sizeof expected, "thread policy \"%s\": %s", wrong[i][1],
             wrong[i][2]);
    if (strncmp(error, expected, strlen(expected)))
      fail_msg("found \"%s\", expected \"%s\"", error, expected);
    wane_topology_close(t);
  }
  char error[256];
  struct wane_topology *t = fixture_open("cpuset");
  assert_null(
      wane_placement_plan(t, "compact", UINT32_MAX, 2, error, sizeof error));
  assert_string_equal(
      error, "thread policy \"compact\": expected at most 100000 threads");
  wane_topology_close(t);
}

static void plans_are_not_deeds(void **state)
{
  (void)state;
  char error[512] = "";
  struct wane_topology *t = fixture_open("synthetic:core:2 pu:1");
  struct wane_placement *p = plan(t, "compact", 1, 0);
  cpu_set_t before, after;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  assert_int_equal(
      wane_placement_bind(p, WANE_PLACE_MUTATOR, 0, error, sizeof error),
      -ENOTSUP);
  assert_string_equal(error, "threads cannot be bound: synthetic:core:2 pu:1 "
                             "is a description, not this machine");
  assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
  assert_true(CPU_EQUAL(&before, &after));
  wane_placement_free(p);
  wane_topology_close(t);
}

// --- the deed ----------------------------------------------------------------

static void on_every_pu(void **state)
{
  (void)state;
  char error[256] = "";
  cpu_set_t before, after;
  struct wane_topology *t = fixture_real();
  if (!t) skip();
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  uint32_t n = wane_topology_pus(t);
  struct wane_placement *p = plan(t, "compact", n, 0);
  for (uint32_t i = 0; i < n; i++) {
    assert_int_equal(
        wane_placement_bind(p, WANE_PLACE_MUTATOR, i, error, sizeof error), 0);
    assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
    uint32_t cpu = wane_topology_pu(t, i).os_index;
    assert_int_equal(CPU_COUNT(&after), 1);
    assert_true(CPU_ISSET(cpu, &after));
    assert_int_equal(sched_getcpu(), cpu);
  }
  wane_placement_free(p);
  p = plan(t, "per-node", 1, 0); // all PUs of a node again
  assert_int_equal(
      wane_placement_bind(p, WANE_PLACE_MUTATOR, 0, error, sizeof error), 0);
  assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
  uint32_t node = wane_placement_node(p, WANE_PLACE_MUTATOR, 0);
  assert_int_equal(CPU_COUNT(&after), wane_topology_node(t, node).pus);
  wane_placement_free(p);
  p = plan(t, "none", 1, 0); // leaves it where it is
  assert_int_equal(
      wane_placement_bind(p, WANE_PLACE_MUTATOR, 0, error, sizeof error), 0);
  wane_placement_free(p);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
  wane_topology_close(t);
}

// The kernel says yes, and does nothing; in a process of its own.
static int deceived(void)
{
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    char error[256] = "", expected[256];
    struct wane_topology *t = wane_topology_open(NULL, error, sizeof error);
    uint32_t n = wane_topology_pus(t);
    struct wane_placement *p =
        wane_placement_plan(t, "compact", n, 0, error, sizeof error);
    if (!fixture_forbid(SYS_sched_setaffinity, 0)) _exit(77);
    int status =
        wane_placement_bind(p, WANE_PLACE_MUTATOR, 0, error, sizeof error);
    char *all = wane_topology_node_cpus(t, 0);
    snprintf(expected, sizeof expected,
             "asked for PUs %u, the kernel says %s: ",
             wane_topology_pu(t, 0).os_index, all);
    free(all);
    bool good =
        status == -EXDEV && (wane_topology_nodes(t) > 1 ||
                             strncmp(error, expected, strlen(expected)) == 0);
    if (!good) fprintf(stderr, "%d \"%s\"\n", status, error);
    wane_placement_free(p);
    wane_topology_close(t);
    _exit(!good);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void reads_back(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_real();
  if (!t) skip();
  uint32_t pus = wane_topology_pus(t);
  wane_topology_close(t);
  int status = pus > 1 ? deceived() : 77;
  if (status == 77) {
    print_message("skipped: needs two PUs and seccomp filters\n");
    skip();
  }
  assert_int_equal(status, 0);
}

int main(void)
{
  unsetenv("HWLOC_SYNTHETIC");
  unsetenv("HWLOC_XMLFILE");
  unsetenv("HWLOC_THISSYSTEM");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden_plans),
      cmocka_unit_test(nodes_of_threads),
      cmocka_unit_test(second_threads_far_away),
      cmocka_unit_test(random_topologies),
      cmocka_unit_test(files_and_texts),
      cmocka_unit_test(refuses_in_a_sentence),
      cmocka_unit_test(plans_are_not_deeds),
      cmocka_unit_test(on_every_pu),
      cmocka_unit_test(reads_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
