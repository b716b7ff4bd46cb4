// fuzz_gct.c: bytes as a binary trace.
// SPDX-License-Identifier: MIT
//
// Checksums stop nearly all of what chance makes of a file, so each input is
// read twice: as it is, and with its checksums put right. What opens is walked,
// verified, printed and asked for its slots.

#include "fuzz.h"

#include "gct_format.h"
#include "gct_text.h"
#include "gct_verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 65536

static void must_be_said(const struct gct_error *error)
{
  if (!error->reason[0] || !error->chunk[0]) abort();
}

// Makes the checksums of the header and of each chunk those they should be.
static void repair(uint8_t *p, size_t n)
{
  if (n < GCT__HEADER_BYTES) return;
  gct__put(p + 56, gct__header_crc(p), 4);
  for (size_t at = GCT__HEADER_BYTES; n - at >= GCT__HEAD_BYTES;) {
    struct gct__head head;
    gct__unpack_head(p + at, &head);
    size_t left = n - at - GCT__HEAD_BYTES;
    if (head.stored > left) return;
    const uint8_t *payload = p + at + GCT__HEAD_BYTES;
    gct__put(p + at + 32, gct__head_crc(p + at, payload, head.stored), 4);
    at += GCT__HEAD_BYTES + head.stored;
  }
}

static void use(const struct gct_file *file)
{
  struct gct_error error = {0};
  struct gct_report report;
  int result = gct_verify(file, NULL, NULL, &report, &error);
  if (result) must_be_said(&error);
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  if (out && gct_text_print(file, out, &error)) must_be_said(&error);
  if (out) fclose(out);
  free(text);
  if (result) return; // the rest asks for a file that is right in meaning
  uint32_t *slots = NULL;
  if (gct_slots_needed(file, &slots, &error)) must_be_said(&error);
  free(slots);
}

static void open_and_use(const uint8_t *bytes, size_t n)
{
  struct gct_file *file = NULL;
  struct gct_error error = {0};
  if (gct_open_memory(bytes, n, &file, &error))
    must_be_said(&error);
  else
    use(file);
  gct_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  if (!n || n > MOST) return 0;
  uint8_t *copy = malloc(n); // of its very size, so that a step beyond is seen
  if (!copy) return 0;
  memcpy(copy, bytes, n);
  open_and_use(copy, n);
  repair(copy, n);
  open_and_use(copy, n);
  free(copy);
  return 0;
}
