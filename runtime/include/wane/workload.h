// workload.h: what a workload plugin exports: `wane_workload`.
// SPDX-License-Identifier: MIT
//
// The host calls, in this order, for each iteration in one process:
//   prepare (once, before the runtime starts) -> [ setup -> body on each
//   mutator, timed -> check -> finish ] * iterations -> dispose (once).
// All but `body` run on the host's own mutator thread.

#ifndef WANE_WORKLOAD_H
#define WANE_WORKLOAD_H

#include <wane/wane.h>

#define WANE_WORKLOAD_ABI WANE_ABI(3)

// The life of one object, as a workload knows it that has an oracle of death.
// Times: CLOCK_MONOTONIC in ns; 0: not yet.
struct wane_life {
  uint64_t object;         // its number
  uint64_t size;           // bytes of its cell
  uint64_t t_alloc_ns;     // was born
  uint64_t t_dead_ns;      // came to be out of reach
  uint64_t t_reclaimed_ns; // was freed
  uint64_t dead_bytes;     // allocated between these two, of cells
  uint32_t freed_by;       // enum wane_freed_by
};
// From `t_ns` on, objects in reach have so many bytes of cells.
struct wane_live {
  uint64_t t_ns, bytes;
};
// Of one iteration, of one object in `every`; both lists rise by time of birth,
// and by time.
struct wane_lives {
  uint32_t every;
  size_t n, n_live;
  const struct wane_life *lives;
  const struct wane_live *live;
};

// One run, filled in by the host; the workload may write `mutators`, `places`,
// `place` and `requests` (in prepare only), `state`, and reports through the
// functions.
struct wane_workload_run {
  uint32_t size;                   // of this struct
  uint32_t mutators;               // threads that run `body`
  const union wane_value *options; // in the order of the workload's table
  uint64_t seed;
  uint32_t iteration; // from 1
  bool verify;        // --verify: check everything there is to check
  bool complete; // the collector claims to free all garbage (cycles too)
  bool reclaims; // false: it never frees (then "gone" cannot be expected)
  void *state;
  // Fails the run: status `invalid` and this sentence. Any thread; the first
  // sentence is kept.
  void (*fail)(struct wane_workload_run *run, const char *format, ...)
      __attribute__((format(printf, 2, 3)));
  // A number for results.csv: metric, scope, stat and unit as the schema has
  // them (e.g. "requests.count", "process", "total", "count").
  void (*report)(struct wane_workload_run *run, const char *metric,
                 const char *scope, const char *stat, const char *unit,
                 double value);
  // Percentiles 50 .. 99.99, longest and count of a histogram of ns.
  void (*report_histogram)(struct wane_workload_run *run, const char *metric,
                           const struct wane_histogram *histogram);
  // A line for people (shown under the table).
  void (*note)(struct wane_workload_run *run, const char *format, ...)
      __attribute__((format(printf, 2, 3)));
  // Progress of the whole body, 0..1; any thread, cheap, may be called often.
  void (*progress)(struct wane_workload_run *run, double done);
  void *host; // the host's own
  // Written by the workload in prepare, or 0 and NULL: how many places its
  // mutators want, and by mutator the number of its place, which is what
  // policies for threads go by (wane_place). NULL: each has its own number.
  uint32_t places;
  const uint32_t *place;
  // Written by the workload in prepare: how many requests each mutator will
  // report, at most; WANE_REQUESTS_MANY: unknown; 0: none. The host makes room
  // for them, up to a limit of its own.
  uint64_t requests;
  // A request of mutator `index`, called by its body, when it is over: when it
  // should have begun by a schedule (0: there is none), began and ended, in ns
  // of CLOCK_MONOTONIC. A few stores. Latencies are the host's to work out.
  void (*request)(struct wane_workload_run *run, uint32_t index,
                  uint64_t intended_ns, uint64_t start_ns, uint64_t end_ns);
  // Written by the workload in `check`, or NULL; valid until `finish`.
  const struct wane_lives *lives;
};
#define WANE_REQUESTS_MANY UINT64_MAX

// Return value of every function: 0, or nonzero after run->fail.
// ENOMEM from body: wane_alloc returned NULL; the row's status is `oom`.
struct wane_workload {
  uint32_t size; // sizeof(struct wane_workload)
  uint32_t abi;  // WANE_WORKLOAD_ABI
  const char *name; // [a-z0-9_]+
  const char *help; // one line
  const struct wane_option *options;
  uint32_t n_options;
  // Positional argument, e.g. the FILE of "trace:FILE": the index of the
  // option that takes it, plus 1; 0: none.
  uint32_t positional;
  // Reads files, fixes run->mutators. The runtime is not running yet.
  int (*prepare)(struct wane_workload_run *run);
  // Registers types, builds what is not timed.
  int (*setup)(struct wane_workload_run *run, struct wane_mutator *m);
  // The measured part, on mutator `index` of run->mutators.
  int (*body)(struct wane_workload_run *run, struct wane_mutator *m,
              uint32_t index);
  // Still with the heap as the bodies left it (they have exited): checksums,
  // oracle. May call wane_collect(m).
  int (*check)(struct wane_workload_run *run, struct wane_mutator *m);
  // Drops everything the run holds, so that the next iteration starts clean.
  int (*finish)(struct wane_workload_run *run, struct wane_mutator *m);
  void (*dispose)(struct wane_workload_run *run);
};

#define WANE_WORKLOAD_EXPORT                                                   \
  extern WANE_API const struct wane_workload wane_workload;                    \
  const struct wane_workload wane_workload

#endif
