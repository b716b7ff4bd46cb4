// spawn.h: a child process that runs one cell, and the pipes to it.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SPAWN_H
#define WANE_HARNESS_SPAWN_H

#include "run_args.h"
#include "wire.h"

#include <sys/types.h>

struct spawned {
  pid_t pid;
  int results;                // lines of wire.h
  int complaints;             // its standard error
  struct progress_page *page; // or NULL
};

// Starts /proc/self/exe as the child for one collector and one workload. It is
// killed when the calling thread ends. Returns 0 or -errno.
int spawn_child(const struct run_args *args, const struct spec *collector,
                const struct spec *workload, struct spawned *spawned);
// Frees the page. The files are the caller's.
void spawn_free(struct spawned *spawned);

#endif
