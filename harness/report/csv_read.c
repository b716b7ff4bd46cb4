// csv_read.c: reads what results.c and numa_rows.c write, and nothing else.
// SPDX-License-Identifier: MIT
//
// The bytes are kept, and each field is ended and unquoted in place: it never
// gets longer. A file that was cut ends without a line end, and is refused
// there. One thread uses a reader.
#include "csv_read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_COLUMNS 256

struct csv_reader {
  char *name;
  char *data, *at, *end;
  size_t line;         // of the row that was read last
  size_t next_line;    // that is read next; a quoted field may have several
  size_t n;            // columns
  const char **header; // n of them
  const char *fields[MOST_COLUMNS];
  bool broken;
};

__attribute__((format(printf, 4, 5))) static int
refuse(struct csv_reader *reader, char *error, size_t error_size,
       const char *format, ...)
{
  va_list arguments;
  int n = snprintf(error, error_size, "%s:%zu: ", reader->name, reader->line);
  reader->broken = true;
  if (n < 0 || (size_t)n >= error_size) return -EINVAL;
  va_start(arguments, format);
  vsnprintf(error + n, error_size - (size_t)n, format, arguments);
  va_end(arguments);
  return -EINVAL;
}

// --- one row ---------------------------------------------------------------

// What follows a field: the separator is taken. False: neither ',' nor '\n'.
static bool take_separator(struct csv_reader *reader, bool *last)
{
  if (reader->at == reader->end) return false;
  char c = *reader->at++;
  *last = c == '\n';
  reader->next_line += *last;
  return c == ',' || c == '\n';
}

// From behind the opening quote. NULL and a sentence.
static const char *take_quoted(struct csv_reader *reader, bool *last,
                               char *error, size_t error_size)
{
  char *text = reader->at, *to = text;
  for (;; *to++ = *reader->at++) {
    if (reader->at == reader->end) {
      (void)refuse(reader, error, error_size, "a quote that is never closed");
      return NULL;
    }
    if (*reader->at == '\n') reader->next_line++;
    if (*reader->at != '"') continue;
    if (++reader->at < reader->end && *reader->at == '"') continue;
    break;
  }
  bool good = take_separator(reader, last); // before it is overwritten
  *to = '\0';
  if (good) return text;
  (void)refuse(reader, error, error_size,
               "expected a comma or a line end after a closing quote");
  return NULL;
}

// NA gives NULL, too: see `missing`.
static const char *take_plain(struct csv_reader *reader, bool *last,
                              bool *missing, char *error, size_t error_size)
{
  char *text = reader->at;
  while (reader->at < reader->end && !strchr(",\n\"\r", *reader->at))
    reader->at++;
  size_t n = (size_t)(reader->at - text);
  if (reader->at == reader->end)
    (void)refuse(reader, error, error_size,
                 "the last line has no end: the file was cut");
  else if (*reader->at == '"')
    (void)refuse(reader, error, error_size,
                 "a quote within a field that is not quoted");
  else if (*reader->at == '\r')
    (void)refuse(reader, error, error_size,
                 "a carriage return; lines end with LF alone");
  else if (n == 0)
    (void)refuse(reader, error, error_size,
                 "an empty field; what is missing is NA");
  else
    *missing = n == 2 && memcmp(text, "NA", 2) == 0;
  if (reader->broken) return NULL;
  (void)take_separator(reader, last);
  text[n] = '\0';
  return *missing ? NULL : text;
}

// All fields of a line into `fields`. 0, or -EINVAL and a sentence.
static int take_line(struct csv_reader *reader, size_t *n, char *error,
                     size_t error_size)
{
  bool last = false;
  reader->line = reader->next_line;
  for (*n = 0; !last; ++*n) {
    bool missing = false;
    if (*n == MOST_COLUMNS)
      return refuse(reader, error, error_size, "more than %d fields",
                    MOST_COLUMNS);
    bool quoted = reader->at < reader->end && *reader->at == '"';
    reader->at += quoted;
    const char *field =
        quoted ? take_quoted(reader, &last, error, error_size)
               : take_plain(reader, &last, &missing, error, error_size);
    if (!field && !missing) return -EINVAL;
    reader->fields[*n] = field;
  }
  return 0;
}

int csv_read_row(struct csv_reader *reader, const char *const **fields,
                 char *error, size_t error_size)
{
  size_t n;
  *fields = reader->fields;
  if (reader->broken) {
    snprintf(error, error_size, "%s: was refused already", reader->name);
    return -EINVAL;
  }
  if (reader->at == reader->end) return 0;
  int result = take_line(reader, &n, error, error_size);
  if (result) return result;
  if (n != reader->n)
    return refuse(reader, error, error_size, "expected %zu fields, found %zu",
                  reader->n, n);
  return 1;
}

// --- open ------------------------------------------------------------------

static int take_header(struct csv_reader *reader, char *error,
                       size_t error_size)
{
  if (reader->at == reader->end)
    return refuse(reader, error, error_size,
                  "expected a header, found nothing");
  int result = take_line(reader, &reader->n, error, error_size);
  if (result) return result;
  for (size_t i = 0; i < reader->n; i++) {
    if (!reader->fields[i])
      return refuse(reader, error, error_size, "column %zu has no name", i + 1);
    for (size_t k = 0; k < i; k++)
      if (strcmp(reader->fields[k], reader->fields[i]) == 0)
        return refuse(reader, error, error_size, "two columns are called %s",
                      reader->fields[i]);
  }
  reader->header = malloc(reader->n * sizeof *reader->header);
  if (!reader->header) return refuse(reader, error, error_size, "no memory");
  memcpy(reader->header, reader->fields, reader->n * sizeof *reader->header);
  return 0;
}

// Takes `data` over, which has a byte more than `n`.
static struct csv_reader *make(const char *name, char *data, size_t n,
                               char *error, size_t error_size)
{
  struct csv_reader *reader = calloc(1, sizeof *reader);
  char *copy = strdup(name);
  if (!reader || !copy) {
    snprintf(error, error_size, "%s: no memory", name);
    free(reader);
    free(copy);
    free(data);
    return NULL;
  }
  *reader = (struct csv_reader){.name = copy,
                                .data = data,
                                .at = data,
                                .end = data + n,
                                .line = 1,
                                .next_line = 1};
  int result = 0;
  // A field ends at a NUL: none may be in it before.
  if (memchr(data, '\0', n))
    result = refuse(reader, error, error_size,
                    "this is no CSV: there are NUL bytes in the file");
  if (!result) result = take_header(reader, error, error_size);
  if (!result) return reader;
  csv_read_close(reader);
  return NULL;
}

// All bytes of a file and one more; NULL and errno.
static char *read_all(const char *path, size_t *n)
{
  FILE *in = fopen(path, "re");
  char *data = NULL;
  size_t room = 0;
  *n = 0;
  if (!in) return NULL;
  for (;;) {
    if (*n + 1 >= room) {
      char *more = realloc(data, room = room ? 2 * room : 1 << 16);
      if (!more) break;
      data = more;
    }
    size_t got = fread(data + *n, 1, room - *n - 1, in);
    *n += got;
    if (got == 0 && !ferror(in)) {
      fclose(in);
      return data;
    }
    if (got == 0) break;
  }
  int error = ferror(in) ? errno : ENOMEM;
  fclose(in);
  free(data);
  errno = error;
  return NULL;
}

struct csv_reader *csv_read_open(const char *path, char *error,
                                 size_t error_size)
{
  size_t n;
  char *data = read_all(path, &n);
  if (data) return make(path, data, n, error, error_size);
  snprintf(error, error_size, "%s: cannot be read: %s", path, strerror(errno));
  return NULL;
}

struct csv_reader *csv_read_bytes(const char *name, const char *bytes, size_t n,
                                  char *error, size_t error_size)
{
  char *data = malloc(n + 1);
  if (!data) {
    snprintf(error, error_size, "%s: no memory", name);
    return NULL;
  }
  memcpy(data, bytes, n);
  return make(name, data, n, error, error_size);
}

void csv_read_close(struct csv_reader *reader)
{
  if (!reader) return;
  free(reader->name);
  free(reader->data);
  free(reader->header);
  free(reader);
}

// --- what it says ----------------------------------------------------------

size_t csv_read_columns(const struct csv_reader *reader)
{
  return reader->n;
}

int csv_read_column(const struct csv_reader *reader, const char *name)
{
  for (size_t i = 0; i < reader->n; i++)
    if (strcmp(reader->header[i], name) == 0) return (int)i;
  return -1;
}

void csv_read_place(const struct csv_reader *reader, char *text, size_t size)
{
  snprintf(text, size, "%s:%zu", reader->name, reader->line);
}
