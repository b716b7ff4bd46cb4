// output.c: the folder of an experiment (-o DIR).
// SPDX-License-Identifier: MIT
//
// A name without ".part" promises a complete file. Until the experiment ends
// its rows are in the .part files, all that is known after each invocation, so
// that nothing measured is lost when the harness is killed or the disk is
// full; then they keep that name. Main thread.
#include "output.h"

#include "companion_file.h"
#include "files.h"
#include "numa_rows.h"
#include "results.h"
#include "whole_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct output {
  char *directory;
  struct whole_file results;
  struct companion_file *companions[N_COMPANIONS];
  struct whole_file numa; // if with_numa
  bool with_numa, with_topology;
  int error; // the first -errno, or 0
};

static const char results_name[] = "results.csv";
static const char numa_name[] = "numa.csv";
static const char topology_name[] = "topology.xml";
static const char provenance_name[] = "run.json";

static void fail(struct output *output, int error)
{
  if (!output->error) output->error = error ? error : -EIO;
}

// "DIRECTORY/NAME" and what follows, the caller's; NULL: no memory.
static char *path_of(const struct output *output, const char *name,
                     const char *end)
{
  char *path;
  int n = asprintf(&path, "%s/%s%s", output->directory, name, end);
  return n < 0 ? NULL : path;
}

static void rename_it(struct output *output, const char *name,
                      const char *old_end, const char *new_end)
{
  char *from = path_of(output, name, old_end);
  char *to = path_of(output, name, new_end);
  if (!from || !to)
    fail(output, -ENOMEM);
  else if (rename(from, to))
    fail(output, -errno);
  free(from);
  free(to);
}

// --- open ------------------------------------------------------------------

static bool already_used(const struct output *output)
{
  bool used = false;
  for (int part = 0; part < 2; part++) {
    char *path = path_of(output, results_name, part ? ".part" : "");
    used = used || !path || access(path, F_OK) == 0;
    free(path);
  }
  return used;
}

// Adds the header (no record), or a record's rows: whole or not at all.
static void add_rows(struct output *output, const struct record *record)
{
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  if (out && record) results_csv_rows(out, record);
  if (out && !record) results_csv_header(out);
  if (!out || fclose(out))
    whole_file_fail(&output->results, -ENOMEM);
  else
    whole_file_write(&output->results, text, n);
  whole_file_mark(&output->results);
  free(text);
}

static int open_numa(struct output *output)
{
  char *path = path_of(output, numa_name, ".part");
  int result = path ? whole_file_open(&output->numa, path) : -ENOMEM;
  if (!result) {
    whole_file_write(&output->numa, numa_rows_header,
                     strlen(numa_rows_header));
    whole_file_write(&output->numa, "\n", 1);
    whole_file_mark(&output->numa);
    result = output->numa.error;
    if (result) {
      (void)whole_file_close(&output->numa);
      (void)unlink(path);
    }
  }
  output->with_numa = !result;
  free(path);
  return result;
}

// There was no room for the others.
static void drop_numa(struct output *output)
{
  char *path = path_of(output, numa_name, ".part");
  (void)whole_file_close(&output->numa);
  if (path) (void)unlink(path);
  free(path);
}

static int open_companion(struct output *output, enum companion companion)
{
  const struct companion_kind *kind = companion_kind(companion);
  char *path = path_of(output, kind->file, ".part");
  struct companion_file *file =
      path ? companion_file_open(path, kind->header) : NULL;
  int result = path ? file ? 0 : -errno : -ENOMEM;
  output->companions[companion] = file;
  free(path);
  return result ? result : companion_file_end_frame(file);
}

static void drop_companions(struct output *output)
{
  for (int i = 0; i < N_COMPANIONS; i++) {
    const char *name = companion_kind((enum companion)i)->file;
    char *path = path_of(output, name, ".part");
    if (output->companions[i]) {
      (void)companion_file_close(output->companions[i]);
      if (path) (void)unlink(path);
    }
    free(path);
  }
}

static int open_files(struct output *output)
{
  char *results = path_of(output, results_name, ".part");
  int result = results ? 0 : -ENOMEM;
  if (!result) result = whole_file_open(&output->results, results);
  if (!result) {
    add_rows(output, NULL);
    result = output->results.error;
    for (int i = 0; !result && i < N_COMPANIONS; i++)
      result = open_companion(output, (enum companion)i);
    if (result) { // no room for the headers
      drop_companions(output);
      (void)whole_file_close(&output->results);
      (void)unlink(results);
    }
  }
  free(results);
  return result;
}

static void release(struct output *output)
{
  free(output->directory);
  free(output);
}

struct output *output_open(const char *directory, bool numa, char *error,
                           size_t error_size)
{
  struct output *output = calloc(1, sizeof *output);
  if (output) output->directory = strdup(directory);
  int result = output && output->directory ? 0 : -ENOMEM;
  if (!result) result = files_make_folder(directory);
  if (!result && already_used(output)) {
    snprintf(error, error_size,
             "%s: holds the results of another run; "
             "expected a new or empty folder",
             directory);
    release(output);
    return NULL;
  }
  if (!result && numa) result = open_numa(output);
  if (!result) result = open_files(output);
  if (!result) return output;
  if (output && output->with_numa) drop_numa(output);
  snprintf(error, error_size, "%s: cannot be written: %s", directory,
           strerror(-result));
  if (output) release(output);
  return NULL;
}

// --- write -----------------------------------------------------------------

void output_row(struct output *output, enum companion companion,
                const char *invocation, const char *csv)
{
  companion_file_row(output->companions[companion], invocation, csv);
}

void output_numa(struct output *output, const char *first, const char *csv)
{
  char *row;
  int n = asprintf(&row, "%s,%s\n", first, csv);
  if (n < 0)
    whole_file_fail(&output->numa, -ENOMEM);
  else
    whole_file_write(&output->numa, row, (size_t)n);
  if (n >= 0) free(row);
}

// What was written of one of them is whole, and goes to the disk.
static void settle(struct output *output, struct whole_file *file)
{
  whole_file_mark(file);
  if (file->error)
    fail(output, file->error);
  else if (fdatasync(file->fd))
    fail(output, -errno);
}

int output_record(struct output *output, const struct record *record)
{
  add_rows(output, record);
  settle(output, &output->results);
  if (output->with_numa) settle(output, &output->numa);
  for (int i = 0; i < N_COMPANIONS; i++) {
    int result = companion_file_end_frame(output->companions[i]);
    if (result) fail(output, result);
  }
  return output->error;
}

// A whole file at once: the old one stays until the new one is there.
static void put_file(struct output *output, const char *name, const char *text)
{
  char *path = path_of(output, name, ".new");
  struct whole_file out;
  int result = path && text ? whole_file_open(&out, path) : -ENOMEM;
  if (!result) {
    whole_file_write(&out, text, strlen(text));
    whole_file_write(&out, "\n", 1);
    whole_file_mark(&out);
    result = whole_file_close(&out);
    if (result)
      (void)unlink(path);
    else
      rename_it(output, name, ".new", ".part");
  }
  if (result) fail(output, result);
  free(path);
}

int output_topology(struct output *output, const char *xml)
{
  put_file(output, topology_name, xml);
  output->with_topology = !output->error;
  return output->error;
}

int output_provenance(struct output *output, json_t *provenance)
{
  char *text = json_dumps(provenance, JSON_INDENT(2));
  put_file(output, provenance_name, text);
  free(text);
  return output->error;
}

int output_close(struct output *output, char *error, size_t error_size)
{
  int result;
  for (int i = 0; i < N_COMPANIONS; i++) {
    result = companion_file_close(output->companions[i]);
    if (result) fail(output, result);
  }
  result = whole_file_close(&output->results);
  if (result) fail(output, result);
  if (output->with_numa) {
    result = whole_file_close(&output->numa);
    if (result) fail(output, result);
  }
  // run.json last: where it is, all is.
  if (!output->error) rename_it(output, results_name, ".part", "");
  for (int i = 0; !output->error && i < N_COMPANIONS; i++)
    rename_it(output, companion_kind((enum companion)i)->file, ".part", "");
  if (!output->error && output->with_numa)
    rename_it(output, numa_name, ".part", "");
  if (!output->error && output->with_topology)
    rename_it(output, topology_name, ".part", "");
  if (!output->error) rename_it(output, provenance_name, ".part", "");
  result = output->error;
  if (result)
    snprintf(error, error_size,
             "%s: not all could be written: %s; what could be is in the .part "
             "files",
             output->directory, strerror(-result));
  release(output);
  return result;
}
