// report_group.h: runs of one class, sorted so that like stands beside like.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_GROUP_H
#define WANE_HARNESS_REPORT_GROUP_H

#include "report_data.h"

// A run in a picture. What belongs together is adjacent: panels, in them
// series, in them numbers of mutators, in them invocations.
struct report_item {
  const struct report_run *run;
  const char *key;   // its configuration but for the number of mutators
  const char *label; // of what differs between configurations
  const char *size;  // without the copies of a trace: they are its mutators
};

struct report_view {
  const struct report *report;
  enum report_class class;
  struct report_item *items; // not excluded ones
  size_t n;
  char **keys, **labels; // of each series, in order
  size_t n_series;
};

// 0 or -ENOMEM; report_view_free in any case.
int report_view_make(struct report_view *view, const struct report *report,
                     enum report_class class);
void report_view_free(struct report_view *view);

// A configuration without the number of mutators: "rc.t4.w1.h64m" gives
// "rc.w1.h64m". The caller's; NULL: no memory.
char *report_config_key(const char *config);

// "trees, depth=9": a panel's name, without what `benchmark` says already. The
// caller's; NULL: no memory.
char *report_panel_name(const struct report_item *item);

// The first item behind those that `same` calls like items[i].
typedef bool (*report_same)(const struct report_item *a,
                            const struct report_item *b);
size_t report_view_end(const struct report_view *view, size_t i,
                       report_same same);
bool report_same_panel(const struct report_item *a,
                       const struct report_item *b); // workload and size
bool report_same_series(const struct report_item *a,
                        const struct report_item *b); // and configuration
bool report_same_point(const struct report_item *a,
                       const struct report_item *b); // and mutators

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
