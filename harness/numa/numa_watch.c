// numa_watch.c: what a run did with nodes: matrices, pages, threads.
// SPDX-License-Identifier: MIT
//
// All is read outside the timed region: the kernel's counters just before and
// after it, the matrices and pages after the drain. Main thread of the child,
// but for what a mutator must not call, which a thread of its own does.
#include "numa_watch.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// --- the kernel ------------------------------------------------------------

static void report_settings(const struct numa_rows *rows)
{
  static const char *const thp_names[] = {"never", "madvise", "always"};
  char thp[32];
  struct numa_row row = {.from = NUMA_NODE_NONE,
                         .to = NUMA_NODE_NONE,
                         .source = NUMA_KERNEL,
                         .metric = "numa.thp",
                         .value = NAN,
                         .reason = "the kernel does not tell"};
  numa_kernel_thp(thp);
  for (int i = 0; i < 3; i++)
    if (strcmp(thp, thp_names[i]) == 0) {
      row.value = i;
      row.reliable = true;
      row.reason = thp_names[i];
    }
  numa_rows_put(rows, &row);
  int balancing = numa_kernel_balancing();
  row.metric = "numa.balancing";
  row.reliable = balancing >= 0;
  row.value = row.reliable ? balancing : NAN;
  row.reason = row.reliable ? NULL : "the kernel does not tell";
  numa_rows_put(rows, &row);
}

// Is the topology this machine's, so that node i of it is the kernel's?
static bool of_machine(const struct numa_setup *setup)
{
  return wane_topology_mode(setup->topology) != WANE_TOPOLOGY_PLAN_ONLY;
}

static void read_stats(const struct numa_setup *setup,
                       uint64_t stats[WANE_NODES_MAX][NUMA_STATS])
{
  uint32_t n = of_machine(setup) ? wane_topology_nodes(setup->topology) : 0;
  for (uint32_t i = 0; i < WANE_NODES_MAX; i++) stats[i][0] = UINT64_MAX;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t os = wane_topology_node(setup->topology, i).os_index;
    if (!numa_kernel_stats(os, stats[i])) stats[i][0] = UINT64_MAX;
  }
}

static void report_stats(const struct numa_watch *watch)
{
  const struct numa_setup *setup = watch->rows.setup;
  uint64_t now[WANE_NODES_MAX][NUMA_STATS];
  bool machine = of_machine(setup);
  char metric[40];
  struct numa_row row = {
      .to = NUMA_NODE_NONE, .source = NUMA_NUMASTAT, .metric = metric};
  read_stats(setup, now);
  for (uint32_t i = 0; i < (machine ? wane_topology_nodes(setup->topology) : 1);
       i++) {
    bool known = watch->stats[i][0] != UINT64_MAX && now[i][0] != UINT64_MAX;
    row.from = machine ? i : NUMA_NODE_ALL;
    row.reason = known     ? "machine-wide"
                 : machine ? "the kernel does not tell"
                           : "the topology is not this machine's";
    for (int k = 0; k < NUMA_STATS; k++) {
      snprintf(metric, sizeof metric, "numa.stat.%s", numa_stat_names[k]);
      row.value = known ? (double)now[i][k] - (double)watch->stats[i][k] : NAN;
      numa_rows_put(&watch->rows, &row);
    }
  }
}

#define MOST_OS_NODES 1024 // the kernel's bound

// All memory of the process, by node.
static void report_process(const struct numa_rows *rows)
{
  const struct wane_topology *t = rows->setup->topology;
  bool model = rows->setup->mode == NUMA_MODEL;
  uint64_t *bytes = calloc(MOST_OS_NODES, sizeof *bytes);
  bool known = bytes && !model && numa_kernel_maps(bytes, MOST_OS_NODES);
  struct numa_row row = {.metric = "numa.process_bytes",
                         .from = NUMA_NODE_NONE,
                         .to = NUMA_NODE_ALL,
                         .value = NAN,
                         .source = NUMA_MAPS,
                         .reliable = known,
                         .reason = known   ? NULL
                                   : model ? "a model binds nothing"
                                           : "the kernel does not tell"};
  for (uint32_t i = 0; known && i < wane_topology_nodes(t); i++) {
    uint32_t os = wane_topology_node(t, i).os_index;
    row.to = i;
    row.value = os < MOST_OS_NODES ? (double)bytes[os] : NAN;
    numa_rows_put(rows, &row);
  }
  if (!known) numa_rows_put(rows, &row);
  free(bytes);
}

// --- threads ---------------------------------------------------------------

static const char *const role_names[] = {[WANE_PLACE_MUTATOR] = "mutator",
                                         [WANE_PLACE_WORKER] = "worker",
                                         [WANE_PLACE_FINALIZER] = "finalizer"};
enum { ROLES = 3 };

struct telling {
  struct numa_watch *watch;
  size_t seen;
  uint32_t rows;   // nodes and one for "any"
  uint64_t *cells; // [role][asked][got]
};

static json_t *json_node(uint32_t node)
{
  return node == WANE_NODE_ANY ? json_null() : json_integer(node);
}

// For run.json.
static void tell_thread(const struct numa_watch *watch,
                        const struct wane_numa_thread *t)
{
  json_t *o = json_pack("{s:s, s:i, s:i, s:o, s:o, s:s, s:b}", "role",
                        role_names[t->role], "index", (int)t->index,
                        "iteration", (int)watch->rows.iteration, "asked",
                        json_node(t->asked), "got", json_node(t->got), "cpus",
                        t->cpus ? t->cpus : "", "mismatch", t->mismatch);
  char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
  if (text) reporter_text(watch->rows.reporter, WIRE_THREAD, text);
  free(text);
  json_decref(o);
}

static void each_thread(const struct wane_numa_thread *t, void *context)
{
  struct telling *telling = context;
  uint32_t n = telling->rows;
  if (telling->seen++ < telling->watch->told) return;
  tell_thread(telling->watch, t);
  telling->watch->mismatched += t->mismatch;
  uint32_t asked = t->asked < n - 1 ? t->asked : n - 1;
  uint32_t got = t->got < n - 1 ? t->got : n - 1;
  if (telling->cells) telling->cells[(t->role * n + asked) * n + got]++;
}

static void report_role(const struct telling *telling, int role)
{
  uint32_t n = telling->rows;
  char metric[40];
  struct numa_row row = {
      .metric = metric, .source = NUMA_COUNTER, .reliable = true};
  snprintf(metric, sizeof metric, "numa.threads.%s", role_names[role]);
  for (uint32_t i = 0; i < n * n; i++) {
    uint64_t cell = telling->cells[(uint32_t)role * n * n + i];
    if (!cell) continue;
    row.from = i / n + 1 < n ? i / n : WANE_NODE_ANY;
    row.to = i % n + 1 < n ? i % n : WANE_NODE_ANY;
    row.value = (double)cell;
    numa_rows_put(&telling->watch->rows, &row);
  }
}

// Threads that were born since the last time.
static void report_threads(struct numa_watch *watch)
{
  uint32_t n = wane_topology_nodes(watch->rows.setup->topology) + 1;
  struct telling telling = {watch, 0, n,
                            calloc((size_t)ROLES * n * n, sizeof(uint64_t))};
  wane_numa_threads(each_thread, &telling);
  watch->told = telling.seen;
  for (int role = 0; telling.cells && role < ROLES; role++)
    report_role(&telling, role);
  free(telling.cells);
}

// Was anything bound at all, and is it where it should be?
static void tell_placement(const struct numa_watch *watch)
{
  const struct numa_setup *setup = watch->rows.setup;
  bool bound = setup->mode == NUMA_REAL && strcmp(setup->place, "none") != 0;
  reporter_text(watch->rows.reporter, WIRE_PLACEMENT,
                !bound              ? "unbound"
                : watch->mismatched ? "mismatch"
                                    : "ok");
}

// --- the model -------------------------------------------------------------

static void report_cost(const struct numa_rows *rows)
{
  bool model = rows->setup->mode == NUMA_MODEL;
  struct wane_numa_cost cost = {0};
  if (model) cost = wane_numa_cost();
  const struct {
    const char *metric, *scope, *stat; // scope NULL: for numa.csv alone
    double value;
  } costs[] = {
      {"numa.cost.mutators", "mutator", "total", cost.mutators_ns},
      {"numa.cost.mutator_most", "mutator", "max", cost.mutator_most_ns},
      {"numa.cost.collectors", "gc", "total", cost.collectors_ns},
      {"numa.cost.collector_most", "gc", "max", cost.collector_most_ns},
      {"numa.cost.waited", NULL, NULL, cost.waited_ns},
      {"numa.cost.accesses", NULL, NULL, (double)cost.accesses},
      {"numa.cost.uncovered", NULL, NULL, (double)cost.uncovered},
  };
  for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
    const struct numa_row row = {costs[i].metric,
                                 NUMA_NODE_ALL,
                                 NUMA_NODE_ALL,
                                 model ? costs[i].value : NAN,
                                 NUMA_MODELLED,
                                 model,
                                 model ? NULL : "no model"};
    numa_rows_put(rows, &row);
    if (!costs[i].scope) continue;
    reporter_value(rows->reporter, "numa.cost", costs[i].scope, costs[i].stat,
                   row.value);
  }
}

// --- order -----------------------------------------------------------------

void numa_watch_start(struct numa_watch *watch, const struct numa_setup *setup,
                      struct reporter *reporter, uint32_t iterations)
{
  watch->rows = (struct numa_rows){setup, reporter, 0, iterations};
  watch->told = watch->mismatched = 0;
  report_settings(&watch->rows);
  report_threads(watch);
  tell_placement(watch);
}

void numa_watch_begin(struct numa_watch *watch, uint32_t iteration)
{
  watch->rows.iteration = iteration;
  read_stats(watch->rows.setup, watch->stats);
  wane_numa_reset();
}

// What no mutator may call.
static void *read_heap(void *argument)
{
  const struct numa_rows *rows = argument;
  wane_numa_edges();
  numa_pages_report(rows);
  return NULL;
}

void numa_watch_end(struct numa_watch *watch, struct wane_mutator *host)
{
  struct numa_rows *rows = &watch->rows;
  pthread_t reader;
  report_stats(watch);
  report_process(rows);
  wane_detach(host);
  if (pthread_create(&reader, NULL, read_heap, rows) == 0)
    pthread_join(reader, NULL);
  else
    reporter_text(rows->reporter, WIRE_NOTE,
                  "no thread to read pages and edges: both are missing");
  wane_attach(host);
  numa_matrices_report(rows);
  report_threads(watch);
  tell_placement(watch);
  report_cost(rows);
}
