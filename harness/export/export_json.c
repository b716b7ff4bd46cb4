// export_json.c: results as one JSON document.
// SPDX-License-Identifier: MIT
//
// Row by row, so that a document of any size needs no memory of its own.
#include "exit_code.h"
#include "export_format.h"
#include "export_rows.h"
#include "results.h"

#include <errno.h>

// False: not UTF-8.
static bool put_text(FILE *out, const char *text)
{
  json_t *string = json_string(text);
  if (!string) return false;
  json_dumpf(string, out, JSON_ENCODE_ANY);
  json_decref(string);
  return true;
}

static bool put_row(FILE *out, const char *const *fields)
{
  for (int i = 0; i < N_COLUMNS; i++) {
    fprintf(out, "%s\"%s\":", i ? "," : "{",
            record_column_name((enum column)i));
    if (!fields[i])
      fputs("null", out);
    else if (record_column_is_number((enum column)i))
      fputs(fields[i], out);
    else if (!put_text(out, fields[i]))
      return false;
  }
  putc('}', out);
  return true;
}

static int write_json(const struct export_job *job, char *error,
                      size_t error_size)
{
  const char *const *fields, *between = "\n";
  int got;
  struct export_rows *rows =
      export_rows_open(job->directory, error, error_size);
  if (!rows) return WANE_EXIT_ENVIRONMENT;
  fprintf(job->out,
          "{\"schema_version\":%d,\n\"run\":", RESULTS_SCHEMA_VERSION);
  json_dumpf(export_rows_run(rows), job->out, JSON_COMPACT);
  fputs(",\n\"rows\":[", job->out);
  while ((got = export_rows_next(rows, &fields, error, error_size)) > 0) {
    fputs(between, job->out);
    between = ",\n";
    if (put_row(job->out, fields)) continue;
    snprintf(error, error_size, "%s/results.csv: %s: not UTF-8, or no memory",
             job->directory, fields[COLUMN_invocation_id]);
    got = -EINVAL;
    break;
  }
  fputs("\n]}\n", job->out);
  export_rows_close(rows);
  return got ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

const struct export_format export_json = {
    .name = "json",
    .help = "all of run.json and results.csv in one document",
    .output = EXPORT_TEXT,
    .write = write_json};
