// fuzz_companion.c: bytes as a file of events, requests, samples or lifetimes.
// SPDX-License-Identifier: MIT
//
// The first byte says which, and whether the rest is compressed already: bytes
// of any kind seldom are zstd.

#include "fuzz.h"

#include "companion_read.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define MOST 65536

static void read_all(enum companion kind, const void *bytes, size_t n)
{
  char error[512] = "";
  union companion_row row;
  int got = 0;
  size_t rows = 0;
  struct companion_reader *reader =
      companion_bytes(kind, "input", bytes, n, error, sizeof error);
  if (!reader && !*error) abort();
  while (reader && rows < MOST && // a bomb has more
         (got = companion_next(reader, &row, error, sizeof error)) > 0) {
    rows++;
    if (kind == COMPANION_EVENTS && (!strlen(row.event.event) ||
                                     row.event.t_end_ns < row.event.t_begin_ns))
      rows += !*row.event.event; // quoted, and empty
  }
  if (got < 0 && !*error) abort();
  companion_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  static char packed[2 * MOST];
  if (n < 1 || n > MOST) return 0;
  enum companion kind = (enum companion)(bytes[0] % N_COMPANIONS);
  if (bytes[0] / N_COMPANIONS % 2) {
    read_all(kind, bytes + 1, n - 1);
    return 0;
  }
  size_t size = ZSTD_compress(packed, sizeof packed, bytes + 1, n - 1, 1);
  if (ZSTD_isError(size)) abort();
  read_all(kind, packed, size);
  return 0;
}
