// export_hints.c: results.csv in pandas and in R.
// SPDX-License-Identifier: MIT
//
// It is tidy already: both read it as it is, so what is exported is how. That
// the folder can be read is checked all the same.
#include "export_format.h"
#include "export_rows.h"
#include "exit_code.h"

#include <limits.h>
#include <stdlib.h>

// The path as a literal of Python or R, whose escapes are the same here.
static void quote(FILE *out, const char *path)
{
  putc('"', out);
  for (; *path; path++) {
    if (*path == '"' || *path == '\\') putc('\\', out);
    putc(*path, out);
  }
  putc('"', out);
}

static int hint(const struct export_job *job, const char *before,
                const char *behind, char *error, size_t error_size)
{
  struct export_rows *rows =
      export_rows_open(job->directory, error, error_size);
  char *whole = rows ? realpath(job->directory, NULL) : NULL, *path = NULL;
  bool good = whole && asprintf(&path, "%s/results.csv", whole) >= 0;
  if (rows && !good) snprintf(error, error_size, "no memory");
  export_rows_close(rows);
  free(whole);
  if (!good) return WANE_EXIT_ENVIRONMENT;
  fputs(before, job->out);
  quote(job->out, path);
  fputs(behind, job->out);
  free(path);
  return WANE_EXIT_OK;
}

static int write_pandas(const struct export_job *job, char *error,
                        size_t error_size)
{
  return hint(job, "import pandas; d = pandas.read_csv(",
              ")\n"
              "print(d[(d.phase == \"timing\") & (d.status == \"ok\") & "
              "(d.metric == \"time.wall\")]"
              ".groupby([\"benchmark\", \"config\"]).value.describe())\n",
              error, error_size);
}

static int write_r(const struct export_job *job, char *error, size_t error_size)
{
  return hint(job, "d <- read.csv(",
              ")\n"
              "print(aggregate(value ~ benchmark + config, d, summary, subset "
              "= phase == \"timing\" & status == \"ok\" & metric == "
              "\"time.wall\"))\n",
              error, error_size);
}

const struct export_format export_pandas = {
    .name = "pandas",
    .help = "two lines of Python that read results.csv",
    .output = EXPORT_TEXT,
    .write = write_pandas};

const struct export_format export_r = {
    .name = "r",
    .help = "two lines of R that read results.csv",
    .output = EXPORT_TEXT,
    .write = write_r};
