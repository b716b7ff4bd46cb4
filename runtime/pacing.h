// pacing.h: when a tracing cycle starts, and how much a thread must help it.
// SPDX-License-Identifier: MIT
//
// The life of a cycle, as its driver tells it:
//   wane__pacing_should_start   any thread, while no cycle runs
//   wane__pacing_cycle_started  one thread: marking begins
//   wane__pacing_assist_bytes   allocating threads, while it marks
//   wane__pacing_cycle_ended    one thread: all that it found is free
// "One thread" is always the same one or ordered by a lock: the coordinator.
// All bytes are used cells plus external bytes (wane_external_bytes), but for
// marked ones, which are cells.

#ifndef WANE__PACING_H
#define WANE__PACING_H

#include "pace_policy.h"

struct wane__pacing; // opaque

#define WANE__PACE_NEVER UINT64_MAX

// What is now.
struct wane__pace_now {
  uint64_t used_bytes;     // cells of objects not known to be dead
  uint64_t external_bytes; // wane_external_total
  uint64_t marked_bytes;   // of this cycle so far, help included
};

// How a cycle begins.
struct wane__pace_start {
  uint64_t now_ns;
  struct wane__pace_now now;
  // wane_collect or a full heap asked for it: threads wait for its end, so it
  // does not show how fast the heap grows while one marks.
  bool forced;
};

// How it ended. Times are of the same clock.
struct wane__pace_cycle {
  uint64_t marked_ns;      // when all was marked
  uint64_t end_ns;         // when all was freed
  uint64_t peak_bytes;     // what there was at marked_ns
  uint64_t live_bytes;     // what there was left at end_ns
  uint64_t root_bytes;     // roots that were scanned
  uint64_t marked_bytes;   // cells
  uint64_t assisted_bytes; // of these by allocating threads
  uint64_t assist_ns;      // the time that took, over all threads
  uint64_t gc_cpu_ns; // CPU time of workers and help; 0: marking's wall time
  uint32_t mutators;  // threads that could allocate; 0: not known
};

// A pacer for a collector that is concurrent (marks beside the program) or
// not, for a heap of `limit` bytes (0: no limit). `text` as wane_config.pacing.
// Returns 0, or a negative errno with a sentence in `error`.
int wane__pacing_open(const char *text, uint64_t limit, bool concurrent,
                      struct wane__pacing **pacing, char *error,
                      size_t error_size);
void wane__pacing_close(struct wane__pacing *pacing); // NULL: nothing

// Should a cycle be asked for? Any thread, once per 64 KiB allocated: one load
// and one comparison. Stays true until cycle_started, so asking must be
// idempotent; then false until cycle_ended, and after that until at least
// 64 KiB more are there than that cycle left.
bool wane__pacing_should_start(const struct wane__pacing *pacing,
                               uint64_t used_bytes, uint64_t external_bytes);

void wane__pacing_cycle_started(struct wane__pacing *pacing,
                                const struct wane__pace_start *start);
void wane__pacing_cycle_ended(struct wane__pacing *pacing,
                              const struct wane__pace_cycle *cycle);
// Counting freed objects without a cycle: goals follow what is there down.
// After each round; does nothing while a cycle runs.
void wane__pacing_round_ended(struct wane__pacing *pacing, uint64_t used_bytes,
                              uint64_t external_bytes);

// What is in use as a multiple of all the room that the cycle of the moment
// gets; 0: none runs, or nothing was planned for it. Any thread.
double wane__pacing_overrun(const struct wane__pacing *pacing,
                            uint64_t used_bytes, uint64_t external_bytes);

// Bytes to mark that a thread owes for having allocated `allocated` more (they
// are in now->used_bytes by then). 0 where marking is ahead of its schedule:
// what workers do beyond it is everybody's credit, so callers keep nothing but
// what they could not find the work for. Debts end with the cycle. Any thread.
uint64_t wane__pacing_assist_bytes(const struct wane__pacing *pacing,
                                   const struct wane__pace_now *now,
                                   uint64_t allocated);

// Bytes at which the running or else the next cycle should have marked all;
// WANE__PACE_NEVER: no goal. Never above the heap limit. Any thread.
uint64_t wane__pacing_goal(const struct wane__pacing *pacing);
// Bytes at which the next cycle starts; WANE__PACE_NEVER: when somebody asks,
// or one is running. Any thread.
uint64_t wane__pacing_trigger(const struct wane__pacing *pacing);
const char *wane__pacing_name(const struct wane__pacing *pacing);

#endif
