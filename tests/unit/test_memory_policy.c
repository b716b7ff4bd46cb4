// test_memory_policy.c: policies for memory, and pages that follow them.
// SPDX-License-Identifier: MIT

#include "topology_fixture.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define ALL4 15u

static const struct golden {
  const char *text, *written; // NULL: as `text`
  enum wane_memory_kind kind;
  uint64_t nodes;
} goldens[] = {
    {"os-default", NULL, WANE_MEMORY_OS_DEFAULT, 0},
    {"first-touch", NULL, WANE_MEMORY_FIRST_TOUCH, 0},
    {"local", NULL, WANE_MEMORY_LOCAL, 0},
    {"bind:0", NULL, WANE_MEMORY_BIND, 1},
    {"bind:3,1", "bind:1,3", WANE_MEMORY_BIND, 10},
    {"bind:0-3", NULL, WANE_MEMORY_BIND, ALL4},
    {"interleave", "interleave:0-3", WANE_MEMORY_INTERLEAVE, ALL4},
    {"interleave:0,1,03", "interleave:0-1,3", WANE_MEMORY_INTERLEAVE, 11},
    {"preferred:2", NULL, WANE_MEMORY_PREFERRED, 4},
    {"next-node", NULL, WANE_MEMORY_NEXT_NODE, 0},
    {"worst", NULL, WANE_MEMORY_WORST, 0},
};

static void parse(const struct wane_topology *t, const char *text,
                  struct wane_memory_policy *policy)
{
  char error[256] = "";
  if (wane_memory_parse(t, text, policy, error, sizeof error))
    fail_msg("%s", error);
}

static void reads_and_writes(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_open("synthetic:numa:4 pu:1");
  for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
    const struct golden *g = &goldens[i];
    const char *written = g->written ? g->written : g->text;
    struct wane_memory_policy policy, again;
    char text[256];
    parse(t, g->text, &policy);
    assert_int_equal(policy.kind, g->kind);
    assert_true(policy.nodes == g->nodes);
    int n = wane_memory_print(&policy, text, sizeof text);
    assert_string_equal(text, written);
    assert_int_equal(n, strlen(written));
    parse(t, text, &again);
    assert_true(again.kind == policy.kind && again.nodes == policy.nodes);
    assert_int_equal(wane_memory_print(&policy, text, 3), n); // as snprintf
    assert_int_equal(strlen(text), 2);
  }
  wane_topology_close(t);
}

static void any_set_of_64(void **state)
{
  (void)state;
  struct check_random random = {check_seed(5)};
  struct wane_topology *t = fixture_open("synthetic:numa:64 pu:1");
  static const uint64_t some[] = {UINT64_MAX, 1, UINT64_C(1) << 63,
                                  UINT64_C(0x5555555555555555),
                                  UINT64_C(0xaaaaaaaaaaaaaaaa)};
  struct wane_memory_policy every;
  parse(t, "interleave", &every);
  assert_true(every.nodes == UINT64_MAX);
  for (int i = 0; i < 500; i++) {
    struct wane_memory_policy a = {WANE_MEMORY_BIND,
                                   i < 5 ? some[i] : check_next(&random)},
                              b;
    char text[256];
    if (!a.nodes) continue;
    assert_true(wane_memory_print(&a, text, sizeof text) < (int)sizeof text);
    parse(t, text, &b);
    assert_true(a.kind == b.kind && a.nodes == b.nodes);
  }
  wane_topology_close(t);
}

static void refuses_in_a_sentence(void **state)
{
  (void)state;
#define POLICIES                                                               \
  "expected os-default, first-touch, local, bind:NODES, interleave[:NODES], "  \
  "preferred:NODE, next-node or worst"
#define NODES "expected nodes out of 0-3, such as \"0-1,3\""
#define ONE "expected one node out of 0-3"
  static const char *const wrong[][2] = {
      {"", POLICIES},
      {"Local", POLICIES},
      {"local:", POLICIES},
      {"local:0", POLICIES},
      {"loca", POLICIES},
      {"locals", POLICIES},
      {":0", POLICIES},
      {"bind", NODES},
      {"bind:", NODES},
      {"bind:4", NODES},
      {"bind:0-4", NODES},
      {"bind:0-", NODES},
      {"bind:-1", NODES},
      {"bind:0,", NODES},
      {"bind:0,,1", NODES},
      {"bind:1-0", NODES},
      {"bind: 0", NODES},
      {"bind:all", NODES},
      {"bind:0x1", NODES},
      {"interleave:", NODES},
      {"interleave:9", NODES},
      {"preferred", ONE},
      {"preferred:0-1", ONE},
      {"preferred:4294967296", ONE},
      {"bind:18446744073709551616", NODES},
  };
  struct wane_topology *t = fixture_open("synthetic:numa:4 pu:1");
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct wane_memory_policy policy;
    char error[256] = "", expected[256];
    assert_int_equal(
        wane_memory_parse(t, wrong[i][0], &policy, error, sizeof error),
        -EINVAL);
    snprintf(expected, sizeof expected, "memory policy \"%s\": %s", wrong[i][0],
             wrong[i][1]);
    assert_string_equal(error, expected);
  }
  wane_topology_close(t);
}

static uint32_t target(const struct wane_topology *t, const char *text,
                       uint32_t of)
{
  struct wane_memory_policy policy;
  parse(t, text, &policy);
  return wane_memory_target(t, &policy, of);
}

static void targets(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_open("asymmetric");
  assert_int_equal(target(t, "os-default", 1), WANE_NODE_ANY);
  assert_int_equal(target(t, "first-touch", 1), 1);
  assert_int_equal(target(t, "local", 1), 1);
  assert_int_equal(target(t, "local", WANE_NODE_ANY), WANE_NODE_ANY);
  assert_int_equal(target(t, "bind:2", 0), 2);
  assert_int_equal(target(t, "bind:1-2", 0), WANE_NODE_ANY);
  assert_int_equal(target(t, "preferred:0", 2), 0);
  assert_int_equal(target(t, "interleave", 2), WANE_NODE_ANY);
  assert_int_equal(target(t, "interleave:1", 2), 1);
  for (uint32_t i = 0; i < 3; i++)
    assert_int_equal(target(t, "next-node", i), (i + 1) % 3);
  assert_int_equal(target(t, "worst", 0), 2); // rows are read, not columns
  assert_int_equal(target(t, "worst", 1), 2);
  assert_int_equal(target(t, "worst", 2), 0);
  assert_int_equal(target(t, "worst", WANE_NODE_ANY), WANE_NODE_ANY);
  wane_topology_close(t);
  t = fixture_open("memory_only"); // nodes 1 and 2 have PUs
  assert_int_equal(target(t, "next-node", 0), 1);
  assert_int_equal(target(t, "next-node", 1), 2);
  assert_int_equal(target(t, "next-node", 2), 1);
  assert_int_equal(target(t, "worst", 1), 2);
  assert_int_equal(target(t, "bind:4", 0), 4);
  wane_topology_close(t);
  t = fixture_open("synthetic:pu:2"); // there is no other
  assert_int_equal(target(t, "next-node", 0), 0);
  assert_int_equal(target(t, "worst", 0), 0);
  wane_topology_close(t);
  t = fixture_open("synthetic:numa:64 pu:1");
  assert_int_equal(target(t, "bind:63", 0), 63);
  assert_int_equal(target(t, "next-node", 63), 0);
  wane_topology_close(t);
}

static void plans_are_not_deeds(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_open("synthetic:numa:2 pu:1");
  struct wane_memory_policy policy;
  void *pages[1] = {t};
  uint32_t where = 5;
  parse(t, "bind:1", &policy);
  assert_int_equal(wane_memory_bind(t, &policy, 1, t, 4096), -ENOTSUP);
  assert_int_equal(wane_memory_where(t, pages, 1, &where), -ENOTSUP);
  assert_int_equal(where, 5);
  wane_topology_close(t);
}

// --- the deed ----------------------------------------------------------------

#define PAGES 600 // more than are asked for at a time

struct area {
  char *begin;
  size_t page;
  void *pages[PAGES];
  uint32_t node[PAGES];
};

static void map(struct area *area)
{
  area->page = (size_t)sysconf(_SC_PAGESIZE);
  area->begin = mmap(NULL, PAGES * area->page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(area->begin != MAP_FAILED);
  madvise(area->begin, PAGES * area->page, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < PAGES; i++)
    area->pages[i] = area->begin + i * area->page;
}

// What the kernel holds to be the policy of an address; without flags. MPOL_*
static int policy_at(void *address)
{
  int mode = -1;
  unsigned long nodes[64]; // more than any kernel has
  assert_int_equal(syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof nodes,
                           address, MPOL_F_ADDR),
                   0);
  return mode & ~MPOL_MODE_FLAGS;
}

// Every third page is written to, and is on a node of `nodes`; nobody knows of
// the others. The kernel's policy is either of two: it depends on its age.
static void follows(const struct wane_topology *t, const char *text,
                    uint64_t nodes, int one, int other)
{
  static struct area area;
  struct wane_memory_policy policy;
  parse(t, text, &policy);
  map(&area);
  assert_int_equal(wane_memory_bind(t, &policy,
                                    wane_memory_target(t, &policy, 0),
                                    area.begin, PAGES * area.page),
                   0);
  int mode = policy_at(area.begin);
  if (mode != one && mode != other)
    fail_msg("%s is the kernel's %d, expected %d or %d", text, mode, one,
             other);
  for (size_t i = 0; i < PAGES; i += 3) area.begin[i * area.page] = 1;
  assert_int_equal(wane_memory_where(t, area.pages, PAGES, area.node), 0);
  for (size_t i = 0; i < PAGES; i++)
    if (i % 3)
      assert_int_equal(area.node[i], WANE_NODE_ANY);
    else
      assert_true(area.node[i] < 64 && nodes >> area.node[i] & 1);
  munmap(area.begin, PAGES * area.page);
}

// The first node with memory and PUs, where this thread then is.
static void pages_follow(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_real();
  if (!t) skip();
  uint32_t nodes = wane_topology_nodes(t), last = nodes - 1;
  char error[256] = "", text[64];
  uint64_t all = nodes == 64 ? UINT64_MAX : (UINT64_C(1) << nodes) - 1;
  cpu_set_t before;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  struct wane_placement *p =
      wane_placement_plan(t, "per-node", 1, 0, error, sizeof error);
  assert_non_null(p);
  assert_int_equal(
      wane_placement_bind(p, WANE_PLACE_MUTATOR, 0, error, sizeof error), 0);
  uint64_t here = UINT64_C(1) << wane_placement_node(p, WANE_PLACE_MUTATOR, 0);
  enum { WISH = MPOL_PREFERRED, WISHES = 5 }; // the latter since 5.15
  uint64_t next = UINT64_C(1) << target(t, "next-node", 0);
  uint64_t worst = UINT64_C(1) << target(t, "worst", 0);
  follows(t, "os-default", all, MPOL_DEFAULT, MPOL_DEFAULT);
  follows(t, "first-touch", here, MPOL_LOCAL, MPOL_PREFERRED);
  follows(t, "local", 1, WISH, WISHES);
  follows(t, "interleave", all, MPOL_INTERLEAVE, MPOL_INTERLEAVE);
  snprintf(text, sizeof text, "bind:%u", last);
  follows(t, text, UINT64_C(1) << last, MPOL_BIND, MPOL_BIND);
  snprintf(text, sizeof text, "preferred:%u", last);
  follows(t, text, UINT64_C(1) << last, WISH, WISHES);
  follows(t, "next-node", next, WISH, WISHES);
  follows(t, "worst", worst, WISH, WISHES);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
  wane_placement_free(p);
  wane_topology_close(t);
}

static void no_node_in_particular(void **state)
{
  (void)state;
  struct wane_topology *t = fixture_real();
  if (!t) skip();
  struct wane_memory_policy policy;
  static struct area area;
  parse(t, "local", &policy);
  map(&area);
  assert_int_equal(wane_memory_bind(t, &policy, WANE_NODE_ANY, area.begin,
                                    PAGES * area.page),
                   0);
  munmap(area.begin, PAGES * area.page);
  // What is not mapped cannot be bound.
  parse(t, "bind:0", &policy);
  assert_int_equal(
      wane_memory_bind(t, &policy, 0, area.begin, PAGES * area.page), -EFAULT);
  wane_topology_close(t);
}

int main(void)
{
  unsetenv("HWLOC_SYNTHETIC");
  unsetenv("HWLOC_XMLFILE");
  unsetenv("HWLOC_THISSYSTEM");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_and_writes),      cmocka_unit_test(any_set_of_64),
      cmocka_unit_test(refuses_in_a_sentence), cmocka_unit_test(targets),
      cmocka_unit_test(plans_are_not_deeds),   cmocka_unit_test(pages_follow),
      cmocka_unit_test(no_node_in_particular),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
