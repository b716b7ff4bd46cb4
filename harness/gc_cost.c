// gc_cost.c: what the collector cost, by whose threads and by phase.
// SPDX-License-Identifier: MIT
//
// Intervals lie in each other: marking in the plugin's part of a round, a
// mutator's pause in its stall. The CPU time of the inner one is taken off the
// outer one, so that sums of parts are sums. Main thread of the child, after
// the clock was stopped.
#include "gc_cost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// --- events in order ---------------------------------------------------------

static int by_begin(const struct wane_event *x, const struct wane_event *y)
{
  if (x->t_begin_ns != y->t_begin_ns)
    return x->t_begin_ns > y->t_begin_ns ? 1 : -1;
  return (x->t_end_ns < y->t_end_ns) - (x->t_end_ns > y->t_end_ns);
}

// By thread; then by begin, what is around others first.
static int by_thread(const void *a, const void *b)
{
  const struct wane_event *x = *(const struct wane_event *const *)a;
  const struct wane_event *y = *(const struct wane_event *const *)b;
  int order = strncmp(x->thread, y->thread, sizeof x->thread);
  return order ? order : by_begin(x, y);
}

static int by_time(const void *a, const void *b)
{
  return by_begin(*(const struct wane_event *const *)a,
                  *(const struct wane_event *const *)b);
}

typedef bool (*wanted)(const struct wane_event *e);

// Those of the run that are wanted, in order. NULL: no memory.
static const struct wane_event **pick(const struct event_log *log,
                                      uint64_t end_ns, wanted wants,
                                      int (*order)(const void *, const void *),
                                      size_t *n)
{
  const struct wane_event **list = malloc((log->n + 1) * sizeof *list);
  *n = 0;
  for (size_t i = 0; list && i < log->n; i++) {
    const struct wane_event *e = &log->events[i];
    if (e->t_begin_ns < end_ns && wants(e)) list[(*n)++] = e;
  }
  if (list) qsort(list, *n, sizeof *list, order);
  return list;
}

// --- CPU time ----------------------------------------------------------------

static bool is_phase(const struct wane_event *e)
{
  return e->kind == WANE_EVENT_PHASE && e->phase < WANE_PHASE_STOPPED;
}

static bool is_mutators(const struct wane_event *e)
{
  return e->kind == WANE_EVENT_PAUSE || e->kind == WANE_EVENT_ASSIST ||
         e->kind == WANE_EVENT_STALL;
}

static uint64_t *part_of(struct gc_cost *cost, const struct wane_event *e)
{
  switch (e->kind) {
  case WANE_EVENT_PAUSE:
    return &cost->pause_ns;
  case WANE_EVENT_ASSIST:
    return &cost->assist_ns;
  case WANE_EVENT_STALL:
    return &cost->stall_ns;
  default:
    return &cost->phase_ns[e->phase];
  }
}

// Two levels: an interval in another one's interval.
static void add_parts(struct gc_cost *cost,
                      const struct wane_event *const *list, size_t n)
{
  const struct wane_event *outer = NULL;
  uint64_t left = 0; // of the outer one's CPU time
  for (size_t i = 0; i < n; i++) {
    const struct wane_event *e = list[i];
    bool inside = outer && e->t_end_ns <= outer->t_end_ns &&
                  strncmp(e->thread, outer->thread, sizeof e->thread) == 0;
    *part_of(cost, e) += e->cpu_ns;
    if (!inside) {
      outer = e;
      left = e->cpu_ns;
      continue;
    }
    // Clocks of several threads are not read at the same instant.
    uint64_t off = e->cpu_ns < left ? e->cpu_ns : left;
    *part_of(cost, outer) -= off;
    left -= off;
  }
}

static int add_all(struct gc_cost *cost, const struct event_log *log,
                   uint64_t end_ns, wanted wants)
{
  size_t n;
  const struct wane_event **list = pick(log, end_ns, wants, by_thread, &n);
  if (!list) return -ENOMEM;
  add_parts(cost, list, n);
  free(list);
  return 0;
}

// --- stops -------------------------------------------------------------------

static bool is_stop(const struct wane_event *e)
{
  return e->kind == WANE_EVENT_PHASE && e->phase == WANE_PHASE_STOPPED;
}

static int add_stops(struct gc_cost *cost, const struct event_log *log,
                     uint64_t begin_ns, uint64_t end_ns)
{
  size_t n;
  const struct wane_event **list = pick(log, end_ns, is_stop, by_time, &n);
  if (!list) return -ENOMEM;
  uint64_t until = begin_ns; // all before is counted
  for (size_t i = 0; i < n; i++) {
    const struct wane_event *e = list[i];
    uint64_t from = e->t_begin_ns > until ? e->t_begin_ns : until;
    uint64_t to = e->t_end_ns < end_ns ? e->t_end_ns : end_ns;
    cost->stw_cpu_ns += e->cpu_ns;
    if (to <= from) continue;
    cost->stw_wall_ns += to - from;
    until = to;
  }
  free(list);
  return 0;
}

int gc_cost_of(const struct event_log *log, uint64_t begin_ns, uint64_t end_ns,
            struct gc_cost *cost)
{
  *cost = (struct gc_cost){0};
  int result = add_all(cost, log, end_ns, is_phase);
  if (!result) result = add_all(cost, log, end_ns, is_mutators);
  return result ? result : add_stops(cost, log, begin_ns, end_ns);
}

// --- the queue of decrements -------------------------------------------------

static bool is_of_queue(const struct wane_event *e)
{
  return e->kind == WANE_EVENT_PHASE && (e->phase == WANE_PHASE_HANDSHAKE ||
                                         e->phase == WANE_PHASE_DECREMENT);
}

int gc_cost_queue_of(const struct event_log *log, uint64_t begin_ns,
                  uint64_t end_ns, struct gc_cost_queue *queue)
{
  size_t n, found = 0;
  const struct wane_event **list = pick(log, end_ns, is_of_queue, by_time, &n);
  uint64_t *depth = malloc((log->n + 1) * sizeof *depth);
  uint64_t *age = malloc((log->n + 1) * sizeof *age);
  // When the handshakes of this round and of the last two began.
  uint64_t since[3] = {begin_ns, begin_ns, begin_ns};
  bool stopped[2] = {false, false}; // this one, the last one
  for (size_t i = 0; list && depth && age && i < n; i++) {
    const struct wane_event *e = list[i];
    if (e->phase == WANE_PHASE_HANDSHAKE) {
      since[2] = since[1];
      since[1] = since[0];
      since[0] = e->t_begin_ns;
      stopped[1] = stopped[0];
      stopped[0] = e->stw;
    } else if (e->items) {
      depth[found] = e->items;
      age[found++] = e->t_end_ns - since[stopped[1] ? 1 : 2];
    }
  }
  int result = list && depth && age ? 0 : -ENOMEM;
  if (!result) {
    event_log_summarise(depth, found, &queue->depth);
    event_log_summarise(age, found, &queue->age_ns);
  }
  free(list);
  free(depth);
  free(age);
  return result;
}
