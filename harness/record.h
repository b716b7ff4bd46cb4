// record.h: one invocation and the numbers it gave.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_RECORD_H
#define WANE_HARNESS_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum column {
#define COLUMN(name, json) COLUMN_##name,
#include "columns.def"
#undef COLUMN
  N_COLUMNS
};

enum run_status {
  RUN_OK,
  RUN_OOM,
  RUN_TIMEOUT,
  RUN_CRASH,
  RUN_INVALID, // wrong checksum, or the oracle disagrees
  RUN_SKIPPED, // never measured: could not be started, or interrupted
};

struct measurement {
  uint32_t iteration; // from 1; 0: the whole invocation
  char metric[40];
  char scope[24];
  char stat[12];
  char unit[8];
  double value; // NaN: missing
};

// Everything the parent knows of one invocation.
struct record {
  // Columns that are the same in all rows; NULL: NA. The columns iteration,
  // phase, status and metric .. value are filled in per row.
  char *field[N_COLUMNS];
  uint32_t collector, workload; // which cell of the plan
  uint32_t last_iteration;      // its rows have the phase "timing"
  enum run_status status;
  bool environment;      // skipped because a file, plugin or the machine is bad
  int exit_code, signal; // of the process; signal 0: it exited
  char *reason;          // one sentence when status is not ok, or NULL
  char **notes;          // lines for people
  size_t n_notes;
  char **threads; // JSON of each thread that was placed
  size_t n_threads;
  char *counters; // JSON of which hardware counters opened, or NULL
  struct measurement *measurements;
  size_t n_measurements;
  double seconds; // wall time of the whole process
};

const char *record_status_name(enum run_status status);
// NULL when there is none of that name.
const char *record_column_name(enum column column);
bool record_column_is_number(enum column column);

// Sets one constant field (printf). Returns 0 or -ENOMEM.
int record_set(struct record *record, enum column column, const char *format,
               ...) __attribute__((format(printf, 3, 4)));
int record_add(struct record *record, const struct measurement *measurement);
int record_note(struct record *record, const char *text);
int record_thread(struct record *record, const char *json);
void record_free(struct record *record);

// The text of one column of one row, or NULL for NA. `buffer` may be used.
const char *record_field(const struct record *record,
                         const struct measurement *measurement,
                         enum column column, char buffer[32]);

// The first measurement of that kind in `iteration`, or NULL.
const struct measurement *record_find(const struct record *record,
                                      uint32_t iteration, const char *metric,
                                      const char *scope, const char *stat);

#endif
