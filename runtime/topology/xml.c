// xml.c: topologies as files, and what is left out of them.
// SPDX-License-Identifier: MIT

#include "topology.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST ((off_t)16 << 20) // bytes of a file; real ones have some 10 KB

// 0, or -errno.
static int open_file(const char *path, off_t *size)
{
  struct stat status;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return -errno;
  int error = fstat(file, &status)       ? errno
              : S_ISDIR(status.st_mode)  ? EISDIR
              : !S_ISREG(status.st_mode) ? EINVAL
              : status.st_size > MOST    ? EFBIG
                                         : 0;
  *size = status.st_size;
  if (!error) return file;
  close(file);
  return -error;
}

static int read_all(int file, char *to, size_t n)
{
  for (size_t done = 0; done < n;) {
    ssize_t got = read(file, to + done, n - done);
    if (got < 0) return -errno;
    if (got == 0) return -EIO; // it was longer a moment ago
    done += (size_t)got;
  }
  return 0;
}

// hwloc would read it itself, but tells little of what went wrong, takes "-"
// for the standard input, and never ends reading from a device.
char *wane__xml_read(const char *source, const char *path, size_t *n,
                     char *error, size_t error_size)
{
  off_t size = 0;
  char *text = NULL;
  int file = open_file(path, &size), status = file < 0 ? file : 0;
  if (!status && !(text = calloc(1, (size_t)size + 1))) status = -ENOMEM;
  if (!status) status = read_all(file, text, (size_t)size);
  if (file >= 0) close(file);
  *n = (size_t)size + 1;
  if (!status) return text;
  free(text);
  snprintf(error, error_size, "topology " WANE__QUOTE ": cannot be read: %s",
           source, strerror(-status));
  return NULL;
}

// What names one machine among its likes, for files of results are published;
// and which program it was that read it.
static bool left_out(const char *line)
{
  static const char *const ends[] = {"Serial\"", "UUID\"", "AssetTag\""};
  static const char program[] = "<info name=\"ProcessName\"";
  static const char begin[] = "<info name=\"DMI";
  line += strspn(line, " ");
  if (strncmp(line, program, sizeof program - 1) == 0) return true;
  if (strncmp(line, begin, sizeof begin - 1)) return false;
  const char *end = strchr(line + sizeof begin - 1, '"');
  for (size_t i = 0; end && i < sizeof ends / sizeof ends[0]; i++) {
    size_t n = strlen(ends[i]);
    if (strncmp(end + 1 - n, ends[i], n) == 0) return true;
  }
  return false;
}

char *wane_topology_xml(const struct wane_topology *t)
{
  char *buffer;
  int n;
  if (hwloc_topology_export_xmlbuffer(t->hwloc, &buffer, &n, 0)) return NULL;
  char *copy = calloc(1, (size_t)n + 1), *to = copy;
  for (const char *line = buffer; copy && *line;) {
    size_t length = strcspn(line, "\n");
    length += line[length] == '\n';
    if (!left_out(line)) {
      memcpy(to, line, length);
      to += length;
    }
    line += length;
  }
  hwloc_free_xmlbuffer(t->hwloc, buffer);
  return copy;
}
