// tracer.h: collectors of the test's own, that trace where it can look.
// SPDX-License-Identifier: MIT
//
// Each is what concurrent_mark_sweep, satb_mark_sweep and mark_sweep_stw are,
// but calls the test between the steps of a cycle, on the coordinator. Cycles
// begin on demand (wane_collect) or when `eager` and asked for. The oracles
// know nothing of marks: they walk the heap, and are right while no mutator
// runs.

#ifndef WANE_TESTS_TRACER_H
#define WANE_TESTS_TRACER_H

#include <torture/world.h>

// For wane_config.collector: counting, without counting, with the world
// stopped.
extern const struct wane_collector tracer_counts, tracer_logs, tracer_stops;

#define TRACERS 3
extern const struct wane_collector *const tracers[TRACERS]; // these

// The runtime with one of them, and rounds on demand only; a mutator.
struct wane_mutator *tracer_start(const struct wane_collector *collector,
                                  const struct wane_config *more);
// Everything must be gone, and no mark set, when the mutator's roots are.
void tracer_end(struct wane_mutator *m);
bool tracer_is_bare(void); // a bare build counts always

struct tracer {
  bool eager;
  // The test's; NULL: nothing to do. They change when no cycle is under way:
  // before the request for one, and after `cycles` has counted it.
  void (*after_begin)(void);      // grey is what the beginning names
  void (*after_slice)(bool over); // of marking
  void (*marked)(void);           // all is marked; nothing is swept
  void (*after_sweep)(bool over); // a slice of sweeping
  _Atomic unsigned begins, slices, sweeps, cycles; // so many so far
};
extern struct tracer tracer; // zero at the start of the runtime

// The following are called by those callbacks, or when no round is under way;
// they record failures in world_log.

// Compares marks with what can be reached from `held` (NULLs are skipped), and
// returns how many objects that are.
uint64_t tracer_judge_marks(const wane_ref *held, size_t n);
// Compares all counts with the references in the heap and `counted`.
void tracer_judge_counts(const wane_ref *counted, size_t n);
void tracer_judge_no_marks(void);

#endif
