// numa_rows.c: rows of numa.csv, as the child writes them.
// SPDX-License-Identifier: MIT
//
// Missing is NA, never 0, and says why. Main thread of the child, outside the
// timed region.
#include "numa_rows.h"

#include "csv.h"
#include "metrics.h"

#include <stdlib.h>

const char numa_rows_header[] =
    "run_id,invocation_id,config_id,workload,collector,rc_mode,seed,iter,"
    "topology_id,numa_mode,n_nodes,placement_policy,thread_policy,gc_policy,"
    "phase,src_node,dst_node,metric,value,unit,source,reliable,reason";

static void put_node(FILE *out, uint32_t node)
{
  if (node == WANE_NODE_ANY)
    fputs(",any", out);
  else if (node == NUMA_NODE_ALL)
    fputs(",all", out);
  else if (node == NUMA_NODE_NONE)
    fputs(",NA", out);
  else
    fprintf(out, ",%u", node);
}

static void put_field(FILE *out, const char *text)
{
  putc(',', out);
  csv_field(out, text);
}

// What is the same in all rows of an iteration.
static void put_policies(FILE *out, const struct numa_rows *rows)
{
  const struct numa_setup *setup = rows->setup;
  bool warmup = rows->iteration > 0 && rows->iteration < rows->iterations;
  fprintf(out, "%u,%s,%s,%u", rows->iteration, setup->id,
          numa_mode_name(setup->mode), wane_topology_nodes(setup->topology));
  put_field(out, setup->memory);
  put_field(out, setup->place);
  put_field(out, numa_steal_name(setup->config.steal));
  put_field(out, warmup ? "warmup" : "timing");
}

static void put_number(FILE *out, const struct numa_row *row)
{
  static const char *const sources[] = {
      [NUMA_COUNTER] = "counter",       [NUMA_KERNEL] = "kernel",
      [NUMA_NUMASTAT] = "numastat",     [NUMA_MAPS] = "numa_maps",
      [NUMA_MOVE_PAGES] = "move_pages", [NUMA_MODELLED] = "model"};
  const struct metric *metric = metrics_find(row->metric);
  char value[32];
  csv_number(value, row->value);
  put_node(out, row->from);
  put_node(out, row->to);
  fprintf(out, ",%s,%s,%s,%s,%d", row->metric, value,
          metric ? metric->unit : "", sources[row->source], row->reliable);
  put_field(out, row->reason);
}

static void no_memory(const struct numa_rows *rows)
{
  reporter_fail(rows->reporter, "no memory for the rows of numa.csv");
}

void numa_rows_put(const struct numa_rows *rows, const struct numa_row *row)
{
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    no_memory(rows);
    return;
  }
  struct numa_row as = *row;
  if (as.source == NUMA_COUNTER && rows->setup->mode == NUMA_MODEL)
    as.source = NUMA_MODELLED;
  put_policies(out, rows);
  put_number(out, &as);
  if (fclose(out) == 0)
    reporter_text(rows->reporter, WIRE_NUMA, text);
  else
    no_memory(rows);
  free(text);
}
