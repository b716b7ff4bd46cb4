// stats_utilisation.c: minimum and bounded mutator utilisation.
// SPDX-License-Identifier: MIT
//
// MMU: Cheng and Blelloch, "A Parallel, Real-Time Garbage Collector", PLDI
// 2001. BMU: Sachindran, Moss and Berger, "MC2: High-Performance Garbage
// Collection for Memory-Constrained Environments", OOPSLA 2004.
//
// Both are exact. Of windows of one length, one of the worst begins where a
// span begins or ends with the run: any other can be moved later until it does,
// without losing time of spans. The worst interval that may be longer begins
// and ends with spans: so BMU looks for the pair of a begin and an end with the
// greatest share of spans between them, a fraction to be maximised (Dinkelbach,
// "On nonlinear fractional programming", Management Science 13, 1967): a few
// passes, each of one step per span. Pure. Any thread.
#include "stats.h"

#include <math.h>
#include <stdbool.h>

// A walk over spans, overlapping ones as one, cut to the run.
struct walk {
  const struct stats_span *spans;
  size_t n, next;
  uint64_t run, begin, end; // of the span it is at
  uint64_t before;          // time of all spans before that one
};

static struct walk walk_over(const struct stats_span *spans, size_t n,
                             uint64_t run)
{
  return (struct walk){.spans = spans, .n = n, .run = run};
}

static bool step(struct walk *w)
{
  w->before += w->end - w->begin;
  w->begin = w->end; // of no length, for after the last one
  while (w->next < w->n &&
         (w->spans[w->next].end_ns <= w->end ||
          w->spans[w->next].end_ns <= w->spans[w->next].begin_ns))
    w->next++; // within what was counted, or empty
  if (w->next == w->n || w->spans[w->next].begin_ns >= w->run) return false;
  const struct stats_span *span = &w->spans[w->next++];
  w->begin = span->begin_ns > w->end ? span->begin_ns : w->end;
  w->end = span->end_ns;
  for (; w->next < w->n && w->spans[w->next].begin_ns <= w->end; w->next++)
    if (w->spans[w->next].end_ns > w->end) w->end = w->spans[w->next].end_ns;
  if (w->end > w->run) w->end = w->run;
  return true;
}

// Time of spans before t, which must not become less from call to call.
static uint64_t until(struct walk *w, uint64_t t)
{
  while (w->end <= t && step(w)) continue;
  if (t <= w->begin) return w->before;
  return w->before + (t < w->end ? t : w->end) - w->begin;
}

static uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

// Most time of spans in a window of that length, as a part of it.
static double worst_share(const struct stats_span *spans, size_t n,
                          uint64_t run, uint64_t window)
{
  struct walk each = walk_over(spans, n, run), low = each, high = each;
  uint64_t most = 0;
  while (step(&each)) {
    uint64_t from = least(each.begin, run - window);
    uint64_t in = until(&high, from + window) - until(&low, from);
    if (in > most) most = in;
  }
  return (double)most / (double)window;
}

double stats_mmu(const struct stats_span *spans, size_t n, uint64_t run_ns,
                 uint64_t window_ns)
{
  if (!window_ns || window_ns > run_ns) return NAN;
  return 1 - worst_share(spans, n, run_ns, window_ns);
}

// The share of spans in the interval, at least as long as the window, where
// they exceed `share` of it by most.
static double better_share(const struct stats_span *spans, size_t n,
                           uint64_t run, uint64_t window, double share)
{
  struct walk from = walk_over(spans, n, run), to = from;
  double lowest = INFINITY, most = 0, found = share;
  uint64_t begin = 0, before = 0;
  bool more = step(&from);
  while (step(&to)) {
    uint64_t after = to.before + to.end - to.begin;
    uint64_t last = to.end - least(window, to.end); // long enough from here
    for (; more && to.end >= window && from.begin <= last; more = step(&from)) {
      double excess = (double)from.before - share * (double)from.begin;
      if (excess >= lowest) continue;
      lowest = excess;
      begin = from.begin;
      before = from.before;
    }
    double excess = (double)after - share * (double)to.end - lowest;
    if (excess <= most) continue;
    most = excess;
    found = (double)(after - before) / (double)(to.end - begin);
  }
  return found;
}

double stats_bmu(const struct stats_span *spans, size_t n, uint64_t run_ns,
                 uint64_t window_ns)
{
  if (!window_ns || window_ns > run_ns) return NAN;
  double share = worst_share(spans, n, run_ns, window_ns), before;
  do {
    before = share;
    share = better_share(spans, n, run_ns, window_ns, share);
  } while (share > before);
  return 1 - before;
}
