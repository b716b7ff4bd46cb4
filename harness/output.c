// output.c: the folder of an experiment (-o DIR).
// SPDX-License-Identifier: MIT
//
// A name without ".part" promises a complete file. Until the experiment ends
// its rows are in the .part files, flushed after each invocation, so that
// nothing measured is lost when the harness is killed. Main thread.
#include "output.h"

#include "event_file.h"
#include "results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
  char *directory;
  FILE *results;
  struct event_file *events;
  int error; // the first -errno, or 0
};

static const char results_name[] = "results.csv";
static const char events_name[] = "gc_events.csv.zst";
static const char provenance_name[] = "run.json";

static void fail(struct output *output, int error)
{
  if (!output->error) output->error = error ? error : -EIO;
}

// "DIRECTORY/NAME[.part]", the caller's; NULL: no memory.
static char *path_of(const struct output *output, const char *name, bool part)
{
  char *path;
  int n =
      asprintf(&path, "%s/%s%s", output->directory, name, part ? ".part" : "");
  return n < 0 ? NULL : path;
}

static void rename_part(struct output *output, const char *name)
{
  char *from = path_of(output, name, true), *to = path_of(output, name, false);
  if (!from || !to)
    fail(output, -ENOMEM);
  else if (rename(from, to))
    fail(output, -errno);
  free(from);
  free(to);
}

// --- open ------------------------------------------------------------------

// mkdir -p.
static int make_folder(const char *directory)
{
  char *path = strdup(directory);
  int result = path ? 0 : -ENOMEM;
  for (char *at = path; !result && at;) {
    at = strchr(at + 1, '/');
    if (at) *at = '\0';
    if (mkdir(path, 0777) && errno != EEXIST) result = -errno;
    if (at) *at = '/';
  }
  free(path);
  return result;
}

static bool already_used(const struct output *output)
{
  bool used = false;
  for (int part = 0; part < 2; part++) {
    char *path = path_of(output, results_name, part);
    used = used || !path || access(path, F_OK) == 0;
    free(path);
  }
  return used;
}

static int open_files(struct output *output)
{
  char *results = path_of(output, results_name, true);
  char *events = path_of(output, events_name, true);
  int result = results && events ? 0 : -ENOMEM;
  if (!result && !(output->results = fopen(results, "we"))) result = -errno;
  if (!result && !(output->events = event_file_open(events))) result = -errno;
  if (!result) results_csv_header(output->results);
  free(results);
  free(events);
  return result;
}

static void release(struct output *output)
{
  free(output->directory);
  free(output);
}

struct output *output_open(const char *directory, char *error,
                           size_t error_size)
{
  struct output *output = calloc(1, sizeof *output);
  if (output) output->directory = strdup(directory);
  int result = output && output->directory ? 0 : -ENOMEM;
  if (!result) result = make_folder(directory);
  if (!result && already_used(output)) {
    snprintf(error, error_size,
             "%s: holds the results of another run; "
             "expected a new or empty folder",
             directory);
    release(output);
    return NULL;
  }
  if (!result) result = open_files(output);
  if (!result) return output;
  snprintf(error, error_size, "%s: cannot be written: %s", directory,
           strerror(-result));
  if (output && output->results) fclose(output->results);
  if (output) release(output);
  return NULL;
}

// --- write -----------------------------------------------------------------

void output_event(struct output *output, const char *invocation,
                  const char *csv)
{
  event_file_row(output->events, invocation, csv);
}

void output_record(struct output *output, const struct record *record)
{
  results_csv_rows(output->results, record);
  if (fflush(output->results) || fdatasync(fileno(output->results)))
    fail(output, -errno);
  event_file_end_frame(output->events);
}

void output_provenance(struct output *output, json_t *provenance)
{
  char *path = path_of(output, provenance_name, true);
  FILE *out = path ? fopen(path, "we") : NULL;
  if (!out || json_dumpf(provenance, out, JSON_INDENT(2)) ||
      putc('\n', out) == EOF)
    fail(output, -errno);
  if (out && fclose(out)) fail(output, -errno);
  if (out) rename_part(output, provenance_name);
  free(path);
}

int output_close(struct output *output, char *error, size_t error_size)
{
  int result = event_file_close(output->events);
  if (result) fail(output, result);
  if (ferror(output->results)) fail(output, -EIO);
  if (fclose(output->results)) fail(output, -errno);
  rename_part(output, results_name);
  rename_part(output, events_name);
  result = output->error;
  if (result)
    snprintf(error, error_size, "%s: not all could be written: %s",
             output->directory, strerror(-result));
  release(output);
  return result;
}
