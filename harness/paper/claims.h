// claims.h: what a paper says, held against results.
// SPDX-License-Identifier: MIT
//
// A claim compares one number of two selections of runs (or bounds the number
// of one), and each comes out as PASS, WITHIN, OUTSIDE or NOT MEASURED, with
// all that it rests on. The evaluator is pure: it reads a struct report and
// writes nothing. What the words mean is in README.md. Main thread.

#ifndef WANE_HARNESS_CLAIMS_H
#define WANE_HARNESS_CLAIMS_H

#include "report_data.h"
#include "stats.h"

#include <stdio.h>

enum claim_relation {
  CLAIM_LESS,      // of / than < 1
  CLAIM_GREATER,   // of / than > 1
  CLAIM_RATIO,     // of / than in [low, high]
  CLAIM_VALUE,     // of in [low, high]
  CLAIM_CROSSOVER, // of / than < 1 from `at` on, > 1 before
  CLAIM_FALLING,   // each step along an axis makes `of` less
  CLAIM_RISING,    // or more
  CLAIM_RELATIONS
};
enum claim_axis { CLAIM_HFAC, CLAIM_MUTATORS };
enum claim_over { CLAIM_MEAN, CLAIM_EACH };

// A number of results.csv; or a cost of which the lower bound is known:
// metric "lbo.wall" or "lbo.task_clock", scope and stat NULL.
struct claim_term {
  char *metric, *scope, *stat;
};

// The sum of terms, or the largest of them; divided by another sum if there is
// one.
struct claim_measure {
  struct claim_term *terms, *divisor;
  size_t n_terms, n_divisor;
  bool largest;
};

// Which runs. What is not named is any, and like is compared with like.
struct claim_pick {
  const char *config; // as in the column
  const char *const *benchmarks;
  size_t n_benchmarks; // 0: all
  double hfac;         // NaN: any
  uint32_t mutators;   // 0: any
};

struct claim {
  const char *id, *text, *source;
  const char *published; // what the paper prints; NULL
  struct claim_measure measure;
  struct claim_pick of, than; // than.config NULL: there is none
  enum claim_relation relation;
  enum claim_over over;
  enum claim_axis along; // of CROSSOVER, FALLING, RISING
  double low, high;      // of RATIO and VALUE; infinite: no bound
  double at;             // of CROSSOVER
  double tolerance;      // by which part a bound may be missed; 0.05 is 5 %
};

enum claim_verdict {
  CLAIM_PASS,         // the interval is where it was expected
  CLAIM_WITHIN,       // the mean is, or nearly; the interval is not, or unknown
  CLAIM_OUTSIDE,      // not even the mean
  CLAIM_NOT_MEASURED, // there is nothing to say it of
  CLAIM_VERDICTS
};
const char *claim_verdict_name(enum claim_verdict verdict);

// One comparison: of one benchmark, or, with `benchmark` NULL, over all.
struct claim_point {
  const char *suite, *benchmark;
  double hfac, x;    // NaN: none; x: where on the axis, or NaN
  uint32_t mutators; // 0: not one
  struct stats_interval of, than; // n 0: there is none
  struct stats_interval result;   // what the bounds are of
  double low, high;               // those bounds
  size_t pairs;                   // of one over all: how many it is made of
  enum claim_verdict verdict;
};

// What could not be compared.
struct claim_exclusion {
  const char *suite, *benchmark;
  double hfac;
  uint32_t mutators;
  const char *config;
  char why[120];
};

struct claim_result {
  const struct claim *claim;
  enum claim_verdict verdict;
  char reason[200];                   // of NOT MEASURED, or ""
  struct claim_point *points; // by benchmark
  struct claim_point *totals; // what the verdict is of; one, or per step
  struct claim_exclusion *exclusions;
  size_t n_points, n_totals, n_exclusions;
};

// 0 or -ENOMEM; claim_result_free in any case. The report must live on.
int claim_evaluate(const struct claim *claim, const struct report *report,
                   struct claim_result *result);
void claim_result_free(struct claim_result *result);

#define CLAIM_CONFIDENCE 0.95

// --- parts of it, for tests ------------------------------------------------

// Is the interval where it should be?
enum claim_verdict claim_judge(struct stats_interval interval, double low,
                               double high, double tolerance);

// Mean of independent intervals. Its interval is the one that theirs make: of
// the measurement, the benchmarks being taken as given. `n` is the smallest.
struct stats_interval claim_mean(const struct stats_interval *parts, size_t n);

// What is expected, in words: "of / than < 1, geometric mean".
void claim_expectation(const struct claim *claim, char *text, size_t size);

// --- out -------------------------------------------------------------------

void claims_write_csv(const struct claim_result *results, size_t n, FILE *out);
void claims_write_txt(const struct claim_result *results, size_t n, FILE *out);
void claims_write_tex(const struct claim_result *results, size_t n, FILE *out);
// 0 or -ENOMEM.
int claims_write_json(const struct claim_result *results, size_t n, FILE *out);

#endif
