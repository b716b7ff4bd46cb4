// claims_lbo.h: overhead over a lower bound of what the program itself costs.
// SPDX-License-Identifier: MIT
//
// The bound of a benchmark is the least, over all configurations and heaps, of
// what a run costs without that which can be told to be its collector's (Cai
// and others, ISPASS 2022). It is known only where nogc and mark_sweep_stw ran:
// without a collector that leaves the program alone, every overhead would come
// out too small.

#ifndef WANE_HARNESS_CLAIMS_LBO_H
#define WANE_HARNESS_CLAIMS_LBO_H

#include "claims.h"

#include <string.h>

enum claim_cost { CLAIM_WALL, CLAIM_TASK_CLOCK, CLAIM_COSTS };

struct claim_bounds {
  struct claim_bound *bounds; // per benchmark, placement and mutators
  size_t n;
};

// "lbo.wall", "lbo.task_clock"; CLAIM_COSTS: no such name.
static inline enum claim_cost claim_cost_named(const char *metric)
{
  if (strcmp(metric, "lbo.wall") == 0) return CLAIM_WALL;
  if (strcmp(metric, "lbo.task_clock") == 0) return CLAIM_TASK_CLOCK;
  return CLAIM_COSTS;
}

// 0 or -ENOMEM; claim_bounds_free in any case.
int claim_bounds_find(struct claim_bounds *bounds, const struct report *report,
                      enum claim_cost cost);
void claim_bounds_free(struct claim_bounds *bounds);

// Total cost / bound of a run; NaN and a reason.
double claim_lbo_of(const struct claim_bounds *bounds,
                    const struct report_run *run, enum claim_cost cost,
                    char *why, size_t size);

#endif
