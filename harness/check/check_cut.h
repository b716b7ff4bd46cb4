// check_cut.h: the shortest beginning of a recorded trace that still fails.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_CUT_H
#define WANE_HARNESS_CHECK_CUT_H

#include "check_search.h"

// Found by a search by halves. Did it fail again? Then the search has the
// command for who types it, and its reduction the one that comes first: the
// `wane trace cut` which writes the beginning.
bool check_cut(struct search *s);

#endif
