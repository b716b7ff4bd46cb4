// file_hash.h: which bytes a file holds.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_FILE_HASH_H
#define WANE_HARNESS_FILE_HASH_H

// XXH3-128 of the file's bytes as 32 hex digits. Returns 0 or -errno.
int file_hash(const char *path, char text[33]);

// XXH3-64 of a text as 16 hex digits.
void file_hash_text(const char *bytes, char text[17]);

#endif
