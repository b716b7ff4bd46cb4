// export_wide.c: results as a table with a column per number.
// SPDX-License-Identifier: MIT
//
// A row per iteration of an invocation, a column "metric:scope:stat" for each
// that is in results.csv, in the order in which they come there. An invocation
// that failed has a row, too. Two passes; main thread.
#include "csv.h"
#include "exit_code.h"
#include "export_format.h"
#include "export_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Texts are the reader's.
struct key {
  const char *metric, *scope, *stat;
};

struct wide {
  struct key *keys;
  size_t n_keys, next; // `next`: the key that is expected to come
  const char **values; // of the row that is put together, one per key
  const char *row[N_COLUMNS];
  bool wanted[N_COLUMNS];
  bool open; // there is a row
  FILE *out;
  const char *directory;
  char *error;
  size_t error_size;
};

static bool same(const char *a, const char *b)
{
  return a == b || (a && b && strcmp(a, b) == 0);
}

// Numbers come in nearly the same order in all invocations.
static size_t find_key(struct wide *wide, const struct key *key)
{
  for (size_t k = 0; k < wide->n_keys; k++) {
    size_t i = (wide->next + k) % wide->n_keys;
    const struct key *other = &wide->keys[i];
    if (!same(other->stat, key->stat) || !same(other->scope, key->scope) ||
        !same(other->metric, key->metric))
      continue;
    wide->next = i + 1;
    return i;
  }
  return wide->n_keys;
}

// That it failed, its column `status` says.
static bool take_key(const char *const *fields, struct key *key)
{
  *key = (struct key){fields[COLUMN_metric], fields[COLUMN_scope],
                      fields[COLUMN_stat]};
  return key->metric && strcmp(key->metric, "run.status") != 0;
}

static int add_key(struct wide *wide, const char *const *fields)
{
  struct key key;
  if (!take_key(fields, &key) || find_key(wide, &key) < wide->n_keys) return 0;
  if ((wide->n_keys & (wide->n_keys - 1)) == 0) {
    size_t room = wide->n_keys ? 2 * wide->n_keys : 1;
    struct key *more = realloc(wide->keys, room * sizeof *more);
    if (!more) {
      snprintf(wide->error, wide->error_size, "no memory");
      return -ENOMEM;
    }
    wide->keys = more;
  }
  wide->keys[wide->n_keys++] = key;
  return 0;
}

static void end_row(struct wide *wide)
{
  if (!wide->open) return;
  export_fields(wide->out, wide->row, wide->wanted);
  for (size_t i = 0; i < wide->n_keys; i++) {
    putc(',', wide->out);
    csv_field(wide->out, wide->values[i]);
    wide->values[i] = NULL;
  }
  putc('\n', wide->out);
  wide->open = false;
}

static int add_value(struct wide *wide, const char *const *fields)
{
  struct key key;
  if (wide->open &&
      (!same(wide->row[COLUMN_invocation_id], fields[COLUMN_invocation_id]) ||
       !same(wide->row[COLUMN_iteration], fields[COLUMN_iteration])))
    end_row(wide);
  if (!wide->open) memcpy(wide->row, fields, sizeof wide->row);
  wide->open = true;
  if (!take_key(fields, &key)) return 0;
  const char **value = &wide->values[find_key(wide, &key)];
  if (*value) {
    snprintf(wide->error, wide->error_size,
             "%s/results.csv: %s of iteration %s of %s is there twice",
             wide->directory, key.metric, fields[COLUMN_iteration],
             fields[COLUMN_invocation_id]);
    return -EINVAL;
  }
  *value = fields[COLUMN_value];
  return 0;
}

static void header(struct wide *wide)
{
  export_header(wide->out, wide->wanted);
  for (size_t i = 0; i < wide->n_keys; i++)
    fprintf(wide->out, ",%s:%s:%s", wide->keys[i].metric, wide->keys[i].scope,
            wide->keys[i].stat);
  putc('\n', wide->out);
}

typedef int (*row_step)(struct wide *wide, const char *const *fields);

static int each_row(struct wide *wide, struct export_rows *rows, row_step step)
{
  const char *const *fields;
  int got;
  while ((got = export_rows_next(rows, &fields, wide->error,
                                 wide->error_size)) > 0) {
    got = step(wide, fields);
    if (got) break;
  }
  return got;
}

static int pivot(struct wide *wide)
{
  struct export_rows *first =
      export_rows_open(wide->directory, wide->error, wide->error_size);
  struct export_rows *second =
      first ? export_rows_open(wide->directory, wide->error, wide->error_size)
            : NULL;
  int result = second ? each_row(wide, first, add_key) : -EINVAL;
  if (!result) {
    wide->values = calloc(wide->n_keys + 1, sizeof *wide->values);
    result = wide->values ? 0 : -ENOMEM;
    if (result) snprintf(wide->error, wide->error_size, "no memory");
  }
  if (!result) {
    header(wide);
    result = each_row(wide, second, add_value);
  }
  if (!result) end_row(wide);
  export_rows_close(first);
  export_rows_close(second);
  free(wide->keys);
  free(wide->values);
  return result;
}

static int write_wide(const struct export_job *job, char *error,
                      size_t error_size)
{
  struct wide wide = {.out = job->out,
                      .directory = job->directory,
                      .error = error,
                      .error_size = error_size};
  for (int i = 0; i < N_COLUMNS; i++)
    wide.wanted[i] = export_column_of_invocation((enum column)i) ||
                     i == COLUMN_iteration || i == COLUMN_phase;
  return pivot(&wide) ? WANE_EXIT_ENVIRONMENT : WANE_EXIT_OK;
}

const struct export_format export_wide = {
    .name = "wide",
    .help = "CSV with a row per iteration and a column per number",
    .output = EXPORT_TEXT,
    .write = write_wide};
