// stats_t.h: Student's t, for the files beside it.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_STATS_T_H
#define WANE_HARNESS_STATS_T_H

// t(1 - (1 - confidence) / 2, df): that share of the distribution lies between
// it and its negative. NaN unless 0 < confidence < 1 and df > 0: GSL ends the
// process where it cannot compute.
double stats_t_quantile(double confidence, double df);

#endif
