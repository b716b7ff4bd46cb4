// numa_matrices.c: matrices from node to node, and what of them was remote.
// SPDX-License-Identifier: MIT
//
// A cell without a row is 0 if the matrix has a row of its sum ("all"), and
// not known if it has none. Main thread of the child.
#include "numa_watch.h"

#include <math.h>
#include <stdlib.h>

// By enum wane_numa_kind. A ratio that nobody asks for is NULL.
static const struct {
  const char *metric, *remote;
} kinds[WANE_NUMA_KINDS] = {
    [WANE_NUMA_ALLOC_BYTES] = {"numa.alloc_bytes", "numa.remote_alloc"},
    [WANE_NUMA_ALLOC_OBJECTS] = {"numa.alloc_objects", NULL},
    [WANE_NUMA_STORES] = {"numa.stores", "numa.remote_store"},
    [WANE_NUMA_LOADS] = {"numa.loads", "numa.remote_load"},
    [WANE_NUMA_INCREMENTS] = {"numa.increments", "numa.remote_inc"},
    [WANE_NUMA_EDGES] = {"numa.edges", "numa.remote_edge"},
    [WANE_NUMA_DECREMENTS] = {"numa.decrements", "numa.remote_dec"},
    [WANE_NUMA_MARKED] = {"numa.marked", "numa.remote_mark"},
    [WANE_NUMA_FREED_OBJECTS] = {"numa.freed_objects", "numa.remote_free"},
    [WANE_NUMA_STEALS] = {"numa.steals", "numa.steal_remote"},
    [WANE_NUMA_SENT] = {"numa.sent", NULL},
};

const char *numa_single(const struct numa_setup *setup)
{
  return wane_topology_nodes(setup->topology) == 1 ? "there is one node" : NULL;
}

void numa_ratio_report(const struct numa_rows *rows, const char *metric,
                       double value, enum numa_source source,
                       const char *reason)
{
  const struct numa_row row = {metric, NUMA_NODE_ALL, NUMA_NODE_ALL, value,
                               source, !isnan(value), reason};
  numa_rows_put(rows, &row);
  reporter_value(rows->reporter, metric, "process", "total", value);
}

// The part that went from one node to another; NaN: nothing has a known node on
// both sides.
static double remote_of(const uint64_t *cells, uint32_t n)
{
  double local = 0, remote = 0;
  for (uint32_t i = 0; cells && i + 1 < n; i++)
    for (uint32_t j = 0; j + 1 < n; j++)
      *(i == j ? &local : &remote) += (double)cells[i * n + j];
  return remote / (local + remote); // 0 / 0: NaN
}

static void report_remote(const struct numa_rows *rows, int kind,
                          const uint64_t *cells, uint32_t n)
{
  const char *reason = numa_single(rows->setup);
  double ratio = remote_of(cells, n);
  if (!cells)
    reason = "not counted by this build or collector";
  else if (!reason && isnan(ratio))
    reason = "nothing between nodes that are known";
  if (reason) ratio = NAN;
  numa_ratio_report(rows, kinds[kind].remote, ratio, NUMA_COUNTER, reason);
  if (kind == WANE_NUMA_ALLOC_BYTES) // as other virtual machines call it
    numa_ratio_report(rows, "numa.placement_match", 1 - ratio, NUMA_COUNTER,
                      reason);
}

static void report_cells(const struct numa_rows *rows, const char *metric,
                         const uint64_t *cells, uint32_t n)
{
  struct numa_row row = {metric,       NUMA_NODE_ALL, NUMA_NODE_ALL, 0,
                         NUMA_COUNTER, true,          NULL};
  for (uint32_t i = 0; i < n * n; i++) row.value += (double)cells[i];
  numa_rows_put(rows, &row);
  for (uint32_t i = 0; i < n * n; i++) {
    if (!cells[i]) continue;
    row.from = i / n + 1 < n ? i / n : WANE_NODE_ANY;
    row.to = i % n + 1 < n ? i % n : WANE_NODE_ANY;
    row.value = (double)cells[i];
    numa_rows_put(rows, &row);
  }
}

static void report_missing(const struct numa_rows *rows, const char *metric)
{
  const struct numa_row row = {metric,
                               NUMA_NODE_ALL,
                               NUMA_NODE_ALL,
                               NAN,
                               NUMA_COUNTER,
                               false,
                               "not counted by this build or collector"};
  numa_rows_put(rows, &row);
}

// What people want to know of it, under the table.
static void note_remote(const struct numa_rows *rows, FILE *note, int kind,
                        const uint64_t *cells, uint32_t n)
{
  static const char *const words[WANE_NUMA_KINDS] = {
      [WANE_NUMA_ALLOC_BYTES] = "bytes born",
      [WANE_NUMA_STORES] = "stores",
      [WANE_NUMA_LOADS] = "loads",
      [WANE_NUMA_DECREMENTS] = "decrements",
      [WANE_NUMA_MARKED] = "marked",
      [WANE_NUMA_FREED_OBJECTS] = "freed"};
  double ratio = remote_of(cells, n);
  if (!words[kind] || isnan(ratio) || numa_single(rows->setup)) return;
  fprintf(note, "%s%s %.1f %%", ftell(note) ? ", " : "", words[kind],
          100 * ratio);
}

static void send_note(const struct numa_rows *rows, const char *text)
{
  char *line;
  if (!*text || rows->iteration != rows->iterations) return;
  if (asprintf(&line, "remote%s: %s",
               rows->setup->mode == NUMA_MODEL ? " (modelled)" : "", text) < 0)
    return;
  reporter_text(rows->reporter, WIRE_NOTE, line);
  free(line);
}

void numa_matrices_report(const struct numa_rows *rows)
{
  uint32_t n = wane_numa_rows();
  uint64_t *cells = calloc((size_t)n * n, sizeof *cells);
  char *text = NULL;
  size_t size;
  FILE *note = open_memstream(&text, &size);
  for (int kind = 0; kind < WANE_NUMA_KINDS; kind++) {
    bool known = cells && wane_numa_matrix((enum wane_numa_kind)kind, cells);
    if (known)
      report_cells(rows, kinds[kind].metric, cells, n);
    else
      report_missing(rows, kinds[kind].metric);
    if (kinds[kind].remote) report_remote(rows, kind, known ? cells : NULL, n);
    if (known && note) note_remote(rows, note, kind, cells, n);
  }
  if (note && fclose(note) == 0) send_note(rows, text);
  free(text);
  free(cells);
}
