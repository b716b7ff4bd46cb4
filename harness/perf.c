// perf.c: hardware counters of a thread or of the process.
// SPDX-License-Identifier: MIT
//
// perf_event_open(2), counting only, no root needed. A counter that may not
// see the kernel is opened once more without it. Counters are not in a group:
// where the processor has too few, those it has are still good. Any thread.
#include "perf.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char *name;
  uint32_t type;
  uint64_t config;
} counters[PERF_COUNTERS] = {
    [PERF_CYCLES] = {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    [PERF_INSTRUCTIONS] = {"instructions", PERF_TYPE_HARDWARE,
                           PERF_COUNT_HW_INSTRUCTIONS},
    [PERF_LLC_MISS] = {"llc_miss", PERF_TYPE_HARDWARE,
                       PERF_COUNT_HW_CACHE_MISSES},
    [PERF_DTLB_MISS] = {"dtlb_miss", PERF_TYPE_HW_CACHE,
                        PERF_COUNT_HW_CACHE_DTLB |
                            PERF_COUNT_HW_CACHE_OP_READ << 8 |
                            PERF_COUNT_HW_CACHE_RESULT_MISS << 16},
};

const struct perf perf_none = {.fd = {-1, -1, -1, -1}};

const char *perf_name(enum perf_counter counter)
{
  return counters[counter].name;
}

// --- open, close -------------------------------------------------------------

static int system_call(struct perf_event_attr *attr)
{
  return (int)syscall(SYS_perf_event_open, attr, 0, -1, -1,
                      PERF_FLAG_FD_CLOEXEC);
}

static int open_one(enum perf_counter counter, bool inherit, bool kernel,
                    perf_open_call call)
{
  struct perf_event_attr attr = {
      .type = counters[counter].type,
      .size = sizeof attr,
      .config = counters[counter].config,
      .read_format =
          PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
      .inherit = inherit,
      .exclude_kernel = !kernel,
      .exclude_hv = !kernel};
  return call(&attr);
}

static bool refused(int error)
{
  return error == EACCES || error == EPERM;
}

void perf_open(struct perf *perf, bool inherit, perf_open_call call)
{
  if (!call) call = system_call;
  for (int i = 0; i < PERF_COUNTERS; i++) {
    enum perf_counter counter = (enum perf_counter)i;
    perf->kernel[i] = true;
    perf->fd[i] = open_one(counter, inherit, true, call);
    if (perf->fd[i] < 0 && refused(errno)) {
      perf->kernel[i] = false;
      perf->fd[i] = open_one(counter, inherit, false, call);
    }
    perf->error[i] = perf->fd[i] < 0 ? errno : 0;
  }
}

void perf_close(struct perf *perf)
{
  for (int i = 0; i < PERF_COUNTERS; i++) {
    if (perf->fd[i] >= 0) close(perf->fd[i]);
    perf->fd[i] = -1;
  }
}

bool perf_any(const struct perf *perf)
{
  for (int i = 0; i < PERF_COUNTERS; i++)
    if (perf->fd[i] >= 0) return true;
  return false;
}

int perf_lacks(const struct perf *perf, const struct perf *process)
{
  for (int i = 0; i < PERF_COUNTERS; i++)
    if (process->fd[i] >= 0 && perf->fd[i] < 0) return perf->error[i];
  return 0;
}

// --- read --------------------------------------------------------------------

void perf_read(const struct perf *perf, struct perf_reading *reading)
{
  for (int i = 0; i < PERF_COUNTERS; i++) {
    uint64_t text[3];
    bool whole = perf->fd[i] >= 0 &&
                 read(perf->fd[i], text, sizeof text) == sizeof text;
    reading->of[i].valid = whole;
    if (!whole) continue;
    reading->of[i].value = text[0];
    reading->of[i].enabled_ns = text[1];
    reading->of[i].running_ns = text[2];
  }
}

struct perf_counts perf_between(const struct perf_reading *begin,
                                const struct perf_reading *end)
{
  struct perf_counts counts;
  for (int i = 0; i < PERF_COUNTERS; i++) {
    uint64_t value = end->of[i].value - begin->of[i].value;
    uint64_t enabled = end->of[i].enabled_ns - begin->of[i].enabled_ns;
    uint64_t running = end->of[i].running_ns - begin->of[i].running_ns;
    counts.of[i] = NAN;
    if (!begin->of[i].valid || !end->of[i].valid) continue;
    if (running == enabled)
      counts.of[i] = (double)value;
    else if (running)
      counts.of[i] = (double)value * ((double)enabled / (double)running);
  }
  return counts;
}

// --- stops -------------------------------------------------------------------

void perf_stops_open(struct perf_stops *stops, const struct perf *perf)
{
  *stops = (struct perf_stops){.lock = PTHREAD_MUTEX_INITIALIZER, .perf = perf};
}

void perf_stops_clear(struct perf_stops *stops)
{
  pthread_mutex_lock(&stops->lock);
  stops->sum = (struct perf_counts){0};
  pthread_mutex_unlock(&stops->lock);
}

void perf_stops_on_stop(bool stopped, void *context)
{
  struct perf_stops *stops = context;
  struct perf_reading now;
  perf_read(stops->perf, &now);
  pthread_mutex_lock(&stops->lock);
  if (stopped) {
    stops->begin = now;
  } else {
    struct perf_counts counts = perf_between(&stops->begin, &now);
    for (int i = 0; i < PERF_COUNTERS; i++) stops->sum.of[i] += counts.of[i];
  }
  pthread_mutex_unlock(&stops->lock);
}

struct perf_counts perf_stops_sum(struct perf_stops *stops)
{
  pthread_mutex_lock(&stops->lock);
  struct perf_counts sum = stops->sum;
  pthread_mutex_unlock(&stops->lock);
  for (int i = 0; i < PERF_COUNTERS; i++)
    if (stops->perf->fd[i] < 0) sum.of[i] = NAN;
  return sum;
}

// --- words -------------------------------------------------------------------

const char *perf_why(int error)
{
  switch (error) {
  case EACCES:
  case EPERM:
    return "not permitted: see /proc/sys/kernel/perf_event_paranoid";
  case ENOENT:
  case ENODEV:
  case EOPNOTSUPP:
    return "the machine does not have it, as most virtual machines do not";
  case ENOSYS:
    return "the kernel knows no counters";
  default:
    return strerror(error);
  }
}

void perf_describe(const struct perf *perf, char *text, unsigned size)
{
  unsigned n = 0;
  for (int i = 0; i < PERF_COUNTERS && n < size; i++) {
    const char *name = counters[i].name, *separator = i ? ", " : "{";
    int wrote;
    if (perf->fd[i] >= 0)
      wrote = snprintf(text + n, size - n, "%s\"%s\": {\"counts\": \"%s\"}",
                       separator, name,
                       perf->kernel[i] ? "user and kernel" : "user");
    else
      wrote = snprintf(text + n, size - n,
                       "%s\"%s\": {\"counts\": null, \"why\": \"%s\"}",
                       separator, name, perf_why(perf->error[i]));
    n += (unsigned)wrote;
  }
  if (n < size) (void)snprintf(text + n, size - n, "}");
}
