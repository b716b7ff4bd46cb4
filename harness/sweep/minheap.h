// minheap.h: the smallest heap in which a benchmark runs.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_MINHEAP_H
#define WANE_HARNESS_SWEEP_MINHEAP_H

#include <stddef.h>
#include <stdint.h>

// Heaps are given out in blocks of so many bytes.
#define MINHEAP_UNIT 65536u

// Runs with that limit. 1: it is enough; 0: it is not; negative: -errno, and
// the search ends.
typedef int (*minheap_attempt)(uint64_t bytes, void *context);

struct minheap_search {
  uint64_t low, high; // where it is supposed: low is not enough, high is
  double tolerance;   // relative
  uint64_t most;      // nothing above is tried
};

// Bisects, after having made sure of both ends. The result is a multiple of the
// unit that was enough, at most the unit or the tolerance above one that was
// not. Returns 0, -ERANGE if not even `most` is enough, or what `attempt`
// gave.
int minheap_find(const struct minheap_search *search, minheap_attempt attempt,
                 void *context, uint64_t *bytes);

// --- the table, minheap.csv -------------------------------------------------

struct minheap_row {
  char *suite, *benchmark, *collector;
  uint32_t mutators, trial;
  uint64_t bytes;
};

struct minheap_table {
  struct minheap_row *rows;
  size_t n;
};

// Reads it; no file is an empty table. Returns 0, or -errno and a sentence.
int minheap_load(struct minheap_table *table, const char *path, char *error,
                 size_t error_size);
// One more row, in memory and in the file. 0 or -errno.
int minheap_add(struct minheap_table *table, const char *path,
                const struct minheap_row *row);
void minheap_free(struct minheap_table *table);

// The largest of the trials; 0: there is none. *n: how many there are, and
// *least: the smallest; each may be NULL.
uint64_t minheap_of(const struct minheap_table *table, const char *suite,
                    const char *benchmark, uint32_t mutators, uint32_t *n,
                    uint64_t *least);

#endif
