// experiment.h: what an experiment file asks for, checked and complete.
// SPDX-License-Identifier: MIT
//
// An experiment is a table: benchmarks, configurations, factors of the
// smallest heap, numbers of mutators and policies for nodes. Its cells are
// plan.h's (cells.h). Texts belong to the experiment. Main thread.

#ifndef WANE_HARNESS_SWEEP_EXPERIMENT_H
#define WANE_HARNESS_SWEEP_EXPERIMENT_H

#include "yaml_load.h"

#include <jansson.h>

enum experiment_heap {
  HEAP_SWEPT,     // every factor of the experiment
  HEAP_UNBOUNDED, // no limit
  HEAP_FACTOR,    // one factor
  HEAP_BYTES,     // one size
};

struct experiment_build {
  const char *name;
  const char *folder; // as written
  const char *wane;   // the program in it, absolute once it is checked
  int node;
};

struct experiment_config {
  const char *text;      // "trial_deletion|w2"
  char *label;           // "trial_deletion.w2"
  char *collector;       // "trial_deletion,threshold=1000", of -c
  uint32_t workers;      // 1 if not said
  uint32_t mutators;     // 0: as the experiment has them
  const char *pacing, *rc, *memory, *place, *steal, *topology; // or NULL
  enum experiment_heap heap;
  double factor;  // HEAP_FACTOR
  uint64_t bytes; // HEAP_BYTES
  const struct experiment_build *build;
  int node; // where it is in the file; 0: nowhere, it is a default
};

struct experiment_benchmark {
  const char *suite, *name;
  const char *text; // as written
  char *workload;   // of -w; its file is absolute
  char *size;       // of the column
  // How many mutators there are for each of the experiment's numbers: a trace
  // has its own. NULL: as many as asked.
  uint32_t *effective;
  int node;
};

struct experiment_numa {
  const char *name;
  const char *mode, *topology, *place, *memory, *steal, *cost; // or NULL
  int node;
};

struct experiment {
  struct yaml_load load;
  char *file;   // as named by the user
  char *folder; // the file's
  char hash[33];
  const char *name, *description, *claims; // the last two may be NULL
  uint32_t invocations, iterations;
  uint64_t seed;
  double timeout_s;
  // Factors in the order in which they are tried, and their levels.
  double heap_range;
  uint32_t spread_factor, heap_levels; // heap_levels 0: factors were listed
  double *factors;
  unsigned *levels;
  size_t n_factors;
  uint32_t n_levels;
  struct experiment_build *builds; // the first one is this program's
  size_t n_builds;
  struct experiment_config *configs;
  size_t n_configs;
  struct experiment_benchmark *benchmarks;
  size_t n_benchmarks;
  uint32_t *mutators;
  size_t n_mutators;
  struct experiment_numa *numa;
  size_t n_numa;
  struct experiment_config reference; // finds the smallest heap
  uint32_t minheap_trials;
  double minheap_tolerance;
  struct experiment_config canary;
  struct experiment_benchmark canary_benchmark; // suite "canary"
  uint32_t canary_every;                        // 0: no canary
  void **owned; // freed with it
  size_t n_owned;
};

#define EXPERIMENT_CANARY "canary" // the suite of canary cells

// Reads the file and checks all of it: keys and numbers, that all names lead
// somewhere, every plugin and every option. Returns an enum wane_exit (OK,
// USAGE or ENVIRONMENT) and "FILE:LINE:COLUMN: sentence". In any case
// experiment_close afterwards.
int experiment_open(struct experiment *experiment, const char *file,
                    char *error, size_t error_size);
// The same for bytes, without opening any plugin or looking for any file: for
// those who only want to know whether it can be read.
int experiment_read(struct experiment *experiment, const char *file,
                    const char *bytes, size_t n, char *error,
                    size_t error_size);
void experiment_close(struct experiment *experiment);

// Everything that was said and every default. A new reference.
json_t *experiment_json(const struct experiment *experiment);

// Whether the m-th number of mutators gives the benchmark as many as an earlier
// one: the same cells again.
bool experiment_repeats(const struct experiment_benchmark *benchmark, size_t m);

// Whether some cell needs the smallest heap of its benchmark.
bool experiment_needs_minheap(const struct experiment_config *config);

#endif
