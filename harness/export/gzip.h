// gzip.h: bytes as a file of gzip. The only door to zlib.
// SPDX-License-Identifier: MIT

#ifndef WANE_HARNESS_GZIP_H
#define WANE_HARNESS_GZIP_H

#include <stddef.h>

// The same bytes give the same file. The caller's; NULL: no memory.
void *gzip_bytes(const void *bytes, size_t n, size_t *packed);

#endif
