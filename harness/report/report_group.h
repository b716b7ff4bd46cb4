// report_group.h: runs of one class, sorted so that like stands beside like.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_GROUP_H
#define WANE_HARNESS_REPORT_GROUP_H

#include "report_data.h"

// What is varied within a series: its other columns are the same.
enum report_axis {
  REPORT_OVER_MUTATORS, // a heap factor is part of the series
  REPORT_OVER_HEAP      // heap factors; the mutators are part of the panel
};

// A run in a picture. What belongs together is adjacent: panels, in them
// series, in them points (by `x`, NaN last), in them invocations.
struct report_item {
  const struct report_run *run;
  const char *key;   // its configuration but for what is varied
  const char *label; // of what differs between configurations
  const char *size;  // over mutators: without the copies of a trace
  double x;          // mutators, or the heap factor
  uint32_t mutators; // of its panel; over mutators 0
};

struct report_view {
  const struct report *report;
  enum report_class class;
  enum report_axis axis;
  double at;     // heap factor that is wanted of what shows only one
  double factor; // the nearest that some run ended well at; NaN: there is none
  size_t left_out; // over mutators: invocations at another heap factor
  struct report_item *items; // not excluded ones
  size_t n;
  struct report_item *failed; // those that did not end well, in the same order
  size_t n_failed;
  bool many_mutators;    // not all items have the same number
  bool many_suites;      // benchmarks of one name are not all of one suite
  char **keys, **labels; // of each series, in order
  size_t n_series;
};

// Over mutators there is one heap factor, view->factor, beside runs that have
// none. 0 or -ENOMEM; report_view_free in any case.
int report_view_make(struct report_view *view, const struct report *report,
                     enum report_class class, enum report_axis axis, double at);
void report_view_free(struct report_view *view);

// "trees, depth=9": a panel's name, without what `benchmark` says already. The
// caller's; NULL: no memory.
char *report_panel_name(const struct report_view *view,
                        const struct report_item *item);

// A run's configuration but for what is varied. The caller's; NULL: no memory.
char *report_run_key(const struct report_run *run, enum report_axis axis);

// The first item behind those that `same` calls like items[i].
typedef bool (*report_same)(const struct report_item *a,
                            const struct report_item *b);
size_t report_view_end(const struct report_view *view, size_t i,
                       report_same same);
// Workload and size; over the heap, mutators as well.
bool report_same_panel(const struct report_item *a,
                       const struct report_item *b);
bool report_same_series(const struct report_item *a,
                        const struct report_item *b); // and configuration
bool report_same_point(const struct report_item *a,
                       const struct report_item *b); // and x

// Invocations that did not end well at the item's point: what is shown of the
// others is of survivors.
size_t report_failed_beside(const struct report_view *view,
                            const struct report_item *item);

// Which of view->keys it is.
size_t report_series_of(const struct report_view *view,
                        const struct report_item *item);

struct report_spread {
  double median, low, high; // NaN: of nothing
  size_t n;                 // values that are not NaN
};
// Sorts `values`.
struct report_spread report_spread_of(double *values, size_t n);

#endif
