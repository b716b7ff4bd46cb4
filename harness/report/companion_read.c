// companion_read.c: what stands beside results.csv, read row by row.
// SPDX-License-Identifier: MIT
//
// A table per kind of file says which column goes where. One thread uses a
// reader.
#include "companion_read.h"

#include "csv_read.h"
#include "zstd_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum type { TEXT, COUNT, TIME };

struct column {
  const char *name;
  enum type type;
  bool optional; // may be NA
  size_t offset;
};

#define COLUMN(row, name, type, optional, field)                              \
  {                                                                           \
    name, type, optional, offsetof(struct companion_##row, field)             \
  }
#define SAME(row, type, optional, field)                                      \
  COLUMN(row, #field, type, optional, field)

static const struct column events[] = {
    COLUMN(event, "invocation_id", TEXT, false, invocation),
    SAME(event, COUNT, false, iteration),
    SAME(event, COUNT, false, seq),
    SAME(event, COUNT, true, gc_id),
    SAME(event, TEXT, false, event),
    SAME(event, TEXT, true, kind),
    SAME(event, TEXT, true, cause),
    SAME(event, TEXT, false, thread),
    SAME(event, TEXT, true, role),
    SAME(event, COUNT, true, cpu),
    SAME(event, COUNT, true, node),
    SAME(event, COUNT, true, stw),
    SAME(event, TIME, true, t_request_ns),
    SAME(event, TIME, false, t_begin_ns),
    SAME(event, TIME, false, t_end_ns),
    SAME(event, COUNT, true, cpu_ns),
    SAME(event, COUNT, true, used_before_bytes),
    SAME(event, COUNT, true, used_after_bytes),
    SAME(event, COUNT, true, freed_objects),
    SAME(event, COUNT, true, freed_bytes),
    SAME(event, COUNT, true, objects),
    SAME(event, COUNT, true, edges),
    SAME(event, COUNT, true, items),
    {0}};

static const struct column requests[] = {
    COLUMN(request, "invocation_id", TEXT, false, invocation),
    SAME(request, COUNT, false, iteration),
    SAME(request, COUNT, false, request),
    SAME(request, TEXT, false, thread),
    SAME(request, TIME, true, t_intended_ns),
    SAME(request, TIME, false, t_start_ns),
    SAME(request, TIME, false, t_end_ns),
    {0}};

static const struct column samples[] = {
    COLUMN(sample, "invocation_id", TEXT, false, invocation),
    SAME(sample, COUNT, false, iteration),
    SAME(sample, TIME, false, t_ns),
    SAME(sample, TEXT, false, node),
    SAME(sample, COUNT, true, used_bytes),
    SAME(sample, COUNT, true, reserved_bytes),
    SAME(sample, COUNT, true, meta_bytes),
    SAME(sample, COUNT, true, rss_bytes),
    SAME(sample, COUNT, true, live_bytes),
    {0}};

static const struct column lifetimes[] = {
    COLUMN(lifetime, "invocation_id", TEXT, false, invocation),
    SAME(lifetime, COUNT, false, iteration),
    SAME(lifetime, COUNT, false, object),
    SAME(lifetime, COUNT, false, size),
    SAME(lifetime, TIME, true, t_alloc_ns),
    SAME(lifetime, TIME, true, t_dead_ns),
    SAME(lifetime, TIME, true, t_reclaimed_ns),
    SAME(lifetime, COUNT, true, dead_bytes),
    SAME(lifetime, TEXT, true, reclaimed_by),
    {0}};

static const struct column *const columns_of[N_COMPANIONS] = {
    [COMPANION_EVENTS] = events,
    [COMPANION_REQUESTS] = requests,
    [COMPANION_SAMPLES] = samples,
    [COMPANION_LIFETIMES] = lifetimes};

enum { MOST_COLUMNS = sizeof events / sizeof events[0] - 1 };

struct companion_reader {
  enum companion kind;
  struct zstd_reader *zstd;
  struct csv_reader *csv;
  int at[MOST_COLUMNS];
};

// --- open ------------------------------------------------------------------

// Takes `zstd` over, which may be NULL: then the sentence is there.
static struct companion_reader *make(enum companion kind, const char *name,
                                     struct zstd_reader *zstd, char *error,
                                     size_t error_size)
{
  struct companion_reader *reader = zstd ? calloc(1, sizeof *reader) : NULL;
  if (!reader) {
    if (zstd) snprintf(error, error_size, "%s: no memory", name);
    zstd_read_close(zstd);
    return NULL;
  }
  reader->kind = kind;
  reader->zstd = zstd;
  reader->csv = csv_read_stream(name, zstd_read_more, zstd, error, error_size);
  const struct column *columns = columns_of[kind];
  for (int i = 0; reader->csv && columns[i].name; i++) {
    reader->at[i] = csv_read_column(reader->csv, columns[i].name);
    if (reader->at[i] >= 0) continue;
    snprintf(error, error_size, "%s: has no column %s", name, columns[i].name);
    companion_close(reader);
    return NULL;
  }
  if (reader->csv) return reader;
  companion_close(reader);
  return NULL;
}

struct companion_reader *companion_open(enum companion kind, const char *path,
                                        char *error, size_t error_size)
{
  return make(kind, path, zstd_read_open(path, error, error_size), error,
              error_size);
}

struct companion_reader *companion_bytes(enum companion kind, const char *name,
                                         const void *bytes, size_t n,
                                         char *error, size_t error_size)
{
  return make(kind, name, zstd_read_bytes(name, bytes, n, error, error_size),
              error, error_size);
}

void companion_close(struct companion_reader *reader)
{
  if (!reader) return;
  csv_read_close(reader->csv);
  zstd_read_close(reader->zstd);
  free(reader);
}

// --- rows ------------------------------------------------------------------

// Digits, and nothing else; the greatest one is taken for what is missing.
static int parse_count(const char *text, uint64_t *count)
{
  size_t n = strspn(text, "0123456789");
  errno = 0;
  *count = strtoull(text, NULL, 10);
  return n && !text[n] && !errno && *count != COMPANION_NO_COUNT ? 0 : -EINVAL;
}

static int parse_time(const char *text, int64_t *time)
{
  bool minus = *text == '-';
  uint64_t count;
  if (parse_count(text + minus, &count) || count > INT64_MAX) return -EINVAL;
  *time = minus ? -(int64_t)count : (int64_t)count;
  return 0;
}

static int take(const struct column *column, const char *text, char *row)
{
  void *to = row + column->offset;
  if (!text && !column->optional) return -EINVAL;
  switch (column->type) {
  case TEXT:
    memcpy(to, &text, sizeof text);
    return 0;
  case COUNT: {
    uint64_t count = COMPANION_NO_COUNT;
    if (text && parse_count(text, &count)) return -EINVAL;
    memcpy(to, &count, sizeof count);
    return 0;
  }
  case TIME: {
    int64_t time = COMPANION_NO_TIME;
    if (text && parse_time(text, &time)) return -EINVAL;
    memcpy(to, &time, sizeof time);
    return 0;
  }
  }
  return -EINVAL;
}

static int refuse(const struct companion_reader *reader, const char *why,
                  char *error, size_t error_size)
{
  char place[512];
  csv_read_place(reader->csv, place, sizeof place);
  snprintf(error, error_size, "%s: %s", place, why);
  return -EINVAL;
}

// What no row can say.
static const char *nonsense(enum companion kind, const union companion_row *row)
{
  if (kind == COMPANION_EVENTS && row->event.t_end_ns < row->event.t_begin_ns)
    return "an event that ends before it begins";
  if (kind == COMPANION_REQUESTS &&
      row->request.t_end_ns < row->request.t_start_ns)
    return "a request that ends before it starts";
  if (kind == COMPANION_LIFETIMES &&
      row->lifetime.t_reclaimed_ns != COMPANION_NO_TIME &&
      row->lifetime.t_alloc_ns != COMPANION_NO_TIME &&
      row->lifetime.t_reclaimed_ns < row->lifetime.t_alloc_ns)
    return "an object that is reclaimed before it is allocated";
  return NULL;
}

int companion_next(struct companion_reader *reader, union companion_row *row,
                   char *error, size_t error_size)
{
  const struct column *columns = columns_of[reader->kind];
  const char *const *fields;
  int got = csv_read_row(reader->csv, &fields, error, error_size);
  for (int i = 0; got == 1 && columns[i].name; i++) {
    const char *text = fields[reader->at[i]];
    if (take(&columns[i], text, (char *)row) == 0) continue;
    char why[256];
    snprintf(why, sizeof why, "%s: expected a %s, found %s%.100s%s",
             columns[i].name,
             columns[i].type == TEXT    ? "name"
             : columns[i].type == COUNT ? "count"
                                        : "time in ns",
             text ? "\"" : "", text ? text : "NA", text ? "\"" : "");
    return refuse(reader, why, error, error_size);
  }
  const char *why = got == 1 ? nonsense(reader->kind, row) : NULL;
  return why ? refuse(reader, why, error, error_size) : got;
}
