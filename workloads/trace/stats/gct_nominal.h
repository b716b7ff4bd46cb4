// gct_nominal.h: nominal statistics: what a trace is like, in one row.
// SPDX-License-Identifier: MIT
//
// After DaCapo Chopin: each has a key of three letters, a unit, and, among
// several traces, a rank and a score. gct_nominal.def lists them.
#ifndef WANE_GCT_NOMINAL_H
#define WANE_GCT_NOMINAL_H

#include "gct_stats.h"

enum {
#define NOMINAL(key, unit, value, meaning) GCT_##key,
#include "gct_nominal.def"
#undef NOMINAL
  GCT_NOMINALS
};

struct gct_nominal {
  const char *key, *unit, *meaning;
  double (*value)(const struct gct_stats *stats); // NAN: there is none
};

extern const struct gct_nominal gct_nominals[GCT_NOMINALS];

// All of them.
void gct_nominal_values(const struct gct_stats *stats,
                        double values[GCT_NOMINALS]);

// How one value stands among n.
struct gct_standing {
  unsigned rank; // 1: none is larger; 0: it is NAN
  unsigned of;   // how many are not NAN
  int score;     // 10 * (of - rank) / (of - 1), rounded; -1: of < 2, or NAN
  double min, median, max; // NAN when of is 0
};

// Returns -ENOMEM or 0. `values` is not changed.
int gct_nominal_standing(const double *values, size_t n, size_t which,
                         struct gct_standing *standing);

#endif
