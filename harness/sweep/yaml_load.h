// yaml_load.h: an experiment file as the structs that hold it.
// SPDX-License-Identifier: MIT
//
// What is absent is NULL or 0 here; defaults and meaning are experiment.c's.

#ifndef WANE_HARNESS_SWEEP_YAML_LOAD_H
#define WANE_HARNESS_SWEEP_YAML_LOAD_H

#include "yaml_tree.h"

#include <stdint.h>

struct yaml_minheap {
  char *collector;
  uint32_t trials;
  double tolerance;
};

struct yaml_canary {
  char *config, *workload;
  uint32_t every;
};

struct yaml_modifier {
  char *heap, *options, *pacing, *rc, *numa_memory, *numa_place, *steal,
      *topology, *build;
  double heap_factor;
  uint32_t workers, mutators;
};

struct yaml_numa {
  char *name, *mode, *topology, *place, *memory, *steal, *cost;
};

struct yaml_list {
  char **text;
  uint32_t n;
};

// Mappings with keys of the user's: the i-th entry belongs to the i-th key of
// the mapping in the tree.
struct yaml_experiment {
  char *name, *description, *claims;
  uint32_t invocations, iterations, heap_levels;
  uint32_t *spread_factor; // 0 means something
  uint64_t *seed;
  double *timeout;
  double heap_range;
  double *heap_factors;
  uint32_t n_heap_factors;
  struct yaml_minheap *minheap;
  struct yaml_canary *canary;
  char **builds;
  struct yaml_modifier *modifiers;
  struct yaml_list configs;
  char ***suites;               // specs[suite][benchmark]
  struct yaml_list *benchmarks; // of the suites named there
  uint32_t *mutators;
  uint32_t n_mutators;
  struct yaml_numa *numa;
  uint32_t n_numa;
  struct yaml_list figures;
};

struct yaml_load {
  struct yaml_tree *tree;
  struct yaml_experiment *it;
  struct yaml_schema *schema;
};

// Returns 0, or -EINVAL or -ENOMEM and a sentence. `bytes` may go afterwards.
int yaml_load_open(struct yaml_load *load, const char *name, const char *bytes,
                   size_t n, char *error, size_t error_size);
void yaml_load_close(struct yaml_load *load);

#endif
