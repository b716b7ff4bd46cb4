// requests.c: the requests of an iteration, and how long they took.
// SPDX-License-Identifier: MIT
//
// A mutator writes into an array of its own, made and touched before the clock
// runs. When it is full, requests still count in a histogram of latencies:
// what is lost is when they were, which metered latency and the file of
// requests need. The rest is done by the main thread of the child, after the
// clock was stopped.
#include "requests.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define LINE 64 // no two mutators write to the same line

struct requests_of {
  alignas(LINE) uint64_t n;
  uint64_t room;
  struct wane_histogram past; // those past the room
  struct stats_request kept[];
};

// --- writing -----------------------------------------------------------------

static struct requests_of *of_new(uint64_t room)
{
  struct requests_of *of;
  if (room > (SIZE_MAX / 2 - sizeof *of) / sizeof of->kept[0]) return NULL;
  size_t bytes = sizeof *of + room * sizeof of->kept[0];
  of = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
  if (!of) return NULL;
  memset(of, 0, bytes); // and touches its pages
  of->room = room;
  wane_histogram_reset(&of->past);
  return of;
}

int requests_open(struct requests *requests, uint32_t mutators, uint64_t room)
{
  *requests = (struct requests){0};
  requests->of = calloc(mutators, sizeof(struct requests_of *));
  if (!requests->of) return -ENOMEM;
  for (; requests->mutators < mutators; requests->mutators++) {
    struct requests_of *of = of_new(room);
    if (!of) return -ENOMEM;
    requests->of[requests->mutators] = of;
  }
  return 0;
}

void requests_close(struct requests *requests)
{
  for (uint32_t i = 0; i < requests->mutators; i++) free(requests->of[i]);
  free(requests->of);
  *requests = (struct requests){0};
}

void requests_clear(struct requests *requests)
{
  for (uint32_t i = 0; i < requests->mutators; i++) {
    struct requests_of *of = requests->of[i];
    of->n = 0;
    if (of->past.count) wane_histogram_reset(&of->past);
  }
}

static uint64_t simple(const struct stats_request *times)
{
  return times->end_ns > times->start_ns ? times->end_ns - times->start_ns : 0;
}

bool requests_add(struct requests *requests, uint32_t thread,
                  const struct stats_request *times)
{
  if (thread >= requests->mutators) return false;
  struct requests_of *of = requests->of[thread];
  if (of->n < of->room)
    of->kept[of->n++] = *times;
  else
    wane_histogram_add(&of->past, simple(times));
  return true;
}

// --- all of them -------------------------------------------------------------

static int by_start(const void *a, const void *b)
{
  const struct requests_one *x = a, *y = b;
  uint64_t s = x->times.start_ns, t = y->times.start_ns;
  if (s != t) return (s > t) - (s < t);
  return (x->thread > y->thread) - (x->thread < y->thread);
}

// Of those that were not kept, and then of those that were too.
static int take_histogram(const struct requests *requests,
                          struct requests_all *all)
{
  all->all = malloc(sizeof *all->all);
  if (!all->all) return -ENOMEM;
  wane_histogram_reset(all->all);
  for (uint32_t i = 0; i < requests->mutators; i++)
    wane_histogram_merge(all->all, &requests->of[i]->past);
  for (size_t i = 0; i < all->n; i++)
    wane_histogram_add(all->all, simple(&all->one[i].times));
  return 0;
}

int requests_take(const struct requests *requests, struct requests_all *all)
{
  size_t room = 1;
  *all = (struct requests_all){0};
  for (uint32_t i = 0; i < requests->mutators; i++) {
    room += requests->of[i]->n;
    all->count += requests->of[i]->n + requests->of[i]->past.count;
  }
  all->one = malloc(room * sizeof *all->one);
  if (!all->one) return -ENOMEM;
  for (uint32_t i = 0; i < requests->mutators; i++)
    for (uint64_t k = 0; k < requests->of[i]->n; k++)
      all->one[all->n++] =
          (struct requests_one){requests->of[i]->kept[k], i};
  qsort(all->one, all->n, sizeof *all->one, by_start);
  return all->count > all->n ? take_histogram(requests, all) : 0;
}

void requests_all_free(struct requests_all *all)
{
  free(all->one);
  free(all->all);
  *all = (struct requests_all){0};
}

// --- latencies ---------------------------------------------------------------

static const struct requests_latency unknown = {NAN, NAN, NAN, NAN, NAN,
                                                NAN, NAN, NAN, NAN, NAN};

static int by_value(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static double p99_99(size_t n, double value)
{
  return stats_enough(n, 0.9999) ? value : NAN;
}

static double at(const uint64_t *sorted, size_t n, double p)
{
  return (double)sorted[stats_rank(n, p)];
}

// Sorts them.
static void of_values(uint64_t *ns, size_t n, struct requests_latency *latency)
{
  uint64_t total = 0;
  *latency = unknown;
  latency->count = (double)n;
  if (!n) return;
  qsort(ns, n, sizeof *ns, by_value);
  for (size_t i = 0; i < n; i++) total += ns[i];
  *latency = (struct requests_latency){
      .count = (double)n,
      .total = (double)total,
      .mean = (double)total / (double)n,
      .min = (double)ns[0],
      .p50 = at(ns, n, 0.5),
      .p90 = at(ns, n, 0.9),
      .p99 = at(ns, n, 0.99),
      .p99_9 = at(ns, n, 0.999),
      .p99_99 = p99_99(n, at(ns, n, 0.9999)),
      .max = (double)ns[n - 1]};
}

static double of_rank(const struct wane_histogram *h, double p)
{
  return (double)wane_histogram_quantile(h, p);
}

static void of_histogram(const struct wane_histogram *h,
                         struct requests_latency *latency)
{
  *latency = (struct requests_latency){
      .count = (double)h->count,
      .total = h->sum,
      .mean = h->sum / (double)h->count,
      .min = (double)h->min,
      .p50 = of_rank(h, 0.5),
      .p90 = of_rank(h, 0.9),
      .p99 = of_rank(h, 0.99),
      .p99_9 = of_rank(h, 0.999),
      .p99_99 = p99_99(h->count, of_rank(h, 0.9999)),
      .max = (double)h->max};
}

// Those of that kind; returns how many.
static size_t values_of(const struct requests_all *all, enum requests_kind kind,
                        uint64_t *ns)
{
  size_t n = 0;
  for (size_t i = 0; i < all->n; i++) {
    const struct stats_request *r = &all->one[i].times;
    if (kind == REQUESTS_SIMPLE)
      ns[n++] = simple(r);
    else if (r->intended_ns)
      ns[n++] = r->end_ns > r->intended_ns ? r->end_ns - r->intended_ns : 0;
  }
  return n;
}

static int metered(const struct requests_all *all, uint64_t window_ns,
                   uint64_t *ns)
{
  struct stats_request *times = malloc((all->n + 1) * sizeof *times);
  if (!times) return -ENOMEM;
  for (size_t i = 0; i < all->n; i++) times[i] = all->one[i].times;
  stats_metered(times, all->n, window_ns, ns);
  free(times);
  return 0;
}

int requests_latency(const struct requests_all *all, enum requests_kind kind,
                     uint64_t window_ns, struct requests_latency *latency)
{
  int result = 0;
  if (all->all) {
    *latency = unknown;
    if (kind == REQUESTS_SIMPLE) of_histogram(all->all, latency);
    return 0;
  }
  uint64_t *ns = malloc((all->n + 1) * sizeof *ns);
  if (!ns) return -ENOMEM;
  size_t n = all->n;
  if (kind == REQUESTS_METERED)
    result = metered(all, window_ns, ns);
  else
    n = values_of(all, kind, ns);
  if (!result) of_values(ns, n, latency);
  free(ns);
  return result;
}

// --- rows --------------------------------------------------------------------

void requests_row(char *text, size_t size, const struct requests_all *all,
                  size_t i, uint32_t iteration, uint64_t begin_ns)
{
  const struct requests_one *one = &all->one[i];
  char intended[24] = "NA";
  if (one->times.intended_ns)
    snprintf(intended, sizeof intended, "%" PRId64,
             (int64_t)(one->times.intended_ns - begin_ns));
  snprintf(text, size, "%u,%zu,%u,%s,%" PRId64 ",%" PRId64, iteration, i,
           one->thread, intended, (int64_t)(one->times.start_ns - begin_ns),
           (int64_t)(one->times.end_ns - begin_ns));
}
