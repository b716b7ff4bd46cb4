// law.h: runs a law on every collector found, under every variation.
// SPDX-License-Identifier: MIT

#ifndef WANE_TESTS_LAW_H
#define WANE_TESTS_LAW_H

#include <torture/world.h>

// How a runtime is varied, to meet its rare paths often.
struct law_variation {
  const char *label;
  unsigned slowness; // work is divided by it
  struct wane_config config;
};

// What a law gets: one collector, one variation.
struct law_case {
  struct world_setup setup;
  unsigned slowness;
  bool cycles; // the collector claims to free cycles
};

// One law: `body` starts and stops the world itself.
struct law {
  const char *sentence; // its name
  void (*body)(const struct law_case *c);
};

// Runs each law on all collectors and variations, as cmocka tests named
// "collector, variation: sentence". The arguments are of the program: the
// first, if any, selects tests whose name contains it. Exit code for main.
int law_main(const struct law *laws, size_t n, int argc, char **argv);

#endif
