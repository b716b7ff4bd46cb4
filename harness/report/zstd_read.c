// zstd_read.c: the bytes of a file of zstd frames, one after the other.
// SPDX-License-Identifier: MIT
//
// Frames follow each other, one per invocation as a rule
// (companion_file.c). Memory is bounded by the window that frames may ask for.
// One thread uses a reader.
#include "zstd_read.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define IN_BYTES 65536
#define WINDOW_LOG 27 // 128 MiB; our own files need 2

struct zstd_reader {
  char *name;
  FILE *file; // NULL: bytes
  ZSTD_DStream *zstd;
  ZSTD_inBuffer in;
  bool ended;  // no more compressed bytes
  bool within; // a frame has begun
  bool broken;
  char buffer[IN_BYTES];
};

static ssize_t refuse(struct zstd_reader *reader, char *error,
                      size_t error_size, const char *why)
{
  reader->broken = true;
  snprintf(error, error_size, "%s: %s", reader->name, why);
  return -1;
}

// More compressed bytes, if there are any. 0 or -1.
static ssize_t take(struct zstd_reader *reader, char *error, size_t error_size)
{
  if (reader->in.pos < reader->in.size || reader->ended) return 0;
  size_t got =
      reader->file ? fread(reader->buffer, 1, IN_BYTES, reader->file) : 0;
  if (reader->file && ferror(reader->file))
    return refuse(reader, error, error_size, strerror(errno));
  reader->in = (ZSTD_inBuffer){reader->buffer, got, 0};
  reader->ended = got == 0;
  return 0;
}

ssize_t zstd_read_more(void *context, char *buffer, size_t n, char *error,
                       size_t error_size)
{
  struct zstd_reader *reader = context;
  ZSTD_outBuffer out = {buffer, n, 0};
  if (reader->broken)
    return refuse(reader, error, error_size, "was refused already");
  while (out.pos == 0) {
    if (take(reader, error, error_size)) return -1;
    if (reader->ended && !reader->within) return 0;
    bool starved = reader->ended;
    size_t left = ZSTD_decompressStream(reader->zstd, &out, &reader->in);
    if (ZSTD_isError(left))
      return refuse(reader, error, error_size, ZSTD_getErrorName(left));
    reader->within = left > 0;
    if (starved && left > 0 && out.pos == 0)
      return refuse(reader, error, error_size,
                    "the last zstd frame was cut: what is before it can be "
                    "read by zstd -dc");
  }
  return (ssize_t)out.pos;
}

static struct zstd_reader *make(const char *name, FILE *file,
                                const void *bytes, size_t n, char *error,
                                size_t error_size)
{
  struct zstd_reader *reader = calloc(1, sizeof *reader);
  if (reader) {
    reader->name = strdup(name);
    reader->file = file;
    reader->in = (ZSTD_inBuffer){bytes, n, 0};
    reader->zstd = ZSTD_createDStream();
  }
  if (reader && reader->name && reader->zstd &&
      !ZSTD_isError(ZSTD_DCtx_setParameter(
          reader->zstd, ZSTD_d_windowLogMax, WINDOW_LOG)))
    return reader;
  snprintf(error, error_size, "%s: no memory", name);
  if (reader)
    zstd_read_close(reader);
  else if (file)
    fclose(file);
  return NULL;
}

struct zstd_reader *zstd_read_open(const char *path, char *error,
                                   size_t error_size)
{
  FILE *file = fopen(path, "re");
  if (file) return make(path, file, NULL, 0, error, error_size);
  snprintf(error, error_size, "%s: cannot be read: %s", path, strerror(errno));
  return NULL;
}

struct zstd_reader *zstd_read_bytes(const char *name, const void *bytes,
                                    size_t n, char *error, size_t error_size)
{
  return make(name, NULL, bytes, n, error, error_size);
}

void zstd_read_close(struct zstd_reader *reader)
{
  if (!reader) return;
  if (reader->file) fclose(reader->file);
  ZSTD_freeDStream(reader->zstd);
  free(reader->name);
  free(reader);
}
