// sweep_merge.c: the results of all cells in one.
// SPDX-License-Identifier: MIT
//
// Reads the folders of cells and nothing else, so it can be done at any time
// and again: what is done is in the results, what is not is listed in run.json.
// run.json comes last: where it is, all is. Main thread.
#include "sweep.h"

#include "companion.h"
#include "exit_code.h"
#include "files.h"
#include "merge_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*append_file)(struct merge_file *merge, const char *path);

static char *cell_path(const struct sweep *sweep, size_t cell, const char *name)
{
  return files_path(sweep->directory, "cells/%06zu/%s", cell, name);
}

// Which cells have a folder. The caller's; NULL: no memory.
static bool *done_cells(const struct sweep *sweep)
{
  bool *done = calloc(sweep->plan.n + 1, sizeof *done);
  for (size_t i = 0; done && i < sweep->plan.n; i++) {
    char *path = cell_path(sweep, i, "run.json");
    done[i] = path && files_exists(path);
    free(path);
  }
  return done;
}

static int fail_cell(struct sweep *sweep, size_t cell, const char *name,
                     int result)
{
  if (result != -EINVAL)
    return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT, "cells/%06zu/%s: %s", cell,
                      name, strerror(-result));
  return sweep_fail(sweep, WANE_EXIT_ENVIRONMENT,
                    "cells/%06zu/%s: expected the header that the cells before "
                    "have",
                    cell, name);
}

static int merge_one(struct sweep *sweep, const bool *done, const char *name,
                     append_file append)
{
  struct merge_file merge;
  char *path = sweep_path(sweep, name);
  int result = path ? merge_file_open(&merge, path) : -ENOMEM;
  free(path);
  if (result) return sweep_fail_file(sweep, name, result);
  int code = WANE_EXIT_OK;
  for (size_t i = 0; !code && i < sweep->plan.n; i++) {
    if (!done[i]) continue;
    char *from = cell_path(sweep, i, name);
    result = from ? append(&merge, from) : -ENOMEM;
    if (result) code = fail_cell(sweep, i, name, result);
    free(from);
  }
  result = merge_file_close(&merge, !code);
  if (!code && result) code = sweep_fail_file(sweep, name, result);
  return code;
}

// Of the first cell that has one: results/README.md says what it is for.
static int copy_topology(struct sweep *sweep, const bool *done)
{
  static const char name[] = "topology.xml";
  int result = 0;
  for (size_t i = 0; i < sweep->plan.n; i++) {
    char *from = done[i] ? cell_path(sweep, i, name) : NULL;
    bool there = from && files_exists(from);
    char *to = there ? sweep_path(sweep, name) : NULL;
    if (there) result = to ? files_copy(from, to) : -ENOMEM;
    free(from);
    free(to);
    if (there) break;
  }
  return result ? sweep_fail_file(sweep, name, result) : WANE_EXIT_OK;
}

static int put_json(struct sweep *sweep, const bool *done)
{
  json_t *json = sweep_json(sweep, done);
  char *path = sweep_path(sweep, "run.json");
  int result = json && path ? files_put_json(path, json) : -ENOMEM;
  json_decref(json);
  free(path);
  return result ? sweep_fail_file(sweep, "run.json", result) : WANE_EXIT_OK;
}

// From here to its return, no reader takes what is in the folder for results:
// some files would be of before.
static int remove_json(struct sweep *sweep)
{
  char *path = sweep_path(sweep, "run.json");
  int result = path ? 0 : -ENOMEM;
  if (path && unlink(path) && errno != ENOENT) result = -errno;
  free(path);
  if (!result) result = files_settle(sweep->directory);
  return result ? sweep_fail_file(sweep, "run.json", result) : WANE_EXIT_OK;
}

int sweep_merge(struct sweep *sweep)
{
  bool *done = done_cells(sweep);
  if (!done) return sweep_fail_file(sweep, "run.json", -ENOMEM);
  int code = remove_json(sweep);
  if (!code) code = merge_one(sweep, done, "results.csv", merge_file_csv);
  if (!code) code = merge_one(sweep, done, "numa.csv", merge_file_csv);
  for (int c = 0; !code && c < N_COMPANIONS; c++)
    code = merge_one(sweep, done, companion_kind((enum companion)c)->file,
                     merge_file_zstd);
  if (!code) code = copy_topology(sweep, done);
  if (!code) code = put_json(sweep, done);
  free(done);
  return code;
}
