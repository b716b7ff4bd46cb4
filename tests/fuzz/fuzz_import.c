// fuzz_import.c: bytes as another tool's heap dump or trace.
// SPDX-License-Identifier: MIT
//
// What is accepted becomes a trace that must be right: it opens, its events
// mean what they should, and its oracles are true. What is refused is refused
// with a sentence, and leaves no file.

#include "fuzz.h"

#include "gct_import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 65536

static char path[64];

static void remove_file(void)
{
  unlink(path);
}

static void must_be_right(void)
{
  struct gct_error error = {0};
  struct gct_file *file = NULL;
  struct gct_report report;
  if (gct_open(path, &file, &error) ||
      gct_verify(file, NULL, NULL, &report, &error)) {
    fprintf(stderr, "%s: %s\n", error.chunk, error.reason);
    abort();
  }
  gct_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  struct gct_error error = {0};
  struct gct_import_result result;
  struct gct_import_options options = {
      .order = n % GCT_IMPORT_ORDERS, .teardown = n & 1, .every = n % 7};
  if (!*path) {
    const char *folder = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(path, sizeof path, "%s/wane-import-%d", folder, (int)getpid());
    atexit(remove_file);
  }
  if (!n || n > MOST) return 0;
  uint8_t *copy = malloc(n); // of its very size, so that a step beyond is seen
  if (!copy) return 0;
  memcpy(copy, bytes, n);
  int code = gct_import_memory(copy, n, path, &options, &result, &error);
  free(copy);
  if (code == 0)
    must_be_right();
  else if (!error.reason[0] || !error.chunk[0] || access(path, F_OK) == 0)
    abort();
  unlink(path);
  return 0;
}
