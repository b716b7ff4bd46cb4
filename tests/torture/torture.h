// torture.h: what the torture programs share: their command line.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_TORTURE_H
#define WANE_TESTS_TORTURE_H

#include "world.h"

// A torment runs on one collector; it starts and stops the world itself.
struct torture {
  const char *collector;
  uint64_t seed;
  uint64_t scale; // 1, or more when the program is called with --long
};
struct torment {
  const char *sentence; // its name
  void (*body)(const struct torture *t);
};

// Runs each on all collectors that reclaim, as cmocka tests named
// "collector: sentence". Arguments: [--long] [part of a name]. The result is
// an exit code.
int torture_main(const struct torment *torments, size_t n, uint64_t seed,
                 int argc, char **argv);

// The set-up most torments want: small rounds, so that the collector is
// always at work. 1 to 3 workers, and many or few packets for marking, as the
// seed says.
struct world_setup torture_setup(const struct torture *t);

#endif
