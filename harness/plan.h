// plan.h: what a command line asks for, resolved: plugins, options, order.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_PLAN_H
#define WANE_HARNESS_PLAN_H

#include "order.h"
#include "run_args.h"

#include <wane/collector.h>
#include <wane/workload.h>

// A plugin's options: as typed, as values, and effective.
struct plan_options {
  char *text; // "k=v,k=v", the positional argument included
  union wane_value *values;
  char *storage;   // of string values
  char *effective; // "k=v;k=v", sorted, defaults included
  bool custom;     // differs from the defaults
};

struct plan_collector {
  const struct spec *spec;
  const struct wane_collector *plugin;
  const char *path; // of the shared object; the loader's string
  struct plan_options options;
  char *label; // as typed, without folders, for people
};

struct plan_workload {
  const struct spec *spec;
  const struct wane_workload *plugin;
  const char *path;
  struct plan_options options;
  char *benchmark; // [A-Za-z0-9_]+: its name, and the stem of its file
  char *label;     // as typed, without folders, for people
};

struct plan {
  struct plan_collector *collectors;
  struct plan_workload *workloads;
  uint32_t n_collectors, n_workloads;
  struct order_step *steps; // cell = workload * n_collectors + collector
  uint32_t n_steps;
};

// Opens every plugin and checks every option, before anything runs. Returns
// an enum wane_exit (OK, USAGE or ENVIRONMENT) and a sentence. In any case
// plan_close afterwards. No runtime may be running. Main thread.
int plan_open(const struct run_args *args, struct plan *plan, char *error,
              size_t error_size);
void plan_close(struct plan *plan);

// A workload by name or path, its fields checked. NULL and a sentence.
const struct wane_workload *plan_workload_open(const char *name, char *error,
                                               size_t error_size);

// "trace" and "runs/lru-cycles.gct" give "trace_lru_cycles". NULL: no memory.
char *plan_benchmark(const char *name, const char *positional);

// "trace" and "trace:runs/a.gct,copies=2" give "trace:a.gct,copies=2".
char *plan_label(const char *name, const struct spec *spec);

#endif
