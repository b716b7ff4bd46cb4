// fuzz_csv.c: bytes as a file of results.
// SPDX-License-Identifier: MIT

#include "fuzz.h"

#include "csv_read.h"

#include <stdlib.h>

#define MOST 65536

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  char error[512] = "";
  const char *const *fields;
  int got = 0;
  if (n > MOST) return 0;
  struct csv_reader *reader = csv_read_bytes("input", (const char *)bytes, n,
                                             error, sizeof error);
  if (!reader && !*error) abort();
  // Every field that is told of can be read to its end.
  size_t bytes_read = 0;
  while (reader &&
         (got = csv_read_row(reader, &fields, error, sizeof error)) > 0)
    for (size_t i = 0; i < csv_read_columns(reader); i++)
      for (const char *at = fields[i]; at && *at; at++) bytes_read++;
  if (bytes_read > n || (got < 0 && !*error)) abort();
  csv_read_close(reader);
  return 0;
}
