// file_hash.h: which bytes a file holds.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_FILE_HASH_H
#define WANE_HARNESS_FILE_HASH_H

// XXH3-128 of the file's bytes as 32 hex digits. Returns 0 or -errno.
int file_hash(const char *path, char text[33]);

#endif
