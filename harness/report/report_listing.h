// report_listing.h: tables of statistics: workloads and configurations down.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_LISTING_H
#define WANE_HARNESS_REPORT_LISTING_H

#include "report_figure.h"

struct report_statistic {
  const char *name, *unit; // of the csv
  const char *head;        // of the table
  double times;            // from the csv to the table
  int digits;              // of the table
  // NaN: not known. `context` is the listing's.
  double (*of)(const struct report_run *run, void *context);
  bool of_time; // not shown of an emulated machine
};

struct report_listing {
  const struct report_statistic *statistics;
  size_t n;
  bool (*has)(const struct report_run *run); // which runs are in it; NULL: all
  void *context;
};

// Means over invocations with their intervals, at the heap factor view->at or
// the nearest; statistics that no run knows are left out, and named in the
// caption. 0 or -ENOMEM.
int report_listing_draw(const struct report_listing *listing,
                        const struct report_view *view,
                        struct report_paper *paper);

#endif
