// one_round.h: a round, asked for and waited for.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_ONE_ROUND_H
#define WANE_TESTS_ONE_ROUND_H

#include "round.h"

#include <unistd.h>

// From a thread that is no mutator or is detached, when nothing else asks for
// rounds. A round that never ends is for the test's time limit.
static inline void one_round(void)
{
  uint64_t before = wane__round_ended();
  wane__round_request(WANE_CAUSE_USER);
  while (wane__round_ended() == before) usleep(50);
}

#endif
