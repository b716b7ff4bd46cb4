// stats_trace.h: one trace of `wane trace stats`, with all that is known of it.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_STATS_TRACE_H
#define WANE_HARNESS_STATS_TRACE_H

#include "gct_nominal.h"

struct stats_trace {
  const char *path;
  char *name;            // the file's, without folder and ".gct"
  struct gct_file *file; // open: it has the names of the types
  struct gct_stats stats;
  double values[GCT_NOMINALS];
  struct gct_standing standing[GCT_NOMINALS]; // among all traces
};

// Shares of the births or bytes by how they end, and what it is called.
extern const char *const stats_end_names[GCT_ENDINGS];

// Order of the types by births, most first. NULL: out of memory; else the
// caller frees it. It has stats.types_used entries.
uint32_t *stats_types_by_births(const struct stats_trace *trace);

// A number in at most 7 characters: "64.1", "12.7 M", "NA".
void stats_number(char text[32], double value);

#endif
