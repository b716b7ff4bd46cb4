// gct_verify.h: is a trace right in meaning, and are its oracles true?
// SPDX-License-Identifier: MIT
#ifndef WANE_GCT_VERIFY_H
#define WANE_GCT_VERIFY_H

#include "gct_graph.h"
#include "gct_order.h"

// Called now and then with how many of all events are done. May be NULL.
typedef void gct_progress(void *context, uint64_t done, uint64_t all);

struct gct_report {
  struct gct_graph_sizes sizes;
  struct gct_oracle final; // the state after the last event; its number is
                           // that of the checkpoints
  uint32_t compared;       // checkpoints whose record was recomputed
  bool total;              // WAITs order everything
};

// Executes the whole trace on a graph of its own: order (WAIT cycles, WAITs
// beyond an end, checkpoints that do not meet), semantics (use of free
// handles, ALLOC on busy ones, roots below 0, slots out of range), and every
// oracle record. Returns 0; -EBADMSG for a trace that is malformed in order or
// meaning; -EPROTO when an oracle record disagrees with the graph; another
// negative errno. *error is filled on failure.
int gct_verify(const struct gct_file *file, gct_progress *progress,
               void *context, struct gct_report *report,
               struct gct_error *error);

#endif
