// drive_workload.h: a host in a test: runs one workload plugin, keeps the talk.
// SPDX-License-Identifier: MIT
//
//   struct drive d = {.collector = "rc", .options = "file=x", .verify = true};
//   assert_int_equal(drive_run(&d, "trace"), 0);
//   assert_string_equal(d.sentence, "");
//
// Calls the plugin as workload.h says a host does, in this process, one
// iteration after the other. Everything it reports is kept here.

#ifndef WANE_TESTS_DRIVE_WORKLOAD_H
#define WANE_TESTS_DRIVE_WORKLOAD_H

#include <tests/check.h>
#include <tests/numa_model.h>
#include <wane/collector.h>
#include <wane/workload.h>

#include <string.h>
#include <time.h>

#define DRIVE_THREADS 64u

struct drive {
  struct wane_workload_run run; // first: callbacks get its address
  // Set by the test.
  const char *collector; // NULL: counting only
  const char *options;   // "k=v,..."
  uint32_t iterations;   // 0: one
  bool verify;
  uint32_t mutators;    // 0: one
  bool complete; // say so, whatever the collector claims
  bool no_weak;  // take the collector's word that it knows such types away
  struct wane_config config;
  void (*tamper)(wane_ref object); // between the bodies and `check`
  bool tamper_early;               // and again and again while the bodies run
  void (*around)(struct drive *d, bool after); // before the bodies, and after
  bool drain;                       // all garbage goes before `check`
  void (*checked)(struct drive *d); // between `check` and `finish`
  void *context;                    // the test's
  // Results.
  char sentence[512]; // first failure, or ""
  char notes[8192];   // all notes, a newline after each
  double events, passed, failed, skipped, checkpoints;
  uint64_t left; // live objects after the last iteration
  // Private.
  const struct wane_workload *workload;
  pthread_mutex_t lock;
  struct numa_model model;
  _Atomic uint32_t running; // bodies
};

__attribute__((format(printf, 2, 3), unused)) static void
drive_fail(struct wane_workload_run *run, const char *format, ...)
{
  struct drive *d = (struct drive *)run;
  va_list args;
  va_start(args, format);
  pthread_mutex_lock(&d->lock);
  if (!*d->sentence) vsnprintf(d->sentence, sizeof d->sentence, format, args);
  pthread_mutex_unlock(&d->lock);
  va_end(args);
}

__attribute__((format(printf, 2, 3), unused)) static void
drive_note(struct wane_workload_run *run, const char *format, ...)
{
  struct drive *d = (struct drive *)run;
  va_list args;
  va_start(args, format);
  size_t n = strlen(d->notes);
  vsnprintf(d->notes + n, sizeof d->notes - n - 1, format, args);
  strcat(d->notes, "\n");
  va_end(args);
}

__attribute__((unused)) static void drive_report(struct wane_workload_run *run,
                                                 const char *metric,
                                                 const char *scope,
                                                 const char *stat,
                                                 const char *unit, double value)
{
  struct drive *d = (struct drive *)run;
  (void)scope, (void)stat, (void)unit;
  if (!strcmp(metric, "replay.events")) d->events = value;
  if (!strcmp(metric, "replay.checkpoints")) d->checkpoints = value;
  if (!strcmp(metric, "case.passed")) d->passed = value;
  if (!strcmp(metric, "case.failed")) d->failed = value;
  if (!strcmp(metric, "case.skipped")) d->skipped = value;
}

__attribute__((unused)) static void
drive_histogram(struct wane_workload_run *run, const char *metric,
                const struct wane_histogram *histogram)
{
  (void)run, (void)metric, (void)histogram;
}

__attribute__((unused)) static void
drive_progress(struct wane_workload_run *run, double done)
{
  if (!(done >= 0 && done <= 1)) drive_fail(run, "progress is %g", done);
}

__attribute__((unused)) static void
drive_request(struct wane_workload_run *run, uint32_t index,
              uint64_t intended_ns, uint64_t start_ns, uint64_t end_ns)
{
  if (index >= run->mutators || end_ns < start_ns || intended_ns)
    drive_fail(run, "a request of mutator %u is wrong", index);
}

struct drive_body {
  struct drive *d;
  uint32_t index;
  int result;
};

__attribute__((unused)) static void *drive_body_main(void *argument)
{
  struct drive_body *body = argument;
  char error[256];
  const uint32_t *place = body->d->run.place;
  int placed = wane_place(place ? place[body->index] : body->index, error,
                          sizeof error);
  struct wane_mutator *m = placed ? NULL : wane_thread_start("body");
  body->result =
      m ? body->d->workload->body(&body->d->run, m, body->index) : -1;
  if (m) wane_thread_exit(m);
  atomic_fetch_sub(&body->d->running, 1);
  return NULL;
}

__attribute__((unused)) static void drive_tamper(wane_ref object, size_t cell,
                                                 void *context)
{
  (void)cell;
  ((struct drive *)context)->tamper(object);
}

// Each pause is twice the one before: the walks, which stop the world, must
// not be all that happens.
__attribute__((unused)) static void drive_tamper_early(struct drive *d)
{
  struct timespec pause = {.tv_nsec = 1000000};
  while (atomic_load(&d->running)) {
    nanosleep(&pause, NULL);
    wane_heap_walk(drive_tamper, d);
    if (pause.tv_nsec < 500000000) pause.tv_nsec *= 2;
  }
}

__attribute__((unused)) static int drive_bodies(struct drive *d)
{
  struct drive_body bodies[DRIVE_THREADS];
  pthread_t threads[DRIVE_THREADS];
  int result = 0;
  assert_true(d->run.mutators <= DRIVE_THREADS);
  atomic_store(&d->running, d->run.mutators);
  for (uint32_t i = 0; i < d->run.mutators; i++) {
    bodies[i] = (struct drive_body){.d = d, .index = i};
    assert_int_equal(
        pthread_create(&threads[i], NULL, drive_body_main, &bodies[i]), 0);
  }
  if (d->tamper_early) drive_tamper_early(d);
  for (uint32_t i = 0; i < d->run.mutators; i++) {
    pthread_join(threads[i], NULL);
    if (!result) result = bodies[i].result;
  }
  return result;
}

__attribute__((unused)) static int drive_iteration(struct drive *d,
                                                   struct wane_mutator *m)
{
  int result = d->workload->setup(&d->run, m);
  if (result) return result;
  wane_detach(m);
  if (d->around) d->around(d, false);
  result = drive_bodies(d);
  if (d->around) d->around(d, true);
  if (d->tamper) wane_heap_walk(drive_tamper, d);
  wane_attach(m);
  if (d->drain) wane_collect(m);
  if (!result) result = d->workload->check(&d->run, m);
  if (!result && d->checked) d->checked(d);
  int finished =
      d->workload->finish ? d->workload->finish(&d->run, m) : 0;
  return result ? result : finished;
}

__attribute__((unused)) static int drive_iterations(struct drive *d)
{
  char error[256];
  struct wane_stats stats;
  if (!d->config.numa) numa_model_wanted(&d->model, &d->config);
  if (wane_start(&d->config, error, sizeof error)) fail_msg("%s", error);
  struct wane_mutator *m = wane_thread_start("host");
  assert_non_null(m);
  int result = 0;
  uint32_t n = d->iterations ? d->iterations : 1;
  for (uint32_t i = 1; i <= n && !result; i++) {
    d->run.iteration = i;
    result = drive_iteration(d, m);
  }
  wane_collect(m);
  wane_stats_read(&stats);
  d->left = stats.live_objects;
  wane_thread_exit(m);
  wane_stop();
  if (d->model.topology) d->config.numa = NULL;
  numa_model_close(&d->model);
  return result;
}

// What `prepare`, or else the first step that failed, returned.
__attribute__((unused)) static int drive_run(struct drive *d,
                                             const char *workload)
{
  char error[256], *storage = NULL;
  union wane_value values[8];
  const struct wane_collector *collector = NULL;
  const struct wane_workload *w =
      wane_plugin_open("workloads", workload, "wane_workload",
                       WANE_WORKLOAD_ABI, sizeof *w, error, sizeof error);
  if (!w) fail_msg("%s", error);
  if (d->collector)
    collector = wane_collector_open(d->collector, error, sizeof error);
  if (d->collector && !collector) fail_msg("%s", error);
  if (wane_options_parse(w->name, w->options, w->n_options, d->options, values,
                         &storage, error, sizeof error))
    fail_msg("%s", error);
  uint32_t claims = collector ? collector->claims : WANE_CLAIM_ACYCLIC;
  struct wane_collector humble;
  if (d->no_weak) {
    humble = *collector;
    humble.claims &= ~(uint32_t)WANE_CLAIM_WEAK;
    collector = &humble;
  }
  d->workload = w;
  d->config.collector = collector;
  d->run = (struct wane_workload_run){
      .size = sizeof d->run,
      .mutators = d->mutators ? d->mutators : 1,
      .options = values,
      .iteration = 1,
      .verify = d->verify,
      .complete = d->complete || (claims & WANE_CLAIM_COMPLETE),
      .reclaims = claims != 0,
      .fail = drive_fail,
      .report = drive_report,
      .report_histogram = drive_histogram,
      .note = drive_note,
      .progress = drive_progress,
      .request = drive_request};
  *d->sentence = *d->notes = '\0';
  pthread_mutex_init(&d->lock, NULL);
  int result = w->prepare(&d->run);
  if (!result) {
    result = drive_iterations(d);
    w->dispose(&d->run);
  }
  pthread_mutex_destroy(&d->lock);
  free(storage);
  return result;
}

#endif
