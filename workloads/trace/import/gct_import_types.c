// gct_import_types.c: the types of an import, by name.
// SPDX-License-Identifier: MIT
//
// Names come from the input: control characters would break the lines of the
// TYPE chunk, and programs that make classes by the thousand would fill it.
// So names are cleaned and cut, and beyond a bound all are one type.
#include "gct_import_job.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *name, size_t n)
{
  uint64_t hash = n;
  for (size_t i = 0; i < n; i++) hash = gct_mix(hash ^ (unsigned char)name[i]);
  return hash;
}

// Copies a name without what cannot stand in a line. Cuts at a character.
static size_t clean(char *out, const char *name, size_t n)
{
  size_t length = n < GCT__IMPORT_NAME ? n : GCT__IMPORT_NAME;
  while (length > 0 && length < n &&
         ((unsigned char)name[length] & 0xC0) == 0x80)
    length--;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)name[i];
    out[i] = c < 32 || c == 127 ? '?' : name[i];
  }
  if (length == 0) out[length++] = '?';
  out[length] = 0;
  return length;
}

static uint32_t add(struct gct__job *job, const char *name, size_t n)
{
  struct gct__types *types = &job->types;
  if (!gct__job_grow(job, &types->types, types->n, sizeof *types->types))
    return GCT_NIL;
  char *copy = strndup(name, n);
  if (!copy) {
    gct__job_no_memory(job);
    return GCT_NIL;
  }
  types->types[types->n] = (struct gct_type){.name = copy};
  return types->n++;
}

uint32_t gct__job_type(struct gct__job *job, const char *name, size_t n)
{
  struct gct__types *types = &job->types;
  char cleaned[GCT__IMPORT_NAME + 1];
  size_t length = clean(cleaned, name, n);
  // Two names of one hash stand at neighbouring keys.
  for (uint64_t key = hash_of(cleaned, length);; key++) {
    uint32_t *number = gct__ids_at(&types->by_name, key);
    if (!number) {
      gct__job_no_memory(job);
      return GCT_NIL;
    }
    if (*number != GCT_NIL) {
      if (strcmp(types->types[*number].name, cleaned) == 0) return *number;
      // Its name had no room when it came first.
      if (*number == GCT__IMPORT_TYPES) return types->others++, *number;
      continue;
    }
    if (types->n < GCT__IMPORT_TYPES)
      return *number = add(job, cleaned, length);
    if (types->n == GCT__IMPORT_TYPES &&
        add(job, "(other types)", strlen("(other types)")) == GCT_NIL)
      return *number = GCT_NIL;
    types->others++;
    return *number = GCT__IMPORT_TYPES;
  }
}

void gct__job_register_types(struct gct__job *job, const bool *used)
{
  struct gct__types *types = &job->types;
  uint32_t id = 1;
  types->index = gct__job_array(job, types->n, sizeof *types->index);
  for (uint32_t i = 0; types->index && i < types->n; i++) {
    types->index[i] = GCT_NIL;
    if (!used[i]) continue;
    types->types[i].id = id++;
    types->index[i] = gct_writer_type(job->writer, &types->types[i]);
  }
}
