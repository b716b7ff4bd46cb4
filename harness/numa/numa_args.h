// numa_args.h: the part of `wane run`'s command line that is about nodes.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_NUMA_ARGS_H
#define WANE_HARNESS_NUMA_ARGS_H

#include <wane/numa.h>

#include <argp.h>

enum numa_asked { NUMA_ASKED_OFF, NUMA_ASKED_REAL, NUMA_ASKED_MODEL };

// Texts are as typed and point into argv; NULL: not given.
struct numa_args {
  const char *topology, *place, *memory, *steal_text, *numa, *cost;
  enum numa_asked asked;
  enum wane_steal steal;
  double local_ns; // of the model
  bool inject;
  bool strict;
};

// "any", "local-first", "local-only", "owner".
const char *numa_steal_name(enum wane_steal steal);

// The input of numa_argp, which is a child of the whole command line's parser.
struct numa_parse {
  struct numa_args *args; // zero-initialised
  char *error;
  size_t error_size;
};
extern const struct argp numa_argp;

#endif
