// merge_zstd.c: the header of a companion file, which is its first frame.
// SPDX-License-Identifier: MIT
//
// Frames may stand one after the other, so cells are put together without
// taking anything but headers out. Any thread.
#include "merge_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { MOST = 65536 }; // of a header, compressed or not

// One frame of `n` bytes at most: its text, and how long it is.
static char *first_frame(const char *bytes, size_t n, size_t *used)
{
  ZSTD_DCtx *zstd = ZSTD_createDCtx();
  char *text = malloc(MOST + 1);
  ZSTD_inBuffer in = {bytes, n, 0};
  ZSTD_outBuffer out = {text, MOST, 0};
  size_t left = 1;
  while (zstd && text && left && !ZSTD_isError(left)) {
    size_t before = in.pos + out.pos;
    left = ZSTD_decompressStream(zstd, &out, &in);
    if (left && in.pos + out.pos == before) break; // it goes on beyond
  }
  ZSTD_freeDCtx(zstd);
  *used = in.pos;
  if (text && left == 0) {
    text[out.pos] = '\0';
    return text;
  }
  errno = zstd && text ? EINVAL : ENOMEM;
  free(text);
  return NULL;
}

char *merge_zstd_header(FILE *in, long *next)
{
  char *bytes = malloc(MOST);
  if (!bytes) return NULL;
  size_t n = fread(bytes, 1, MOST, in), used = 0;
  char *text = first_frame(bytes, n, &used);
  free(bytes);
  *next = (long)used;
  if (!text) return NULL;
  char *end = strchr(text, '\n');
  if (end && !end[1]) return text;
  free(text);
  errno = EINVAL;
  return NULL;
}
