// file_hash.c: which bytes a file holds.
// SPDX-License-Identifier: MIT
//
// XXH3-128 finds accidents, not forgeries; whoever prints it says which hash
// it is. Any thread.
#include "file_hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static int feed(XXH3_state_t *state, FILE *in)
{
  char buffer[8192]; // stacks may be small
  if (XXH3_128bits_reset(state) == XXH_ERROR) return -EIO;
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, in)) > 0;)
    if (XXH3_128bits_update(state, buffer, n) == XXH_ERROR) return -EIO;
  return ferror(in) ? -EIO : 0;
}

int file_hash(const char *path, char text[33])
{
  FILE *in = fopen(path, "re");
  if (!in) return -errno;
  XXH3_state_t *state = XXH3_createState();
  int result = state ? feed(state, in) : -ENOMEM;
  if (!result) {
    XXH128_hash_t hash = XXH3_128bits_digest(state);
    snprintf(text, 33, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
  }
  XXH3_freeState(state);
  fclose(in);
  return result;
}

void file_hash_text(const char *bytes, char text[17])
{
  snprintf(text, 17, "%016llx",
           (unsigned long long)XXH3_64bits(bytes, strlen(bytes)));
}
