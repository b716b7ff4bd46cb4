// whole_folder.c: a folder into which all files come, or none.
// SPDX-License-Identifier: MIT
#include "whole_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct whole_folder {
  char *directory;
  char **names; // of the files written so far
  size_t n;
  int error; // the first -errno, or 0
  char *about;
};

// "DIRECTORY/NAME" and what follows, the caller's; NULL: no memory.
static char *path_of(const struct whole_folder *folder, const char *name,
                     const char *end)
{
  char *path;
  int n = asprintf(&path, "%s/%s%s", folder->directory, name, end);
  return n < 0 ? NULL : path;
}

void whole_folder_fail(struct whole_folder *folder, const char *name, int error)
{
  if (folder->error) return;
  folder->error = error ? error : -EIO;
  folder->about = *name ? path_of(folder, name, "") : strdup(folder->directory);
}

struct whole_folder *whole_folder_open(const char *directory)
{
  struct whole_folder *folder = calloc(1, sizeof *folder);
  char *path = strdup(directory);
  if (folder) folder->directory = strdup(directory);
  if (!folder || !path || !folder->directory) {
    if (folder) free(folder->directory);
    free(folder);
    free(path);
    return NULL;
  }
  for (char *at = path; at;) { // mkdir -p
    at = strchr(at + 1, '/');
    if (at) *at = '\0';
    if (mkdir(path, 0777) && errno != EEXIST)
      whole_folder_fail(folder, "", -errno);
    if (at) *at = '/';
  }
  free(path);
  return folder;
}

// Adds the name to those that have a .part. Returns 0 or -ENOMEM.
static int remember(struct whole_folder *folder, const char *name)
{
  char **names = realloc(folder->names, (folder->n + 1) * sizeof *names);
  char *copy = strdup(name);
  if (names) folder->names = names;
  if (names && copy) {
    names[folder->n++] = copy;
    return 0;
  }
  free(copy);
  return -ENOMEM;
}

// Of "A/B", the folder A.
static void make_inner(struct whole_folder *folder, const char *name)
{
  char *path = path_of(folder, name, "");
  char *end = path ? strrchr(path, '/') : NULL;
  if (end) *end = '\0';
  if (!path)
    whole_folder_fail(folder, name, -ENOMEM);
  else if (mkdir(path, 0777) && errno != EEXIST)
    whole_folder_fail(folder, name, -errno);
  free(path);
}

void whole_folder_put(struct whole_folder *folder, const char *name,
                      const char *bytes, size_t n)
{
  if (!folder->error && strchr(name, '/')) make_inner(folder, name);
  if (folder->error) return;
  char *path = path_of(folder, name, ".part");
  FILE *out = path && remember(folder, name) == 0 ? fopen(path, "w") : NULL;
  int error = out ? 0 : path ? -errno : -ENOMEM;
  if (out && fwrite(bytes, 1, n, out) != n) error = -errno;
  if (out && fclose(out) != 0 && error == 0) error = -errno;
  if (error) whole_folder_fail(folder, name, error);
  free(path);
}

// Renames one file, or removes it when something went wrong.
static void conclude(struct whole_folder *folder, const char *name)
{
  char *part = path_of(folder, name, ".part");
  char *path = path_of(folder, name, "");
  if (!part || !path)
    whole_folder_fail(folder, name, -ENOMEM);
  else if (!folder->error && rename(part, path) != 0)
    whole_folder_fail(folder, name, -errno);
  if (part && folder->error) (void)unlink(part);
  free(part);
  free(path);
}

int whole_folder_close(struct whole_folder *folder, char *where, size_t n)
{
  for (size_t i = 0; i < folder->n; i++) {
    conclude(folder, folder->names[i]);
    free(folder->names[i]);
  }
  int error = folder->error;
  snprintf(where, n, "%s", folder->about ? folder->about : "");
  free(folder->about);
  free(folder->names);
  free(folder->directory);
  free(folder);
  return error;
}
