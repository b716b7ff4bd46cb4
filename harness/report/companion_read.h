// companion_read.h: what stands beside results.csv, read row by row.
// SPDX-License-Identifier: MIT
//
// Events, requests, samples of the heap, and lifetimes. Strict, like csv_read:
// columns are found by name (others may be there), a number must be one, and
// what must be there may not be NA. Times are ns since the first body of the
// iteration began, and may be before it.

#ifndef WANE_HARNESS_COMPANION_READ_H
#define WANE_HARNESS_COMPANION_READ_H

#include "companion.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Missing numbers, times and texts.
#define COMPANION_NO_COUNT UINT64_MAX
#define COMPANION_NO_TIME INT64_MIN

// Texts live until the next row; those marked so may be NULL.
struct companion_event {
  const char *invocation, *event, *thread;
  const char *kind, *cause, *role; // or NULL
  uint64_t iteration, seq;
  uint64_t gc_id, cpu, node, stw; // or NO_COUNT, as all below but begin and end
  int64_t t_request_ns, t_begin_ns, t_end_ns;
  uint64_t cpu_ns, used_before_bytes, used_after_bytes;
  uint64_t freed_objects, freed_bytes, objects, edges, items;
};

struct companion_request {
  const char *invocation, *thread;
  uint64_t iteration, request;
  int64_t t_intended_ns; // or NO_TIME
  int64_t t_start_ns, t_end_ns;
};

struct companion_sample {
  const char *invocation, *node;
  uint64_t iteration;
  int64_t t_ns;
  uint64_t used_bytes, reserved_bytes, meta_bytes, rss_bytes, live_bytes;
};

struct companion_lifetime {
  const char *invocation;
  const char *reclaimed_by; // or NULL
  uint64_t iteration, object, size;
  int64_t t_alloc_ns, t_dead_ns, t_reclaimed_ns; // or NO_TIME: never
  uint64_t dead_bytes;                           // or NO_COUNT
};

union companion_row {
  struct companion_event event;
  struct companion_request request;
  struct companion_sample sample;
  struct companion_lifetime lifetime;
};

struct companion_reader;

// NULL and a sentence that names the file.
struct companion_reader *companion_open(enum companion kind, const char *path,
                                        char *error, size_t error_size);
// The same of compressed bytes, which must live as long as the reader.
struct companion_reader *companion_bytes(enum companion kind, const char *name,
                                         const void *bytes, size_t n,
                                         char *error, size_t error_size);
// 1; 0 at the end; -EINVAL and a sentence with file and line. A last frame that
// was cut is refused, after the rows that could be had of it.
int companion_next(struct companion_reader *reader, union companion_row *row,
                   char *error, size_t error_size);
void companion_close(struct companion_reader *reader);

#endif
