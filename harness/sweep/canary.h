// canary.h: did the machine stay the same while the sweep ran?
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_CANARY_H
#define WANE_HARNESS_SWEEP_CANARY_H

#include <jansson.h>
#include <stddef.h>

struct canary {
  size_t n;
  double mean_ns;
  double variation; // coefficient of variation; NaN: n < 2
  // Mean of the later half over that of the earlier one, with its 95 %
  // interval; NaN: n < 4.
  double drift, drift_low, drift_high;
  const char *verdict;
};

// `ns`: what the canary took, in the order of execution. "steady": it
// varies by less than 5 % and the halves differ by less than 2 %, or their
// interval has 1 in it; "noisy": it varies more; "drifting": the halves differ;
// "too few": n < 4. Pure.
void canary_judge(struct canary *canary, const double *ns, size_t n);

// As in run.json. A new reference.
json_t *canary_json(const struct canary *canary);

#endif
