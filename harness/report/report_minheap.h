// report_minheap.h: minimum heaps as `wane sweep` has measured them.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_MINHEAP_H
#define WANE_HARNESS_REPORT_MINHEAP_H

#include "report_data.h"

struct report_minheaps; // of all folders of a report

// Reads minheap.csv of each folder that has one. NULL: no memory, or with a
// sentence in `error` one that cannot be read.
struct report_minheaps *report_minheaps_load(const struct report *report,
                                             char *error, size_t error_size);
void report_minheaps_free(struct report_minheaps *minheaps);

// Of a run's workload: the largest and the smallest of the trials, in bytes.
// The largest is the run's own where there is no table; NaN: not known.
double report_minheap_most(const struct report_minheaps *minheaps,
                           const struct report_run *run);
double report_minheap_least(const struct report_minheaps *minheaps,
                            const struct report_run *run);

#endif
