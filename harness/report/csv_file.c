// csv_file.c: a CSV that may have been compressed since it was written.
// SPDX-License-Identifier: MIT
#include "csv_file.h"

#include "zstd_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE (1u << 20)

// PATH.zst, the caller's, if only that is there; NULL otherwise.
static char *compressed(const char *path)
{
  char *packed;
  if (access(path, F_OK) == 0 || asprintf(&packed, "%s.zst", path) < 0)
    return NULL;
  if (access(packed, F_OK) == 0) return packed;
  free(packed);
  return NULL;
}

bool csv_file_exists(const char *path)
{
  char *packed = compressed(path);
  bool exists = packed || access(path, F_OK) == 0;
  free(packed);
  return exists;
}

// All of it in memory: fields live as long as their reader.
static struct csv_reader *unpack(const char *path, struct zstd_reader *zstd,
                                 char *error, size_t error_size)
{
  struct csv_reader *reader = NULL;
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  char *piece = malloc(PIECE);
  ssize_t got = out && piece ? 1 : -1;
  if (got < 0) snprintf(error, error_size, "%s: no memory", path);
  while (got > 0 &&
         (got = zstd_read_more(zstd, piece, PIECE, error, error_size)) > 0)
    fwrite(piece, 1, (size_t)got, out);
  if (out && fclose(out) && got == 0) {
    snprintf(error, error_size, "%s: no memory", path);
    got = -1;
  }
  if (got == 0) reader = csv_read_bytes(path, text, n, error, error_size);
  free(text);
  free(piece);
  return reader;
}

struct csv_reader *csv_file_open(const char *path, char *error,
                                 size_t error_size)
{
  char *packed = compressed(path);
  struct csv_reader *reader = NULL;
  if (!packed) return csv_read_open(path, error, error_size);
  struct zstd_reader *zstd = zstd_read_open(packed, error, error_size);
  if (zstd) reader = unpack(packed, zstd, error, error_size);
  zstd_read_close(zstd);
  free(packed);
  return reader;
}
