// doctor_file.c: small files of /proc and /sys, below any root.
// SPDX-License-Identifier: MIT
#include "doctor_look.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// false: the path is too long to be one.
static bool below(const struct doctor_place *place, const char *path,
                  char full[PATH_MAX])
{
  int n = snprintf(full, PATH_MAX, "%s%s", place->root, path);
  return n > 0 && n < PATH_MAX;
}

static FILE *open_below(const struct doctor_place *place, const char *path)
{
  char full[PATH_MAX];
  return below(place, path, full) ? fopen(full, "re") : NULL;
}

bool doctor_exists(const struct doctor_place *place, const char *path)
{
  char full[PATH_MAX];
  return below(place, path, full) && access(full, F_OK) == 0;
}

// Copies without spaces at the ends.
static void trimmed(const char *text, char *line, size_t size)
{
  while (isspace((unsigned char)*text)) text++;
  size_t n = strlen(text);
  while (n && isspace((unsigned char)text[n - 1])) n--;
  snprintf(line, size, "%.*s", n < INT_MAX ? (int)n : INT_MAX, text);
}

bool doctor_line(const struct doctor_place *place, const char *path, char *line,
                 size_t size)
{
  char text[1024];
  FILE *in = open_below(place, path);
  if (!in) return false;
  bool got = fgets(text, sizeof text, in) != NULL;
  fclose(in);
  if (got) trimmed(text, line, size);
  return got;
}

bool doctor_number(const struct doctor_place *place, const char *path,
                   double *number)
{
  char line[64], *end;
  if (!doctor_line(place, path, line, sizeof line)) return false;
  *number = strtod(line, &end);
  return end != line && isfinite(*number);
}

bool doctor_word(const struct doctor_place *place, const char *path,
                 const char *key, char *value, size_t size)
{
  char line[1024];
  size_t n = strlen(key);
  bool found = false;
  FILE *in = open_below(place, path);
  if (!in) return false;
  while (!found && fgets(line, sizeof line, in)) {
    found = strncmp(line, key, n) == 0 && (line[n] == ' ' || line[n] == '\t');
    if (found) trimmed(line + n, value, size);
  }
  fclose(in);
  return found;
}

bool doctor_field(const struct doctor_place *place, const char *path,
                  const char *key, char *value, size_t size)
{
  char line[4096];
  size_t n = strlen(key);
  bool found = false;
  FILE *in = open_below(place, path);
  if (!in) return false;
  while (!found && fgets(line, sizeof line, in)) {
    if (strncmp(line, key, n)) continue;
    const char *at = line + n + strspn(line + n, " \t");
    if (*at != ':') continue;
    trimmed(at + 1, value, size);
    found = true;
  }
  fclose(in);
  return found;
}
