// stats.h: the arithmetic of papers, as pure functions.
// SPDX-License-Identifier: MIT
//
// No function here knows of files, collectors or metrics; none allocates more
// than it gives back, prints or fails: what cannot be computed is NaN. Golden
// vectors are in tests/unit/test_stats.c. Any thread.

#ifndef WANE_HARNESS_STATS_H
#define WANE_HARNESS_STATS_H

#include <stddef.h>
#include <stdint.h>

// A mean and its confidence interval. n = 1: low, high and sd are NaN; n = 0:
// all are. NaN among the values makes all NaN; so does a confidence that is not
// between 0 and 1, but for the mean.
struct stats_interval {
  double mean, low, high;
  double sd; // of the sample, n - 1 below the line
  size_t n;
};

// --- over invocations ------------------------------------------------------

// mean -+ t(1 - (1 - confidence) / 2, n - 1) * sd / sqrt(n), for every n.
struct stats_interval stats_mean(const double *x, size_t n, double confidence);

// mean(a) / mean(b) of independent samples, with the interval of the ratio by
// Fieller's theorem with Welch's degrees of freedom; low and high NaN where b
// may be 0. `n` is the smaller one, `sd` NaN: a ratio has no sample.
struct stats_interval stats_ratio(const double *a, size_t n_a, const double *b,
                                  size_t n_b, double confidence);

// Geometric mean of positive numbers, its interval by t on logarithms; `sd` is
// that of the logarithms. NaN if one is not positive, or without memory.
struct stats_interval stats_geomean(const double *x, size_t n,
                                    double confidence);

struct stats_sample {
  const double *x;
  size_t n;
};
// Geometric mean of k ratios mean(a[i]) / mean(b[i]) of positive numbers, all
// samples independent; its interval says how sure these k are, not how others
// would be. `n` is the least of all samples, `sd` NaN.
struct stats_interval stats_geomean_ratio(const struct stats_sample *a,
                                          const struct stats_sample *b,
                                          size_t k, double confidence);

// Percentile bootstrap of any statistic, with a generator of its own: the same
// seed gives the same interval. `mean` is the statistic of x, `sd` its standard
// error. 0: done; -ENOMEM.
typedef double (*stats_statistic)(const double *x, size_t n, void *context);
int stats_bootstrap(const double *x, size_t n, stats_statistic statistic,
                    void *context, size_t resamples, uint64_t seed,
                    double confidence, struct stats_interval *result);

// Effect sizes: Hedges' g (Cohen's d without its bias in small samples), and
// Vargha and Delaney's A: how often a value of `a` is larger, ties half. g is
// infinite where two different constants are compared.
double stats_hedges_g(const double *a, size_t n_a, const double *b, size_t n_b);
double stats_a12(const double *a, size_t n_a, const double *b, size_t n_b);

// --- percentiles of many values --------------------------------------------

// The rank, from 0, of percentile p (0..1) of n sorted values:
// n - 1 - floor(n (1 - p)), as DaCapo has it. n > 0.
size_t stats_rank(size_t n, double p);
// Whether n values are enough to print percentile p: n >= 100 / (1 - p).
int stats_enough(size_t n, double p);

// --- requests --------------------------------------------------------------

struct stats_request {
  uint64_t intended_ns, start_ns, end_ns; // intended 0: there was no schedule
};
// Metered latency of requests sorted by start, in a window of `window_ns`
// (UINT64_MAX: full): latency[i] of request i.
void stats_metered(const struct stats_request *requests, size_t n,
                   uint64_t window_ns, uint64_t *latency);

// --- lower-bound overhead --------------------------------------------------

struct stats_cost {
  double total, explicit; // explicit: what can be told to be the collector's
};
double stats_distilled(struct stats_cost cost); // total - explicit
// Which of n costs, each of one configuration on one heap, has the minimum
// distilled cost (MDC), the first one if they are several. What is not known,
// NaN, is passed over; n: none is known.
size_t stats_mdc(const struct stats_cost *costs, size_t n);
// total / MDC, as the paper's tables print it; NaN unless MDC > 0.
double stats_lbo(struct stats_cost cost, double mdc);

// --- mutator utilisation ---------------------------------------------------

// Spans when the mutator does not run, of a run that begins at 0. Sorted by
// begin; overlaps count once.
struct stats_span {
  uint64_t begin_ns, end_ns;
};
// Least share of the mutator in any window of that length inside the run. NaN
// for a window of 0, or longer than the run.
double stats_mmu(const struct stats_span *spans, size_t n, uint64_t run_ns,
                 uint64_t window_ns);
// Least mmu of any window of that length or longer.
double stats_bmu(const struct stats_span *spans, size_t n, uint64_t run_ns,
                 uint64_t window_ns);

// The same where the collector takes a part of the machine: `taken`, 0 to 1,
// from there to the next step; nothing before the first. Sorted by from_ns.
struct stats_step {
  uint64_t from_ns;
  double taken;
};
double stats_capacity_mmu(const struct stats_step *steps, size_t n,
                          uint64_t run_ns, uint64_t window_ns);
double stats_capacity_bmu(const struct stats_step *steps, size_t n,
                          uint64_t run_ns, uint64_t window_ns);

// --- heap factors ----------------------------------------------------------

// running-ng's: factor i of 0..n (n + 1 factors), from 1 to `range`; `spread`
// 0: evenly; more: denser at the small end.
double stats_heap_factor(unsigned i, unsigned n, double range, unsigned spread);
// In which order they are tried: 0, n/2, n; then what halves the gaps, and so
// on. order[0..n]; returns how many levels there are, level[i] of order[i]. 0:
// n is no power of two.
unsigned stats_fill_in(unsigned n, unsigned *order, unsigned *level);

#endif
