// table.h: memory that a collection under way cannot do without.
// SPDX-License-Identifier: MIT

#ifndef CPYTHON_TABLE_H
#define CPYTHON_TABLE_H

#include <stdio.h>
#include <stdlib.h>

// realloc, or the end of the process: an object that is in no list would
// never be looked at.
static inline void *table(void *old, size_t bytes)
{
  void *p = realloc(old, bytes);
  if (p) return p;
  fprintf(stderr, "wane: cpython: no memory for a table of %zu bytes\n", bytes);
  abort();
}

#endif
