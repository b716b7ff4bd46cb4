// numa_setup.h: what a command line asks of nodes, held against a topology.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_NUMA_SETUP_H
#define WANE_HARNESS_NUMA_SETUP_H

#include "numa_args.h"

enum numa_mode {
  NUMA_OFF,
  NUMA_REAL,   // threads and memory are bound
  NUMA_DENIED, // real was asked for, and the system refuses
  NUMA_MODEL,  // nothing is bound; what would be remote is counted
};

#define NUMA_SPACES 3 // objects, metadata, logs

struct numa_setup {
  const struct numa_args *args;
  enum numa_mode mode;
  // Also when off, as a fact about the machine; then NULL if it cannot be had,
  // and `why` says so.
  struct wane_topology *topology;
  char why[512];
  char *xml;
  char id[17]; // hash of the XML; "" without a topology
  // As the columns have them: one way to write a policy.
  char memory[1024], place[512];
  struct wane_placement *placement; // of the last numa_setup_place
  struct wane_numa_config config;   // for wane_config.numa, unless off
};

// "off", "real", "denied", "model".
const char *numa_mode_name(enum numa_mode mode);

// Opens the topology and checks every policy, planning for that many threads.
// Returns an enum wane_exit (OK, USAGE, ENVIRONMENT) and a sentence. In any
// case numa_setup_close afterwards.
int numa_setup_open(struct numa_setup *setup, const struct numa_args *args,
                    uint32_t mutators, uint32_t workers, char *error,
                    size_t error_size);
// Plans once more: a workload may have its own number of mutators. 0, or
// -EINVAL and a sentence.
int numa_setup_place(struct numa_setup *setup, uint32_t mutators,
                     uint32_t workers, char *error, size_t error_size);
void numa_setup_close(struct numa_setup *setup);

// ".numa-..." of the column config; "" if off. The caller's; NULL: no memory.
char *numa_setup_config(const struct numa_setup *setup);

#endif
