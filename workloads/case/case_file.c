// case_file.c: reading a scenario file, freeing it, naming its features.
// SPDX-License-Identifier: MIT

#include "case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)64 << 20)

// Reads all of `stream` into *text. Returns 0 or a positive errno.
static int read_all(FILE *stream, char **text, size_t *n)
{
  size_t room = 0;
  *text = NULL;
  *n = 0;
  do {
    room = room ? room * 2 : 1 << 16;
    char *grown = room <= MAX_BYTES ? realloc(*text, room) : NULL;
    if (!grown) return room > MAX_BYTES ? EFBIG : ENOMEM;
    *text = grown;
    *n += fread(*text + *n, 1, room - *n, stream);
  } while (*n == room);
  return ferror(stream) ? errno : 0;
}

int case_file_read(const char *path, struct case_file **file, char *error,
                   size_t error_size)
{
  char *text = NULL;
  size_t n = 0;
  FILE *stream = fopen(path, "rb");
  int system = stream ? read_all(stream, &text, &n) : errno;
  if (stream) fclose(stream);
  int status = -system;
  if (system)
    snprintf(error, error_size, "%s: %s", path, strerror(system));
  else
    status = case_file_parse(path, text, n, file, error, error_size);
  free(text);
  return status;
}

void case_file_free(struct case_file *file)
{
  if (!file) return;
  for (size_t i = 0; i < file->n_cases; i++) {
    free(file->cases[i].name);
    free(file->cases[i].source);
  }
  for (size_t i = 0; i < file->n_objects; i++) free(file->objects[i].name);
  for (size_t i = 0; i < file->n_actions; i++) {
    free(file->actions[i].name);
    free(file->actions[i].text);
  }
  free(file->actions);
  free(file->cases);
  free(file->objects);
  free(file->steps);
  free(file->path);
  free(file);
}

void case_features_name(uint32_t features, char *text, size_t size)
{
  static const char *const names[CASE_FEATURES] = {
      "finalizers",  "weak callbacks",  "ephemerons",
      "generations", "weak references", "teardown"};
  size_t n = 0;
  if (size) text[0] = '\0';
  for (int i = 0; i < CASE_FEATURES && n < size; i++)
    if (features & 1u << i)
      n +=
          (size_t)snprintf(text + n, size - n, "%s%s", n ? ", " : "", names[i]);
}
