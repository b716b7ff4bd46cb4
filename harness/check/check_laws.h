// check_laws.h: what every collector must keep, and how it is put to the test.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_CHECK_LAWS_H
#define WANE_HARNESS_CHECK_LAWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum check_flag {
  CHECK_VARIED = 1u << 0,   // under every setting below
  CHECK_SEEDED = 1u << 1,   // with --full under several seeds
  CHECK_FULL = 1u << 2,     // with --full only
  CHECK_ACYCLIC = 1u << 3,  // only who claims to free acyclic garbage
  CHECK_COMPLETE = 1u << 4, // only who claims to free all
};

// One workload, as a law tries it: what follows -w, and more arguments of `wane
// run`. "%D" at its beginning is the folder of cases and traces.
struct check_test {
  const char *run;
  unsigned flags;
};

struct check_law {
  const char *name, *sentence;
  const struct check_test *tests; // `run` is NULL in the last
};

// NULL at the end.
extern const struct check_law check_laws[];
// Arguments that lead to rare paths; the first are none. The same end.
extern const struct check_test check_settings[];

// Laws that every run is held against.
#define CHECK_LOADS "loads"
#define CHECK_OPTIONS "options"
#define CHECK_ENDS "ends"
#define CHECK_LEAKS "leaks"

#endif
