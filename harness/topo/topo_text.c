// topo_text.c: a topology as text.
// SPDX-License-Identifier: MIT
//
// L# is the number that policies use, P# the system's own.
#include "topo_view.h"

#include "numa_kernel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// "7.2 GiB"; "-": not known.
static void put_bytes(char text[16], uint64_t bytes)
{
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = (double)bytes;
  int unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  if (bytes)
    snprintf(text, 16, "%.4g %s", value, units[unit]);
  else
    snprintf(text, 16, "-");
}

static int print_head(const struct wane_topology *t, FILE *out)
{
  char *summary = wane_topology_summary(t);
  const char *why = wane_topology_why(t);
  if (!summary) return -ENOMEM;
  fprintf(out, "source     %s\n", wane_topology_source(t));
  fprintf(out, "mode       %s%s%s\n",
          wane_topology_mode_name(wane_topology_mode(t)), *why ? ": " : "",
          why);
  fprintf(out, "read by    hwloc %s\n", wane_topology_library());
  fprintf(out, "shape      %s\n", summary);
  free(summary);
  return 0;
}

// What moves pages behind everybody's back. Of another machine's nobody knows.
static void print_kernel(FILE *out)
{
  char thp[32];
  int balancing = numa_kernel_balancing();
  numa_kernel_thp(thp);
  fprintf(out, "huge pages %s\n", *thp ? thp : "not known");
  if (balancing < 0)
    fputs("balancing  not known (no kernel.numa_balancing)\n", out);
  else
    fprintf(out, "balancing  kernel.numa_balancing = %d\n", balancing);
}

// PUs whose node's memory is forbidden; neighbours as a range.
static void print_no_node(const struct wane_topology *t, FILE *out)
{
  uint32_t first = 0, n = 0, pus = wane_topology_pus(t);
  bool some = false;
  for (uint32_t i = 0; i <= pus; i++) {
    struct wane_topology_pu pu = {.node = 0};
    if (i < pus) pu = wane_topology_pu(t, i);
    bool none = i < pus && pu.node == WANE_NODE_ANY;
    if (none && n && pu.os_index == first + n) {
      n++;
      continue;
    }
    if (n) {
      fprintf(out, "%s%" PRIu32,
              some ? ","
                   : "  of no node, memory is "
                     "forbidden: ",
              first);
      if (n > 1) fprintf(out, "-%" PRIu32, first + n - 1);
      some = true;
    }
    first = pu.os_index;
    n = none;
  }
  if (some) fputc('\n', out);
}

static int print_nodes(const struct wane_topology *t, FILE *out)
{
  uint32_t n = wane_topology_nodes(t), pus = wane_topology_pus(t);
  fprintf(out, "\n%" PRIu32 " node%s, %" PRIu32 " PU%s\n", n, n == 1 ? "" : "s",
          pus, pus == 1 ? "" : "s");
  fputs("  L#   P#       memory   PUs\n", out);
  for (uint32_t i = 0; i < n; i++) {
    struct wane_topology_node node = wane_topology_node(t, i);
    char *cpus = wane_topology_node_cpus(t, i), memory[16];
    if (!cpus) return -ENOMEM;
    put_bytes(memory, node.bytes);
    fprintf(out, "%4" PRIu32 " %4" PRIu32 " %12s  ", i, node.os_index, memory);
    if (node.memory_only)
      fputs("none of its own\n", out);
    else
      fprintf(out, "%4" PRIu32 ": %s\n", node.pus, cpus);
    free(cpus);
  }
  print_no_node(t, out);
  return 0;
}

static void print_distances(const struct wane_topology *t, FILE *out)
{
  uint32_t n = wane_topology_nodes(t);
  if (!wane_topology_has_distances(t)) {
    fputs("\nno distances are told", out);
    fputs(n > 1 ? "; taken are 10 to itself and 20 to others\n" : "\n", out);
    return;
  }
  fputs("\ndistances, from the row's PUs to the column's memory\n    ", out);
  for (uint32_t j = 0; j < n; j++) fprintf(out, " %4" PRIu32, j);
  for (uint32_t i = 0; i < n; i++) {
    fprintf(out, "\n%4" PRIu32, i);
    for (uint32_t j = 0; j < n; j++)
      fprintf(out, " %4" PRIu32, wane_topology_distance(t, i, j));
  }
  fputc('\n', out);
}

static int print_thread(const struct topo_view *view, const char *name,
                        enum wane_place_role role, uint32_t index, FILE *out)
{
  uint32_t node = wane_placement_node(view->placement, role, index);
  char *cpus = wane_placement_cpus(view->placement, role, index);
  if (!cpus) return -ENOMEM;
  fprintf(out, "  %-9s %5" PRIu32 "  ", name, index);
  if (!*cpus)
    fputs("anywhere\n", out);
  else if (node == WANE_NODE_ANY)
    fprintf(out, "of no node   PU %s\n", cpus);
  else
    fprintf(out, "node %4" PRIu32 "    PU %s\n", node, cpus);
  free(cpus);
  return 0;
}

static int print_plan(const struct topo_view *view, FILE *out)
{
  int result = 0;
  fprintf(out, "\nthreads: %s\n", wane_placement_policy(view->placement));
  for (uint32_t i = 0; i < view->mutators && !result; i++)
    result = print_thread(view, "mutator", WANE_PLACE_MUTATOR, i, out);
  for (uint32_t i = 0; i < view->workers && !result; i++)
    result = print_thread(view, "collector", WANE_PLACE_WORKER, i, out);
  if (!result)
    result = print_thread(view, "finalizer", WANE_PLACE_FINALIZER, 0, out);
  return result;
}

// Where memory comes from that a thread of each node asks for.
static void print_memory(const struct topo_view *view, FILE *out)
{
  char policy[512];
  wane_memory_print(view->memory, policy, sizeof policy);
  fprintf(out, "\nmemory: %s\n", policy);
  for (uint32_t i = 0; i < wane_topology_nodes(view->topology); i++) {
    if (wane_topology_node(view->topology, i).memory_only) continue;
    uint32_t to = wane_memory_target(view->topology, view->memory, i);
    fprintf(out, "  threads on node %4" PRIu32 " get it ", i);
    if (view->memory->kind == WANE_MEMORY_OS_DEFAULT)
      fputs("as the system likes\n", out);
    else if (to == WANE_NODE_ANY)
      fputs("on the nodes of the policy\n", out);
    else
      fprintf(out, "on node %4" PRIu32 ", distance %" PRIu32 "\n", to,
              wane_topology_distance(view->topology, i, to));
  }
}

int topo_print(const struct topo_view *view, FILE *out)
{
  const struct wane_topology *t = view->topology;
  int result = print_head(t, out);
  if (wane_topology_mode(t) != WANE_TOPOLOGY_PLAN_ONLY) print_kernel(out);
  if (!result) result = print_nodes(t, out);
  if (!result) print_distances(t, out);
  if (!result && view->placement) result = print_plan(view, out);
  if (!result && view->memory) print_memory(view, out);
  return result;
}
