// stage_both.h: scenarios that are played with counting and without.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_MUTANT_STAGE_BOTH_H
#define WANE_TESTS_MUTANT_STAGE_BOTH_H

#include "stage.h"

extern const struct wane_collector wane_collector; // counts, and traces
extern const struct wane_collector wane_satb;      // traces only

#define ON_BOTH(name)                                                          \
  static void name(uint64_t seed)                                              \
  {                                                                            \
    (void)seed;                                                                \
    play_##name(&wane_collector);                                              \
  }                                                                            \
  static void name##_uncounted(uint64_t seed)                                  \
  {                                                                            \
    (void)seed;                                                                \
    play_##name(&wane_satb);                                                   \
  }
#define BOTH(name)                                                             \
  {#name, name},                                                               \
  {                                                                            \
#name "_uncounted", name##_uncounted                                       \
  }

#endif
