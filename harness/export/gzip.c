// gzip.c: bytes as a file of gzip. The only door to zlib.
// SPDX-License-Identifier: MIT
#include "gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

// zlib writes gzip's header, without a time, for windows of 15 bits + 16.
#define GZIP_WINDOW (15 + 16)

void *gzip_bytes(const void *bytes, size_t n, size_t *packed)
{
  z_stream z = {0};
  if (n > UINT_MAX) return NULL;
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return NULL;
  uLong room = deflateBound(&z, (uLong)n);
  void *out = room <= UINT_MAX ? malloc(room) : NULL;
  z.next_in = (z_const Bytef *)bytes;
  z.avail_in = (uInt)n;
  z.next_out = out;
  z.avail_out = (uInt)room;
  int result = out ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
  *packed = z.total_out;
  (void)deflateEnd(&z);
  if (result == Z_STREAM_END) return out;
  free(out);
  return NULL;
}
