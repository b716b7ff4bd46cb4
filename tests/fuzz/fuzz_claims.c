// fuzz_claims.c: bytes as a file of claims.
// SPDX-License-Identifier: MIT

#include "fuzz.h"

#include "claims_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST 65536

// What was accepted can be said, and is what an evaluation may rely on.
static void use(const struct claim *claim)
{
  char text[1024];
  if (!claim->id || !claim->text || !claim->of.config) abort();
  if (!claim->measure.n_terms || isnan(claim->low) || isnan(claim->high))
    abort();
  if (claim->relation >= CLAIM_RELATIONS || !(claim->tolerance >= 0)) abort();
  claim_expectation(claim, text, sizeof text);
  if (!memchr(text, 0, sizeof text) || !*text) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
  char error[512] = "";
  if (n > MOST) return 0;
  struct claims_file *file = claims_read_bytes("input", (const char *)bytes, n,
                                               error, sizeof error);
  if (!file) {
    if (strncmp(error, "input:", 6) || strchr(error, '\n'))
      abort(); // one sentence, with its place
    return 0;
  }
  for (size_t i = 0; i < claims_count(file); i++) use(claims_at(file, i));
  struct claims_names none = {0};
  (void)claims_check_names(file, &none, error, sizeof error);
  claims_close(file);
  return 0;
}
