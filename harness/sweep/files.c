// files.c: small files and folders of a sweep.
// SPDX-License-Identifier: MIT
//
// A sweep may be killed between any two calls, so a file is written beside
// its name and takes it when all of it is on the disk. Any thread.
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *files_path(const char *directory, const char *format, ...)
{
  char *name = NULL, *path = NULL;
  va_list arguments;
  va_start(arguments, format);
  int n = vasprintf(&name, format, arguments);
  va_end(arguments);
  if (n < 0) return NULL;
  n = asprintf(&path, "%s/%s", directory, name);
  free(name);
  return n < 0 ? NULL : path;
}

bool files_exists(const char *path)
{
  return access(path, F_OK) == 0;
}

int files_make_folder(const char *path)
{
  char *copy = strdup(path);
  int result = copy ? 0 : -ENOMEM;
  for (char *at = copy; !result && at;) {
    at = strchr(at + 1, '/');
    if (at) *at = '\0';
    if (mkdir(copy, 0777) && errno != EEXIST) result = -errno;
    if (at) *at = '/';
  }
  free(copy);
  return result;
}

static int remove_one(const char *path, const struct stat *stat, int type,
                      struct FTW *walk)
{
  (void)stat;
  (void)type;
  (void)walk;
  return remove(path) ? -errno : 0;
}

int files_remove(const char *path)
{
  if (!files_exists(path)) return 0;
  int result = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  return result == -1 ? -errno : result;
}

static int write_all(int fd, const char *bytes, size_t n)
{
  while (n) {
    ssize_t did = write(fd, bytes, n);
    if (did < 0 && errno != EINTR) return -errno;
    if (did < 0) continue;
    bytes += did;
    n -= (size_t)did;
  }
  return fsync(fd) ? -errno : 0;
}

int files_put(const char *path, const char *bytes, size_t n)
{
  char *new;
  if (asprintf(&new, "%s.new", path) < 0) return -ENOMEM;
  int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  int result = fd < 0 ? -errno : write_all(fd, bytes, n);
  if (fd >= 0 && close(fd) && !result) result = -errno;
  if (!result && rename(new, path)) result = -errno;
  if (result) (void)unlink(new);
  free(new);
  return result;
}

int files_put_json(const char *path, json_t *json)
{
  char *text = json_dumps(json, JSON_INDENT(2));
  char *line = NULL;
  int n = text ? asprintf(&line, "%s\n", text) : -1;
  int result = n < 0 ? -ENOMEM : files_put(path, line, (size_t)n);
  free(text);
  if (n >= 0) free(line);
  return result;
}

int files_copy(const char *from, const char *to)
{
  char buffer[65536], *bytes = NULL;
  size_t n = 0;
  FILE *all = open_memstream(&bytes, &n);
  int fd = open(from, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : 0;
  int result = fd < 0 ? -errno : all ? 0 : -ENOMEM;
  while (!result && (got = read(fd, buffer, sizeof buffer)) > 0)
    (void)fwrite(buffer, 1, (size_t)got, all);
  if (!result && got < 0) result = -errno;
  if (fd >= 0) close(fd);
  if (all && fclose(all) && !result) result = -ENOMEM;
  if (!result) result = files_put(to, bytes, n);
  free(bytes);
  return result;
}

int files_settle(const char *folder)
{
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int result = fsync(fd) ? -errno : 0;
  close(fd);
  return result;
}

int files_lock(const char *path)
{
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return -errno;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  int result = -errno;
  close(fd);
  return result;
}
