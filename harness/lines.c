// lines.c: whole lines out of a pipe that is read when it has something.
// SPDX-License-Identifier: MIT
//
// Between poll(2) and lines: stdio's buffers would hide data from poll.
// One thread.
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536

static void close_file(struct lines *lines)
{
  close(lines->fd);
  lines->fd = -1;
}

int lines_read(struct lines *lines, void (*line)(char *text, void *context),
               void *context)
{
  if (lines->room - lines->n < READ_BYTES) {
    size_t room = 2 * lines->room + READ_BYTES;
    char *more = realloc(lines->data, room);
    if (!more) return -ENOMEM;
    lines->data = more;
    lines->room = room;
  }
  ssize_t got = read(lines->fd, lines->data + lines->n, READ_BYTES);
  if (got <= 0) {
    if (got == 0 || (errno != EINTR && errno != EAGAIN)) close_file(lines);
    return 0;
  }
  lines->n += (size_t)got;
  char *at = lines->data, *end = at + lines->n, *stop;
  while ((stop = memchr(at, '\n', (size_t)(end - at)))) {
    *stop = '\0';
    line(at, context);
    at = stop + 1;
  }
  lines->n = (size_t)(end - at);
  memmove(lines->data, at, lines->n);
  return 0;
}

void lines_free(struct lines *lines)
{
  if (lines->fd >= 0) close(lines->fd);
  free(lines->data);
  *lines = (struct lines){.fd = -1};
}
