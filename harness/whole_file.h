// whole_file.h: a file that grows by whole pieces.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_WHOLE_FILE_H
#define WANE_HARNESS_WHOLE_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct whole_file {
  int fd;
  int error;   // the first -errno, or 0; nothing is written after it
  off_t whole; // the file is good up to here
};

// Creates `path`, or empties it. Returns 0 or -errno.
int whole_file_open(struct whole_file *file, const char *path);
// Appends. When that fails, the file is cut back to its last whole piece.
void whole_file_write(struct whole_file *file, const void *bytes, size_t n);
// Something else went wrong: `error` is kept if it is the first.
void whole_file_fail(struct whole_file *file, int error);
// What was written so far is a whole piece.
void whole_file_mark(struct whole_file *file);
// Closes it, cut to what is whole. Returns 0 or the first -errno.
int whole_file_close(struct whole_file *file);

#endif
