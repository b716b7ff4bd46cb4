// export_split.c: results as two tables, of which results.csv is the join.
// SPDX-License-Identifier: MIT
//
// invocations.csv has a row per process, with what run.json knows of how it
// ended; measurements.csv a row per number. Main thread.
#include "csv.h"
#include "exit_code.h"
#include "export_format.h"
#include "export_rows.h"
#include "whole_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct table {
  FILE *out;
  char *text;
  size_t n;
  bool wanted[N_COLUMNS];
};

static bool table_open(struct table *table)
{
  table->out = open_memstream(&table->text, &table->n);
  return table->out;
}

// Ends it, and puts it into the folder if all is well.
static void table_close(struct table *table, struct whole_folder *folder,
                        const char *name, bool good)
{
  if (table->out && fclose(table->out))
    whole_folder_fail(folder, name, -ENOMEM);
  else if (good)
    whole_folder_put(folder, name, table->text, table->n);
  free(table->text);
}

static void put_invocation(struct table *table, const struct export_rows *rows,
                           const char *const *fields)
{
  char buffer[32];
  const json_t *invocation =
      export_rows_invocation(rows, fields[COLUMN_invocation_id]);
  export_fields(table->out, fields, table->wanted);
  for (int i = 0; i < EXPORT_FACTS; i++) {
    putc(',', table->out);
    csv_field(table->out, export_fact(invocation, i, buffer));
  }
  putc('\n', table->out);
}

static int put_rows(struct export_rows *rows, struct table *invocations,
                    struct table *measurements, char *error, size_t error_size)
{
  const char *const *fields, *last = "";
  int got;
  export_header(invocations->out, invocations->wanted);
  for (int i = 0; i < EXPORT_FACTS; i++)
    fprintf(invocations->out, ",%s", export_fact_names[i]);
  putc('\n', invocations->out);
  export_header(measurements->out, measurements->wanted);
  putc('\n', measurements->out);
  while ((got = export_rows_next(rows, &fields, error, error_size)) > 0) {
    const char *id = fields[COLUMN_invocation_id];
    if (strcmp(id, last) != 0) put_invocation(invocations, rows, fields);
    last = id;
    export_fields(measurements->out, fields, measurements->wanted);
    putc('\n', measurements->out);
  }
  return got;
}

static int write_split(const struct export_job *job, char *error,
                       size_t error_size)
{
  struct table invocations = {0}, measurements = {0};
  for (int i = 0; i < N_COLUMNS; i++) {
    bool of_invocation = export_column_of_invocation((enum column)i);
    invocations.wanted[i] = of_invocation;
    measurements.wanted[i] = !of_invocation || i == COLUMN_invocation_id;
  }
  struct export_rows *rows =
      export_rows_open(job->directory, error, error_size);
  int result = rows ? 0 : -EINVAL;
  if (!result && (!table_open(&invocations) || !table_open(&measurements))) {
    snprintf(error, error_size, "no memory");
    result = -ENOMEM;
  }
  if (!result)
    result = put_rows(rows, &invocations, &measurements, error, error_size);
  table_close(&invocations, job->folder, "invocations.csv", !result);
  table_close(&measurements, job->folder, "measurements.csv", !result);
  export_rows_close(rows);
  return result ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

const struct export_format export_split = {
    .name = "split",
    .help = "invocations.csv and measurements.csv, whose join is results.csv",
    .output = EXPORT_FOLDER,
    .write = write_split};
