// gct_order.h: the events of all threads in one order that respects WAITs.
// SPDX-License-Identifier: MIT
//
// A walk runs the recorded threads as a single processor would: one thread
// until it has to wait, then the lowest-numbered thread that can go on. The
// result is the canonical order of the trace. When WAITs order everything
// (a trace recorded under a global lock) it is the recorded order itself.
//
// A checkpoint that stands in every thread is a barrier: each thread's event
// comes when it arrives, the last one completes it. A checkpoint in one thread
// only is complete at once, and is accepted only if every other thread is
// then at its end or held by a WAIT: otherwise "the graph at this point" would
// depend on the schedule.
#ifndef WANE_GCT_ORDER_H
#define WANE_GCT_ORDER_H

#include "gct.h"

struct gct_walk;

// Starts at the beginning. NULL when out of memory, with *error filled. The
// file must outlive the walk; a walk belongs to one thread.
struct gct_walk *gct_walk_open(const struct gct_file *file,
                               struct gct_error *error);
void gct_walk_close(struct gct_walk *walk);

// The next event and its thread, or NULL at the end or on an error (WAITs in
// a cycle, a WAIT beyond the end of a thread, a checkpoint that not all
// threads reach). The event lives until the next call.
const struct gct_event *gct_walk_next(struct gct_walk *walk, uint32_t *thread);

// True when the event just given completes a checkpoint.
bool gct_walk_checkpoint(const struct gct_walk *walk);

// True as long as WAITs have left no choice: the order is total.
bool gct_walk_total(const struct gct_walk *walk);

// NULL, or why the walk ended early.
const struct gct_error *gct_walk_error(const struct gct_walk *walk);

// Fills *error with the place of the last event and this reason.
int gct_walk_fail(const struct gct_walk *walk, struct gct_error *error,
                  const char *reason);

// The payload of a GCT_EXT event just given.
const uint8_t *gct_walk_bytes(const struct gct_walk *walk);

// A run of one thread's events in the canonical order.
struct gct_slice {
  uint64_t seq;      // of its first event in the thread
  uint64_t n_events; // of that thread, without a break
  uint64_t birth;    // number of the first object born in it, if any
  uint32_t thread;
  uint32_t next; // the thread's next slice, or GCT_NIL
};

// What a replayer has to know to give each ALLOC its birth number: thread t
// starts in slices[first[t]], counts births up from slice.birth, and goes to
// slice.next after slice.n_events events. With `total`, replaying slices[0],
// [1], ... one after the other is the recorded order.
struct gct_schedule {
  struct gct_slice *slices;
  uint32_t n_slices;
  uint32_t first[GCT_MAX_THREADS]; // GCT_NIL when it has no slice
  bool total;
};

// Walks the whole file. Returns 0 or a negative errno with *error filled:
// a file that passes cannot make a replay wait for ever.
int gct_schedule_make(const struct gct_file *file,
                      struct gct_schedule *schedule, struct gct_error *error);
void gct_schedule_free(struct gct_schedule *schedule);

// How many slots each object needs in its whole life: the largest of what
// ALLOC and RESIZE announce and what WRITEs touch, indexed by birth number.
// For files without GCT_EXACT_SLOTS. The caller frees *slots. Returns 0 or a
// negative errno with *error filled.
int gct_slots_needed(const struct gct_file *file, uint32_t **slots,
                     struct gct_error *error);

// The same within the first `events` events of the canonical order.
int gct_slots_needed_in(const struct gct_file *file, uint64_t events,
                        uint32_t **slots, struct gct_error *error);

#endif
