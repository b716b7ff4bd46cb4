// plan_file.h: plan.csv: the cells of a sweep, each a command line.
// SPDX-License-Identifier: MIT
//
// Written once, before the first cell; from then on it is what is executed,
// whoever executes it. The command has no `-o`: that is the attempt's
// (parts.h).

#ifndef WANE_HARNESS_SWEEP_PLAN_FILE_H
#define WANE_HARNESS_SWEEP_PLAN_FILE_H

#include "cells.h"
#include "engine.h"
#include "minheap.h"

struct plan_row {
  uint32_t cell, mutators, level, invocation;
  char *suite, *benchmark, *config, *numa;
  char *command;
  double hfac; // NaN: none
};

struct plan_file {
  struct plan_row *rows; // row i is cell i
  size_t n;
};

// Writes all cells. 0 or -errno.
int plan_file_write(const char *path, const struct cells *cells,
                    const struct experiment *experiment,
                    const struct minheap_table *minheap, const char *run_id);
// The heap limit of a combination; 0: none. *minheap: what it is a multiple
// of, or 0.
uint64_t plan_file_heap(const struct cells_combination *what,
                        const struct minheap_table *table, uint64_t *minheap);
// Reads all of it. 0, or -errno and a sentence.
int plan_file_read(struct plan_file *plan, const char *path, char *error,
                   size_t error_size);
void plan_file_free(struct plan_file *plan);

// A row as an engine has it; plan_file_cell_free afterwards. 0 or -ENOMEM.
int plan_file_cell(struct engine_cell *cell, const struct plan_row *row,
                   const char *directory);
void plan_file_cell_free(struct engine_cell *cell);

#endif
