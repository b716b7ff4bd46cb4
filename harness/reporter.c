// reporter.c: the child's end of the wire: what a run has to say.
// SPDX-License-Identifier: MIT
//
// The functions of struct wane_workload_run, as the host implements them.
// Lines are buffered until the iteration is over; a failure is sent at once,
// so that it is known even if the process then dies of it. Any thread, under
// one lock; nothing here is called by the harness in the timed region.
#include "reporter.h"

#include "metrics.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void fail(struct wane_workload_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void note(struct wane_workload_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// --- lines -----------------------------------------------------------------

void reporter_text(struct reporter *reporter, enum wire_kind kind,
                   const char *text)
{
  pthread_mutex_lock(&reporter->lock);
  wire_text(reporter->out, kind, text);
  pthread_mutex_unlock(&reporter->lock);
}

void reporter_row(struct reporter *reporter, enum companion companion,
                  const char *csv)
{
  if (!reporter->rows) return;
  pthread_mutex_lock(&reporter->lock);
  wire_row(reporter->out, companion, csv);
  pthread_mutex_unlock(&reporter->lock);
}

void reporter_number(struct reporter *reporter, enum wire_kind kind,
                     uint32_t number)
{
  pthread_mutex_lock(&reporter->lock);
  wire_number(reporter->out, kind, number);
  pthread_mutex_unlock(&reporter->lock);
}

void reporter_fail(struct reporter *reporter, const char *sentence)
{
  pthread_mutex_lock(&reporter->lock);
  if (!reporter->failed) {
    reporter->failed = true;
    wire_text(reporter->out, WIRE_FAIL, sentence);
    fflush(reporter->out);
  }
  pthread_mutex_unlock(&reporter->lock);
}

bool reporter_failed(struct reporter *reporter)
{
  pthread_mutex_lock(&reporter->lock);
  bool failed = reporter->failed;
  pthread_mutex_unlock(&reporter->lock);
  return failed;
}

void reporter_flush(struct reporter *reporter)
{
  pthread_mutex_lock(&reporter->lock);
  fflush(reporter->out);
  pthread_mutex_unlock(&reporter->lock);
}

void reporter_iteration(struct reporter *reporter, uint32_t iteration)
{
  reporter->iteration = iteration;
  if (!reporter->page) return;
  atomic_store(&reporter->page->permille, 0);
  atomic_store(&reporter->page->iteration, iteration);
}

// --- numbers ---------------------------------------------------------------

static void send_value(struct reporter *reporter, const char *metric,
                       const char *scope, const char *stat, const char *unit,
                       double value)
{
  char error[256];
  struct measurement m = {.iteration = reporter->iteration, .value = value};
  if (metrics_check(metric, scope, stat, unit, error, sizeof error)) {
    reporter_fail(reporter, error);
    return;
  }
  snprintf(m.metric, sizeof m.metric, "%s", metric);
  snprintf(m.scope, sizeof m.scope, "%s", scope);
  snprintf(m.stat, sizeof m.stat, "%s", stat);
  snprintf(m.unit, sizeof m.unit, "%s", unit);
  pthread_mutex_lock(&reporter->lock);
  wire_measurement(reporter->out, &m);
  pthread_mutex_unlock(&reporter->lock);
}

void reporter_value(struct reporter *reporter, const char *metric,
                    const char *scope, const char *stat, double value)
{
  const struct metric *known = metrics_find(metric);
  const char *unit = known ? metrics_unit(known, stat) : "";
  send_value(reporter, metric, scope, stat, unit, value);
}

static void report(struct wane_workload_run *run, const char *metric,
                   const char *scope, const char *stat, const char *unit,
                   double value)
{
  send_value(run->host, metric, scope, stat, unit, value);
}

static void report_histogram(struct wane_workload_run *run, const char *metric,
                             const struct wane_histogram *h)
{
  static const struct {
    const char *stat;
    double p;
  } quantiles[] = {{"p50", 0.5},
                   {"p90", 0.9},
                   {"p99", 0.99},
                   {"p99_9", 0.999},
                   {"p99_99", 0.9999}};
  struct reporter *reporter = run->host;
  bool any = h->count > 0;
  send_value(reporter, metric, "process", "count", "ns", (double)h->count);
  for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
    send_value(reporter, metric, "process", quantiles[i].stat, "ns",
               any ? (double)wane_histogram_quantile(h, quantiles[i].p) : NAN);
  send_value(reporter, metric, "process", "mean", "ns",
             any ? h->sum / (double)h->count : NAN);
  send_value(reporter, metric, "process", "min", "ns",
             any ? (double)h->min : NAN);
  send_value(reporter, metric, "process", "max", "ns",
             any ? (double)h->max : NAN);
}

// Within the timed region, on every mutator at once.
static void request(struct wane_workload_run *run, uint32_t index,
                    uint64_t intended_ns, uint64_t start_ns, uint64_t end_ns)
{
  struct reporter *reporter = run->host;
  const struct stats_request times = {intended_ns, start_ns, end_ns};
  if (requests_add(&reporter->requests, index, &times)) return;
  run->fail(run, "a request of mutator %u: there are %u", index,
            reporter->requests.mutators);
}

// --- sentences -------------------------------------------------------------

static void fail(struct wane_workload_run *run, const char *format, ...)
{
  char sentence[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  reporter_fail(run->host, sentence);
}

static void note(struct wane_workload_run *run, const char *format, ...)
{
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  reporter_text(run->host, WIRE_NOTE, line);
}

static void progress(struct wane_workload_run *run, double done)
{
  struct reporter *reporter = run->host;
  if (!reporter->page || !(done >= 0)) return;
  uint32_t permille = done < 1 ? (uint32_t)(done * 1000) : 1000;
  atomic_store(&reporter->page->permille, permille);
}

// --- open, close -----------------------------------------------------------

static int map_page(struct reporter *reporter, int fd)
{
  if (fd < 0) return 0;
  void *page = mmap(NULL, sizeof *reporter->page, PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, 0);
  int result = page == MAP_FAILED ? -errno : 0;
  close(fd);
  if (!result) reporter->page = page;
  return result;
}

int reporter_open(struct reporter *reporter, int fd, int progress_fd,
                  struct wane_workload_run *run)
{
  *reporter = (struct reporter){.lock = PTHREAD_MUTEX_INITIALIZER};
  int result = map_page(reporter, progress_fd);
  if (result) return result;
  reporter->out = fdopen(fd, "w");
  if (!reporter->out) return -errno;
  run->size = sizeof *run;
  run->fail = fail;
  run->report = report;
  run->report_histogram = report_histogram;
  run->note = note;
  run->progress = progress;
  run->request = request;
  run->host = reporter;
  return 0;
}

void reporter_close(struct reporter *reporter, enum run_status status)
{
  reporter_number(reporter, WIRE_STATUS, status);
  requests_close(&reporter->requests);
  fclose(reporter->out);
  if (reporter->page) munmap(reporter->page, sizeof *reporter->page);
}
