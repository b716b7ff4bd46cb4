// csv_read.h: reads what results.c and numa_rows.c write, and nothing else.
// SPDX-License-Identifier: MIT
//
// RFC 4180 with LF: a header, then rows of as many fields. Missing is NA
// without quotes, and never an empty field. Whatever else the bytes are is
// refused with one sentence that names the file and the line.

#ifndef WANE_HARNESS_CSV_READ_H
#define WANE_HARNESS_CSV_READ_H

#include <stddef.h>
#include <sys/types.h>

struct csv_reader;

// Reads all of a file. NULL and a sentence.
struct csv_reader *csv_read_open(const char *path, char *error,
                                 size_t error_size);
// The same for `n` bytes, which are copied; `name` is for sentences.
struct csv_reader *csv_read_bytes(const char *name, const char *bytes, size_t n,
                                  char *error, size_t error_size);
// The same piece by piece: `more` puts up to `n` bytes into `buffer` and
// returns how many; 0 at the end; -1 and a sentence. What rows say lives until
// the next row.
typedef ssize_t (*csv_read_more)(void *context, char *buffer, size_t n,
                                 char *error, size_t error_size);
struct csv_reader *csv_read_stream(const char *name, csv_read_more more,
                                   void *context, char *error,
                                   size_t error_size);
void csv_read_close(struct csv_reader *reader);

// The place of a column; -1: there is none of that name.
int csv_read_column(const struct csv_reader *reader, const char *name);
size_t csv_read_columns(const struct csv_reader *reader);
// What the header calls column i.
const char *csv_read_name(const struct csv_reader *reader, size_t i);

// The next row: one text per column, NULL for NA; they live as long as the
// reader, the array until the next row. Returns 1; 0 at the end; -EINVAL and a
// sentence, and then no more rows.
int csv_read_row(struct csv_reader *reader, const char *const **fields,
                 char *error, size_t error_size);

// Of the row that was read last, for sentences of one's own: "FILE:LINE".
void csv_read_place(const struct csv_reader *reader, char *text, size_t size);

#endif
