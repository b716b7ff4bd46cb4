// numa_watch.h: what a run did with nodes: matrices, pages, threads.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_NUMA_WATCH_H
#define WANE_HARNESS_NUMA_WATCH_H

#include "numa_kernel.h"
#include "numa_rows.h"

#include <wane/wane.h>

struct numa_watch {
  struct numa_rows rows;
  // Of each node at the begin of the run; stats[i][0] UINT64_MAX: not known.
  uint64_t stats[WANE_NODES_MAX][NUMA_STATS];
  size_t told;       // threads that were already
  size_t mismatched; // of them, not where they were asked to be
};

// Before the first iteration: the settings of the kernel, and the threads that
// are there already.
void numa_watch_start(struct numa_watch *watch, const struct numa_setup *setup,
                      struct reporter *reporter, uint32_t iterations);
// Just before the gate opens: forgets what set-up did.
void numa_watch_begin(struct numa_watch *watch, uint32_t iteration);
// After the drain: everything read and sent. `host` is the calling thread's
// mutator, attached.
void numa_watch_end(struct numa_watch *watch, struct wane_mutator *host);

// --- its parts -------------------------------------------------------------

// Each matrix, and what of it was remote.
void numa_matrices_report(const struct numa_rows *rows);

// Where a sample of the heap's pages is, by the kernel's word. From a thread
// that is no mutator.
void numa_pages_report(const struct numa_rows *rows);

// A row, and the same number in results.csv.
void numa_ratio_report(const struct numa_rows *rows, const char *metric,
                       double value, enum numa_source source,
                       const char *reason);

// "there is one node", or NULL: what a remote ratio of nothing is worth.
const char *numa_single(const struct numa_setup *setup);

#endif
