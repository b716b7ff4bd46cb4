// candidates.c: lists of closers; entries of freed objects go out lazily.
// SPDX-License-Identifier: MIT

#include "candidates.h"

#include <stdio.h>
#include <stdlib.h>

void list_grow(struct list *list)
{
  list->capacity = list->capacity ? list->capacity * 2 : 1024;
  list->items = realloc(list->items, list->capacity * sizeof *list->items);
  if (list->items) return;
  fprintf(stderr, "wane: trial_deletion: no memory for %zu candidates\n",
          list->capacity);
  abort();
}

void list_free(struct list *list)
{
  free(list->items);
  *list = (struct list){0};
}
