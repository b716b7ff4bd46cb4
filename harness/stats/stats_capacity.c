// stats_capacity.c: utilisation where a collector takes a part of a machine.
// SPDX-License-Identifier: MIT
//
// As stats_utilisation.c, for a share that may be anything between nothing and
// all: what is taken is constant between steps, so its integral has its corners
// there, and the worst window of a given length has an edge on one; the worst
// interval that may be longer has both, or is of that length. Exact but for
// rounding. Pure. Any thread.
#include "stats.h"

#include <math.h>

static double part(double taken)
{
  return taken > 0 ? fmin(taken, 1) : 0;
}

// Of [steps[i], steps[i + 1]), cut to the run.
static uint64_t end_of(const struct stats_step *steps, size_t n, size_t i,
                       uint64_t run)
{
  return i + 1 < n && steps[i + 1].from_ns < run ? steps[i + 1].from_ns : run;
}

// Walks along the integral; times must not become less from call to call.
struct sum {
  const struct stats_step *steps;
  size_t n, at;
  uint64_t run;
  double before; // of steps before `at`
};

static double until(struct sum *s, uint64_t t)
{
  while (s->at < s->n) {
    uint64_t from = s->steps[s->at].from_ns;
    uint64_t end = end_of(s->steps, s->n, s->at, s->run);
    if (t <= from || from >= s->run) break;
    double taken = part(s->steps[s->at].taken);
    if (t < end) return s->before + taken * (double)(t - from);
    s->before += taken * (double)(end - from);
    s->at++;
  }
  return s->before;
}

// Most in a window of that length that begins at a step (`ends`: ends there).
static double most_in(const struct stats_step *steps, size_t n, uint64_t run,
                      uint64_t window, int ends)
{
  struct sum low = {steps, n, 0, run, 0}, high = low;
  double most = 0;
  for (size_t i = 0; i <= n; i++) {
    uint64_t t = i < n ? steps[i].from_ns : run;
    if (t > run) break;
    uint64_t from = ends ? (t > window ? t - window : 0)
                         : (t < run - window ? t : run - window);
    // The larger first: neither sum can go back.
    double above = until(&high, from + window);
    most = fmax(most, above - until(&low, from));
  }
  return most;
}

static double worst_share(const struct stats_step *steps, size_t n,
                          uint64_t run, uint64_t window)
{
  return fmax(most_in(steps, n, run, window, 0),
              most_in(steps, n, run, window, 1)) /
         (double)window;
}

double stats_capacity_mmu(const struct stats_step *steps, size_t n,
                          uint64_t run_ns, uint64_t window_ns)
{
  if (!window_ns || window_ns > run_ns) return NAN;
  return 1 - worst_share(steps, n, run_ns, window_ns);
}

// The share in the interval between two steps, at least as long as the window,
// where what is taken exceeds `share` of it by most.
static double better_share(const struct stats_step *steps, size_t n,
                           uint64_t run, uint64_t window, double share)
{
  struct sum low = {steps, n, 0, run, 0}, high = low;
  double lowest = 0, found = share, most = 0, before = 0;
  uint64_t begin = 0; // the run's own begin is an edge, too
  size_t next = 0;
  for (size_t i = 0; i <= n; i++) {
    uint64_t to = i < n && steps[i].from_ns < run ? steps[i].from_ns : run;
    if (to < window) continue;
    for (; next < n && steps[next].from_ns <= to - window; next++) {
      double here = until(&low, steps[next].from_ns);
      double excess = here - share * (double)steps[next].from_ns;
      if (excess >= lowest) continue;
      lowest = excess;
      before = here;
      begin = steps[next].from_ns;
    }
    double after = until(&high, to);
    double excess = after - share * (double)to - lowest;
    if (excess <= most) continue;
    most = excess;
    found = (after - before) / (double)(to - begin);
  }
  return found;
}

double stats_capacity_bmu(const struct stats_step *steps, size_t n,
                          uint64_t run_ns, uint64_t window_ns)
{
  if (!window_ns || window_ns > run_ns) return NAN;
  double share = worst_share(steps, n, run_ns, window_ns), before;
  do { // to within what rounding can tell apart
    before = share;
    share = better_share(steps, n, run_ns, window_ns, share);
  } while (share > before * (1 + 1e-12));
  return 1 - fmax(before, share);
}
