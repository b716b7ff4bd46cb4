// stats_trace.c: what text, tables and figures of trace statistics share.
// SPDX-License-Identifier: MIT
#include "stats_trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const stats_end_names[GCT_ENDINGS] = {
    [GCT_END_COUNT] = "last reference",
    [GCT_END_CYCLE] = "cycle collection",
    [GCT_END_LIVE] = "live at the end",
    [GCT_END_GARBAGE] = "garbage at the end"};

struct entry {
  uint64_t births;
  uint32_t type;
};

// Most births first; equal ones as in the file.
static int more_births(const void *a, const void *b)
{
  const struct entry *x = a, *y = b;
  if (x->births != y->births) return x->births < y->births ? 1 : -1;
  return x->type < y->type ? -1 : x->type > y->type;
}

uint32_t *stats_types_by_births(const struct stats_trace *trace)
{
  const struct gct_stats *stats = &trace->stats;
  struct entry *entries = calloc(stats->n_types + 1u, sizeof *entries);
  uint32_t *order = calloc(stats->n_types + 1u, sizeof *order);
  if (!entries || !order) {
    free(entries);
    free(order);
    return NULL;
  }
  for (uint32_t i = 0; i < stats->n_types; i++)
    entries[i] = (struct entry){stats->types[i].births, i};
  qsort(entries, stats->n_types, sizeof *entries, more_births);
  for (uint32_t i = 0; i < stats->n_types; i++) order[i] = entries[i].type;
  free(entries);
  return order;
}

void stats_number(char text[32], double value)
{
  static const char scales[] = " kMGTPE";
  int scale = 0;
  if (!isfinite(value)) {
    snprintf(text, 32, "NA");
    return;
  }
  if (fabs(value) >= 99999.5)
    while (fabs(value) >= 999.5 && scale < 6) {
      value /= 1000;
      scale++;
    }
  if (scale > 0)
    snprintf(text, 32, "%.*f %c",
             value < 9.995   ? 2
             : value < 99.95 ? 1
                             : 0,
             value, scales[scale]);
  else if (value == floor(value))
    snprintf(text, 32, "%.0f", value);
  else
    snprintf(text, 32, "%.*f", fabs(value) < 9.995 ? 2 : 1, value);
}
