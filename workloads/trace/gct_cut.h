// gct_cut.h: the first part of a trace, as a trace of its own.
// SPDX-License-Identifier: MIT
#ifndef WANE_GCT_CUT_H
#define WANE_GCT_CUT_H

#include "gct_verify.h"

struct gct_cut_options {
  uint64_t events; // of the canonical order to keep; 0 = all
  uint64_t every;  // one more checkpoint after so many events; 0 = none
  int level;       // zstd level, 0 = no compression
  bool keep_slots; // leave ALLOC's slots as they are
  bool keep_order; // leave the order inside of runs as it is
  const struct gct_meta *meta; // lines to add
  uint32_t n_meta;
};

struct gct_cut_result {
  uint64_t events;      // of the original that were kept
  uint64_t moved;       // ROOTs moved to the front of their run
  uint64_t guards;      // pairs of ROOT and UNROOT added
  uint64_t beyond_help; // uses of an object that was lost in an earlier run
  uint32_t checkpoints;
  struct gct_oracle final;
};

// Writes the first events of a trace to `path`, normalised:
//   * every checkpoint stands in every thread, as a barrier, also those that
//     the original has in one thread only; WAITs are renumbered;
//   * a last checkpoint is added at the end, and others as asked, at points
//     of the canonical order, where all earlier events are in the graph;
//   * all oracle records are computed afresh, and compared with the
//     original's where it has them;
//   * unless keep_slots, ALLOC announces as many slots as the object comes to
//     need in the part kept, and the file says GCT_EXACT_SLOTS.
//   * unless keep_order, or when WAITs leave the order open, runs are settled
//     and the file says GCT_ALWAYS_HELD if that helped everywhere. A run is a
//     thread's WRITE, ROOT, UNROOT, RESIZE, WEAK, FREE and DROP events with no
//     other between: what the recorder saw at one safepoint, slots first, roots
//     after. An object that moved from a list to a local variable is held by
//     neither for a few events; settling moves the ROOT forward, or guards it
//     by a pair of its own. A file that says so already is left as it is.
//   * an object that the recorder marked as revived (GCT_EXT_REVIVED) is kept
//     by a root from its birth to the last mark, and the marks are gone.
// A part ends, and checkpoints are added, only between runs.
// The original is verified on the way. Returns as gct_verify does.
int gct_cut(const struct gct_file *file, const char *path,
            const struct gct_cut_options *options, gct_progress *progress,
            void *context, struct gct_cut_result *result,
            struct gct_error *error);

#endif
