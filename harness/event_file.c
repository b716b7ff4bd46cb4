// event_file.c: gc_events.csv.zst, one zstd frame per invocation.
// SPDX-License-Identifier: MIT
//
// Frames can be concatenated (RFC 8878), so `zstd -dc` reads the file as one
// CSV, up to the last finished invocation when the harness was killed. Main
// thread of the parent.
#include "event_file.h"

#include "csv.h"
#include "event_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define OUT_BYTES 131072

struct event_file {
  FILE *out;
  ZSTD_CCtx *zstd;
  int error;  // the first one, or 0
  bool dirty; // the frame has something in it
  char buffer[OUT_BYTES];
};

static void fail(struct event_file *file, int error)
{
  if (!file->error) file->error = error ? error : -EIO;
}

// Feeds `n` bytes; with ZSTD_e_end until all of the frame is out.
static void compress(struct event_file *file, const char *data, size_t n,
                     ZSTD_EndDirective directive)
{
  ZSTD_inBuffer in = {data, n, 0};
  bool more = !file->error;
  while (more) {
    ZSTD_outBuffer out = {file->buffer, OUT_BYTES, 0};
    size_t left = ZSTD_compressStream2(file->zstd, &out, &in, directive);
    if (ZSTD_isError(left)) {
      fail(file, -EIO);
      return;
    }
    if (out.pos && fwrite(file->buffer, out.pos, 1, file->out) != 1)
      fail(file, -errno);
    more =
        !file->error && (directive == ZSTD_e_end ? left > 0 : in.pos < in.size);
  }
  file->dirty = directive != ZSTD_e_end;
}

static void put(struct event_file *file, const char *text)
{
  compress(file, text, strlen(text), ZSTD_e_continue);
}

struct event_file *event_file_open(const char *path)
{
  struct event_file *file = calloc(1, sizeof *file);
  if (!file) return NULL;
  file->out = fopen(path, "we");
  file->zstd = ZSTD_createCCtx();
  if (!file->out || !file->zstd) {
    int error = file->out ? ENOMEM : errno;
    if (file->out) fclose(file->out);
    ZSTD_freeCCtx(file->zstd);
    free(file);
    errno = error;
    return NULL;
  }
  put(file, event_log_header);
  put(file, "\n");
  event_file_end_frame(file);
  return file;
}

void event_file_row(struct event_file *file, const char *invocation,
                    const char *csv)
{
  put(file, invocation);
  put(file, ",");
  put(file, csv);
  put(file, "\n");
}

void event_file_end_frame(struct event_file *file)
{
  if (file->dirty) compress(file, NULL, 0, ZSTD_e_end);
  if (fflush(file->out)) fail(file, -errno);
}

int event_file_close(struct event_file *file)
{
  event_file_end_frame(file);
  if (fclose(file->out)) fail(file, -errno);
  int error = file->error;
  ZSTD_freeCCtx(file->zstd);
  free(file);
  return error;
}
