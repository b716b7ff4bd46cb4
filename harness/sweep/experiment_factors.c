// experiment_factors.c: the factors of the smallest heap, and their order.
// SPDX-License-Identifier: MIT
//
// Computed or listed; tried in levels that halve the gaps. Pure.
#include "experiment_parts.h"

#include "stats.h"

enum { LEVELS = 8 }; // of the protocol
static const double range_default = 6;

// The fill-in order is of a power of two of steps; so many factors are spread
// over them, both ends at the ends, and each is tried where it comes first.
static int put_factors(const struct reading *reading, const double *factor,
                       size_t n)
{
  struct experiment *it = reading->it;
  unsigned steps = 1;
  while (steps + 1 < n) steps *= 2;
  unsigned *order = reading_array(reading, steps + 1, sizeof *order);
  unsigned *level = reading_array(reading, steps + 1, sizeof *level);
  bool *seen = reading_array(reading, n, sizeof *seen);
  it->factors = reading_array(reading, n, sizeof *it->factors);
  it->levels = reading_array(reading, n, sizeof *it->levels);
  if (!order || !level || !seen || !it->factors || !it->levels)
    return reading_no_memory(reading);
  it->n_levels = stats_fill_in(steps, order, level);
  for (unsigned i = 0; i <= steps; i++) {
    size_t at = (order[i] * (n - 1) * 2 + steps) / (2 * (size_t)steps);
    if (seen[at]) continue;
    seen[at] = true;
    it->factors[it->n_factors] = factor[at];
    it->levels[it->n_factors++] = level[i];
  }
  return 0;
}

static int listed_factors(const struct reading *reading)
{
  const struct yaml_experiment *y = reading->it->load.it;
  int node = reading_top(reading, "heap_factors");
  static const char *const others[] = {"heap_levels", "heap_range",
                                       "spread_factor"};
  for (size_t i = 0; i < 3; i++)
    if (reading_top(reading, others[i]))
      return READING_REFUSE(reading, reading_top(reading, others[i]),
                            "%s: heap_factors says already which factors there "
                            "are",
                            others[i]);
  if (y->n_heap_factors > 1025)
    return READING_REFUSE(reading, node, "heap_factors: 1025 are the most");
  for (size_t i = 1; i < y->n_heap_factors; i++)
    if (y->heap_factors[i] <= y->heap_factors[i - 1])
      return READING_REFUSE(
          reading, yaml_tree_item(reading->it->load.tree, node, i),
          "heap_factors: expected more than %g, the one before, found %g",
          y->heap_factors[i - 1], y->heap_factors[i]);
  return put_factors(reading, y->heap_factors, y->n_heap_factors);
}

static int computed_factors(const struct reading *reading)
{
  struct experiment *it = reading->it;
  const struct yaml_experiment *y = it->load.it;
  it->heap_levels = y->heap_levels ? y->heap_levels : LEVELS;
  it->heap_range = y->heap_range > 0 ? y->heap_range : range_default;
  it->spread_factor = y->spread_factor ? *y->spread_factor : 1;
  uint32_t n = it->heap_levels;
  if (n & (n - 1))
    return READING_REFUSE(reading, reading_top(reading, "heap_levels"),
                          "heap_levels: expected a power of two, found %u", n);
  if (it->heap_range <= 1)
    return READING_REFUSE(reading, reading_top(reading, "heap_range"),
                          "heap_range: expected more than 1, found %g",
                          it->heap_range);
  double *factor = reading_array(reading, (size_t)n + 1, sizeof *factor);
  if (!factor) return reading_no_memory(reading);
  for (uint32_t i = 0; i <= n; i++)
    factor[i] = stats_heap_factor(i, n, it->heap_range, it->spread_factor);
  return put_factors(reading, factor, (size_t)n + 1);
}

int reading_factors(const struct reading *reading)
{
  return reading->it->load.it->heap_factors ? listed_factors(reading)
                                            : computed_factors(reading);
}
