// replay_census.h: what one walk through the trace settles in advance.
// SPDX-License-Identifier: MIT

#ifndef WANE_REPLAY_CENSUS_H
#define WANE_REPLAY_CENSUS_H

#include "gct_relax.h"
#include "replay.h"

// Fills the plan's tables by birth and by type, its steps, and how many roots
// each mutator has at most. relax: NULL unless the order is relaxed. 0, ENOMEM,
// or EBADMSG with *error filled.
int replay_census(struct replay_plan *plan, const struct gct_relax *relax,
                  struct gct_error *error);

#endif
