// gc_cost.c: what the collector cost, by whose threads and by phase.
// SPDX-License-Identifier: MIT
//
// Intervals lie in each other: marking in the plugin's part of a round, a
// mutator's pause in its stall. The CPU time of the inner one is taken off the
// outer one, so that sums of parts are sums. Of what reaches over an end of the
// run only the part in it counts; its CPU time as if it had been even. Main
// thread of the child, after the clock was stopped.
#include "gc_cost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// --- events in order ---------------------------------------------------------

// An event's part in the run.
struct part {
  const struct wane_event *event;
  uint64_t begin_ns, end_ns, cpu_ns;
};

static uint64_t shared_cpu_ns(const struct wane_event *e, uint64_t overlap_ns)
{
  uint64_t length = e->t_end_ns - e->t_begin_ns;
  if (overlap_ns == length) return e->cpu_ns;
  return (uint64_t)((double)e->cpu_ns * (double)overlap_ns / (double)length);
}

static struct part part_in(const struct gc_cost_run *run,
                           const struct wane_event *e)
{
  struct part part = {e, e->t_begin_ns, e->t_end_ns, 0};
  if (part.begin_ns < run->begin_ns) part.begin_ns = run->begin_ns;
  if (part.end_ns > run->end_ns) part.end_ns = run->end_ns;
  part.cpu_ns = shared_cpu_ns(e, part.end_ns - part.begin_ns);
  return part;
}

static int by_begin(const struct part *x, const struct part *y)
{
  if (x->begin_ns != y->begin_ns) return x->begin_ns > y->begin_ns ? 1 : -1;
  return (x->end_ns < y->end_ns) - (x->end_ns > y->end_ns);
}

static bool same_thread(const struct wane_event *x, const struct wane_event *y)
{
  return x->owner == y->owner &&
         strncmp(x->thread, y->thread, sizeof x->thread) == 0;
}

// By thread; then by begin, what is around others first.
static int by_thread(const void *a, const void *b)
{
  const struct part *x = a, *y = b;
  if (x->event->owner != y->event->owner)
    return x->event->owner > y->event->owner ? 1 : -1;
  int order =
      strncmp(x->event->thread, y->event->thread, sizeof x->event->thread);
  return order ? order : by_begin(x, y);
}

static int by_time(const void *a, const void *b)
{
  return by_begin(a, b);
}

typedef bool (*wanted)(const struct gc_cost_run *run,
                       const struct wane_event *e);

// The parts of those that are wanted, in order. NULL: no memory.
static struct part *pick(const struct event_log *log,
                         const struct gc_cost_run *run, wanted wants,
                         int (*order)(const void *, const void *), size_t *n)
{
  struct part *list = malloc((log->n + 1) * sizeof *list);
  *n = 0;
  for (size_t i = 0; list && i < log->n; i++) {
    const struct wane_event *e = &log->events[i];
    if (event_log_overlaps(e, run->begin_ns, run->end_ns) && wants(run, e))
      list[(*n)++] = part_in(run, e);
  }
  if (list) qsort(list, *n, sizeof *list, order);
  return list;
}

// --- CPU time ----------------------------------------------------------------

static bool is_phase(const struct gc_cost_run *run, const struct wane_event *e)
{
  (void)run;
  return e->kind == WANE_EVENT_PHASE && e->phase < WANE_PHASE_STOPPED;
}

// Of a body: other threads may be mutators, too, but are not in what the cost
// is taken off.
static bool is_bodys(const struct gc_cost_run *run, const struct wane_event *e)
{
  if (e->kind != WANE_EVENT_PAUSE && e->kind != WANE_EVENT_ASSIST &&
      e->kind != WANE_EVENT_STALL)
    return false;
  for (uint32_t i = 0; i < run->n_bodies; i++)
    if (run->bodies[i] == e->owner) return true;
  return false;
}

static uint64_t *sum_of(struct gc_cost *cost, const struct wane_event *e)
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
static void add_parts(struct gc_cost *cost, const struct part *list, size_t n)
{
  const struct part *outer = NULL;
  uint64_t left = 0; // of the outer one's CPU time
  for (size_t i = 0; i < n; i++) {
    const struct part *p = &list[i];
    bool inside = outer && p->end_ns <= outer->end_ns &&
                  same_thread(p->event, outer->event);
    *sum_of(cost, p->event) += p->cpu_ns;
    if (!inside) {
      outer = p;
      left = p->cpu_ns;
      continue;
    }
    // Clocks of several threads are not read at the same instant.
    uint64_t off = p->cpu_ns < left ? p->cpu_ns : left;
    *sum_of(cost, outer->event) -= off;
    left -= off;
  }
}

static int add_all(struct gc_cost *cost, const struct event_log *log,
                   const struct gc_cost_run *run, wanted wants)
{
  size_t n;
  struct part *list = pick(log, run, wants, by_thread, &n);
  if (!list) return -ENOMEM;
  add_parts(cost, list, n);
  free(list);
  return 0;
}

// --- stops -------------------------------------------------------------------

static bool is_stop(const struct gc_cost_run *run, const struct wane_event *e)
{
  (void)run;
  return e->kind == WANE_EVENT_PHASE && e->phase == WANE_PHASE_STOPPED;
}

static int add_stops(struct gc_cost *cost, const struct event_log *log,
                     const struct gc_cost_run *run)
{
  size_t n;
  struct part *list = pick(log, run, is_stop, by_time, &n);
  if (!list) return -ENOMEM;
  uint64_t until = run->begin_ns; // all before is counted
  for (size_t i = 0; i < n; i++) {
    const struct part *p = &list[i];
    uint64_t from = p->begin_ns > until ? p->begin_ns : until;
    cost->stw_cpu_ns += p->cpu_ns;
    if (p->end_ns <= from) continue;
    cost->stw_wall_ns += p->end_ns - from;
    until = p->end_ns;
  }
  free(list);
  return 0;
}

int gc_cost_of(const struct event_log *log, const struct gc_cost_run *run,
               struct gc_cost *cost)
{
  *cost = (struct gc_cost){0};
  int result = add_all(cost, log, run, is_phase);
  if (!result) result = add_all(cost, log, run, is_bodys);
  return result ? result : add_stops(cost, log, run);
}

// --- the queue of decrements -------------------------------------------------

// Handshakes of before the run, too: they say when waiting began.
static size_t pick_of_queue(const struct event_log *log,
                            const struct gc_cost_run *run,
                            const struct wane_event **list)
{
  size_t n = 0;
  for (size_t i = 0; i < log->n; i++) {
    const struct wane_event *e = &log->events[i];
    bool taken = e->phase == WANE_PHASE_HANDSHAKE
                     ? e->t_begin_ns < run->end_ns
                     : e->phase == WANE_PHASE_DECREMENT &&
                           event_log_overlaps(e, run->begin_ns, run->end_ns);
    if (e->kind == WANE_EVENT_PHASE && taken) list[n++] = e;
  }
  return n;
}

static int queue_by_time(const void *a, const void *b)
{
  const struct wane_event *x = *(const struct wane_event *const *)a;
  const struct wane_event *y = *(const struct wane_event *const *)b;
  return (x->t_begin_ns > y->t_begin_ns) - (x->t_begin_ns < y->t_begin_ns);
}

int gc_cost_queue_of(const struct event_log *log,
                     const struct gc_cost_run *run, struct gc_cost_queue *queue)
{
  size_t n = 0, found = 0;
  const struct wane_event **list = malloc((log->n + 1) * sizeof *list);
  uint64_t *depth = malloc((log->n + 1) * sizeof *depth);
  uint64_t *age = malloc((log->n + 1) * sizeof *age);
  // When the handshakes of this round and of the last two began.
  uint64_t since[3] = {run->begin_ns, run->begin_ns, run->begin_ns};
  bool stopped[2] = {false, false}; // this one, the last one
  if (list) n = pick_of_queue(log, run, list);
  if (n) qsort(list, n, sizeof *list, queue_by_time);
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
