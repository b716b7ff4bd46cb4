// cells.c: every cell of an experiment, in the order of execution.
// SPDX-License-Identifier: MIT
#include "cells.h"

#include "order.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 10000000 };

struct cells_extent cells_all(const struct experiment *it)
{
  return (struct cells_extent){it->invocations, it->n_levels, it->n_configs};
}

// --- combinations -----------------------------------------------------------

struct making {
  const struct experiment *it;
  struct cells_combination *list; // NULL: only counted
  size_t n;
};

static void add(struct making *making, const struct cells_combination *what)
{
  if (making->list) making->list[making->n] = *what;
  making->n++;
}

// One configuration of a benchmark at one number of mutators and policy: at
// the factors of that level, or once, at level 0.
static void add_factors(struct making *making, struct cells_combination what)
{
  const struct experiment *it = making->it;
  uint32_t level = what.level;
  if (what.config->heap != HEAP_SWEPT) {
    what.factor =
        what.config->heap == HEAP_FACTOR ? what.config->factor : NAN;
    if (level == 0) add(making, &what);
    return;
  }
  for (size_t f = 0; f < it->n_factors; f++) {
    if (it->levels[f] != level) continue;
    what.factor = it->factors[f];
    add(making, &what);
  }
}

static void add_threads(struct making *making, struct cells_combination what)
{
  const struct experiment *it = making->it;
  size_t n = what.config->mutators ? 1 : it->n_mutators;
  for (size_t m = 0; m < n; m++) {
    if (experiment_repeats(what.benchmark, m)) continue;
    for (size_t p = 0; p < it->n_numa; p++) {
      what.mutators =
          what.config->mutators ? what.config->mutators : it->mutators[m];
      what.numa = &it->numa[p];
      add_factors(making, what);
    }
  }
}

static void add_level(struct making *making, const struct cells_extent *extent,
                      uint32_t level)
{
  const struct experiment *it = making->it;
  for (size_t b = 0; b < it->n_benchmarks; b++)
    for (size_t c = 0; c < extent->configs; c++)
      add_threads(making,
                  (struct cells_combination){.benchmark = &it->benchmarks[b],
                                             .config = &it->configs[c],
                                             .level = level});
}

int cells_combine(struct cells_combination **list, size_t *n,
                  const struct experiment *it,
                  const struct cells_extent *extent)
{
  struct making making = {.it = it};
  for (uint32_t l = 0; l < extent->levels; l++) add_level(&making, extent, l);
  if (making.n > MOST) return -E2BIG;
  making.list = calloc(making.n + 1, sizeof *making.list); // and a canary
  making.n = 0;
  *list = making.list;
  *n = 0;
  if (!making.list) return -ENOMEM;
  for (uint32_t l = 0; l < extent->levels; l++) add_level(&making, extent, l);
  *n = making.n;
  return 0;
}

// --- order ------------------------------------------------------------------

static const struct cells_combination *put_canary(struct cells *cells,
                                                  const struct experiment *it)
{
  static const struct experiment_numa off = {.name = "off", .mode = "off"};
  struct cells_combination *canary =
      &cells->combinations[cells->n_combinations];
  *canary = (struct cells_combination){
      .benchmark = &it->canary_benchmark,
      .config = &it->canary,
      .numa = &off,
      .mutators = it->canary.mutators,
      .factor = it->canary.heap == HEAP_FACTOR ? it->canary.factor : NAN};
  return canary;
}

// One more cell, and a canary before it where one is due.
static void append(struct cells *cells, const struct experiment *it,
                   struct cell cell, size_t *done)
{
  const struct cells_combination *canary =
      &cells->combinations[cells->n_combinations];
  uint32_t every = it->canary_every;
  if (every && *done % every == 0)
    cells->cells[cells->n++] = (struct cell){canary, (uint32_t)(*done / every)};
  cells->cells[cells->n++] = cell;
  ++*done;
}

static int order_level(struct cells *cells, const struct experiment *it,
                       const struct cells_extent *extent, size_t first,
                       size_t n, size_t *done)
{
  size_t steps = n * extent->invocations;
  struct order_step *order = calloc(steps ? steps : 1, sizeof *order);
  uint32_t level = cells->combinations[first].level;
  if (!order) return -ENOMEM;
  order_fill(order, (uint32_t)n, extent->invocations,
             it->seed + UINT64_C(0x9e3779b97f4a7c15) * level);
  for (size_t i = 0; i < steps; i++)
    append(cells, it,
           (struct cell){&cells->combinations[first + order[i].cell],
                         order[i].invocation},
           done);
  free(order);
  return 0;
}

int cells_make(struct cells *cells, const struct experiment *it,
               const struct cells_extent *extent)
{
  *cells = (struct cells){0};
  int result = cells_combine(&cells->combinations, &cells->n_combinations, it,
                             extent);
  if (result) return result;
  size_t n = cells->n_combinations, done = 0;
  if (n * extent->invocations > MOST) return -E2BIG;
  size_t plain = n * extent->invocations;
  size_t canaries = it->canary_every ? plain / it->canary_every + 2 : 0;
  cells->cells = calloc(plain + canaries + 1, sizeof *cells->cells);
  if (!cells->cells) return -ENOMEM;
  const struct cells_combination *canary = put_canary(cells, it);
  for (size_t first = 0, end; !result && first < n; first = end) {
    for (end = first; end < n && cells->combinations[end].level ==
                                     cells->combinations[first].level;)
      end++;
    result = order_level(cells, it, extent, first, end - first, &done);
  }
  if (!result && it->canary_every && done)
    cells->cells[cells->n++] = (struct cell){
        canary, (uint32_t)((done + it->canary_every - 1) / it->canary_every)};
  return result;
}

void cells_free(struct cells *cells)
{
  free(cells->combinations);
  free(cells->cells);
  *cells = (struct cells){0};
}
