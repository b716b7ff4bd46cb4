// stats_heap.c: heap factors, and in which order they are tried.
// SPDX-License-Identifier: MIT
//
// As running-ng has them (github.com/anupli/running-ng, `spread` and
// `get_hfacs` in command/runbms.py, command/fillin.py), so that a person who
// knows its arguments finds the same heaps. Pure. Any thread.
#include "stats.h"

#include <math.h>

// i', denser at the small end: the step from i - 1 to i is longer than the
// first one by spread * (i - 1) / (n - 1).
static double place_of(unsigned i, unsigned n, unsigned spread)
{
  double steps = n > 1 ? (double)spread / (n - 1) : 0;
  return i + steps * ((double)i * (i - (i > 0)) / 2);
}

double stats_heap_factor(unsigned i, unsigned n, double range, unsigned spread)
{
  if (!n || i > n || !isfinite(range)) return NAN;
  if (i == n) return range; // not one bit beside it
  return 1 + (range - 1) * (place_of(i, n, spread) / place_of(n, n, spread));
}

unsigned stats_fill_in(unsigned n, unsigned *order, unsigned *level)
{
  unsigned levels = 0, at = 0;
  if (!n || n & (n - 1)) return 0;
  for (unsigned i = 0; i <= n; i += n > 1 ? n / 2 : 1) {
    order[at] = i;
    level[at++] = levels;
  }
  levels++;
  for (unsigned gap = n / 2; gap > 1; gap /= 2, levels++)
    for (unsigned i = gap / 2; i < n; i += gap) {
      order[at] = i;
      level[at++] = levels;
    }
  return levels;
}
