// check_narrow.h: less of a workload that is not a random program.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_NARROW_H
#define WANE_HARNESS_CHECK_NARROW_H

#include "check_search.h"

// Each: did it fail again? The shortest is in the search then.
//
// Graphs: the first program with which it fails, alone if that is enough.
bool check_narrow_programs(struct search *s);
// Cases: one case alone. `reason` may name it.
bool check_narrow_cases(struct search *s, const char *reason);
// Anything else: its numbers are halved as long as it fails.
bool check_narrow_numbers(struct search *s);

#endif
