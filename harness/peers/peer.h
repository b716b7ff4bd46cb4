// peer.h: what every peer program has in common: options, threads, the line.
// SPDX-License-Identifier: MIT
//
//   peer_<workload>_<allocator> [-t THREADS] [-s SEED] [name=value,...]
//
// prints `wall_ns=... cpu_ns=... checksum=...`: wall time and CPU time of the
// process from before the first thread starts to after the last one ends, and
// the checksum that the workload of that name prints for the same options.
// Exit code 0; 1 when the work itself failed; 2 for a bad command line.

#ifndef PEER_H
#define PEER_H

#include "peer_alloc.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <wane/option.h>

struct peer_run {
  unsigned threads;
  uint64_t seed;
  const union wane_value *options; // in the order of the program's table
  void *state;                     // the program's own
};

// One program: filled in by peer_<workload>.c, run by peer.c.
struct peer_program {
  const char *name;
  const struct wane_option *options;
  size_t n_options;
  // Before the threads, not timed; may be NULL. False: out of memory.
  bool (*setup)(struct peer_run *run);
  // The work of thread `index`; adds to `checksum`. False: it failed.
  bool (*body)(struct peer_run *run, unsigned index, uint64_t *checksum);
  // After the threads, not timed; may be NULL. Adds what is left to check.
  bool (*check)(struct peer_run *run, uint64_t *checksum);
};
extern const struct peer_program peer_program;

#endif
