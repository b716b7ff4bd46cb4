// child.c: one invocation, in a process of its own.
// SPDX-License-Identifier: MIT
//
// What a workload.h promises happens here, in that order. An iteration is:
// setup; a full collection, so that nothing of before is charged to the run;
// totals, events and peaks reset; the bodies, timed; a full collection, timed
// apart: work that the collector put off is work of this run; everything
// read; check; finish; one more collection, to see what is left.
// Main thread of the child, which is the host's mutator "host".
#include "child.h"

#include "clocks.h"
#include "exit_code.h"
#include "lifetimes.h"
#include "measure.h"
#include "numa_watch.h"
#include "plan.h"
#include "sampler.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// The rings' default in a run: 2.4 MB a thread; a longer run can lose events,
// says so, and takes --rc event_ring.
#define EVENT_RING 16384

struct child {
  const struct run_args *args;
  struct plan plan;
  const struct wane_workload *workload;
  struct wane_workload_run run;
  struct reporter reporter;
  struct event_log events;
  struct instruments instruments;
  struct perf perf; // of the whole process
  struct perf_stops stops;
  struct wane_mutator *host;
  struct numa_setup numa;
  struct numa_watch watch;
  struct sampler sampler;
  struct lifetimes_run times; // of the iteration; all 0: no bodies ran
};

// --- pieces of an iteration ------------------------------------------------

typedef int (*workload_step)(struct wane_workload_run *run,
                             struct wane_mutator *m);

static enum run_status unstartable(struct child *child, const char *sentence)
{
  reporter_text(&child->reporter, WIRE_UNSTARTABLE, sentence);
  return RUN_SKIPPED;
}

// What the result of a step means.
static enum run_status judge(struct child *child, const char *name, int result)
{
  if (result == ENOMEM && !reporter_failed(&child->reporter)) return RUN_OOM;
  if (result) child->run.fail(&child->run, "%s returned %d", name, result);
  return reporter_failed(&child->reporter) ? RUN_INVALID : RUN_OK;
}

// A step that the workload may leave out.
static enum run_status step(struct child *child, const char *name,
                            workload_step function)
{
  return judge(child, name, function ? function(&child->run, child->host) : 0);
}

static enum run_status run_bodies(struct child *child, struct measure *measure)
{
  wane_detach(child->host);
  char unplaced[512] = "";
  int sampled = sampler_begin(&child->sampler);
  enum bodies_result result =
      bodies_run(&child->run, child->workload, &child->perf, &measure->times,
                 unplaced, sizeof unplaced);
  measure->stops = perf_stops_sum(&child->stops);
  sampler_end(&child->sampler);
  // Its thread runs a little longer than what was timed.
  uint64_t cpu = measure->times.process_cpu_ns, own = child->sampler.cpu_ns;
  uint64_t least = measure->times.mutator_cpu_ns; // another clock
  measure->times.process_cpu_ns = cpu > own + least ? cpu - own : least;
  wane_attach(child->host);
  if (sampled)
    reporter_text(&child->reporter, WIRE_NOTE,
                  "the heap's sizes were not sampled, and heap.auc is NA: no "
                  "thread for that");
  if (result == BODIES_UNPLACED) return unstartable(child, unplaced);
  if (*unplaced && child->run.iteration == 1)
    reporter_text(&child->reporter, WIRE_NOTE, unplaced);
  if (reporter_failed(&child->reporter)) return RUN_INVALID;
  return result == BODIES_OOM ? RUN_OOM : RUN_OK;
}

static void drain(struct child *child, struct measure *measure)
{
  uint64_t cpu = clocks_process_ns(), begin = clocks_wall_ns();
  wane_collect(child->host);
  measure->drain_ns = clocks_wall_ns() - begin;
  measure->drain_cpu_ns = clocks_process_ns() - cpu;
  sampler_take(&child->sampler);
  wane_stats_read(&measure->stats);
}

static void send_event(const char *csv, void *context)
{
  reporter_row(context, COMPANION_EVENTS, csv);
}

static void send_sample(const char *csv, void *context)
{
  reporter_row(context, COMPANION_SAMPLES, csv);
}

static void send_lifetime(const char *csv, void *context)
{
  reporter_row(context, COMPANION_LIFETIMES, csv);
}

// After `check`, which knows when objects died.
static void report_heap(struct child *child, enum run_status status)
{
  const struct lifetimes_run *times = &child->times;
  const struct wane_lives *lives = status == RUN_OK ? child->run.lives : NULL;
  struct reporter *reporter = &child->reporter;
  if (!times->end_ns) return;
  if (reporter->rows) {
    if (sampler_rows(&child->sampler, child->run.iteration, times->begin_ns,
                     lives, send_sample, reporter))
      child->run.fail(&child->run, "no memory for the rows of samples");
    if (child->run.iteration == child->args->iterations && // they are many
        lifetimes_rows(lives, times, child->run.iteration, send_lifetime,
                       reporter))
      child->run.fail(&child->run, "no memory for the rows of lifetimes");
  }
  if (child->sampler.lost)
    child->run.note(&child->run,
                    "%llu samples of the heap were lost for lack of memory: "
                    "heap.auc is NA",
                    (unsigned long long)child->sampler.lost);
  if (status != RUN_OK) return;
  reporter_value(
      reporter, "heap.auc", "process", "auc",
      sampler_auc(&child->sampler, times->begin_ns, times->end_ns));
  reporter_value(reporter, "instruments.sampler", "process", "total",
                 (double)child->sampler.cpu_ns);
  reporter_value(reporter, "instruments.lifetimes", "process", "total",
                 child->instruments.wall * (double)lifetimes_readings(lives));
  if (lifetimes_report(lives, times, reporter))
    child->run.fail(&child->run, "no memory for the lifetimes of objects");
}

static enum run_status run_timed(struct child *child)
{
  struct measure measure = {.events = &child->events,
                            .instruments = &child->instruments,
                            .reclaims = child->run.reclaims,
                            .timed = child->run.iteration ==
                                     child->args->iterations};
  wane_collect(child->host);
  event_log_drain(&child->events);
  event_log_clear(&child->events);
  bool rss = clocks_rss_reset();
  requests_clear(&child->reporter.requests);
  perf_stops_clear(&child->stops);
  wane_stats_reset();
  bool numa = child->numa.mode != NUMA_OFF;
  if (numa) numa_watch_begin(&child->watch, child->run.iteration);
  enum run_status status = run_bodies(child, &measure);
  if (status == RUN_OK) drain(child, &measure);
  child->times = (struct lifetimes_run){measure.times.begin_ns,
                                        measure.times.end_ns, clocks_wall_ns()};
  measure.rss_peak = rss ? clocks_rss_peak() : 0;
  event_log_drain(&child->events);
  if (status == RUN_OK) measure_report(&measure, &child->reporter);
  if (status == RUN_OK && numa) numa_watch_end(&child->watch, child->host);
  if (event_log_rows(&child->events, child->run.iteration,
                     measure.times.begin_ns, measure.times.end_ns, send_event,
                     &child->reporter))
    child->run.fail(&child->run, "no memory for the rows of events");
  free(measure.times.owners);
  return status;
}

// Only rounds count what is alive; a collector that never frees has none.
static void report_leak(struct child *child, const struct wane_stats *before)
{
  struct wane_stats after;
  double objects = NAN, bytes = NAN;
  wane_collect(child->host);
  wane_stats_read(&after);
  if (child->run.reclaims) {
    objects = (double)after.live_objects - (double)before->live_objects;
    bytes = (double)after.heap_used_bytes - (double)before->heap_used_bytes;
  }
  reporter_value(&child->reporter, "leak.objects", "process", "count", objects);
  reporter_value(&child->reporter, "leak.bytes", "process", "total", bytes);
}

// ENOTSUP: types with weak references or finalizers, say, and a collector that
// knows none. That is no failure of either.
static enum run_status set_up(struct child *child)
{
  const struct wane_workload *workload = child->workload;
  int result = workload->setup ? workload->setup(&child->run, child->host) : 0;
  char sentence[256];
  if (result != ENOTSUP || reporter_failed(&child->reporter))
    return judge(child, "setup", result);
  snprintf(sentence, sizeof sentence,
           "workload %s needs types that collector %s does not know",
           workload->name, child->plan.collectors[0].plugin->name);
  return unstartable(child, sentence);
}

static enum run_status iterate(struct child *child, uint32_t iteration)
{
  const struct wane_workload *workload = child->workload;
  struct wane_stats before;
  child->run.iteration = iteration;
  child->times = (struct lifetimes_run){0};
  child->run.lives = NULL;
  reporter_iteration(&child->reporter, iteration);
  wane_collect(child->host);
  wane_stats_read(&before);
  enum run_status status = set_up(child);
  reporter_flush(&child->reporter); // what it noted, should it crash
  if (status == RUN_OK) status = run_timed(child);
  if (status == RUN_OK) {
    status = step(child, "check", workload->check);
    if (child->run.verify)
      reporter_value(&child->reporter, "check.heap_verify", "process", "total",
                     status == RUN_OK);
  }
  report_heap(child, status);
  enum run_status finished = step(child, "finish", workload->finish);
  if (status == RUN_OK) status = finished;
  if (status == RUN_OK) report_leak(child, &before);
  if (status == RUN_OK && reporter_failed(&child->reporter))
    status = RUN_INVALID;
  reporter_flush(&child->reporter);
  return status;
}

// --- the process -----------------------------------------------------------

// The host sets up where mutator 0 will run, as a program's main thread would:
// otherwise what it allocates would be anywhere.
static enum run_status place_host(struct child *child)
{
  char error[512] = "";
  int result = wane_place(0, error, sizeof error);
  if (!result) return RUN_OK;
  return unstartable(child, *error ? error : strerror(-result));
}

static enum run_status run_iterations(struct child *child)
{
  enum run_status status = place_host(child);
  if (status != RUN_OK) return status;
  child->host = wane_thread_start("host");
  if (!child->host)
    return unstartable(child, "no memory for the host's mutator");
  reporter_number(&child->reporter, WIRE_MUTATORS, child->run.mutators);
  if (child->numa.mode != NUMA_OFF)
    numa_watch_start(&child->watch, &child->numa, &child->reporter,
                     child->args->iterations);
  for (uint32_t i = 1; status == RUN_OK && i <= child->args->iterations; i++)
    status = iterate(child, i);
  wane_thread_exit(child->host);
  return status;
}

static enum run_status run_runtime(struct child *child)
{
  const struct plan_collector *collector = &child->plan.collectors[0];
  struct wane_config config = child->args->config;
  char error[512];
  config.collector = collector->plugin;
  config.collector_options = collector->options.text;
  if (!config.event_ring) config.event_ring = EVENT_RING;
  if (child->numa.mode != NUMA_OFF) {
    const struct wane_workload_run *run = &child->run;
    if (numa_setup_place(&child->numa, run->place ? run->places : run->mutators,
                         config.workers, error, sizeof error))
      return unstartable(child, error);
    config.numa = &child->numa.config;
    if (child->numa.mode != NUMA_MODEL) // whose nodes are no processor's
      child->events.topology = child->numa.topology;
  }
  if (perf_any(&child->perf)) {
    config.on_stop = perf_stops_on_stop;
    config.on_stop_context = &child->stops;
  }
  if (wane_start(&config, error, sizeof error))
    return unstartable(child, error);
  enum run_status status = run_iterations(child);
  wane_stop();
  return status;
}

// For the requests that the workload has announced.
static enum run_status make_room(struct child *child)
{
  const struct wane_workload_run *run = &child->run;
  uint64_t most = child->args->requests;
  uint64_t room = run->requests < most ? run->requests : most;
  if (!requests_open(&child->reporter.requests, run->mutators, room))
    return RUN_OK;
  return unstartable(child, "no memory for requests; --requests takes less");
}

static enum run_status run_workload(struct child *child)
{
  const struct wane_collector *collector = child->plan.collectors[0].plugin;
  struct wane_workload_run *run = &child->run;
  run->mutators = child->args->mutators;
  run->options = child->plan.workloads[0].options.values;
  run->seed = child->args->seed;
  run->iteration = 1;
  run->verify = child->args->verify;
  run->complete = collector->claims & WANE_CLAIM_COMPLETE;
  run->reclaims =
      collector->claims & (WANE_CLAIM_ACYCLIC | WANE_CLAIM_COMPLETE);
  int result = child->workload->prepare ? child->workload->prepare(run) : 0;
  if (result || reporter_failed(&child->reporter)) {
    if (!reporter_failed(&child->reporter))
      run->fail(run, "prepare failed: %s", strerror(result));
    return unstartable(child, "");
  }
  enum run_status status = run->mutators ? make_room(child)
                                         : unstartable(child, "no mutators");
  if (status == RUN_OK) status = run_runtime(child);
  if (child->workload->dispose) child->workload->dispose(run);
  if (status == RUN_OK && reporter_failed(&child->reporter))
    status = RUN_INVALID;
  return status;
}

int child_main(const struct run_args *args)
{
  struct child child = {.args = args};
  char error[512];
  // First: a counter counts the threads that are created after it.
  perf_open(&child.perf, true, NULL);
  perf_stops_open(&child.stops, &child.perf);
  int result = plan_open(args, &child.plan, error, sizeof error);
  if (!result && args->numa.asked != NUMA_ASKED_OFF)
    result = numa_setup_open(&child.numa, &args->numa, args->mutators,
                             args->config.workers, error, sizeof error);
  if (!result && (args->n_collectors != 1 || args->n_workloads != 1)) {
    snprintf(error, sizeof error,
             "--child-fd: expected one collector and "
             "one workload");
    result = WANE_EXIT_USAGE;
  }
  if (!result && reporter_open(&child.reporter, args->child_fd,
                               args->progress_fd, &child.run)) {
    snprintf(error, sizeof error, "--child-fd: expected an open file");
    result = WANE_EXIT_USAGE;
  }
  if (!result) {
    child.workload = child.plan.workloads[0].plugin;
    child.reporter.rows = args->companions;
    perf_describe(&child.perf, error, sizeof error);
    reporter_text(&child.reporter, WIRE_COUNTERS, error);
    instruments_calibrate(&child.instruments);
    sampler_open(&child.sampler, (uint64_t)(args->sample_ms * 1e6));
    reporter_close(&child.reporter, run_workload(&child));
  } else {
    fprintf(stderr, "wane: %s\n", error);
  }
  sampler_close(&child.sampler);
  numa_setup_close(&child.numa);
  event_log_free(&child.events);
  perf_close(&child.perf);
  plan_close(&child.plan);
  return result;
}
