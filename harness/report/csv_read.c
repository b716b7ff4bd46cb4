// csv_read.c: reads what results.c and numa_rows.c write, and nothing else.
// SPDX-License-Identifier: MIT
//
// The bytes are kept, and each field is ended and unquoted in place: it never
// gets longer. A file that was cut ends without a line end, and is refused
// there. Of a stream only the rows not read yet are kept. One thread uses a
// reader.
#include "csv_read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define MOST_COLUMNS 256
#define MOST_ROW (16u << 20)
#define STREAM_BYTES 65536

struct csv_reader {
  char *name;
  char *data, *at, *end;
  size_t line;         // of the row that was read last
  size_t next_line;    // that is read next; a quoted field may have several
  size_t n;            // columns
  const char **header; // n of them
  const char *fields[MOST_COLUMNS];
  bool broken;
  csv_read_more more; // where a stream comes from, until it ended; or NULL
  void *context;
  size_t room;  // of data, if it is a stream
  char *header_text; // a stream's, whose bytes are not kept
};

// A field ends at a NUL: none may be in it before.
static const char nul_bytes[] =
    "this is no CSV: there are NUL bytes in the file";

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

// --- streams ---------------------------------------------------------------

// Whether a whole row is there, from `at`; looks on at *seen, in or out of
// quotes: a doubled quote closes and opens.
static bool row_is_there(const struct csv_reader *reader, size_t *seen,
                         bool *quoted)
{
  size_t n = (size_t)(reader->end - reader->at);
  for (; *seen < n; ++*seen) {
    char c = reader->at[*seen];
    if (c == '"')
      *quoted = !*quoted;
    else if (c == '\n' && !*quoted)
      return true;
  }
  return false;
}

// Room behind the bytes that are left, which come to the front.
static int make_room(struct csv_reader *reader, char *error, size_t error_size)
{
  size_t left = (size_t)(reader->end - reader->at);
  memmove(reader->data, reader->at, left);
  reader->at = reader->data;
  reader->end = reader->data + left;
  if (left < reader->room / 2) return 0;
  if (left > MOST_ROW)
    return refuse(reader, error, error_size,
                  "a row that is longer than 16 MiB");
  char *more = realloc(reader->data, 2 * reader->room);
  if (!more) return refuse(reader, error, error_size, "no memory");
  reader->room *= 2;
  reader->data = reader->at = more;
  reader->end = more + left;
  return 0;
}

// Of a stream: until a row is there, or all. 0, or -EINVAL and a sentence.
static int fill(struct csv_reader *reader, char *error, size_t error_size)
{
  size_t seen = 0;
  bool quoted = false;
  while (reader->more && !row_is_there(reader, &seen, &quoted)) {
    if (make_room(reader, error, error_size)) return -EINVAL;
    ssize_t got =
        reader->more(reader->context, reader->end,
                     reader->room - (size_t)(reader->end - reader->data),
                     error, error_size);
    if (got < 0) {
      reader->broken = true;
      return -EINVAL;
    }
    if (got == 0) reader->more = NULL;
    if (memchr(reader->end, '\0', (size_t)got))
      return refuse(reader, error, error_size, "%s", nul_bytes);
    reader->end += got;
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
  int result = fill(reader, error, error_size);
  if (result) return result;
  if (reader->at == reader->end) return 0;
  result = take_line(reader, &n, error, error_size);
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

// The bytes of a stream's header are about to go.
static int keep_header(struct csv_reader *reader, char *error,
                       size_t error_size)
{
  size_t n = (size_t)(reader->at - reader->data);
  reader->header_text = malloc(n);
  if (!reader->header_text)
    return refuse(reader, error, error_size, "no memory");
  memcpy(reader->header_text, reader->data, n);
  for (size_t i = 0; i < reader->n; i++)
    reader->header[i] =
        reader->header_text + (reader->header[i] - reader->data);
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
  if (memchr(data, '\0', n))
    result = refuse(reader, error, error_size, "%s", nul_bytes);
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

struct csv_reader *csv_read_stream(const char *name, csv_read_more more,
                                   void *context, char *error,
                                   size_t error_size)
{
  struct csv_reader *reader = calloc(1, sizeof *reader);
  char *copy = strdup(name), *data = malloc(STREAM_BYTES);
  if (!reader || !copy || !data) {
    snprintf(error, error_size, "%s: no memory", name);
    free(reader);
    free(copy);
    free(data);
    return NULL;
  }
  *reader = (struct csv_reader){.name = copy,
                                .data = data,
                                .at = data,
                                .end = data,
                                .line = 1,
                                .next_line = 1,
                                .more = more,
                                .context = context,
                                .room = STREAM_BYTES};
  if (fill(reader, error, error_size) == 0 &&
      take_header(reader, error, error_size) == 0 &&
      keep_header(reader, error, error_size) == 0)
    return reader;
  csv_read_close(reader);
  return NULL;
}

void csv_read_close(struct csv_reader *reader)
{
  if (!reader) return;
  free(reader->header_text);
  free(reader->name);
  free(reader->data);
  free(reader->header);
  free(reader);
}

// --- what it says ----------------------------------------------------------

const char *csv_read_name(const struct csv_reader *reader, size_t i)
{
  return reader->header[i];
}

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
