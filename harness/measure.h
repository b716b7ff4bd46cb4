// measure.h: the numbers of one iteration, from clocks, totals and events.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_MEASURE_H
#define WANE_HARNESS_MEASURE_H

#include "bodies.h"
#include "event_log.h"
#include "instruments.h"
#include "reporter.h"

struct measure {
  struct bodies_times times;
  uint64_t drain_ns, drain_cpu_ns;
  struct perf_counts stops; // in stops of the world that ended in the run
  struct wane_stats stats;  // after the drain
  struct event_log *events; // of run and drain
  const struct instruments *instruments; // what one record costs
  uint64_t rss_peak;        // 0: unknown
  bool reclaims;            // false: what is alive was counted by nobody
  bool timed;               // not a warm-up: its requests are sent one by one
};

// Reports all of them under the names of metrics.def. Counters that a `bare`
// build does not keep are NA.
void measure_report(const struct measure *measure, struct reporter *reporter);

#endif
