// event_file.h: gc_events.csv.zst, one zstd frame per invocation.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_EVENT_FILE_H
#define WANE_HARNESS_EVENT_FILE_H

#include <stddef.h>

struct event_file;

// Creates `path` and writes the header. NULL and errno.
struct event_file *event_file_open(const char *path);
// One row: `invocation` goes in front of `csv`. Errors are kept for later.
void event_file_row(struct event_file *file, const char *invocation,
                    const char *csv);
// Ends the frame: what was written so far can be read whatever happens. Returns
// 0, or the first -errno that writing gave.
int event_file_end_frame(struct event_file *file);
// Closes it. Returns 0, or the first -errno that writing gave.
int event_file_close(struct event_file *file);

#endif
