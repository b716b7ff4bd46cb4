// compare.h: two sets of results, cell by cell and metric by metric.
// SPDX-License-Identifier: MIT
//
// A cell is what ran under the same conditions: benchmark, size, config,
// mutators, heap factor, NUMA. Side 0 is A, what was before; side 1 is B. Main
// thread.

#ifndef WANE_HARNESS_COMPARE_H
#define WANE_HARNESS_COMPARE_H

#include "metrics.h"
#include "report_data.h"
#include "stats.h"

#include <stdio.h>

// --- metrics ---------------------------------------------------------------

enum compare_better { COMPARE_NEITHER, COMPARE_LESS, COMPARE_MORE };
const char *compare_better_name(enum compare_better better);

struct compare_metric {
  const struct metric *metric, *drain; // drain: is added, or NULL
  char scope[32], stat[16], text[160]; // "NAME[+drain] SCOPE STAT"
  enum compare_better better;
};

// "NAME[+drain][:SCOPE[:STAT]]", by default the metric's first scope and stat.
// 0; or -EINVAL and a sentence.
int compare_metric_parse(struct compare_metric *metric, const char *text,
                         char *error, size_t error_size);
// What is compared when nothing else is asked for; NULL behind the last.
const char *compare_metric_default(size_t i);
const char *compare_metric_unit(const struct compare_metric *metric);
// NaN: this invocation has no such number.
double compare_metric_value(const struct compare_metric *metric,
                            const struct report_run *run);

// --- cells -----------------------------------------------------------------

struct compare_side {
  const struct report_run **runs; // those that count
  size_t n, left_out, failed;     // of the others; of them, that did not end ok
  const char *reason;             // of the first that was left out, or NULL
};

struct compare_cell {
  const struct report_run *like; // one of its runs
  char *label;                   // for people
  char *why;                     // it cannot be compared; or NULL
  struct compare_side side[2];
};

struct compare_cells {
  struct compare_cell *cells;
  size_t n;
  const struct report_run **runs; // theirs
};

// Of a report of two folders. 0 or -ENOMEM; compare_cells_free in any case.
int compare_cells_make(struct compare_cells *cells,
                       const struct report *report);
void compare_cells_free(struct compare_cells *cells);
// "binary_trees, depth=12", without where files are; the caller's, or NULL.
char *compare_workload(const struct report_run *run);

// --- verdicts --------------------------------------------------------------

enum compare_verdict {
  COMPARE_NO_RATIO, // the mean of A is 0, or one side has no value
  COMPARE_NOISY,    // the interval has values within the bound and beyond
  COMPARE_SAME,     // it lies within
  COMPARE_BETTER,   // it lies beyond, on the better side
  COMPARE_WORSE,
  COMPARE_CHANGED, // it lies beyond; neither side is the better one
  COMPARE_VERDICTS
};
const char *compare_verdict_name(enum compare_verdict verdict);

struct compare_terms {
  double bound, confidence; // 0.05: 5%
};

// The bound is the same in both directions: from 1 / (1 + b) to 1 + b.
enum compare_verdict compare_verdict(const struct stats_interval *ratio,
                                     enum compare_better better,
                                     const struct compare_terms *terms);

struct compare_result {
  const struct compare_cell *cell; // NULL: the geometric mean of `cells` cells
  const struct compare_metric *metric;
  size_t n[2], cells, lost; // lost: cells that the geometric mean leaves out
  double mean[2], g, a12;   // NaN: of the geometric mean
  struct stats_interval ratio;
  enum compare_verdict verdict;
};

struct compare_results {
  struct compare_result *rows; // by metric; the geometric mean is the last one
  size_t n, worse, failing;    // failing: cells that fail in B and not in A
};

// 0 or -ENOMEM; compare_results_free in any case.
int compare_results_make(struct compare_results *results,
                         const struct compare_cells *cells,
                         const struct compare_metric *metrics, size_t n_metrics,
                         const struct compare_terms *terms);
void compare_results_free(struct compare_results *results);

// --- in what they differ, besides -------------------------------------------

struct compare_fact {
  char *what, *a, *b;
};
struct compare_facts {
  struct compare_fact *facts;
  size_t n;
};
// Of the run.json of both folders, and heaps of cells. 0 or -ENOMEM;
// compare_facts_free in any case.
int compare_facts_make(struct compare_facts *facts, char *const folders[2],
                       const struct compare_cells *cells);
void compare_facts_free(struct compare_facts *facts);

// --- what comes out --------------------------------------------------------

struct compare_paper {
  const struct report *report;
  const struct compare_cells *cells;
  const struct compare_results *results;
  const struct compare_facts *facts;
  const struct compare_terms *terms;
};
// 0 or -ENOMEM.
int compare_print_text(FILE *out, const struct compare_paper *paper);
int compare_print_csv(FILE *out, const struct compare_paper *paper);
int compare_print_json(FILE *out, const struct compare_paper *paper);

#endif
