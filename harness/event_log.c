// event_log.c: the events of one iteration, and what they add up to.
// SPDX-License-Identifier: MIT
//
// The rings are drained here when the clock is stopped. Percentiles are taken
// from the sorted durations themselves, not from a histogram. Main thread of
// the child.
#include "event_log.h"

#include <errno.h>
#include <stdlib.h>

void event_log_add(struct event_log *log, const struct wane_event *event)
{
  if (log->n == log->room) {
    size_t room = log->room ? 2 * log->room : 1024;
    struct wane_event *more = realloc(log->events, room * sizeof *more);
    if (!more) {
      log->lost++;
      return;
    }
    log->events = more;
    log->room = room;
  }
  log->events[log->n++] = *event;
}

static void take(const struct wane_event *event, void *context)
{
  event_log_add(context, event);
}

void event_log_drain(struct event_log *log)
{
  log->lost += wane_events_drain(take, log);
}

void event_log_clear(struct event_log *log)
{
  log->n = 0;
  log->lost = 0;
}

void event_log_free(struct event_log *log)
{
  free(log->events);
  *log = (struct event_log){0};
}

static int by_value(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

// p as 1 - q with q = 1/inverse_q.
static uint64_t quantile(const uint64_t *sorted, size_t n, size_t inverse_q)
{
  return sorted[n - 1 - n / inverse_q];
}

void event_log_summarise(uint64_t *ns, size_t n, struct event_spread *spread)
{
  *spread = (struct event_spread){.count = n};
  if (n == 0) return;
  qsort(ns, n, sizeof *ns, by_value);
  for (size_t i = 0; i < n; i++) spread->total_ns += ns[i];
  spread->max_ns = ns[n - 1];
  spread->p50 = quantile(ns, n, 2);
  spread->p90 = quantile(ns, n, 10);
  spread->p99 = quantile(ns, n, 100);
  spread->p99_9 = quantile(ns, n, 1000);
  spread->p99_99 = quantile(ns, n, 10000);
}

bool event_log_overlaps(const struct wane_event *e, uint64_t begin_ns,
                        uint64_t end_ns)
{
  return e->t_begin_ns < end_ns &&
         (e->t_end_ns > begin_ns || e->t_begin_ns >= begin_ns);
}

int event_log_spread(const struct event_log *log, int kind, int phase,
                     uint64_t begin_ns, uint64_t end_ns,
                     struct event_spread *spread)
{
  uint64_t *ns = malloc((log->n + 1) * sizeof *ns);
  size_t n = 0;
  if (!ns) return -ENOMEM;
  for (size_t i = 0; i < log->n; i++) {
    const struct wane_event *e = &log->events[i];
    if (e->kind != kind || !event_log_overlaps(e, begin_ns, end_ns)) continue;
    if (phase != WANE_PHASE_NONE && e->phase != phase) continue;
    ns[n++] = e->t_end_ns - e->t_begin_ns;
  }
  event_log_summarise(ns, n, spread);
  free(ns);
  return 0;
}
