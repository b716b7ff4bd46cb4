// cost.h: how long cells take, and how much fits into a budget.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_COST_H
#define WANE_HARNESS_SWEEP_COST_H

#include "cells.h"

// What a process took, of calibration.csv.
struct cost_row {
  char *suite, *benchmark, *config;
  uint32_t mutators;
  double seconds;
};

struct cost_table {
  struct cost_row *rows;
  size_t n;
};

// As minheap_load and minheap_add.
int cost_load(struct cost_table *table, const char *path, char *error,
              size_t error_size);
int cost_add(struct cost_table *table, const char *path,
             const struct cost_row *row);
void cost_free(struct cost_table *table);

bool cost_known(const struct cost_table *table, const char *suite,
                const char *benchmark, const char *config, uint32_t mutators);
// Of that configuration; else the mean of others on that benchmark; else NaN.
double cost_of(const struct cost_table *table, const char *suite,
               const char *benchmark, const char *config, uint32_t mutators);

// All cells of an extent, with canaries, in seconds; NaN: some are unknown.
double cost_total(const struct cost_table *table,
                  const struct experiment *experiment,
                  const struct cells_extent *extent);

// The largest extent that fits into so many seconds: fewer invocations, but
// COST_INVOCATIONS at least, then fewer levels of heap factors, then fewer
// configurations, then fewer invocations still. If nothing fits, the smallest
// one there is.
enum { COST_INVOCATIONS = 3 };
struct cells_extent cost_fit(const struct cost_table *table,
                             const struct experiment *experiment,
                             double seconds);

#endif
