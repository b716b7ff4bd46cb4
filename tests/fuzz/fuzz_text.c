// fuzz_text.c: bytes as a trace in text form.
// SPDX-License-Identifier: MIT
//
// What is accepted becomes a binary file, which then must open: the writer
// makes no file that the reader refuses for its structure.

#include "fuzz.h"

#include "gct_text.h"
#include "gct_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST 65536

static char path[64];

static void remove_file(void)
{
  unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  struct gct_error error = {0};
  if (!*path) {
    const char *folder = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(path, sizeof path, "%s/wane-fuzz-%d", folder, (int)getpid());
    atexit(remove_file);
  }
  if (!n || n > MOST) return 0;
  FILE *in = fmemopen((void *)(uintptr_t)bytes, n, "r");
  if (!in) return 0;
  int result = gct_text_parse(in, path, 0, &error);
  fclose(in);
  if (result) {
    if (!error.reason[0]) abort();
    return 0;
  }
  struct gct_file *file = NULL;
  struct gct_report report;
  if (gct_open(path, &file, &error) == 0)
    (void)gct_verify(file, NULL, NULL, &report, &error);
  else if (!error.reason[0])
    abort();
  gct_close(file);
  return 0;
}
