// export_sqlite.c: results as an SQLite database.
// SPDX-License-Identifier: MIT
//
// The only file that knows SQLite. Tables are filled in one transaction; a
// number is a number, what is missing is NULL. Other tables of the folder come
// as they are, with their header as columns. Main thread.
#include "companion.h"
#include "csv_read.h"
#include "exit_code.h"
#include "export_format.h"
#include "export_rows.h"
#include "zstd_read.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct base {
  sqlite3 *handle;
  const char *path, *directory;
  char *error;
  size_t error_size;
};

static int refuse(struct base *base)
{
  snprintf(base->error, base->error_size, "%s: %s", base->path,
           sqlite3_errmsg(base->handle));
  return -EIO;
}

static int no_memory(struct base *base)
{
  snprintf(base->error, base->error_size, "no memory");
  return -ENOMEM;
}

static int execute(struct base *base, const char *sql)
{
  return sqlite3_exec(base->handle, sql, NULL, NULL, NULL) ? refuse(base) : 0;
}

// --- tables ----------------------------------------------------------------

struct table {
  struct base *base;
  sqlite3_stmt *insert;
  const bool *text; // which of them are texts; NULL: none
  int n;            // columns
};

// `names` are trusted not at all: they may come from a file. `text` NULL, or
// which columns are texts even where they look like numbers.
static char *create_sql(const char *name, const char *const *names,
                        const bool *text, int n)
{
  char *sql = NULL, *more = sqlite3_mprintf("CREATE TABLE \"%w\"(", name);
  for (int i = 0; more && i < n; i++) {
    sql = more;
    more = sqlite3_mprintf("%s%s\"%w\"%s", sql, i ? "," : "", names[i],
                           text && text[i] ? " TEXT" : "");
    sqlite3_free(sql);
  }
  sql = more ? sqlite3_mprintf("%s)", more) : NULL;
  sqlite3_free(more);
  return sql;
}

static char *insert_sql(const char *name, int n)
{
  char *sql = NULL, *more = sqlite3_mprintf("INSERT INTO \"%w\" VALUES(", name);
  for (int i = 0; more && i < n; i++) {
    sql = more;
    more = sqlite3_mprintf("%s%s", sql, i ? ",?" : "?");
    sqlite3_free(sql);
  }
  sql = more ? sqlite3_mprintf("%s)", more) : NULL;
  sqlite3_free(more);
  return sql;
}

static int table_open(struct table *table, struct base *base, const char *name,
                      const char *const *names, const bool *text, int n)
{
  *table = (struct table){.base = base, .text = text, .n = n};
  char *create = create_sql(name, names, text, n);
  char *insert = insert_sql(name, n);
  int result = create && insert ? execute(base, create) : no_memory(base);
  if (!result &&
      sqlite3_prepare_v2(base->handle, insert, -1, &table->insert, NULL))
    result = refuse(base);
  sqlite3_free(create);
  sqlite3_free(insert);
  return result;
}

static int bind(struct table *table, int i, const char *text)
{
  char *end;
  errno = 0;
  if (!text) return sqlite3_bind_null(table->insert, i);
  bool is_text = table->text && table->text[i - 1];
  if (is_text || !export_is_number(text))
    return sqlite3_bind_text(table->insert, i, text, -1, SQLITE_TRANSIENT);
  long long whole = strtoll(text, &end, 10);
  if (*end == '\0' && !errno)
    return sqlite3_bind_int64(table->insert, i, whole);
  return sqlite3_bind_double(table->insert, i, strtod(text, NULL));
}

static int table_row(struct table *table, const char *const *fields)
{
  for (int i = 0; i < table->n; i++)
    if (bind(table, i + 1, fields[i])) return refuse(table->base);
  if (sqlite3_step(table->insert) != SQLITE_DONE) return refuse(table->base);
  return sqlite3_reset(table->insert) ? refuse(table->base) : 0;
}

static void table_close(struct table *table)
{
  (void)sqlite3_finalize(table->insert);
}

// --- results.csv and run.json ----------------------------------------------

struct columns {
  enum column column[N_COLUMNS];
  const char *names[N_COLUMNS + EXPORT_FACTS];
  bool text[N_COLUMNS + EXPORT_FACTS];
  int n;
};

static struct columns pick(bool of_invocation)
{
  struct columns columns = {0};
  for (int i = 0; i < N_COLUMNS; i++) {
    enum column column = (enum column)i;
    if (export_column_of_invocation(column) != of_invocation &&
        column != COLUMN_invocation_id)
      continue;
    columns.names[columns.n] = record_column_name(column);
    columns.text[columns.n] = !record_column_is_number(column);
    columns.column[columns.n++] = column;
  }
  return columns;
}

static int put_run(struct base *base, const struct export_rows *rows)
{
  static const char *const names[] = {"run_id", "schema_version", "json"};
  struct table table;
  char version[32];
  const json_t *run = export_rows_run(rows);
  char *json = json_dumps(run, JSON_COMPACT);
  snprintf(
      version, sizeof version, "%lld",
      (long long)json_integer_value(json_object_get(run, "schema_version")));
  const char *const fields[] = {
      json_string_value(json_object_get(run, "run_id")), version, json};
  int result = table_open(&table, base, "runs", names, NULL, 3);
  if (!result) result = json ? table_row(&table, fields) : no_memory(base);
  table_close(&table);
  free(json);
  return result;
}

static int put_invocation(struct table *table, const struct columns *columns,
                          const struct export_rows *rows,
                          const char *const *row)
{
  const char *fields[N_COLUMNS + EXPORT_FACTS];
  char buffers[EXPORT_FACTS][32];
  const json_t *invocation =
      export_rows_invocation(rows, row[COLUMN_invocation_id]);
  for (int i = 0; i < columns->n; i++) fields[i] = row[columns->column[i]];
  for (int i = 0; i < EXPORT_FACTS; i++)
    fields[columns->n + i] = export_fact(invocation, i, buffers[i]);
  return table_row(table, fields);
}

static int put_measurement(struct table *table, const struct columns *columns,
                           const char *const *row)
{
  const char *fields[N_COLUMNS];
  for (int i = 0; i < columns->n; i++) fields[i] = row[columns->column[i]];
  return table_row(table, fields);
}

static int put_results(struct base *base, struct export_rows *rows)
{
  struct table invocations, measurements = {0};
  struct columns of_invocation = pick(true), of_number = pick(false);
  const char *const *row, *last = "";
  for (int i = 0; i < EXPORT_FACTS; i++)
    of_invocation.names[of_invocation.n + i] = export_fact_names[i];
  int result =
      table_open(&invocations, base, "invocations", of_invocation.names,
                 of_invocation.text, of_invocation.n + EXPORT_FACTS);
  if (!result)
    result = table_open(&measurements, base, "measurements", of_number.names,
                        of_number.text, of_number.n);
  int got = 0;
  while (!result && (got = export_rows_next(rows, &row, base->error,
                                            base->error_size)) > 0) {
    const char *id = row[COLUMN_invocation_id];
    if (strcmp(id, last) != 0)
      result = put_invocation(&invocations, &of_invocation, rows, row);
    last = id;
    if (!result) result = put_measurement(&measurements, &of_number, row);
  }
  table_close(&invocations);
  table_close(&measurements);
  return result ? result : got;
}

// --- the other tables ------------------------------------------------------

// The reader is closed; NULL: why is in base->error.
static int put_csv(struct base *base, const char *name,
                   struct csv_reader *reader)
{
  struct table table = {0};
  const char *const *fields;
  if (!reader) return -EINVAL;
  size_t n = csv_read_columns(reader);
  const char **names = calloc(n, sizeof *names);
  int result = names ? 0 : no_memory(base), got;
  for (size_t i = 0; names && i < n; i++) names[i] = csv_read_name(reader, i);
  if (!result) result = table_open(&table, base, name, names, NULL, (int)n);
  while (!result && (got = csv_read_row(reader, &fields, base->error,
                                        base->error_size)) != 0)
    result = got < 0 ? got : table_row(&table, fields);
  table_close(&table);
  csv_read_close(reader);
  free(names);
  return result;
}

static int put_plain(struct base *base, const char *name, const char *path)
{
  return put_csv(base, name,
                 csv_read_open(path, base->error, base->error_size));
}

static int put_compressed(struct base *base, const char *name, const char *path)
{
  struct zstd_reader *bytes =
      zstd_read_open(path, base->error, base->error_size);
  if (!bytes) return -EINVAL;
  int result = put_csv(base, name,
                       csv_read_stream(path, zstd_read_more, bytes, base->error,
                                       base->error_size));
  zstd_read_close(bytes);
  return result;
}

typedef int (*put_file)(struct base *base, const char *name, const char *path);

// A table of the folder: 1; 0: it has no such file.
static int put_other(struct base *base, const char *file, const char *name,
                     put_file put)
{
  char *path;
  if (asprintf(&path, "%s/%s", base->directory, file) < 0)
    return no_memory(base);
  bool there = access(path, F_OK) == 0;
  int result = there ? put(base, name, path) : 0;
  free(path);
  return result ? result : there;
}

static int index_by_invocation(struct base *base, const char *table)
{
  char *sql = sqlite3_mprintf(
      "CREATE INDEX %s_of ON %s(invocation_id, iteration)", table, table);
  int result = sql ? execute(base, sql) : no_memory(base);
  sqlite3_free(sql);
  return result;
}

static int put_events(struct base *base)
{
  static const char *const names[N_COMPANIONS] = {
      [COMPANION_EVENTS] = "events",
      [COMPANION_REQUESTS] = "requests",
      [COMPANION_SAMPLES] = "heap_samples",
      [COMPANION_LIFETIMES] = "lifetimes"};
  for (int i = 0; i < N_COMPANIONS; i++) {
    int got = put_other(base, companion_kind((enum companion)i)->file, names[i],
                        put_compressed);
    if (got > 0) got = index_by_invocation(base, names[i]);
    if (got) return got;
  }
  return 0;
}

// --- all of it -------------------------------------------------------------

static const char finish[] =
    "CREATE UNIQUE INDEX invocations_by_id ON invocations(invocation_id);"
    "CREATE INDEX measurements_of ON measurements(invocation_id, iteration);"
    "CREATE INDEX measurements_by_metric ON measurements(metric, scope, stat);"
    "CREATE VIEW results AS SELECT * FROM invocations JOIN measurements "
    "USING (invocation_id);";

static int put_tables(struct base *base)
{
  static const char *const names[] = {"numa", "plan", "minheap"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char file[32];
    snprintf(file, sizeof file, "%s.csv", names[i]);
    int got = put_other(base, file, names[i], put_plain);
    if (got < 0) return got;
  }
  return 0;
}

static int fill(struct base *base, struct export_rows *rows, bool events)
{
  int result = execute(base, "BEGIN");
  if (!result) result = put_run(base, rows);
  if (!result) result = put_results(base, rows);
  if (!result) result = put_tables(base);
  if (!result && events) result = put_events(base);
  if (!result) result = execute(base, finish);
  return result ? result : execute(base, "COMMIT");
}

static int write_sqlite(const struct export_job *job, char *error,
                        size_t error_size)
{
  struct base base = {.path = job->path,
                      .directory = job->directory,
                      .error = error,
                      .error_size = error_size};
  struct export_rows *rows =
      export_rows_open(job->directory, error, error_size);
  if (!rows) return WANE_EXIT_ENVIRONMENT;
  // Nothing of it is of use before it is whole: no journal beside it.
  int result = sqlite3_open(job->path, &base.handle) ? refuse(&base) : 0;
  if (!result) result = execute(&base, "PRAGMA journal_mode = OFF");
  if (!result) result = fill(&base, rows, job->events);
  if (sqlite3_close(base.handle) && !result) result = refuse(&base);
  export_rows_close(rows);
  return result ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

const struct export_format export_sqlite = {
    .name = "sqlite",
    .help = "a database: runs, invocations, measurements; the view results",
    .output = EXPORT_FILE,
    .takes_events = true,
    .write = write_sqlite};
