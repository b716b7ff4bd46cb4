// merge_file.h: files of cells, one after the other in one.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_MERGE_FILE_H
#define WANE_HARNESS_SWEEP_MERGE_FILE_H

#include <stdbool.h>
#include <stdio.h>

// A file under way; it has its name when it is closed.
struct merge_file {
  char *path, *new;
  FILE *out; // NULL: nothing came yet
  char *header;
};

// 0 or -ENOMEM.
int merge_file_open(struct merge_file *merge, const char *path);
// Appends a CSV, its first line only the first time; it must be the same ever
// after. A file that is not there adds nothing. Returns 0; -EINVAL: another
// header, or it is cut; another -errno.
int merge_file_csv(struct merge_file *merge, const char *path);
// The same of a file whose first zstd frame is the header alone.
int merge_file_zstd(struct merge_file *merge, const char *path);
// Gives the file its name in place of an older one; if nothing came, there is
// none afterwards. `keep` false: throws it away. 0 or -errno.
int merge_file_close(struct merge_file *merge, bool keep);

// merge_zstd.c: the text of the first frame, and where the next one begins.
// NULL and errno: EINVAL if it is no such file. The caller's.
char *merge_zstd_header(FILE *in, long *next);

#endif
