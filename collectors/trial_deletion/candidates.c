// candidates.c: lists of closers; entries of freed objects go out lazily.
// SPDX-License-Identifier: MIT

#include "candidates.h"

#include "table.h"

void list_grow(struct list *list)
{
  list->capacity = list->capacity ? list->capacity * 2 : 1024;
  list->items = table(list->items, list->capacity * sizeof *list->items);
}

void list_free(struct list *list)
{
  free(list->items);
  *list = (struct list){0};
}
