// bodies.h: runs a workload's bodies on N mutators and times them.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_BODIES_H
#define WANE_HARNESS_BODIES_H

#include "perf.h"

#include <wane/workload.h>

struct bodies_times {
  uint64_t begin_ns, end_ns; // first begin, last end; CLOCK_MONOTONIC
  uint64_t process_cpu_ns;   // from the opening of the gate to the last end
  uint64_t mutator_cpu_ns;   // sum over bodies
  uint64_t collector_cpu_ns; // of coordinator and workers, likewise
  uint32_t *owners, n_owners; // which mutators the bodies were (wane/event.h)
  struct perf_counts process, mutators; // likewise
  uint32_t uncounted; // bodies without a counter that the process has, ...
  int counter_error;  // ... and why: the errno of one
};

enum bodies_result {
  BODIES_OK,
  BODIES_OOM,    // a body returned ENOMEM
  BODIES_FAILED, // a body failed, or its thread could not be had
  BODIES_UNPLACED, // a thread is not where it must be; no body ran
};

// Runs run->mutators bodies at once, each on a new thread that is a mutator.
// `perf` are the counters of the process.
// The calling thread must not be attached. A failure without a sentence from
// the body gets one through run->fail. A sentence in `unplaced`, "" before,
// says which thread is not where it should be, whether it must or not. The
// caller frees times->owners in any case.
enum bodies_result bodies_run(struct wane_workload_run *run,
                              const struct wane_workload *workload,
                              const struct perf *perf,
                              struct bodies_times *times, char *unplaced,
                              size_t size);

#endif
