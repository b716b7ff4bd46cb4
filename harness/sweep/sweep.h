// sweep.h: a sweep: an experiment, its folder, and how far it is.
// SPDX-License-Identifier: MIT
//
// What is in the folder is all there is to know: a sweep that was killed goes
// on from the files. Main thread.

#ifndef WANE_HARNESS_SWEEP_SWEEP_H
#define WANE_HARNESS_SWEEP_SWEEP_H

#include "cost.h"
#include "experiment.h"
#include "minheap.h"
#include "plan_file.h"
#include "sweep_args.h"

#include <jansson.h>

struct sweep {
  struct sweep_args args;
  struct experiment experiment;
  char *directory; // absolute, once it exists
  int lock;        // -1: not taken
  char run_id[128];
  json_t *state;  // experiment.json
  json_t *doctor; // what is found of the machine now; NULL: nothing
  struct minheap_table minheap;
  struct cost_table cost;
  struct plan_file plan;
  bool interrupted;
  char *error; // one sentence
  size_t error_size;
};

// Puts one sentence into sweep->error; returns `code`, an enum wane_exit.
int sweep_fail(const struct sweep *sweep, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// "DIR/NAME" cannot be written, or memory is short.
int sweep_fail_file(const struct sweep *sweep, const char *name, int error);
// DIR/NAME; the caller's. NULL: no memory.
char *sweep_path(const struct sweep *sweep, const char *name);

// sweep_doctor.c: looks at the machine; refuses it if --strict says so.
int sweep_doctor(struct sweep *sweep);

// sweep_folder.c: makes the folder, or takes up one that has some of it. Reads
// what is there. An enum wane_exit.
int sweep_folder_open(struct sweep *sweep);
// The folder alone, for --cell (`locked` false) and --merge.
int sweep_folder_enter(struct sweep *sweep, bool locked);

// sweep_probe.c: runs before the plan can be made: smallest heaps, and with a
// budget how long each configuration takes.
int sweep_probe(struct sweep *sweep);

// sweep_plan.c: plan.csv, written if it is not there, and read.
bool sweep_planned(const struct sweep *sweep);
int sweep_plan(struct sweep *sweep);
// What --dry-run prints.
int sweep_plan_print(struct sweep *sweep);

// sweep_run.c: the cells that are not done.
int sweep_run(struct sweep *sweep);
int sweep_run_cell(struct sweep *sweep, uint32_t index);

// sweep_merge.c: all results of the folder in one. May be done at any time.
int sweep_merge(struct sweep *sweep);

// sweep_json.c: run.json of all. NULL: no memory.
json_t *sweep_json(const struct sweep *sweep, const bool *done);

#endif
