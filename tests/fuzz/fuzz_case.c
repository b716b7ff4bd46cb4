// fuzz_case.c: bytes as a file of scenarios.
// SPDX-License-Identifier: MIT

#include "fuzz.h"

#include "case.h"

#include <stdlib.h>
#include <string.h>

#define MOST 16384

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  char error[512] = "";
  struct case_file *file = NULL;
  if (n > MOST) return 0;
  char *copy = malloc(n + 1); // of its very size, so that a step beyond is seen
  if (!copy) return 0;
  memcpy(copy, bytes, n);
  int result = case_file_parse("input", copy, n, &file, error, sizeof error);
  if (result && !*error) abort();
  if (!result) case_file_free(file);
  free(copy);
  return 0;
}
