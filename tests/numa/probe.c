// probe.c: places threads and memory, and asks the kernel where they are.
// SPDX-License-Identifier: MIT
//
//   probe NODES CPUS MEMORY_ONLY DISTANCES
//
// Runs in a guest, of which the arguments say what it is like: so many nodes
// with so many processors each, and so many without, behind them; distances as
// "10,21;21,10". All in the system's numbers; Wane's own may be others, and
// nodes are the system's here but where they are called logical. One line per
// check; exit code 1 if one failed.

#include "kernel_word.h"

#include <wane/topology.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 64
#define MPOL_DEFAULT 0
#define MPOL_BIND 2

static struct wane_topology *topology;
static unsigned nodes, cpus, all; // as told
static int checks, failures;

__attribute__((format(printf, 2, 3))) static bool
check(bool good, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fputs(good ? "ok      " : "FAILED  ", stdout);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  checks++;
  failures += !good;
  return good;
}

static unsigned os(uint32_t logical)
{
  return wane_topology_node(topology, logical).os_index;
}

static uint32_t logical(unsigned node)
{
  return wane_topology_node_of_os(topology, node);
}

// --- what the topology says -------------------------------------------------

static void check_distances(const char *text)
{
  bool good = wane_topology_has_distances(topology);
  char *end, *at = (char *)(uintptr_t)text;
  for (unsigned i = 0; i < all; i++)
    for (unsigned j = 0; j < all; j++, at = end + (*end != '\0')) {
      unsigned long told = strtoul(at, &end, 10);
      uint32_t d = wane_topology_distance(topology, logical(i), logical(j));
      if (d != told)
        good = check(false, "distance %u to %u is %u, the machine has %lu", i,
                     j, d, told);
    }
  check(good, "distances are %s", text);
}

static void check_topology(const char *distances)
{
  check(wane_topology_mode(topology) == WANE_TOPOLOGY_REAL, "mode is %s (%s)",
        wane_topology_mode_name(wane_topology_mode(topology)),
        wane_topology_why(topology));
  check(wane_topology_nodes(topology) == all, "%u nodes",
        wane_topology_nodes(topology));
  check(wane_topology_pus(topology) == nodes * cpus, "%u PUs",
        wane_topology_pus(topology));
  if (failures) return;
  for (unsigned i = 0; i < all; i++) {
    struct wane_topology_node node = wane_topology_node(topology, logical(i));
    check(node.os_index == i && node.memory_only == (i >= nodes) &&
              node.pus == (i < nodes ? cpus : 0) && node.bytes >> 20 > 32,
          "node %u: for Wane %u, %u PUs, %llu MB%s", i, logical(i), node.pus,
          (unsigned long long)node.bytes >> 20,
          node.memory_only ? ", memory only" : "");
  }
  for (unsigned cpu = 0; cpu < nodes * cpus; cpu++)
    check((int)os(wane_topology_node_of_cpu(topology, cpu)) ==
              kernel_node_of_cpu((int)cpu),
          "PU %u is on node %d", cpu, kernel_node_of_cpu((int)cpu));
  check_distances(distances);
}

// --- threads ----------------------------------------------------------------

// Binds the calling thread as mutator `index`; its node by the kernel, or -1.
static int place(struct wane_placement *p, unsigned index)
{
  char error[512] = "";
  int status = wane_placement_bind(p, WANE_PLACE_MUTATOR, index, error,
                                   sizeof error);
  int node = kernel_node_of_cpu(kernel_here());
  bool good = !status && node == (int)os(wane_placement_node(
                                     p, WANE_PLACE_MUTATOR, index));
  check(good, "%s: mutator %u is on node %d %s", wane_placement_policy(p),
        index, node, error);
  return good ? node : -1;
}

// All PUs of a node by the kernel.
static void check_affinity(struct wane_placement *p, unsigned index)
{
  cpu_set_t set;
  char *text = wane_placement_cpus(p, WANE_PLACE_MUTATOR, index);
  unsigned node = os(wane_placement_node(p, WANE_PLACE_MUTATOR, index)), n = 0;
  sched_getaffinity(0, sizeof set, &set);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &set)) n += kernel_node_of_cpu(cpu) == (int)node;
  check(n == cpus && CPU_COUNT(&set) == (int)cpus,
        "the kernel lets it run on %d PUs, %u of node %u (%s)",
        CPU_COUNT(&set), n, node, text);
  free(text);
}

// --- memory -----------------------------------------------------------------

struct touch {
  struct wane_placement *p;
  unsigned index;
  char *area;
  size_t pages;
};

static void *touch(void *argument)
{
  struct touch *t = argument;
  char error[512];
  if (wane_placement_bind(t->p, WANE_PLACE_MUTATOR, t->index, error,
                          sizeof error))
    abort();
  for (size_t i = 0; i < t->pages; i++) t->area[i * PAGE] = 1;
  return NULL;
}

// The mutator that is on a node.
static unsigned mutator_of(const struct wane_placement *p, unsigned node)
{
  unsigned i = 0;
  while (wane_placement_node(p, WANE_PLACE_MUTATOR, i) != logical(node)) i++;
  return i;
}

static void touch_from(struct wane_placement *p, unsigned node, char *area,
                       size_t pages)
{
  struct touch t = {p, mutator_of(p, node), area, pages};
  pthread_t thread;
  if (pthread_create(&thread, NULL, touch, &t)) abort();
  pthread_join(thread, NULL);
}

static void *map(size_t pages)
{
  void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) abort();
  return p;
}

// A mapping of its own between two pages that nobody may touch: no neighbour
// with the same policy becomes one with it.
static char *map_apart(size_t pages)
{
  char *p = map(pages + 2);
  mprotect(p, PAGE, PROT_NONE);
  mprotect(p + (pages + 1) * PAGE, PAGE, PROT_NONE);
  return p + PAGE;
}

static void unmap_apart(char *p, size_t pages)
{
  munmap(p - PAGE, (pages + 2) * PAGE);
}

struct expected {
  const struct wane_memory_policy *policy;
  uint32_t target; // logical
  unsigned toucher;
  uint32_t order[WANE_NODES_MAX], n; // of the round, logical
};

static bool well_placed(const struct expected *e, char *page, int node)
{
  if (node < 0) return false;
  switch (e->policy->kind) {
  case WANE_MEMORY_OS_DEFAULT:
  case WANE_MEMORY_FIRST_TOUCH:
    return (unsigned)node == e->toucher;
  case WANE_MEMORY_INTERLEAVE:
    return (unsigned)node == os(e->order[(uintptr_t)page / PAGE % e->n]);
  default:
    if (e->target != WANE_NODE_ANY) return (unsigned)node == os(e->target);
    return e->policy->nodes >> logical((unsigned)node) & 1;
  }
}

// What one policy did, by three sources that must agree.
static void check_area(const char *text, char *area, struct expected *e)
{
  void *page[PAGES];
  uint32_t where[PAGES];
  size_t sum[KERNEL_NODES] = {0};
  struct kernel_area maps;
  unsigned astray = 0, differ = 0;
  for (unsigned i = 0; i < PAGES; i++) page[i] = area + i * PAGE;
  int status = wane_memory_where(topology, page, PAGES, where);
  e->n = wane_memory_order(topology, e->policy, area, e->order);
  for (unsigned i = 0; i < PAGES; i++) {
    int node = kernel_node_of_page(page[i]);
    differ += node < 0 || logical((unsigned)node) != where[i];
    if (well_placed(e, page[i], node))
      sum[node]++;
    else
      astray++;
  }
  check(!astray, "%s, touched from node %u: %u of %d pages astray", text,
        e->toucher, astray, PAGES);
  check(!status && !differ, "wane_memory_where agrees with move_pages");
  bool same = kernel_area(area, &maps) && !astray &&
              memcmp(maps.pages, sum, sizeof sum) == 0;
  check(same, "numa_maps agrees: %s", maps.policy);
}

// Memory for a thread of node `of`, touched first by one of node `toucher`.
static void try_memory(struct wane_placement *p, const char *text, unsigned of,
                       unsigned toucher)
{
  char error[512], written[256];
  struct wane_memory_policy policy;
  if (wane_memory_parse(topology, text, &policy, error, sizeof error)) {
    check(false, "%s", error);
    return;
  }
  wane_memory_print(&policy, written, sizeof written);
  char *area = map_apart(PAGES);
  uint32_t target = wane_memory_target(topology, &policy, logical(of));
  int status = wane_memory_bind(topology, &policy, target, area, PAGES * PAGE);
  if (check(status == 0, "%s: wane_memory_bind gives %d", written, status)) {
    touch_from(p, toucher, area, PAGES);
    struct expected expected = {&policy, target, toucher, {0}, 0};
    check_area(written, area, &expected);
  }
  unmap_apart(area, PAGES);
}

static void check_policies(struct wane_placement *p)
{
  char text[64];
  for (unsigned i = 0; i < nodes; i++) {
    static const char *const plain[] = {"os-default", "first-touch", "local",
                                        "next-node",  "worst",       NULL};
    unsigned other = (i + 1) % nodes;
    for (int j = 0; plain[j]; j++) {
      try_memory(p, plain[j], i, i);
      try_memory(p, plain[j], i, other);
    }
  }
  for (unsigned i = 0; i < all; i++) {
    snprintf(text, sizeof text, "bind:%u", i);
    try_memory(p, text, 0, 0);
    snprintf(text, sizeof text, "preferred:%u", i);
    try_memory(p, text, 0, 0);
  }
  snprintf(text, sizeof text, "bind:0-%u", all - 1);
  try_memory(p, text, 0, nodes - 1);
  try_memory(p, "interleave", 0, 0);
  snprintf(text, sizeof text, "interleave:0,%u", all - 1);
  try_memory(p, text, 0, 0);
}

// Farther than "next": the one with the longest distance, by what was told.
static void check_worst(void)
{
  struct wane_memory_policy worst = {WANE_MEMORY_WORST, 0};
  for (unsigned i = 0; i < nodes; i++) {
    uint32_t here = logical(i);
    uint32_t target = wane_memory_target(topology, &worst, here);
    bool good = target < all && os(target) < nodes &&
                (nodes == 1 || target != here);
    for (unsigned j = 0; good && j < nodes; j++)
      good = wane_topology_distance(topology, here, logical(j)) <=
             wane_topology_distance(topology, here, target);
    check(good, "the farthest node of %u is %u", i, os(target));
  }
}

// first-touch holds whatever the process was started with; os-default does
// not.
static void check_inherited(struct wane_placement *p)
{
  unsigned long mask = 2; // node 1
  char *area = map_apart(PAGES);
  struct wane_memory_policy policy = {WANE_MEMORY_FIRST_TOUCH, 0};
  syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 8UL * sizeof mask);
  check(!wane_memory_bind(topology, &policy, WANE_NODE_ANY, area, PAGES * PAGE),
        "first-touch in a process that is bound to node 1");
  touch_from(p, 0, area, PAGES);
  check(kernel_node_of_page(area) == 0, "is on node %d, the toucher's",
        kernel_node_of_page(area));
  unmap_apart(area, PAGES);
  area = map_apart(PAGES);
  touch_from(p, 0, area, PAGES);
  check(kernel_node_of_page(area) == 1, "os-default there is on node %d",
        kernel_node_of_page(area));
  unmap_apart(area, PAGES);
  syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0UL);
}

// More than the node has: the rest is elsewhere.
static void check_spill(struct wane_placement *p)
{
  unsigned last = all - 1;
  size_t pages = (kernel_free_megabytes((int)last) + 8) << 8;
  struct wane_memory_policy policy = {WANE_MEMORY_PREFERRED,
                                      1ULL << logical(last)};
  struct kernel_area maps = {0};
  char *area = map_apart(pages);
  check(!wane_memory_bind(topology, &policy, logical(last), area,
                          pages * PAGE),
        "%zu pages preferred on node %u, which has less", pages, last);
  touch_from(p, 0, area, pages);
  size_t sum = 0;
  kernel_area(area, &maps);
  for (unsigned i = 0; i < all; i++) sum += maps.pages[i];
  check(sum == pages && maps.pages[last] > pages / 2 &&
            maps.pages[last] < pages,
        "%zu are there, %zu elsewhere (%s)", maps.pages[last],
        sum - maps.pages[last], maps.policy);
  unmap_apart(area, pages);
}

// A neighbour in the same mapping was touched before, on another node: with
// huge pages it reaches into what is bound then.
static void check_neighbour(struct wane_placement *p)
{
  const size_t huge = (size_t)2 << 20, bytes = PAGES * PAGE;
  unsigned last = all - 1, astray = 0;
  struct wane_memory_policy policy = {WANE_MEMORY_BIND, 1ULL << logical(last)};
  char *area = map_apart(4 * huge / PAGE);
  char *two = area + (huge - (uintptr_t)area % huge);
  char *bound = two + huge / 2;
  touch_from(p, 0, two, 1);
  bool reached = kernel_node_of_page(bound) >= 0;
  check(!wane_memory_bind(topology, &policy, logical(last), bound, bytes),
        "beside a touched page; a huge one: %s", reached ? "yes" : "no");
  touch_from(p, 0, bound, PAGES);
  for (size_t i = 0; i < PAGES; i++)
    astray += kernel_node_of_page(bound + i * PAGE) != (int)last;
  check(!astray, "%u of %d pages astray", astray, PAGES);
  unmap_apart(area, 4 * huge / PAGE);
}

// --- all --------------------------------------------------------------------

int main(int argc, char **argv)
{
  char error[512];
  if (argc != 5) return 2;
  nodes = (unsigned)atoi(argv[1]);
  cpus = (unsigned)atoi(argv[2]);
  all = nodes + (unsigned)atoi(argv[3]);
  topology = wane_topology_open(NULL, error, sizeof error);
  if (!topology) {
    fprintf(stderr, "probe: %s\n", error);
    return 3;
  }
  check_topology(argv[4]);
  struct wane_placement *p =
      failures ? NULL
               : wane_placement_plan(topology, "per-node", nodes, 1, error,
                                     sizeof error);
  if (p) {
    for (unsigned i = 0; i < nodes; i++)
      if (place(p, i) >= 0) check_affinity(p, i);
    check_worst();
    check_policies(p);
    check_neighbour(p);
    if (nodes > 1) check_inherited(p);
    if (all > 1) check_spill(p);
  }
  wane_placement_free(p);
  wane_topology_close(topology);
  printf("%d checks, %d failed\n", checks, failures);
  return failures || !p;
}
