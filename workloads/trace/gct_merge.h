// gct_merge.h: several traces as one, whose programs run side by side.
// SPDX-License-Identifier: MIT
#ifndef WANE_GCT_MERGE_H
#define WANE_GCT_MERGE_H

#include "gct_verify.h"

struct gct_merge_result {
  uint64_t events; // WAITs included
  uint32_t threads, checkpoints;
  uint32_t failed; // which input is at fault; n_inputs: what is written
  struct gct_oracle final;
};

// Writes the traces inputs[0 .. n_inputs-1] (at least one; the same one may
// stand there twice) to `path` as one trace in which they share nothing:
//   * each input is first normalised as gct_cut does it to a whole trace, and
//     so verified: checkpoints in every thread and one at the end, exact
//     slots, runs settled where its order is total;
//   * threads are numbered from 0, the first input's first, each input's in
//     the order of its own ids; META `input.K.threads=FIRST-LAST` says which;
//   * handles of an input are its own ones plus all handles before it; a type
//     that two inputs describe alike is one type, ids are new, from 0;
//   * WAITs hold the same events as before, and there are no others, so
//     inputs run in any order between two checkpoints;
//   * checkpoint k is where every input has reached its own k-th one, those
//     with fewer their end. All oracles are computed afresh: births are
//     numbered in the canonical order of the new trace;
//   * META KEY=VALUE of input K becomes `input.K.KEY=VALUE`, K from 1.
// The file says GCT_ALWAYS_HELD if that holds for every input. level is
// zstd's, 0 does not compress. Works with a file `path`.merge-XXXXXX, which is
// gone afterwards. Returns as gct_verify does; -EFBIG when the result would
// have more threads or handles than the format allows. On failure there is no
// new file.
int gct_merge(const struct gct_file *const *inputs, uint32_t n_inputs,
              const char *path, int level, gct_progress *progress,
              void *context, struct gct_merge_result *result,
              struct gct_error *error);

#endif
