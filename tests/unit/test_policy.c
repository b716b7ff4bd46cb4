// test_policy.c: runtime/policy.c: what is asked of the kernel, by its word.
// SPDX-License-Identifier: MIT
//
// On the machine that the test runs on, however few nodes it has.

#include "nodes_fixture.h"
#include "topology_fixture.h"

#include "log.h"
#include "policy.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#define LIMIT ((uint64_t)64 << 20)

// --- /proc/self/numa_maps ----------------------------------------------------

// The policy of the area that an address is in, as the kernel prints it.
static const char *policy_at(const void *p)
{
  static char policy[64];
  char line[4096];
  FILE *maps = fopen("/proc/self/numa_maps", "r");
  if (!maps) return NULL;
  *policy = '\0';
  while (fgets(line, sizeof line, maps)) {
    char *rest;
    if (strtoull(line, &rest, 16) > (uintptr_t)p) break;
    rest[1 + strcspn(rest + 1, "\n")] = '\0';
    // "prefer (many):0" is one name.
    size_t n = strcspn(rest + 1, " ");
    if (!strncmp(rest + 1, "prefer (", 8)) n = 7 + strcspn(rest + 8, " ");
    snprintf(policy, sizeof policy, "%.*s", (int)n, rest + 1);
  }
  fclose(maps);
  return policy;
}

static bool kernel_tells(void)
{
  struct wane_topology *t = fixture_real();
  if (!t) return false;
  wane_topology_close(t);
  if (policy_at(&nodes)) return true;
  print_message("skipped: /proc/self/numa_maps cannot be read\n");
  return false;
}

static void open_real(const char *objects, const char *metadata,
                      const char *logs)
{
  char error[256];
  nodes_open_source("machine", objects);
  struct wane_numa_config *c = &nodes.config;
  c->model = false;
  c->strict = true;
  assert_int_equal(wane_memory_parse(nodes.topology, metadata, &c->metadata,
                                     error, sizeof error),
                   0);
  assert_int_equal(
      wane_memory_parse(nodes.topology, logs, &c->logs, error, sizeof error),
      0);
}

// By what the kernel's word begins with.
static void expect_at(const void *p, const char *expected)
{
  const char *found = policy_at(p);
  if (strncmp(found, expected, strlen(expected)))
    fail_msg("expected policy %s, the kernel says %s", expected, found);
}

// What each policy looks like in each space.
static void each_space_has_its_policy(void **state)
{
  (void)state;
  static const struct {
    const char *policy, *kernel;
  } all[] = {{"bind:0", "bind:0"},       {"interleave:0", "interleave:0"},
             {"preferred:0", "prefer"},  {"first-touch", "local"},
             {"os-default", "default"},  {"local", "prefer"},
             {"next-node", "prefer"},    {"worst", "prefer"}};
  enum { N = sizeof all / sizeof all[0] };
  if (!kernel_tells()) skip();
  for (uint32_t i = 0; i < N; i++) {
    uint32_t m = (i + 1) % N, l = (i + 2) % N;
    open_real(all[i].policy, all[m].policy, all[l].policy);
    nodes_start(LIMIT);
    // Far enough from both ends of what a chunk has beside it.
    uint32_t block = wane__heap_take_run(256, 0) + 128;
    expect_at(wane__block_base(block), all[i].kernel);
    expect_at(&wane__blocks[block], all[m].kernel);
    expect_at(&wane_gc_heap.blocks[block], all[m].kernel);
    expect_at(wane__space_scratch(block), all[m].kernel);
    expect_at(&wane_gc_heap.marks[block * WANE__MARK_BYTES / 8],
              all[m].kernel);
    struct wane__chunk *chunk = wane__chunk_past();
    expect_at(chunk, all[l].kernel);
    wane__chunk_give(chunk);
    nodes_stop();
  }
}

static void a_model_asks_nothing_of_the_kernel(void **state)
{
  (void)state;
  if (!kernel_tells()) skip();
  open_real("bind:0", "bind:0", "bind:0");
  nodes.config.model = true;
  nodes_start(LIMIT);
  uint32_t block = wane__heap_take_run(256, 0) + 128;
  expect_at(wane__block_base(block), "default");
  expect_at(&wane__blocks[block], "default");
  nodes_stop();
}

// --- a system that refuses ---------------------------------------------------

static unsigned reports;
static char last_report[256];

static void hear(const char *sentence, void *context)
{
  (void)context;
  reports++;
  snprintf(last_report, sizeof last_report, "%s", sentence);
}

// In a child of its own; its exit code is the number of the line that failed.
#define MUST(condition)                                                        \
  do                                                                           \
    if (!(condition)) _exit(__LINE__ & 127 ? __LINE__ & 127 : 1);              \
  while (0)

static void start_refused(bool strict)
{
  char error[256] = "";
  struct wane_config config = {.numa = &nodes.config,
                               .heap_limit = LIMIT,
                               .round_ms = NEVER_MS,
                               .report = hear};
  nodes.config.strict = strict;
  MUST(fixture_forbid(SYS_mbind, EPERM));
  int status = wane_start(&config, error, sizeof error);
  if (strict) {
    MUST(status == -EPERM);
    MUST(strstr(error, "does not place the heap's memory"));
    _exit(0);
  }
  MUST(status == 0);
  for (uint32_t i = 0; i < 100; i++)
    MUST(wane__heap_take(5, 0) != WANE__NO_BLOCK);
  MUST(reports == 1);
  MUST(strstr(last_report, "does not place memory for objects"));
  wane_stop();
  _exit(0);
}

static void in_child(const char *policy, bool strict)
{
  int status;
  open_real(policy, "os-default", "os-default");
  fflush(NULL);
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (!pid) start_refused(strict);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  wane_placement_free(nodes.placement);
  wane_topology_close(nodes.topology);
  assert_int_equal(status, 0);
}

static void what_is_refused_is_said_once(void **state)
{
  (void)state;
  if (!kernel_tells()) skip();
  in_child("bind:0", false);
  in_child("local", false);
  in_child("bind:0", true);
}

// --- other machines ----------------------------------------------------------

#define TOPOLOGIES                                                             \
  "asymmetric", "cpuset", "eight", "forbidden_memory", "interleaved",          \
      "memory_only", "sparse"

// By the system's numbers, which are neither dense nor in order.
static void pages_go_round_by_the_numbers_of_the_system(void **state)
{
  (void)state;
  static const char *const sources[] = {TOPOLOGIES};
  for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
    nodes_open_source(fixture_source(sources[i]), "interleave");
    nodes_start(LIMIT);
    const struct wane_topology *t = nodes.topology;
    uint32_t n = wane__numa.spread_n;
    assert_true(n > 0 && n <= wane__numa.nodes);
    for (uint32_t k = 1; k < n; k++)
      assert_true(
          wane_topology_node(t, wane__numa.spread[k - 1]).os_index <
          wane_topology_node(t, wane__numa.spread[k]).os_index);
    for (uint32_t k = 0; k < n; k++)
      assert_true(wane_topology_node(t, wane__numa.spread[k]).bytes > 0);
    nodes_stop();
  }
}

// All nodes, each once, from the nearest on.
static void near_comes_before_far(void **state)
{
  (void)state;
  static const char *const sources[] = {TOPOLOGIES};
  for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
    nodes_open_source(fixture_source(sources[i]), "local");
    nodes_start(LIMIT);
    uint32_t n = wane__numa.nodes;
    for (uint32_t from = 0; from <= n; from++) {
      const uint8_t *row = wane__policy_nearest(from);
      uint64_t seen = 0;
      assert_int_equal(row[0], from);
      for (uint32_t k = 0; k <= n; k++) {
        assert_false(seen >> row[k] & 1);
        seen |= (uint64_t)1 << row[k];
        if (k > 1 && k < n && from < n)
          assert_true(
              wane_topology_distance(nodes.topology, from, row[k - 1]) <=
              wane_topology_distance(nodes.topology, from, row[k]));
      }
      if (from < n) assert_int_equal(row[n], n);
    }
    nodes_stop();
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_space_has_its_policy),
      cmocka_unit_test(a_model_asks_nothing_of_the_kernel),
      cmocka_unit_test(what_is_refused_is_said_once),
      cmocka_unit_test(pages_go_round_by_the_numbers_of_the_system),
      cmocka_unit_test(near_comes_before_far),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
