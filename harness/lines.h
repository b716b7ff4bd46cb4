// lines.h: whole lines out of a pipe that is read when it has something.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_LINES_H
#define WANE_HARNESS_LINES_H

#include <stddef.h>

struct lines {
  int fd;     // -1: closed
  char *data; // what has no line end yet
  size_t n, room;
};

// Reads once and calls `line` for each line completed, without its '\n',
// zero-ended, writable. At the end of file, or on an error, closes the file
// and drops an unfinished line. Returns 0 or -ENOMEM.
int lines_read(struct lines *lines, void (*line)(char *text, void *context),
               void *context);
void lines_free(struct lines *lines);

#endif
