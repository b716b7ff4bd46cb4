// files.h: small files and folders of a sweep.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_SWEEP_FILES_H
#define WANE_HARNESS_SWEEP_FILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// "DIRECTORY/NAME" by printf; the caller's. NULL: no memory.
char *files_path(const char *directory, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool files_exists(const char *path);
// mkdir -p. 0 or -errno.
int files_make_folder(const char *path);
// rm -r; what is not there is removed. 0 or -errno.
int files_remove(const char *path);
// Puts the bytes there, on the disk, in place of an older file or not at all.
// 0 or -errno.
int files_put(const char *path, const char *bytes, size_t n);
int files_put_json(const char *path, json_t *json);
int files_copy(const char *from, const char *to);
// What was renamed or made in this folder is on the disk. 0 or -errno.
int files_settle(const char *folder);
// The lock of a folder, which goes with the process: a descriptor, or -errno
// (-EWOULDBLOCK: someone else has it).
int files_lock(const char *path);

#endif
