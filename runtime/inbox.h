// inbox.h: the first shelf: what mutators hand to the collector, by packets.
// SPDX-License-Identifier: MIT
//
// The only place that knows liburcu. One packet per thread and round carries
// {roots, decrement log, closers, young spans}; the enqueue is wait-free.

#ifndef WANE__INBOX_H
#define WANE__INBOX_H

#include "log.h"
#include "vector.h"

#include <urcu/wfcqueue.h>

struct wane__young_list {
  struct wane_gc_span *items; // young objects, in order of allocation
  size_t n, capacity;
  uint32_t *retired; // blocks the thread has finished with
  size_t n_retired, retired_capacity;
};

struct wane__packet {
  struct cds_wfcq_node node;
  uint64_t epoch; // the round it belongs to
  struct wane__vector roots;
  struct wane__chunk *log;     // list of chunks, newest first
  struct wane__chunk *closers; // list of chunks
  struct wane__young_list young;
  struct wane__packet *next; // the engine's
};

void wane__inbox_start(void);
void wane__inbox_put(struct wane__packet *packet); // any thread
struct wane__packet *wane__inbox_take(void); // the coordinator; NULL: empty

#endif
