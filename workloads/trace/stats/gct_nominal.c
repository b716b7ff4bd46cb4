// gct_nominal.c: nominal statistics: what a trace is like, in one row.
// SPDX-License-Identifier: MIT
#include "gct_nominal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What the samples can be asked for.
enum column { LIVE, REACHABLE, GARBAGE, CYCLIC, GARBAGE_CYCLIC, EDGES, ROOTED };

static double in_sample(const struct gct_sample *sample, enum column column)
{
  const uint64_t values[] = {[LIVE] = sample->live,
                             [REACHABLE] = sample->reachable,
                             [GARBAGE] = sample->live - sample->reachable,
                             [CYCLIC] = sample->cyclic,
                             [GARBAGE_CYCLIC] = sample->garbage_cyclic,
                             [EDGES] = sample->edges,
                             [ROOTED] = sample->rooted};
  return (double)values[column];
}

static bool counts(const struct gct_stats *stats, uint32_t i)
{
  uint64_t start = stats->demographics.births_before_mark;
  return stats->samples[i].births > start;
}

static double sum_over_samples(const struct gct_stats *stats,
                               enum column column)
{
  double sum = 0;
  for (uint32_t i = 0; i < stats->n_samples; i++)
    if (counts(stats, i)) sum += in_sample(&stats->samples[i], column);
  return sum;
}

static double per(double scale, double part, double whole)
{
  return whole > 0 ? scale * part / whole : NAN;
}

// 100 * sum of one column / sum of the other.
static double over_samples(const struct gct_stats *stats, enum column part,
                           enum column whole)
{
  return per(100, sum_over_samples(stats, part),
             sum_over_samples(stats, whole));
}

static double mean_over_samples(const struct gct_stats *stats,
                                enum column column)
{
  double n = 0;
  for (uint32_t i = 0; i < stats->n_samples; i++) n += counts(stats, i);
  return per(1, sum_over_samples(stats, column), n);
}

static double most_rooted(const struct gct_stats *stats)
{
  double most = NAN;
  for (uint32_t i = 0; i < stats->n_samples; i++)
    if (counts(stats, i))
      most = fmax(most, in_sample(&stats->samples[i], ROOTED));
  return most;
}

static double most_garbage(const struct gct_stats *stats)
{
  double most = NAN;
  for (uint32_t i = 0; i < stats->n_samples; i++)
    if (counts(stats, i))
      most = fmax(most, per(100, in_sample(&stats->samples[i], GARBAGE),
                            in_sample(&stats->samples[i], LIVE)));
  return most;
}

static double most_in_component(const struct gct_stats *stats)
{
  uint64_t most = 0;
  for (uint32_t i = 0; i < stats->n_samples; i++)
    if (stats->samples[i].largest > most) most = stats->samples[i].largest;
  return (double)most;
}

static double most_births(const struct gct_stats *stats)
{
  uint64_t most = 0;
  for (uint32_t i = 0; i < stats->n_types; i++)
    if (stats->types[i].births > most) most = stats->types[i].births;
  return (double)most;
}

#define D s->demographics
#define M s->mutation
#define SH s->sharing
#define P s->paths
#define BIRTHS D.births
#define PER(scale, part, whole) per(scale, (double)(part), (double)(whole))

#define NOMINAL(key, unit, value, meaning)                                     \
  static double value_of_##key(const struct gct_stats *s)                      \
  {                                                                            \
    return (double)(value);                                                    \
  }
#include "gct_nominal.def"
#undef NOMINAL

const struct gct_nominal gct_nominals[GCT_NOMINALS] = {
#define NOMINAL(key, unit, value, meaning)                                     \
  {#key, unit, meaning, value_of_##key},
#include "gct_nominal.def"
#undef NOMINAL
};

void gct_nominal_values(const struct gct_stats *stats,
                        double values[GCT_NOMINALS])
{
  for (int i = 0; i < GCT_NOMINALS; i++)
    values[i] = gct_nominals[i].value(stats);
}

static int ascending(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int gct_nominal_standing(const double *values, size_t n, size_t which,
                         struct gct_standing *standing)
{
  double mine = values[which];
  double *sorted = malloc((n + 1) * sizeof *sorted);
  size_t there = 0, larger = 0;
  *standing =
      (struct gct_standing){.score = -1, .min = NAN, .median = NAN, .max = NAN};
  if (!sorted) return -ENOMEM;
  for (size_t i = 0; i < n; i++) {
    if (isnan(values[i])) continue;
    sorted[there++] = values[i];
    larger += values[i] > mine;
  }
  qsort(sorted, there, sizeof *sorted, ascending);
  standing->of = (unsigned)there;
  if (there > 0) {
    standing->min = sorted[0];
    standing->median = (sorted[(there - 1) / 2] + sorted[there / 2]) / 2;
    standing->max = sorted[there - 1];
  }
  if (!isnan(mine)) standing->rank = (unsigned)larger + 1;
  if (!isnan(mine) && there > 1)
    standing->score =
        (int)lround(10 * (double)(there - larger - 1) / (double)(there - 1));
  free(sorted);
  return 0;
}
