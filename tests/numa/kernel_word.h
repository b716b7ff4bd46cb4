// kernel_word.h: where threads and pages are, by the kernel's own words.
// SPDX-License-Identifier: MIT
//
// Read from system calls, /proc and /sys only: what Wane and hwloc say is held
// against it. Nodes and processors have the system's numbers here.

#ifndef WANE_TESTS_KERNEL_WORD_H
#define WANE_TESTS_KERNEL_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_NODES 64

// A file of /proc or /sys, to be freed; NULL: it is not there.
char *kernel_file(const char *path);
// The node of a processor; -1: none.
int kernel_node_of_cpu(int cpu);
// The processor on which the calling thread is.
int kernel_here(void);
// Where the page at `p` is; negative: -errno.
int kernel_node_of_page(void *p);
// MB of a node's memory that are free.
size_t kernel_free_megabytes(int node);

// A mapping as numa_maps has it.
struct kernel_area {
  uintptr_t begin;
  char policy[64]; // "default", "bind:1", "prefer (many):0" ...
  bool file;       // there is one behind it
  size_t pages[KERNEL_NODES];
};
// Calls `each` for all mappings of "/proc/.../numa_maps"; false: it cannot be
// read.
bool kernel_areas(const char *path,
                  void (*each)(const struct kernel_area *area, void *context),
                  void *context);
// The calling process's mapping that begins at `begin`; false: there is none.
bool kernel_area(const void *begin, struct kernel_area *area);

#endif
