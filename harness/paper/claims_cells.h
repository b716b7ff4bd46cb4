// claims_cells.h: runs that are repetitions of each other, and their numbers.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CLAIMS_CELLS_H
#define WANE_HARNESS_CLAIMS_CELLS_H

#include "claims_lbo.h"

struct claim_cell {
  const struct report_run *first; // what all of them have in common
  double *values;                 // of those that can be used
  size_t n, failed;
  char why[120]; // why the cell cannot be compared, or ""
};
struct claim_cells {
  struct claim_cell *cells;
  size_t n;
};

// By suite, benchmark, mutators, heap factor.
int claim_run_order(const struct report_run *a, const struct report_run *b);

// Those that `pick` names, in that order. 0 or -ENOMEM;
// claim_cells_free in any case.
int claim_cells_find(struct claim_cells *cells, const struct report *report,
                     const struct claim_pick *pick,
                     const struct claim_measure *measure,
                     const struct claim_bounds *bounds);
void claim_cells_free(struct claim_cells *cells);

// Equal, or both not there.
bool claim_same_number(double a, double b);
// Of the same benchmark under the same placement?
bool claim_same_setting(const struct report_run *a, const struct report_run *b);

// Those of the costs that the measure speaks of; `bounds` are CLAIM_COSTS empty
// ones. 0 or -ENOMEM; claim_bounds_free each in any case.
int claim_measure_bounds(const struct claim_measure *measure,
                         const struct report *report,
                         struct claim_bounds *bounds);

// The number of one run; NaN and a reason. `bounds`: of each cost, as far as
// the measure needs it.
double claim_value_of(const struct claim_measure *measure,
                      const struct claim_bounds *bounds,
                      const struct report_run *run, char *why, size_t size);

#endif
