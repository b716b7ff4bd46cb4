// zstd_read.h: the bytes of a file of zstd frames, one after the other.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_ZSTD_READ_H
#define WANE_HARNESS_ZSTD_READ_H

#include <stddef.h>
#include <sys/types.h>

struct zstd_reader;

// NULL and a sentence.
struct zstd_reader *zstd_read_open(const char *path, char *error,
                                   size_t error_size);
// The same of `n` bytes, which must live as long as the reader.
struct zstd_reader *zstd_read_bytes(const char *name, const void *bytes,
                                    size_t n, char *error, size_t error_size);
void zstd_read_close(struct zstd_reader *reader);

// Up to `n` bytes, a csv_read_more: 0 at the end, which is between two frames;
// -1 and a sentence, and so on from there.
ssize_t zstd_read_more(void *reader, char *buffer, size_t n, char *error,
                       size_t error_size);

#endif
