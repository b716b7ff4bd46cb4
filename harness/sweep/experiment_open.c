// experiment_open.c: an experiment file, read and checked.
// SPDX-License-Identifier: MIT
#include "experiment_parts.h"

#include "exit_code.h"
#include "file_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 1 << 20 }; // bytes of a file that a person wrote

static char *whole(const char *file, size_t *n)
{
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  char *bytes = fd < 0 ? NULL : malloc(MOST + 1);
  ssize_t got = bytes ? 0 : -1;
  for (*n = 0; bytes && *n <= MOST; *n += (size_t)got)
    if ((got = read(fd, bytes + *n, MOST + 1 - *n)) <= 0) break;
  int kept = errno;
  if (fd >= 0) close(fd);
  if (got < 0 || *n > MOST) {
    free(bytes);
    errno = got < 0 ? kept : EFBIG;
    return NULL;
  }
  return bytes;
}

int experiment_open(struct experiment *experiment, const char *file,
                    char *error, size_t error_size)
{
  const struct reading reading = {experiment, error, error_size};
  size_t n = 0;
  if (error_size) *error = '\0';
  if (reading_start(experiment, file))
    return reading_code(reading_no_memory(&reading));
  char *bytes = whole(file, &n);
  if (!bytes || file_hash(file, experiment->hash)) {
    snprintf(error, error_size, "%s: cannot be read: %s", file,
             strerror(errno));
    free(bytes);
    return WANE_EXIT_ENVIRONMENT;
  }
  int result = reading_all(&reading, bytes, n);
  free(bytes);
  return result ? reading_code(result) : reading_check(&reading);
}
