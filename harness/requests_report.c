// requests_report.c: the requests of an iteration as numbers and rows.
// SPDX-License-Identifier: MIT
//
// Main thread of the child, after the clock was stopped.
#include "requests_report.h"

#include <inttypes.h>

static void report_latency(struct reporter *reporter, const char *metric,
                           const struct requests_latency *l)
{
  const struct {
    const char *stat;
    double value;
  } stats[] = {
      {"count", l->count}, {"total", l->total}, {"mean", l->mean},
      {"min", l->min},     {"p50", l->p50},     {"p90", l->p90},
      {"p99", l->p99},     {"p99_9", l->p99_9}, {"p99_99", l->p99_99},
      {"max", l->max},
  };
  for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++)
    reporter_value(reporter, metric, "process", stats[i].stat, stats[i].value);
}

static void report_latencies(const struct requests_all *all,
                             struct reporter *reporter)
{
  static const struct {
    const char *metric;
    enum requests_kind kind;
    uint64_t window_ns;
  } latencies[] = {
      {"latency.simple", REQUESTS_SIMPLE, 0},
      {"latency.metered.full", REQUESTS_METERED, UINT64_MAX},
      {"latency.metered.w1ms", REQUESTS_METERED, 1000000},
      {"latency.metered.w10ms", REQUESTS_METERED, 10000000},
      {"latency.metered.w100ms", REQUESTS_METERED, 100000000},
      {"latency.intended", REQUESTS_INTENDED, 0},
  };
  struct requests_latency latency;
  for (size_t i = 0; i < sizeof latencies / sizeof latencies[0]; i++)
    if (!requests_latency(all, latencies[i].kind, latencies[i].window_ns,
                          &latency))
      report_latency(reporter, latencies[i].metric, &latency);
}

static void say_dropped(const struct requests_all *all,
                        struct reporter *reporter)
{
  char text[256];
  snprintf(text, sizeof text,
           "%" PRIu64 " of %" PRIu64 " requests were not kept one by one "
           "(--requests): no metered latency, latency.simple is within 1/128",
           all->count - all->n, all->count);
  reporter_text(reporter, WIRE_NOTE, text);
}

static void send_rows(const struct requests_all *all, struct reporter *reporter,
                      uint64_t begin_ns)
{
  char text[160];
  for (size_t i = 0; i < all->n; i++) {
    requests_row(text, sizeof text, all, i, reporter->iteration, begin_ns);
    reporter_row(reporter, COMPANION_REQUESTS, text);
  }
}

uint64_t requests_report(const struct requests *requests,
                         struct reporter *reporter, bool rows,
                         uint64_t begin_ns)
{
  struct requests_all all;
  uint64_t count = 0;
  if (requests_take(requests, &all)) {
    reporter_text(reporter, WIRE_NOTE, "no memory to sort the requests");
  } else if (all.count) {
    count = all.count;
    reporter_value(reporter, "requests.count", "process", "count",
                   (double)count);
    reporter_value(reporter, "requests.dropped", "process", "count",
                   (double)(count - all.n));
    report_latencies(&all, reporter);
    if (count > all.n && rows) say_dropped(&all, reporter);
    if (rows) send_rows(&all, reporter, begin_ns);
  }
  requests_all_free(&all);
  return count;
}
