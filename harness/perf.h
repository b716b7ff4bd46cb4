// perf.h: hardware counters of a thread or of the process.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PERF_H
#define WANE_HARNESS_PERF_H

#include <linux/perf_event.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum perf_counter {
  PERF_CYCLES,
  PERF_INSTRUCTIONS,
  PERF_LLC_MISS,
  PERF_DTLB_MISS,
  PERF_COUNTERS
};
// "cycles", "instructions" ...: the metric without "perf.".
const char *perf_name(enum perf_counter counter);

// perf_event_open(2) of the calling thread on any processor: a descriptor, or
// -1 and errno.
typedef int (*perf_open_call)(struct perf_event_attr *attr);

// Open counters. One that is not is -1, and `error` says why: an errno.
struct perf {
  int fd[PERF_COUNTERS];
  int error[PERF_COUNTERS];
  bool kernel[PERF_COUNTERS]; // counts in the kernel too
};

// Of the calling thread and, with `inherit`, of all threads that it and they
// will create. `call` NULL: the system's. perf_close in any case.
void perf_open(struct perf *perf, bool inherit, perf_open_call call);
void perf_close(struct perf *perf);
// None is open.
extern const struct perf perf_none;
bool perf_any(const struct perf *perf);
// The errno of a counter that is open in `process` and not in `perf`; 0: none.
int perf_lacks(const struct perf *perf, const struct perf *process);
const char *perf_why(int error); // one did not open

// What they say now, and how long they were meant to count and did: with more
// counters than the processor has, each has a share of the time.
struct perf_reading {
  struct {
    uint64_t value, enabled_ns, running_ns;
    bool valid;
  } of[PERF_COUNTERS];
};
void perf_read(const struct perf *perf, struct perf_reading *reading);

// From `begin` to `end`, as if each had always counted. NaN: it did not.
struct perf_counts {
  double of[PERF_COUNTERS];
};
struct perf_counts perf_between(const struct perf_reading *begin,
                                const struct perf_reading *end);

// What is counted while the world is stopped. The coordinator's thread begins
// and ends a stop, another one asks for the sum.
struct perf_stops {
  pthread_mutex_t lock; // of the next two
  struct perf_reading begin;
  struct perf_counts sum;
  const struct perf *perf; // of the process
};
void perf_stops_open(struct perf_stops *stops, const struct perf *perf);
void perf_stops_clear(struct perf_stops *stops);
// wane_config.on_stop: context is a struct perf_stops.
void perf_stops_on_stop(bool stopped, void *context);
struct perf_counts perf_stops_sum(struct perf_stops *stops);

// Which are open and why others are not, as JSON.
void perf_describe(const struct perf *perf, char *text, unsigned size);

#endif
