// report_data.h: the results of experiments, read back.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_REPORT_DATA_H
#define WANE_HARNESS_REPORT_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What must not be compared with each other, and so is never in one picture.
enum report_class {
  REPORT_MEASURED, // nodes not looked at, or really bound
  REPORT_DENIED,   // the system refused to bind
  REPORT_MODELLED, // as if
  REPORT_EMULATED, // nodes that the machine only pretends to have
  REPORT_CLASSES
};
// "measured", "denied", "modelled", "emulated".
const char *report_class_name(enum report_class class);

// Columns of results.csv that are the same in all rows of an invocation.
enum report_field {
  REPORT_RUN_ID,
  REPORT_INVOCATION_ID,
  REPORT_SUITE,
  REPORT_BENCHMARK,
  REPORT_SIZE,
  REPORT_SEED,
  REPORT_CONFIG,
  REPORT_COLLECTOR,
  REPORT_COLLECTOR_OPTS,
  REPORT_BUILD,
  REPORT_MUTATORS,
  REPORT_WORKERS,
  REPORT_NUMA_MODE,
  REPORT_NUMA_POLICY,
  REPORT_THREAD_POLICY,
  REPORT_GC_POLICY,
  REPORT_TOPOLOGY,
  REPORT_PLACEMENT,
  REPORT_CPUS,
  REPORT_HEAP_MODE,
  REPORT_HFAC,
  REPORT_HEAP_BYTES,
  REPORT_MINHEAP_BYTES,
  REPORT_EXEC_INDEX,
  REPORT_INVOCATION,
  REPORT_STATUS,
  REPORT_VARIETY,
  REPORT_FIELDS
};

// Of the timed iteration. NaN: missing.
struct report_value {
  const char *metric, *scope, *stat;
  double value;
};

#define REPORT_ANY UINT32_MAX // a node that is not known

// A cell of a matrix of numa.csv.
struct report_cell {
  const char *metric;
  uint32_t from, to;
  double value;
};

// One invocation.
struct report_run {
  size_t source; // its folder: two experiments can begin in the same second
  const char *field[REPORT_FIELDS];  // NA: "NA"
  uint32_t mutators, workers, nodes; // nodes 0: not in numa.csv
  uint32_t iteration; // the timed one; 0: none was
  double hfac; // heap / minimum heap; NaN: unbounded, or not known
  enum report_class class;
  const char *excluded; // why it is in no picture, or NULL
  char *apart; // "build X host Y", where those differ; or ""
  struct report_value *values;
  size_t n_values;
  struct report_cell *cells;
  size_t n_cells;
};

struct report_source; // a folder

struct report {
  struct report_source *sources;
  size_t n_sources;
  struct report_run *runs; // by folder and id; behind them the canaries
  size_t n_runs;
  size_t n_canaries; // of sweeps: the same again and again, no benchmark
  bool many_settings[REPORT_CLASSES]; // hosts, seeds or topologies differ
};

// Reads folders that `wane run -o` has written to the end. Returns an enum
// wane_exit and a sentence; report_free in any case.
int report_load(struct report *report, char *const *directories, size_t n,
                char *error, size_t error_size);
void report_free(struct report *report);

// "DIR: run-..., built from ..." of each folder, for captions.
const char *report_source_text(const struct report *report, size_t i);

// The folder.
const char *report_source_directory(const struct report *report, size_t i);

// The run of that name in that folder, or NULL.
const struct report_run *report_find(const struct report *report,
                                     size_t source, const char *invocation);

// Its run id, and all of its run.json, which lives as long as the report.
const char *report_source_name(const struct report *report, size_t i);
struct json_t;
const struct json_t *report_source_json(const struct report *report, size_t i);

// Names what differs between runs besides their configurations; report_load
// does. 0 or -ENOMEM.
int report_set_apart(struct report *report);

// NaN: the run has no such number.
double report_value_of(const struct report_run *run, const char *metric,
                       const char *scope, const char *stat);

#endif
