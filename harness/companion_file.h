// companion_file.h: a CSV in zstd, one frame per invocation.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_COMPANION_FILE_H
#define WANE_HARNESS_COMPANION_FILE_H

#include <stddef.h>

struct companion_file;

// Creates `path` and writes the header, a frame of its own. NULL and errno.
struct companion_file *companion_file_open(const char *path,
                                           const char *header);
// One row: `invocation` goes in front of `csv`. Errors are kept for later.
void companion_file_row(struct companion_file *file, const char *invocation,
                        const char *csv);
// Ends the frame: what was written so far can be read whatever happens. Returns
// 0, or the first -errno that writing gave.
int companion_file_end_frame(struct companion_file *file);
// Closes it. Returns 0, or the first -errno that writing gave.
int companion_file_close(struct companion_file *file);

#endif
