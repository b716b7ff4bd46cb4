// claims_missing.h: cells of a sweep that left no rows.
// SPDX-License-Identifier: MIT
//
// An invocation that was planned and has no rows failed like one whose rows
// say so; results.csv does not know of it, run.json does.

#ifndef WANE_HARNESS_CLAIMS_MISSING_H
#define WANE_HARNESS_CLAIMS_MISSING_H

#include "report_data.h"

// Adds a run without values for each of them, behind all others. Their texts
// are the report's. 0 or -ENOMEM.
int claims_add_missing(struct report *report);

// Is it one of these? Under which placement it would have run is not known.
bool claims_is_missing(const struct report_run *run);

#endif
