// companion_file.c: a CSV in zstd, one frame per invocation.
// SPDX-License-Identifier: MIT
//
// Frames can be concatenated (RFC 8878), so `zstd -dc` reads the file as one
// CSV, up to the last finished invocation when the harness was killed or the
// disk was full. Main thread of the parent.
#include "companion_file.h"

#include "csv.h"
#include "whole_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define OUT_BYTES 131072

struct companion_file {
  struct whole_file out; // its error is the first one
  ZSTD_CCtx *zstd;
  bool dirty; // the frame has something in it
  char buffer[OUT_BYTES];
};

// Feeds `n` bytes; with ZSTD_e_end until all of the frame is out.
static void compress(struct companion_file *file, const char *data,
                     size_t n, ZSTD_EndDirective directive)
{
  ZSTD_inBuffer in = {data, n, 0};
  bool more = !file->out.error;
  while (more) {
    ZSTD_outBuffer out = {file->buffer, OUT_BYTES, 0};
    size_t left = ZSTD_compressStream2(file->zstd, &out, &in, directive);
    if (ZSTD_isError(left)) {
      whole_file_fail(&file->out, -EIO);
      return;
    }
    whole_file_write(&file->out, file->buffer, out.pos);
    more = directive == ZSTD_e_end ? left > 0 : in.pos < in.size;
    more = more && !file->out.error;
  }
  file->dirty = directive != ZSTD_e_end;
}

static void put(struct companion_file *file, const char *text)
{
  compress(file, text, strlen(text), ZSTD_e_continue);
}

struct companion_file *companion_file_open(const char *path,
                                           const char *header)
{
  struct companion_file *file = calloc(1, sizeof *file);
  if (!file) return NULL;
  int result = whole_file_open(&file->out, path);
  file->zstd = ZSTD_createCCtx();
  if (result || !file->zstd) {
    if (!result) (void)whole_file_close(&file->out);
    ZSTD_freeCCtx(file->zstd);
    free(file);
    errno = result ? -result : ENOMEM;
    return NULL;
  }
  put(file, header);
  put(file, "\n");
  (void)companion_file_end_frame(file);
  return file;
}

void companion_file_row(struct companion_file *file, const char *invocation,
                        const char *csv)
{
  put(file, invocation);
  put(file, ",");
  put(file, csv);
  put(file, "\n");
}

int companion_file_end_frame(struct companion_file *file)
{
  if (file->dirty) compress(file, NULL, 0, ZSTD_e_end);
  whole_file_mark(&file->out);
  return file->out.error;
}

int companion_file_close(struct companion_file *file)
{
  (void)companion_file_end_frame(file);
  int error = whole_file_close(&file->out);
  ZSTD_freeCCtx(file->zstd);
  free(file);
  return error;
}
