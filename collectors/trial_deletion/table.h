// table.h: memory that a collection under way cannot do without.
// SPDX-License-Identifier: MIT

#ifndef TRIAL_DELETION_TABLE_H
#define TRIAL_DELETION_TABLE_H

#include <stdio.h>
#include <stdlib.h>

// realloc, or the end of the process: a collection that stops half-way would
// leave numbers in scratch words.
static inline void *table(void *old, size_t bytes)
{
  void *p = realloc(old, bytes);
  if (p) return p;
  fprintf(stderr, "wane: trial_deletion: no memory for a table of %zu bytes\n",
          bytes);
  abort();
}

#endif
