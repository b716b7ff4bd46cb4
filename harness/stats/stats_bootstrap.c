// stats_bootstrap.c: intervals of statistics that have no formula.
// SPDX-License-Identifier: MIT
//
// Efron, "Bootstrap methods: another look at the jackknife", Annals of
// Statistics 7, 1979; the percentile interval is Efron and Tibshirani's, "An
// Introduction to the Bootstrap", 1993, chapter 13. Any thread.
#include "stats.h"

#include <errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

// splitmix64 (Steele, Lea, Flood 2014): the same on every machine.
static uint64_t next(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

// In [0, n), every one as often: what is beyond n is drawn again.
static size_t below(uint64_t *state, size_t n)
{
  uint64_t mask = n - 1, drawn;
  for (unsigned shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  do drawn = next(state) & mask;
  while (drawn >= n);
  return (size_t)drawn;
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

// The statistic of so many samples as large as x, drawn from it. false: there
// is one that has none.
static int draw_all(const double *x, size_t n, stats_statistic statistic,
                    void *context, uint64_t seed, double *sample, double *drawn,
                    size_t resamples)
{
  for (size_t r = 0; r < resamples; r++) {
    for (size_t i = 0; i < n; i++) sample[i] = x[below(&seed, n)];
    drawn[r] = statistic(sample, n, context);
    if (isnan(drawn[r])) return 0;
  }
  return 1;
}

int stats_bootstrap(const double *x, size_t n, stats_statistic statistic,
                    void *context, size_t resamples, uint64_t seed,
                    double confidence, struct stats_interval *result)
{
  *result = (struct stats_interval){NAN, NAN, NAN, NAN, n};
  if (!n) return 0;
  result->mean = statistic(x, n, context);
  if (n < 2 || resamples < 2 || !(confidence > 0 && confidence < 1)) return 0;
  double *sample = calloc(n, sizeof *sample);
  double *drawn = calloc(resamples, sizeof *drawn);
  if (sample && drawn &&
      draw_all(x, n, statistic, context, seed, sample, drawn, resamples)) {
    qsort(drawn, resamples, sizeof *drawn, by_value);
    double tail = (1 - confidence) / 2;
    result->low =
        gsl_stats_quantile_from_sorted_data(drawn, 1, resamples, tail);
    result->high =
        gsl_stats_quantile_from_sorted_data(drawn, 1, resamples, 1 - tail);
    result->sd = gsl_stats_sd(drawn, 1, resamples);
  }
  int done = sample && drawn ? 0 : -ENOMEM;
  free(sample);
  free(drawn);
  return done;
}
