// utilisation.c: when mutators could not run, by the events of one run.
// SPDX-License-Identifier: MIT
//
// stw: from the last mutator's stop to the first one's release, by the phases
// that the coordinator wrote; in files that have none, from the first mutator
// that stops to the last that goes on. Worst: for
// each mutator its pauses, stalls and assists; the least of them at each
// window. Capacity: 1 - processors of the collector / all processors, as Go
// has it: a round takes one (its coordinator), a slice of marking as many as
// its CPU time is of its length, each mutator that pauses, stalls or assists
// one; a stopped world takes all. What happened before the run began, or after
// its end, is not in it.
#include "utilisation.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct spans {
  struct stats_span *spans;
  size_t n, room;
};

struct thread {
  char *name;
  struct spans spans;
};

// Capacity taken from here on; less than nothing: given back.
struct edge {
  uint64_t ns;
  double processors;
};

struct utilisation {
  double processors;
  uint64_t run_ns;
  struct spans stops, paused; // by the coordinator, by mutators
  struct thread *threads;
  size_t n_threads;
  struct edge *edges;
  size_t n_edges, edges_room;
  struct stats_step *steps;
  size_t n_steps;
};

struct utilisation *utilisation_open(unsigned processors)
{
  struct utilisation *u = calloc(1, sizeof *u);
  if (u) u->processors = processors ? processors : 1;
  return u;
}

void utilisation_free(struct utilisation *u)
{
  if (!u) return;
  for (size_t i = 0; i < u->n_threads; i++) {
    free(u->threads[i].name);
    free(u->threads[i].spans.spans);
  }
  free(u->threads);
  free(u->stops.spans);
  free(u->paused.spans);
  free(u->edges);
  free(u->steps);
  free(u);
}

// --- gather ----------------------------------------------------------------

static int add_span(struct spans *to, struct stats_span span)
{
  if (to->n == to->room) {
    size_t room = to->room ? 2 * to->room : 64;
    struct stats_span *more = realloc(to->spans, room * sizeof *more);
    if (!more) return -ENOMEM;
    to->spans = more;
    to->room = room;
  }
  to->spans[to->n++] = span;
  return 0;
}

static int add_edge(struct utilisation *u, uint64_t ns, double processors)
{
  if (u->n_edges == u->edges_room) {
    size_t room = u->edges_room ? 2 * u->edges_room : 64;
    struct edge *more = realloc(u->edges, room * sizeof *more);
    if (!more) return -ENOMEM;
    u->edges = more;
    u->edges_room = room;
  }
  u->edges[u->n_edges++] = (struct edge){ns, processors};
  return 0;
}

static int take(struct utilisation *u, struct stats_span span,
                double processors)
{
  int result = add_edge(u, span.begin_ns, processors);
  return result ? result : add_edge(u, span.end_ns, -processors);
}

static struct thread *thread_of(struct utilisation *u, const char *name)
{
  for (size_t i = 0; i < u->n_threads; i++)
    if (strcmp(u->threads[i].name, name) == 0) return &u->threads[i];
  struct thread *more = realloc(u->threads, (u->n_threads + 1) * sizeof *more);
  if (!more) return NULL;
  u->threads = more;
  char *copy = strdup(name);
  if (!copy) return NULL;
  more[u->n_threads] = (struct thread){.name = copy};
  return &more[u->n_threads++];
}

static bool is(const char *a, const char *b)
{
  return a && strcmp(a, b) == 0;
}

// The coordinator has one of them already.
static double workers_in(const struct companion_event *e)
{
  if (e->cpu_ns == COMPANION_NO_COUNT || e->t_end_ns == e->t_begin_ns) return 0;
  return fmax(0, (double)e->cpu_ns / (double)(e->t_end_ns - e->t_begin_ns) - 1);
}

static int add_mutator(struct utilisation *u, const struct companion_event *e,
                       struct stats_span span)
{
  bool stopped = is(e->event, "pause") && e->stw == 1;
  struct thread *thread = thread_of(u, e->thread);
  int result = thread ? add_span(&thread->spans, span) : -ENOMEM;
  if (!result && stopped) result = add_span(&u->paused, span);
  if (!result) result = take(u, span, stopped ? u->processors : 1);
  return result;
}

static int add_stop(struct utilisation *u, struct stats_span span)
{
  int result = add_span(&u->stops, span);
  return result ? result : take(u, span, u->processors);
}

int utilisation_add(struct utilisation *u, const struct companion_event *e)
{
  if (is(e->event, "marker") && is(e->kind, "harness_end"))
    u->run_ns = e->t_end_ns > 0 ? (uint64_t)e->t_end_ns : 0;
  if (e->t_end_ns <= 0) return 0;
  struct stats_span span = {e->t_begin_ns > 0 ? (uint64_t)e->t_begin_ns : 0,
                            (uint64_t)e->t_end_ns};
  if (is(e->event, "pause") || is(e->event, "stall") || is(e->event, "assist"))
    return add_mutator(u, e, span);
  if (is(e->event, "cycle")) return take(u, span, 1);
  if (is(e->event, "phase") && is(e->kind, "mark"))
    return take(u, span, workers_in(e));
  if (is(e->event, "phase") && is(e->kind, "stopped"))
    return add_stop(u, span);
  return 0;
}

// --- sort ------------------------------------------------------------------

static int by_begin(const void *x, const void *y)
{
  const struct stats_span *a = x, *b = y;
  if (a->begin_ns != b->begin_ns) return a->begin_ns < b->begin_ns ? -1 : 1;
  return (a->end_ns > b->end_ns) - (a->end_ns < b->end_ns);
}

static int by_time(const void *x, const void *y)
{
  const struct edge *a = x, *b = y;
  return (a->ns > b->ns) - (a->ns < b->ns);
}

static void sort(struct spans *spans)
{
  if (spans->n) qsort(spans->spans, spans->n, sizeof *spans->spans, by_begin);
}

int utilisation_ready(struct utilisation *u)
{
  double taken = 0;
  sort(&u->stops);
  sort(&u->paused);
  for (size_t i = 0; i < u->n_threads; i++) sort(&u->threads[i].spans);
  u->steps = malloc((u->n_edges + 1) * sizeof *u->steps);
  if (!u->steps) return -ENOMEM;
  if (u->n_edges) qsort(u->edges, u->n_edges, sizeof *u->edges, by_time);
  for (size_t i = 0; i < u->n_edges; i++) {
    taken += u->edges[i].processors;
    if (i + 1 < u->n_edges && u->edges[i + 1].ns == u->edges[i].ns) continue;
    u->steps[u->n_steps++] = (struct stats_step){
        u->edges[i].ns, fmin(1, fmax(0, taken) / u->processors)};
  }
  return 0;
}

// --- ask -------------------------------------------------------------------

uint64_t utilisation_run_ns(const struct utilisation *u)
{
  return u->run_ns;
}

typedef double (*of_spans)(const struct stats_span *spans, size_t n,
                           uint64_t run_ns, uint64_t window_ns);
typedef double (*of_steps)(const struct stats_step *steps, size_t n,
                           uint64_t run_ns, uint64_t window_ns);

static double ask(const struct utilisation *u, enum utilisation_series series,
                  uint64_t window_ns, of_spans spans, of_steps steps)
{
  double least = spans(NULL, 0, u->run_ns, window_ns);
  if (series == UTILISATION_STW)
    return u->stops.n
               ? spans(u->stops.spans, u->stops.n, u->run_ns, window_ns)
               : spans(u->paused.spans, u->paused.n, u->run_ns, window_ns);
  if (series == UTILISATION_CAPACITY)
    return steps(u->steps, u->n_steps, u->run_ns, window_ns);
  for (size_t i = 0; i < u->n_threads; i++)
    least = fmin(least, spans(u->threads[i].spans.spans, u->threads[i].spans.n,
                              u->run_ns, window_ns));
  return least;
}

double utilisation_mmu(const struct utilisation *u,
                       enum utilisation_series series, uint64_t window_ns)
{
  return ask(u, series, window_ns, stats_mmu, stats_capacity_mmu);
}

double utilisation_bmu(const struct utilisation *u,
                       enum utilisation_series series, uint64_t window_ns)
{
  return ask(u, series, window_ns, stats_bmu, stats_capacity_bmu);
}
