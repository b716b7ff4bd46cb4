// report_cost.h: lower-bound overhead of every workload, collector and heap.
// SPDX-License-Identifier: MIT
//
// Cai, Blackburn, Bond and Maas, "Distilling the Real Cost of Production
// Garbage Collectors", ISPASS 2022. Of a run, total cost is that of run and
// drain. What can be told to be the collector's is taken out: of wall time
// stops of the world and the drain, of CPU time collector threads, collector
// work on mutator threads, and the drain. The minimum of what is left, over all
// cells of a workload, is its minimum distilled cost (MDC). Both nogc and
// mark_sweep_stw must be among these cells: else it is not near what the
// program itself costs.

#ifndef WANE_HARNESS_REPORT_COST_H
#define WANE_HARNESS_REPORT_COST_H

#include "report_group.h"
#include "stats.h"

#include <stdio.h>

enum report_cost { REPORT_WALL, REPORT_CPU, REPORT_COSTS };
extern const char *const report_cost_names[REPORT_COSTS]; // of the csv
extern const char *const report_cost_titles[REPORT_COSTS];

// Of a run, in ns. NaN where a part is not known: without the drain the total
// is not all of it, and without the collector's part nothing is distilled.
struct stats_cost report_cost_of(const struct report_run *run,
                                 enum report_cost cost);

// A workload, a configuration, a heap factor.
struct report_cost_cell {
  size_t panel, series;
  double hfac;      // NaN: none
  size_t begin;     // the first of its n items of the view
  size_t n, failed; // invocations that ended well, and others
  const char *why;  // the status of one that failed
  double *total[REPORT_COSTS], *distilled[REPORT_COSTS]; // n each, in ns
  struct stats_interval lbo[REPORT_COSTS];               // NaN: not known
};

struct report_cost_panel {
  const struct report_item *item; // one of its items
  char *name;
  char *excluded; // why it is in no geometric mean; NULL: it is in them
  const char *no_baseline[REPORT_COSTS]; // a collector that is missing, or NULL
  double mdc[REPORT_COSTS];
  const struct report_cost_cell *least[REPORT_COSTS]; // where that is; or NULL
};

struct report_costs {
  const struct report_view *view; // over the heap
  struct report_cost_panel *panels;
  struct report_cost_cell *cells;
  double *factors; // that there are, ascending
  size_t n_panels, n_cells, n_factors;
  size_t known[REPORT_COSTS], unknown[REPORT_COSTS]; // runs, of each cost
  const char *refused; // why there is no LBO at all, or NULL
};

// 0 or -ENOMEM; report_costs_free in any case.
int report_costs_make(struct report_costs *costs,
                      const struct report_view *view);
void report_costs_free(struct report_costs *costs);

// NULL: never tried.
const struct report_cost_cell *report_cost_at(const struct report_costs *costs,
                                              size_t panel, size_t series,
                                              double hfac);
// All of its invocations ended well, and the cost is known.
bool report_cost_complete(const struct report_cost_cell *cell,
                          enum report_cost cost);
// A series of nogc may fail where others do not: it is there for the minimum.
bool report_cost_is_nogc(const struct report_costs *costs, size_t series);

// Over panels with used[panel]; NaN if one of them is not complete.
struct stats_interval report_cost_geomean(const struct report_costs *costs,
                                          const bool *used, size_t series,
                                          double hfac, enum report_cost cost);

// What both the figure and the table say.
void report_cost_caption(const struct report_costs *costs, FILE *out);

#endif
