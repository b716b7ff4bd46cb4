// gct_map.c: a whole file as bytes.
// SPDX-License-Identifier: MIT
#include "gct_format.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int gct__map(const char *path, void **bytes, size_t *n,
             struct gct_error *error)
{
  struct stat status;
  *bytes = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return gct__system(error, errno);
  if (fstat(fd, &status) != 0) goto fail;
  if (!S_ISREG(status.st_mode)) {
    close(fd);
    gct__bad(error, 0, "file", "not a regular file");
    return -EINVAL;
  }
  *n = (size_t)status.st_size;
  if (*n > 0) *bytes = mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0);
  if (*bytes == MAP_FAILED) goto fail;
  close(fd);
  return 0;
fail:;
  int number = errno;
  close(fd);
  return gct__system(error, number);
}
