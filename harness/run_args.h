// run_args.h: the command line of `wane run`.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_RUN_ARGS_H
#define WANE_HARNESS_RUN_ARGS_H

#include "label.h"
#include "numa_args.h"
#include "spec.h"

#include <wane/wane.h>

enum run_format { RUN_TABLE, RUN_CSV, RUN_JSON };

struct run_args {
  struct spec *collectors; // -c, at least one
  size_t n_collectors;
  struct spec *workloads; // -w, at least one
  size_t n_workloads;
  uint32_t mutators, iterations, invocations;
  uint64_t seed;
  bool verify, quiet;
  const char *directory; // -o, or NULL
  enum run_format format;
  double timeout_s; // of one invocation; 0: none
  uint64_t requests; // of each mutator that are kept one by one
  bool companions;   // the child sends rows for them
  double sample_ms; // between two looks at the heap's sizes; 0: none
  // heap_limit, workers, pacing as typed (NULL: not given) and the knobs of
  // --rc; the collector is left NULL.
  struct wane_config config;
  struct numa_args numa;
  char *knobs;     // effective --rc as "k=v;k=v", "" if none was given
  const char *rc;  // --rc as typed, or NULL
  struct labels labels;
  char *pacing;    // effective, as "NAME;k=v;k=v", given or not
  int child_fd;    // -1, or this is the child: results go here
  int progress_fd; // the page of struct progress_page, or -1
  bool help;       // --help was asked for (and printed)
};

// Parses argv[1..] ("run" itself is argv[0]). Strings point into argv.
// Returns 0, or -EINVAL / -ENOMEM with one sentence in `error`. In either case
// run_args_free afterwards. Not thread-safe (getopt).
int run_args_parse(int argc, char **argv, struct run_args *args, char *error,
                   size_t error_size);
void run_args_free(struct run_args *args);

#endif
