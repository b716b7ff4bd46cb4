// event_log.h: the events of one iteration, and what they add up to.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_EVENT_LOG_H
#define WANE_HARNESS_EVENT_LOG_H

#include <wane/event.h>
#include <wane/topology.h>

#include <stdio.h>

struct event_log {
  struct wane_event *events;
  size_t n, room;
  const struct wane_topology *topology; // whose processors they ran on, or NULL
  uint64_t lost; // dropped by a full ring, or for lack of memory here
};

// Takes every record out of the runtime's rings, to the end of the log. Only
// while the clock is stopped.
void event_log_drain(struct event_log *log);
// Adds one record (event_log_drain does).
void event_log_add(struct event_log *log, const struct wane_event *event);
void event_log_clear(struct event_log *log);
void event_log_free(struct event_log *log);

// Durations of one kind of event.
struct event_spread {
  uint64_t count, total_ns, max_ns;
  uint64_t p50, p90, p99, p99_9, p99_99;
};

// Does some of the event lie in [begin_ns, end_ns)?
bool event_log_overlaps(const struct wane_event *event, uint64_t begin_ns,
                        uint64_t end_ns);

// Of the events of `kind` (and `phase`, unless WANE_PHASE_NONE) some of which
// lies in [begin_ns, end_ns): their whole lengths, since half a pause is none.
// Exact: the element at rank n-1-floor(n*(1-p)) of the sorted durations.
// Returns 0 or -ENOMEM.
int event_log_spread(const struct event_log *log, int kind, int phase,
                     uint64_t begin_ns, uint64_t end_ns,
                     struct event_spread *spread);

// Of any n numbers, which it sorts.
void event_log_summarise(uint64_t *ns, size_t n, struct event_spread *spread);

// The rows of gc_events.csv (companions.def) of one iteration, without
// invocation_id, through `row` one by one: markers, events by begin, and a
// `drop` if any were lost. Times are relative to begin_ns. A thread whose name
// another one had before has `#2` or so after it. Returns 0, or -ENOMEM: rows
// are missing.
int event_log_rows(struct event_log *log, uint32_t iteration, uint64_t begin_ns,
                   uint64_t end_ns,
                   void (*row)(const char *text, void *context), void *context);

#endif
