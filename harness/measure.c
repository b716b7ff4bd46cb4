// measure.c: the numbers of one iteration, from clocks, totals and events.
// SPDX-License-Identifier: MIT
//
// One line per number; what each means is in metrics.def. Main thread of the
// child, after the clock was stopped.
#include "measure.h"

#include "gc_cost.h"
#include "requests_report.h"

#include <math.h>
#include <string.h>

static void put(struct reporter *reporter, const char *metric,
                const char *scope, const char *stat, uint64_t value)
{
  reporter_value(reporter, metric, scope, stat, (double)value);
}

static uint64_t less(uint64_t all, uint64_t part)
{
  return all > part ? all - part : 0;
}

// Clocks of many threads are not read at the same instant: what two of them
// say together is never more than the process.
static uint64_t gc_cpu_ns(const struct bodies_times *t)
{
  uint64_t most = less(t->process_cpu_ns, t->mutator_cpu_ns);
  return t->collector_cpu_ns < most ? t->collector_cpu_ns : most;
}

static void report_times(const struct measure *measure, struct reporter *r)
{
  const struct bodies_times *t = &measure->times;
  put(r, "time.wall", "process", "total", t->end_ns - t->begin_ns);
  put(r, "time.wall.drain", "process", "total", measure->drain_ns);
  put(r, "time.task_clock", "process", "total", t->process_cpu_ns);
  put(r, "time.task_clock", "mutator", "total", t->mutator_cpu_ns);
  put(r, "time.task_clock", "gc", "total", gc_cpu_ns(t));
  put(r, "time.task_clock", "other", "total",
      less(t->process_cpu_ns, t->mutator_cpu_ns + gc_cpu_ns(t)));
  put(r, "time.task_clock.drain", "process", "total", measure->drain_cpu_ns);
}

// Counters that WANE_COUNT keeps; compiled out of `bare` builds.
static void report_counts(const struct measure *measure, struct reporter *r)
{
  const struct wane_counts *c = &measure->stats.mutators;
  bool kept = strcmp(wane_variety(), "bare") != 0;
  const struct {
    const char *metric, *scope;
    uint64_t value;
  } counts[] = {
      {"alloc.objects", "process", c->alloc_objects},
      {"rc.inc.biased", "mutator", c->inc_biased},
      {"rc.inc.shared", "mutator", c->inc_shared},
      {"rc.dec.logged", "mutator", c->dec_logged},
      {"rc.spills", "mutator", c->spills},
      {"rc.stuck", "process", c->stuck},
      {"rc.closers", "mutator", c->closers},
      {"barrier.private", "mutator", c->store_private},
      {"barrier.escaped", "mutator", c->store_escaped},
      {"safepoint.slow", "mutator", c->safepoint_slow},
  };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
    reporter_value(r, counts[i].metric, counts[i].scope, "count",
                   kept ? (double)counts[i].value : NAN);
  reporter_value(r, "alloc.bytes", "process", "total",
                 kept ? (double)c->alloc_bytes : NAN);
}

static void report_collector(const struct measure *measure, struct reporter *r)
{
  const struct wane_stats *s = &measure->stats;
  put(r, "gc.cycles", "process", "count", s->rounds);
  put(r, "gc.cycles.collecting", "process", "count", s->cycle_collections);
  put(r, "gc.cycles.full", "process", "count", s->full_collections);
  put(r, "gc.cycles.stw", "process", "count", s->world_stops);
  put(r, "rc.dec.applied", "gc", "count", s->decs_applied);
  put(r, "rc.dec.cascade", "gc", "count", s->decs_cascade);
  put(r, "freed.objects", "process", "count",
      s->freed_objects_rc + s->freed_objects_cycle);
  put(r, "freed.objects.rc", "process", "count", s->freed_objects_rc);
  put(r, "freed.objects.cycle", "process", "count", s->freed_objects_cycle);
  put(r, "freed.bytes", "process", "total",
      s->freed_bytes_rc + s->freed_bytes_cycle);
  put(r, "freed.bytes.rc", "process", "total", s->freed_bytes_rc);
  put(r, "freed.bytes.cycle", "process", "total", s->freed_bytes_cycle);
  put(r, "cycle.candidates", "gc", "count", s->cycle_candidates);
  put(r, "cycle.traversed", "gc", "count", s->cycle_traced);
  put(r, "cycle.edges", "gc", "count", s->cycle_edges);
  put(r, "roots.scanned", "gc", "count", s->roots_scanned);
}

static void report_memory(const struct measure *measure, struct reporter *r)
{
  const struct wane_stats *s = &measure->stats;
  bool counted = measure->reclaims && s->rounds > 0;
  reporter_value(r, "heap.used_peak", "process", "max",
                 counted ? (double)s->heap_used_peak_bytes : NAN);
  reporter_value(r, "heap.used_postgc", "process", "total",
                 counted ? (double)s->heap_used_bytes : NAN);
  put(r, "heap.committed_peak", "process", "max", s->heap_committed_peak_bytes);
  put(r, "meta.peak", "process", "max", s->meta_peak_bytes);
  reporter_value(r, "rss.peak", "process", "max",
                 measure->rss_peak ? (double)measure->rss_peak : NAN);
}

// Percentiles of nothing are missing, not 0. When records were lost, `known`,
// the longest that the runtime itself saw, corrects the maximum.
static void report_spread(struct reporter *r, const char *metric,
                          const char *scope, const struct event_spread *s,
                          uint64_t known)
{
  const double n = (double)s->count;
  const struct {
    const char *stat;
    double value;
  } stats[] = {
      {"total", (double)s->total_ns},
      {"mean", (double)s->total_ns / n},
      {"p50", (double)s->p50},
      {"p90", (double)s->p90},
      {"p99", (double)s->p99},
      {"p99_9", (double)s->p99_9},
      {"p99_99", (double)s->p99_99},
      {"max", (double)(s->max_ns > known ? s->max_ns : known)},
  };
  reporter_value(r, metric, scope, "count", n);
  for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++)
    reporter_value(r, metric, scope, stats[i].stat,
                   s->count ? stats[i].value : NAN);
}

static void report_unknown_spread(struct reporter *r, const char *metric,
                                  const char *scope)
{
  static const char *const stats[] = {"count", "total", "mean",   "p50", "p90",
                                      "p99",   "p99_9", "p99_99", "max"};
  for (size_t i = 0; i < sizeof stats / sizeof stats[0]; i++)
    reporter_value(r, metric, scope, stats[i], NAN);
}

static struct gc_cost_run run_of(const struct measure *measure)
{
  const struct bodies_times *t = &measure->times;
  return (struct gc_cost_run){t->begin_ns, t->end_ns, t->owners, t->n_owners};
}

// A bare build writes none. Where some were lost, sums would be too small.
static bool events_are_whole(const struct measure *measure)
{
  return strcmp(wane_variety(), "bare") != 0 && measure->events->lost == 0;
}

// Known by events only.
static void report_cost(const struct measure *measure, struct reporter *r)
{
  const struct bodies_times *t = &measure->times;
  const struct gc_cost_run run = run_of(measure);
  struct gc_cost c = {0};
  bool known = events_are_whole(measure);
  if (known && gc_cost_of(measure->events, &run, &c)) {
    reporter_fail(r, "no memory for the costs of the collector");
    return;
  }
  uint64_t phases = 0;
  for (int i = 0; i < GC_COST_PHASES; i++) phases += c.phase_ns[i];
  const struct {
    const char *metric, *scope;
    uint64_t value;
  } costs[] = {
      {"time.wall", "stw", c.stw_wall_ns},
      {"time.task_clock", "stw", c.stw_cpu_ns},
      {"time.task_clock", "mutator_gc", c.pause_ns + c.assist_ns + c.stall_ns},
      {"time.phase.pause", "mutator_gc", c.pause_ns},
      {"time.phase.assist", "mutator_gc", c.assist_ns},
      {"time.phase.stall", "mutator_gc", c.stall_ns},
      {"time.phase.handshake", "gc", c.phase_ns[WANE_PHASE_HANDSHAKE]},
      {"time.phase.decrement", "gc", c.phase_ns[WANE_PHASE_DECREMENT]},
      {"time.phase.release", "gc", c.phase_ns[WANE_PHASE_RELEASE]},
      {"time.phase.young", "gc", c.phase_ns[WANE_PHASE_YOUNG]},
      {"time.phase.collect", "gc", c.phase_ns[WANE_PHASE_COLLECT]},
      {"time.phase.mark", "gc", c.phase_ns[WANE_PHASE_MARK]},
      {"time.phase.sweep", "gc", c.phase_ns[WANE_PHASE_SWEEP]},
      {"time.phase.other", "gc", less(gc_cpu_ns(t), phases)},
  };
  for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++)
    reporter_value(r, costs[i].metric, costs[i].scope, "total",
                   known ? (double)costs[i].value : NAN);
}

static void report_counters(const struct measure *measure, struct reporter *r)
{
  const struct bodies_times *t = &measure->times;
  for (int i = 0; i < PERF_COUNTERS; i++) {
    double all = t->process.of[i], bodies = t->mutators.of[i];
    char metric[40];
    snprintf(metric, sizeof metric, "perf.%s", perf_name((enum perf_counter)i));
    reporter_value(r, metric, "process", "total", all);
    reporter_value(r, metric, "mutator", "total", bodies);
    reporter_value(r, metric, "stw", "total", measure->stops.of[i]);
    // NaN stays NaN; clocks of many threads are not read at the same instant.
    reporter_value(r, metric, "gc", "total", bodies > all ? 0 : all - bodies);
  }
}

static void tell_of_counters(const struct measure *measure, struct reporter *r)
{
  const struct bodies_times *t = &measure->times;
  char note[256];
  if (!t->uncounted) return;
  snprintf(note, sizeof note,
           "%u mutators lack a counter that the process has (%s): its scopes "
           "mutator and gc are NA",
           t->uncounted, perf_why(t->counter_error));
  reporter_text(r, WIRE_NOTE, note);
}

static void report_queue(const struct measure *measure, struct reporter *r)
{
  const struct gc_cost_run run = run_of(measure);
  struct gc_cost_queue queue;
  if (!events_are_whole(measure)) {
    report_unknown_spread(r, "rc.dec_queue.depth", "gc");
    report_unknown_spread(r, "rc.dec_queue.age", "gc");
    return;
  }
  if (gc_cost_queue_of(measure->events, &run, &queue)) {
    reporter_fail(r, "no memory for the queue of decrements");
    return;
  }
  report_spread(r, "rc.dec_queue.depth", "gc", &queue.depth, 0);
  report_spread(r, "rc.dec_queue.age", "gc", &queue.age_ns, 0);
}

static void tell_of_losses(const struct measure *measure, struct reporter *r)
{
  char note[256];
  if (!measure->events->lost) return;
  snprintf(note, sizeof note,
           "%llu events were lost: what follows from all of them (stops' and "
           "mutators' costs, phases, the queue of decrements) is NA; "
           "--rc event_ring=N keeps more",
           (unsigned long long)measure->events->lost);
  reporter_text(r, WIRE_NOTE, note);
}

static void report_events(const struct measure *measure, struct reporter *r)
{
  const struct wane_stats *s = &measure->stats;
  const struct bodies_times *t = &measure->times;
  bool lost = measure->events->lost > 0;
  const struct {
    const char *metric, *scope;
    int kind, phase;
    uint64_t known;
  } spreads[] = {
      {"gc.round", "process", WANE_EVENT_CYCLE, WANE_PHASE_NONE, 0},
      {"gc.pause", "mutator", WANE_EVENT_PAUSE, WANE_PHASE_NONE, s->ack_max_ns},
      {"gc.ttsp", "process", WANE_EVENT_PHASE, WANE_PHASE_HANDSHAKE,
       s->handshake_max_ns},
      {"gc.stall", "mutator", WANE_EVENT_STALL, WANE_PHASE_NONE,
       s->stall_max_ns},
      {"gc.assist", "mutator", WANE_EVENT_ASSIST, WANE_PHASE_NONE, 0},
  };
  for (size_t i = 0; i < sizeof spreads / sizeof spreads[0]; i++) {
    struct event_spread spread;
    if (event_log_spread(measure->events, spreads[i].kind, spreads[i].phase,
                         t->begin_ns, t->end_ns, &spread)) {
      reporter_fail(r, "no memory for the lengths of events");
      return;
    }
    report_spread(r, spreads[i].metric, spreads[i].scope, &spread,
                  lost ? spreads[i].known : 0);
    if (spreads[i].kind == WANE_EVENT_PAUSE)
      put(r, "gc.pauses", "process", "count", spread.count);
  }
  put(r, "events.dropped", "process", "count", measure->events->lost);
}

// Of the run: what lies in it. A record that was lost was made all the same.
static void report_instruments(const struct measure *measure,
                               uint64_t requests, struct reporter *r)
{
  const struct event_log *log = measure->events;
  uint64_t events = log->lost;
  for (size_t i = 0; i < log->n; i++)
    events += event_log_overlaps(&log->events[i], measure->times.begin_ns,
                                 measure->times.end_ns);
  reporter_value(r, "instruments.cost", "process", "total",
                 instruments_cost(measure->instruments, events, requests));
}

void measure_report(const struct measure *measure, struct reporter *reporter)
{
  report_times(measure, reporter);
  report_cost(measure, reporter);
  report_counters(measure, reporter);
  report_counts(measure, reporter);
  report_collector(measure, reporter);
  report_memory(measure, reporter);
  report_queue(measure, reporter);
  report_events(measure, reporter);
  tell_of_losses(measure, reporter);
  tell_of_counters(measure, reporter);
  uint64_t requests =
      requests_report(&reporter->requests, reporter, measure->timed,
                      measure->times.begin_ns);
  report_instruments(measure, requests, reporter);
}
