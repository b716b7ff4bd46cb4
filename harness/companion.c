// companion.c: which files stand beside results.csv.
// SPDX-License-Identifier: MIT
//
// Constant data; any thread.
#include "companion.h"

static const struct companion_kind kinds[N_COMPANIONS] = {
#define COMPANION(name, letter, file, header) {letter, file, header},
#include "companions.def"
#undef COMPANION
};

const struct companion_kind *companion_kind(enum companion companion)
{
  return &kinds[companion];
}
